"""Samples and goals together: the rows of the JSON."""

from typing import Any

from tests.benchmarks import words
from tests.benchmarks.figures import Samples, figures
from tests.benchmarks.rows import ROWS, Goal, Row

Judged = dict[str, Any]


def judged(samples: Samples) -> list[Judged]:
    """The rows that were measured, with their figures by program, and whether their goals are met."""
    known = {
        row: {program: figures(values) for program, values in programs.items()}
        for row, programs in samples.by_row.items()
    }
    return [_row(row, known) for row in ROWS if row.name in known]


def _row(row: Row, known: dict[str, dict[str, Any]]) -> Judged:
    return {
        "name": row.name,
        "title": row.title,
        "unit": row.unit,
        "programs": known[row.name],
        "goals": [judgement for goal in row.goals if (judgement := _judgement(row, goal, known))],
    }


def _judgement(row: Row, goal: Goal, known: dict[str, dict[str, Any]]) -> Judged | None:
    """None where what it is compared with was not measured."""
    measured = _spread(known[row.name]) if goal.of == "spread" else known[row.name].get("ours", {}).get(goal.of)
    reference = _reference(row, goal, known)
    if measured is None or reference is None:
        return None
    return {
        "of": goal.of,
        "limit": goal.limit,
        "to": goal.to,
        "allowed": round(goal.limit * reference, 3),
        "measured": measured,
        "ratio": round(measured / reference, 2) if goal.to else None,
        "met": measured <= goal.limit * reference,
    }


def _spread(sizes: dict[str, Any]) -> float:
    middles: list[float] = [size["p50"] for size in sizes.values()]
    return round(max(middles) / min(middles), 2)


def _reference(row: Row, goal: Goal, known: dict[str, dict[str, Any]]) -> float | None:
    """What a limit is a multiple of."""
    if goal.to is None:
        return 1.0
    name, _, program = goal.to.rpartition("/")
    found = known.get(name or row.name, {}).get(program)
    return float(found["p50"]) if found else None


def printed(row: Judged) -> str:
    """One line for people who wait for the rest."""
    programs = ", ".join(
        f"{program} {words.figures(found, row['unit'])} ({found['runs']})" for program, found in row["programs"].items()
    )
    return " | ".join([row["title"], programs, *(words.outcome(goal, row["unit"]) for goal in row["goals"])])
