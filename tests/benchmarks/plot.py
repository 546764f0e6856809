"""The result as a picture: each goal and what was measured, relative to what is allowed; and how costs grow."""

import math
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from tests.benchmarks import words

_WIDTH, _LABELS, _ROW = 900, 470, 20
"""Pixels: of the picture, of the words on its left, from one row to the next."""
_LOWEST, _HIGHEST = 0.05, 10.0
"""Of what is allowed: where the scale begins and ends."""
_INK, _PAPER, _FAINT, _GOOD, _BAD = "#222222", "#ffffff", "#bbbbbb", "#1a7f37", "#cf222e"
_LINES = ("#1a7f37", "#0969da", "#bf3989", "#9a6700", "#57606a")

Json = dict[str, Any]


def plot(result: Json) -> str:
    goals = [(row, goal) for row in result["rows"] for goal in row["goals"] if goal["of"] != "spread"]
    growth = [row for row in result["rows"] if "ours" not in row["programs"]]
    top = 50 + _ROW * len(goals)
    height = top + (60 + _ROW * max(len(growth), 6) if growth else 20)
    shapes = [*_scale(len(goals)), *_goals(goals), *(_growth(growth, top + 40) if growth else [])]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        f' font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="{_PAPER}"/>\n'
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


def _scale(count: int) -> Iterator[str]:
    yield _text(_LABELS, 18, "relative to the goal: ● ours, ○ floor; left of the line is better", "middle")
    for mark in (0.1, 0.2, 0.5, 1, 2, 5, 10):
        x, bold = _place(mark), mark == 1
        yield _line((x, 38), (x, 40 + _ROW * count), _INK if bold else _FAINT)
        yield _text(x, 34, f"{mark:g} ×", "middle")


def _goals(goals: list[tuple[Json, Json]]) -> Iterator[str]:
    for number, (row, goal) in enumerate(goals):
        y = 40 + _ROW * number + _ROW / 2
        label = f"{row['title']} ({words.limit(goal, row['unit'])})"
        yield _text(_LABELS - 12, y + 4, label, "end", _fitting(label))
        if floor := row["programs"].get("floor"):
            yield _circle(_place(floor[goal["of"]] / goal["allowed"]), y, _INK, _PAPER)
        colour = _GOOD if goal["met"] else _BAD
        yield _circle(_place(goal["measured"] / goal["allowed"]), y, colour, colour)


def _growth(rows: list[Json], top: float) -> Iterator[str]:
    """A line for each row: the p50 of each size, relative to that of the smallest session."""
    sizes = list(rows[0]["programs"])
    bottom = top + 6 * _ROW - 20
    xs = [_LABELS + at * (_WIDTH - _LABELS - 40) / max(len(sizes) - 1, 1) for at in range(len(sizes))]
    yield _text(_LABELS - 12, top - 6, "cost by messages in the session, relative to the shortest", "end")
    for x, size in zip(xs, sizes, strict=True):
        yield _text(x, bottom + 16, f"{int(size):,}", "middle")
    for ratio in (1, 2, 5, 10):
        y = _height(ratio, top, bottom)
        yield _line((_LABELS, y), (_WIDTH - 40, y), _FAINT)
        yield _text(_WIDTH - 34, y + 4, f"{ratio} ×", "start")
    for number, row in enumerate(rows):
        colour = _LINES[number % len(_LINES)]
        values = [row["programs"][size]["p50"] for size in sizes]
        points = [(x, _height(each / values[0], top, bottom)) for x, each in zip(xs, values, strict=True)]
        yield f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" stroke="{colour}"/>'
        yield from (_circle(x, y, colour, colour) for x, y in points)
        yield _text(_LABELS - 12, top + 14 + _ROW * number, row["title"], "end", 12, colour)


def _place(ratio: float) -> float:
    """Where a ratio stands, on a logarithmic scale; what is beyond it, at its end."""
    share = math.log(min(max(ratio, _LOWEST), _HIGHEST) / _LOWEST) / math.log(_HIGHEST / _LOWEST)
    return _LABELS + share * (_WIDTH - _LABELS - 30)


def _height(ratio: float, top: float, bottom: float) -> float:
    share = math.log(min(max(ratio, 0.5), 20) / 0.5) / math.log(40)
    return bottom - share * (bottom - top)


def _fitting(label: str) -> float:
    """The size of the font in which a label fits."""
    return min(12.0, round((_LABELS - 20) / len(label) / 0.6, 1))


def _text(x: float, y: float, said: str, anchor: str, size: float = 12, colour: str = _INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(said)}</text>'
    )


def _line(start: tuple[float, float], end: tuple[float, float], colour: str) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _circle(x: float, y: float, stroke: str, fill: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" stroke="{stroke}" fill="{fill}"/>'
