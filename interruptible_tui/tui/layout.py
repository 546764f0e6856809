"""Where the entries of a conversation are. Heights are estimates until a part is drawn, and parts are drawn when seen.

Rows count from the top of the conversation. What turns out to be higher or lower than its estimate moves what stands
below it; whoever keeps a row is told by how much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from interruptible_tui.text import clean
from interruptible_tui.tui.rows import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.strip import Strip

    from interruptible_tui.tui.canvas import Canvas
    from interruptible_tui.tui.entries import Entry
    from interruptible_tui.tui.parts import Part


class Place(NamedTuple):
    entry: Entry
    part: Part
    start: int
    """The row at which the part begins, with its gap."""


class Layout:
    """`draw` draws a part; `moved(row, rows)` is told that what stands below `row` is `rows` further down."""

    def __init__(
        self,
        canvas: Canvas,
        entries: Iterable[Entry],
        draw: Callable[[Part], list[Strip]],
        moved: Callable[[int, int], None],
    ) -> None:
        self.stack: Stack[Entry] = Stack(canvas, entries)
        self.canvas = canvas
        self._draw = draw
        self._moved = moved

    @property
    def height(self) -> int:
        return self.stack.height

    def fit(self, canvas: Canvas) -> None:
        """Everything is to be drawn anew, on `canvas`."""
        self.canvas = canvas
        self.stack.fit(canvas)

    def index_of(self, entry: Entry) -> int:
        """Searched from the end, where things happen."""
        items = self.stack.items
        return next(index for index in reversed(range(len(items))) if items[index] is entry)

    def at(self, row: int) -> Place:
        """What stands at `row`, or else the last of all: an entry may turn out to be lower than it was thought."""
        index = self.stack.at(row)
        entry, start, rows = self._entry(index)
        parts = entry.parts(self.canvas)
        if parts.height != rows:
            self.stack.changed(index)
            return self.at(min(row, self.height - 1))
        inner = parts.at(row - start)
        return Place(entry, parts.items[inner], start + parts.start(inner))

    def _entry(self, index: int) -> tuple[Entry, int, int]:
        """An entry, the row at which it begins, and how many rows it was last known to take."""
        start = self.stack.start(index)
        return self.stack.items[index], start, self.stack.start(index + 1) - start

    def row_of(self, entry: Entry, part: Part) -> int:
        """The row at which `part` of `entry` begins, with its gap."""
        parts = entry.parts(self.canvas)
        return self.stack.start(self.index_of(entry)) + parts.start(parts.items.index(part))

    def settle(self, pin: int, above: int, height: int) -> int:
        """Draw what a screen of `height` rows shows when row `pin` has `above` rows of it above. Returns its first row.

        What stands at `pin` gets its `above` rows even if heights turn out to differ from their estimates.
        """
        up = 1
        while up <= min(above, pin):
            place, growth = self._settle_at(pin - up)
            pin += growth
            up = pin - place.start + 1 if place else up
        top = down = max(0, pin - above)
        while down < min(top + height, self.height):
            place, _ = self._settle_at(down)
            down = place.start + place.part.height(self.canvas) if place else down
        if top > max(0, self.height - height):
            return self.settle(self.height, height, height)
        return top

    def _settle_at(self, row: int) -> tuple[Place | None, int]:
        """Draw the part at `row`; also how much it grew. None: its entry was just made, another part may be there.

        It may have been drawn before: a frame between a new size and the news of it draws whatever is on the screen.
        """
        index = self.stack.at(row)
        entry, start, before = self._entry(index)
        parts = entry.parts(self.canvas)
        if parts.height != before:
            self.stack.changed(index)
            return None, self._grown(start, parts.height - before)
        place = self.at(row)
        self._draw(place.part)
        inner = parts.at(row - start)
        if place.part.height(self.canvas) != parts.start(inner + 1) - parts.start(inner):
            parts.changed(inner)
            self.stack.changed(index)
        return place, self._grown(place.start, parts.height - before)

    def _grown(self, row: int, rows: int) -> int:
        if rows:
            self._moved(row, rows)
        return rows

    def texts(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """The text of each row from `first` to `last`; what was never drawn, as it was written, under its first row."""
        row, end = first, min(last, self.height - 1) + 1
        while row < end:
            index = self.stack.at(row)
            entry = self.stack.items[index]
            if not entry.is_made:
                yield row, clean(entry.text)
                row = self.stack.start(index + 1)
                continue
            place = self.at(row)
            yield from self._lines(place, row, end)
            row = place.start + place.part.height(self.canvas)

    def _lines(self, place: Place, first: int, end: int) -> Iterator[tuple[int, str]]:
        if not place.part.is_measured(self.canvas):
            yield first, place.part.text
            return
        lines = [""] * place.part.gap + [strip.text for strip in self._draw(place.part)]
        yield from enumerate(lines[first - place.start : end - place.start], first)
