"""Selected text in lines that know nothing of it: how it is shown and what is copied. Columns count characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.style import Style
    from textual.selection import Selection


def highlighted(strip: Strip, selection: Selection | None, y: int, style: Style) -> Strip:
    """`strip`, which is line `y`, with what is selected of it in `style`."""
    span = selection.get_span(y) if selection else None
    if span is None:
        return strip
    return styled(strip, *span, style)


def styled(strip: Strip, first: int, last: int, style: Style) -> Strip:
    """`strip` with its characters from `first` to `last`, -1 being the end, in `style`."""
    length = len(strip.text)
    start, end = (strip.index_to_cell_position(x) if 0 <= x < length else strip.cell_length for x in (first, last))
    chosen = strip.crop(start, end)
    marked = Strip(Segment.apply_style(chosen, post_style=style), chosen.cell_length)
    return Strip.join([strip.crop(0, start), marked, strip.crop(end)])


def selected(lines: Iterable[tuple[int, str]], selection: Selection) -> str:
    """The selected part of `lines`, each with its number, without trailing padding."""
    chosen = []
    for y, line in lines:
        start, end = selection.get_span(y) or (0, 0)
        chosen.append(line[start : end if end >= 0 else None].rstrip())
    return "\n".join(chosen)
