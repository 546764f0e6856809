"""The README's section on speed, and its plot, written from a result.

python -m tests.benchmarks.report [FILE]             # FILE: tests/benchmarks/results.json
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import words
from tests.benchmarks.machine import busy
from tests.benchmarks.plot import plot

README = Path(__file__).parents[2] / "README.md"
RESULTS = Path(__file__).with_name("results.json")
PLOT = Path(__file__).with_name("results.svg")
EXPLANATIONS = Path(__file__).with_name("explanations.toml")
"""Why a goal is missed, as a profile tells, by the row's name."""
_BEGIN, _END = "<!-- written by tests.benchmarks.report -->\n", "<!-- until here -->\n"

_PLOT = "![Each goal and what was measured, relative to it](tests/benchmarks/results.svg)"
_UNPUBLISHED = "\nThe figures of this version have not been taken on a quiet machine yet.\n\n"
UNEXPLAINED = "not explained yet."

Json = dict[str, Any]


def main() -> None:
    result = json.loads(Path(sys.argv[1] if sys.argv[1:] else RESULTS).read_text())
    if sys.argv[1:]:
        RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    README.write_text(with_section(README.read_text(), section(result)))
    PLOT.write_text(plot(result))


def with_section(readme: str, written: str) -> str:
    before, _, rest = readme.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{written}{_END}{after}"


def section(result: Json) -> str:
    """What stands between the marks: nothing is published that says nothing of the program."""
    if any(warnings(result)):
        return _UNPUBLISHED
    parts = [_PLOT, _conditions(result), _table(result), _growth(result), _missed(result)]
    return "\n" + "\n\n".join(filter(None, parts)) + "\n\n"


def _conditions(result: Json) -> str:
    machine = result["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"{machine['date']}, commit {machine['commit']}, {machine['cpu']}, {machine['cores']} cores,"
        f" Linux {machine['kernel']}, Python {machine['python']}, {packages};"
        f" {result['terminal']}, server: {result['server']}; oterm: {result['oterm']}."
    )


def warnings(result: Json) -> Iterator[str]:
    """Why the figures say nothing of the program."""
    load = result["load"]
    if any(map(busy, (load["others_before"], load["others_meanwhile"]))):
        yield (
            f"Others took {load['others_before']:.0%} of the machine before this and {load['others_meanwhile']:.0%}"
            " meanwhile: these figures mean nothing."
        )
    if result["quick"]:
        yield "Measured with --quick, only to see that everything works."
    if result["machine"]["commit"].endswith("-dirty"):
        yield "Not what is committed was measured."


def _table(result: Json) -> str:
    rows = [row for row in result["rows"] if "ours" in row["programs"]]
    lines = ["| what (p50 / p95 / max) | ours | floor | runs | goal |", "|---|---|---|---|---|"]
    return "\n".join(lines + [_row(row) for row in rows])


def _row(row: Json) -> str:
    unit = row["unit"]
    others = [
        (f"{program}: " if program != "floor" else "") + words.figures(found, unit)
        for program, found in row["programs"].items()
        if program != "ours"
    ]
    goals = "; ".join(words.outcome(goal, unit) for goal in row["goals"])
    ours = row["programs"]["ours"]
    return f"| {row['title']} | {words.figures(ours, unit)} | {'; '.join(others)} | {ours['runs']} | {goals} |"


def _growth(result: Json) -> str:
    rows = [row for row in result["rows"] if "ours" not in row["programs"]]
    if not rows:
        return ""
    sizes = list(rows[0]["programs"])
    head = " | ".join(f"{int(size):,}" for size in sizes)
    lines = [
        f"| p50 by messages in the session | {head} | runs | largest to smallest |",
        "|---" * (len(sizes) + 3) + "|",
    ]
    for row in rows:
        values = " | ".join(f"{words.value(row['programs'][size]['p50'])} {row['unit']}" for size in sizes)
        goals = "; ".join(words.outcome(goal, row["unit"]) for goal in row["goals"])
        lines.append(f"| {row['title']} | {values} | {row['programs'][sizes[0]]['runs']} | {goals} |")
    return "\n".join(lines)


def _missed(result: Json) -> str:
    explained = tomllib.loads(EXPLANATIONS.read_text())
    lines = [
        f"- {row['title']}: {explained.get(row['name'], UNEXPLAINED)}"
        for row in result["rows"]
        if not all(goal["met"] for goal in row["goals"])
    ]
    return "\n".join(["What is missed, and why:", "", *lines]) if lines else ""


if __name__ == "__main__":
    main()
