"""A table: columns as wide as what stands in them, or narrower where there is no room; then cells are wrapped."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment

from interruptible_tui.tui.wrapping import Line, Span, cells, wrapped

if TYPE_CHECKING:
    from interruptible_tui.tui.canvas import Canvas

GAP = "  "
LEAST = 4
"""Cells of a column, at least; a table with less room is shown row by row."""


def table_lines(rows: list[list[list[Span]]], alignments: list[str], width: int, canvas: Canvas) -> list[Line]:
    """`rows`, the first of which is the header, each a list of cells. `alignments`: left, right or center."""
    natural = [max(1, *(_length(cell) for cell in column)) for column in zip_longest(*rows, fillvalue=list[Span]())]
    room = width - len(GAP) * (len(natural) - 1)
    if sum(natural) > room and room < LEAST * len(natural):
        return _listed(rows, width, canvas)
    widths = _fitted(natural, room)
    header, *body = [_row(row, widths, alignments, canvas) for row in rows]
    rule = GAP.join("─" * each for each in widths)
    return [*header, [Segment(rule, canvas.styles["dim"])], *(line for row in body for line in row)]


def _length(cell: list[Span]) -> int:
    return sum(cell_len(text) for text, _ in cell)


def _fitted(natural: list[int], room: int) -> list[int]:
    """Columns no wider than they need, together at most `room` cells: the widest ones give way."""
    highest, spare = room, room
    ordered = sorted(natural)
    for at, width in enumerate(ordered):
        highest = spare // (len(ordered) - at)
        if width > highest:
            break
        spare -= width
    return [min(width, max(highest, 1)) for width in natural]


def _row(row: list[list[Span]], widths: list[int], alignments: list[str], canvas: Canvas) -> list[Line]:
    columns = [wrapped(cell, width) for cell, width in zip(row, widths, strict=False)]
    ground = canvas.styles["text"]
    lines: list[Line] = []
    for parts in zip_longest(*columns, fillvalue=list[Segment]()):
        line: Line = []
        for part, width, alignment in zip(parts, widths, alignments, strict=False):
            left, right = _margins(width - cells(part), alignment)
            line += [Segment(" " * left, ground), *part, Segment(" " * right + GAP, ground)]
        lines.append([segment for segment in line[:-1] if segment.text])
    return lines


def _margins(spare: int, alignment: str) -> tuple[int, int]:
    spare = max(0, spare)
    left = {"right": spare, "center": spare // 2}.get(alignment, 0)
    return left, spare - left


def _listed(rows: list[list[list[Span]]], width: int, canvas: Canvas) -> list[Line]:
    """Each row as running text: there is no room for columns."""
    between = (" | ", canvas.styles["dim"])
    return [line for row in rows for line in wrapped([span for cell in row for span in (*cell, between)][:-1], width)]
