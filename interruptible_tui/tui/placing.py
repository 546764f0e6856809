"""Rows that stay in their places on any terminal.

Terminals do not agree on how many cells some letters take: joined and coloured emoji, flags, variation selectors,
scripts whose marks combine. Where such letters stand, the terminal is told in which column to go on: their cells are
blanked first, in case it takes fewer for them, and what follows overwrites what it takes too many of.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import ControlType, Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator

_SURE = (
    "\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2200-\u2319"
    "\u2400-\u2426\u2500-\u25fc\u2800-\u28ff\u2e80-\u2fd5\u3001-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff"
    "\u3105-\u312f\u3190-\u31e3\u3220-\u3247\u3250-\u4dbf\u4e00-\ua4c6\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60"
    "\ufffd\u2713\u2717\u276f"
)
"""Letters that all terminals give the same width, and that join with nothing before them."""


@cache
def _unsure() -> re.Pattern[str]:
    """Finds the others, with the letter before, if any: what follows may belong to it. Compiling it takes 2 ms."""
    return re.compile(f"(?:(?! )[{_SURE}])?[^{_SURE}]+")


def placed(strip: Strip, column: int) -> Strip:
    """`strip`, which begins in `column` of the screen, with each part in its place."""
    if not any(not segment.text.isascii() and _unsure().search(segment.text) for segment in strip):
        return strip
    segments: list[Segment] = []
    for segment in strip:
        segments += _placed(segment, column)
        column += segment.cell_length
    return Strip(segments, strip.cell_length)


def _placed(segment: Segment, column: int) -> Iterator[Segment]:
    text, style, _ = segment
    at = 0
    for match in _unsure().finditer(text):
        start, end = match.span()
        if at < start:
            yield Segment(text[at:start], style)
        begin = column + cell_len(text[:start])
        width = cell_len(text[start:end])
        yield Segment(" " * width + _go_to(begin), style, _NO_CELLS)
        yield Segment(text[start:end], style)
        yield Segment(_go_to(begin + width), None, _NO_CELLS)
        at = end
    if at < len(text):
        yield Segment(text[at:], style)


_NO_CELLS = [(ControlType.CURSOR_MOVE_TO_COLUMN, 0)]
"""Marks what takes no place in a row."""


def _go_to(column: int) -> str:
    return f"\x1b[{column + 1}G"
