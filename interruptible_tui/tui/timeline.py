"""When something happened within a run, as a bar of text: blanks before it, blocks while it lasted."""

from msgspec import Struct

_BLOCK = "━"
_OPEN = "╸"
"""The end of what has not ended."""
_GROUND = "·"


class Span(Struct, frozen=True):
    """From one moment to another, in seconds of one clock. It may be empty, and a clock may have been set back."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return max(0.0, self.end - self.start)


def bar(part: Span, whole: Span, width: int, *, unfinished: bool = False) -> str:
    """`part` of `whole`, in `width` cells; what is too short to be seen takes one cell."""
    if width < 1:
        return ""
    first = _cell(part.start, whole, width)
    last = max(first, _cell(part.end, whole, width, before=True))
    blocks = _BLOCK * (last - first + 1)
    if unfinished:
        blocks = blocks[:-1] + _OPEN
    return (_GROUND * first + blocks).ljust(width, _GROUND)


def _cell(at: float, whole: Span, width: int, *, before: bool = False) -> int:
    """The cell in which `at` lies; the one that ends there, if it is an end."""
    share = (at - whole.start) / whole.seconds if whole.seconds else 0.0
    cells = min(max(share, 0.0), 1.0) * width
    cell = int(cells)
    return min(max(0, cell - (before and cell == cells)), width - 1)
