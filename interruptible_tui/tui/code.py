"""A block of code: coloured, on a ground of its own, with long lines folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.tui.wrapping import Line, Span, folded, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.style import Style

    from interruptible_tui.tui.canvas import Canvas

COLOURED = 6_000
"""Characters of a block that are coloured; a lexer may take milliseconds for each thousand."""


def code_lines(code: str, language: str, width: int, canvas: Canvas) -> list[Line]:
    """Lines of exactly `width` cells."""
    ground = canvas.styles["text"] + canvas.styles["code"]
    inner = max(1, width - 2)
    lines: list[Line] = []
    for spans in _lines(_coloured(code.rstrip("\n").expandtabs(4), language, ground, canvas)):
        for row, used in _rows(spans, inner):
            lines.append(merged([(" ", ground), *row, (" " * (inner - used + 1), ground)]))
    return lines


def _coloured(code: str, language: str, ground: Style, canvas: Canvas) -> Iterable[Span]:
    words = canvas.lexers.words(code, language) if len(code) <= COLOURED else None
    if words is None:
        return [(code, ground)]
    return ((text, ground + canvas.syntax.get_style_for_token(kind)) for kind, text in words)


def _lines(spans: Iterable[Span]) -> Iterator[list[Span]]:
    line: list[Span] = []
    for text, style in spans:
        first, *more = text.split("\n")
        line.append((first, style))
        for each in more:
            yield line
            line = [(each, style)]
    yield line


def _rows(line: list[Span], width: int) -> Iterator[tuple[list[Span], int]]:
    """A line in rows of at most `width` cells, and the cells of each."""
    row: list[Span] = []
    used = 0
    for text, style in line:
        for piece, cells in folded(text, width, width - used):
            if used + cells > width:
                yield row, used
                row, used = [], 0
            row.append((piece, style))
            used += cells
    yield row, used
