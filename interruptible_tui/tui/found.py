"""A view in which words are marked wherever they stand, and which goes to one of the places."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.strip import Strip

from interruptible_tui.tui.calls import Call
from interruptible_tui.tui.folding import FoldingView
from interruptible_tui.tui.reply import Reply
from interruptible_tui.tui.search import Hit, Pattern, Piece, count, occurrences
from interruptible_tui.tui.selection import styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interruptible_tui.tui.entries import Entry
    from interruptible_tui.tui.parts import Part

KEPT = 500
"""Parts of which it is remembered where the words stand in them; no screen has as many."""
HIT, CURRENT = "transcript--hit", "transcript--current-hit"


class Spot(NamedTuple):
    """Where one goes back to."""

    entry: Entry
    part: Part
    offset: int
    """Rows of the part that are above the screen."""


class FoundView(FoldingView):
    COMPONENT_CLASSES: ClassVar[set[str]] = {HIT, CURRENT}

    _sought: Pattern | None = None
    _hit: Hit | None = None
    """The one that it goes to, or has gone to."""
    _current: tuple[Part, int] | None = None
    """The part that this is in, and which of its occurrences it is."""

    # -- what is marked -----------------------------------------------------------------------------------------------

    def mark(self, sought: Pattern | None) -> None:
        """Mark what is found; None: nothing any more. A page that is still to come moves nothing now."""
        if self._wanted and self._wanted.around is not None:
            self._wanted = None
        self._sought, self._hit, self._current = sought, None, None
        self._occurrences: dict[Part, tuple[list[Strip], list[list[Piece]]]] = {}
        self.refresh()

    def _found_in(self, part: Part) -> list[list[Piece]]:
        """Of a part that is drawn: looked for once, until it is drawn anew."""
        if self._sought is None:
            return []
        strips = self.draw_part(part)
        known = self._occurrences.get(part)
        if known is None or known[0] is not strips:
            if len(self._occurrences) > KEPT:
                self._occurrences.clear()
            known = strips, occurrences([strip.text for strip in strips], self._sought)
            self._occurrences[part] = known
        return known[1]

    def _is_marked(self, part: Part, row: int, *, first: bool) -> bool:
        return any(self._hits_at(part, row)) or super()._is_marked(part, row, first=first)

    def _mark(self, strip: Strip, part: Part, row: int, *, first: bool) -> Strip:
        lead, *said = strip
        marked = Strip(said)
        for piece, style in self._hits_at(part, row):
            marked = styled(marked, piece.start, piece.end, self.get_component_rich_style(style))
        return super()._mark(Strip([lead, *marked], strip.cell_length), part, row, first=first)

    def _hits_at(self, part: Part, row: int) -> Iterator[tuple[Piece, str]]:
        """What is marked in `row` of the view, which is one of `part`, and as what."""
        if self._sought is None:
            return
        line = row - self._layout.at(row).start - part.gap
        for number, pieces in enumerate(self._found_in(part)):
            style = CURRENT if (part, number) == self._current else HIT
            yield from ((piece, style) for piece in pieces if piece.row == line)

    # -- where it goes ------------------------------------------------------------------------------------------------

    @property
    def last_seen(self) -> int | None:
        """The id of the last message on the screen; None at the end."""
        if self.at_end or not self._layout.stack.items:
            return None
        items = self._layout.stack.items
        last = self._layout.stack.at(min(self._layout.height - 1, self._top + self.size.height - 1))
        return next((entry.message for entry in reversed(items[: last + 1]) if entry.message), None)

    @property
    def spot(self) -> Spot | None:
        """Where it is; None: at the end."""
        if self.at_end or not self._layout.stack.items:
            return None
        place = self._layout.at(self._top)
        return Spot(place.entry, place.part, self._top - place.start)

    def go_back(self, spot: Spot | None) -> None:
        if spot is None:
            self.follow()
        elif spot.entry in self._layout.stack.items and spot.part in spot.entry.parts(self._layout.canvas).items:
            self._place(self._layout.row_of(spot.entry, spot.part) + spot.offset, 0)
            self.at_end = self._top >= self.max_scroll_y
            self.refresh()
        elif spot.entry.message:
            self.show_message(spot.entry.message)

    def show_hit(self, hit: Hit) -> None:
        """Go to `hit`, which may have to be read first."""
        self._hit, self._current = hit, None
        self.show_message(hit.message)
        self.refresh()

    def _reveal_message(self, message: int) -> None:
        hit = self._hit
        known = [entry for entry in self._layout.stack.items if entry.message and entry.message <= message]
        if hit and hit.message == message and known:
            self._reveal_hit(max(known, key=lambda entry: entry.message or 0), hit)
        else:
            super()._reveal_message(message)

    def _reveal_hit(self, entry: Entry, hit: Hit) -> None:
        """What it is in is brought to the screen, by which that is drawn, then its row."""
        part, number = self._part_of(entry, hit)
        if isinstance(part, Call) and isinstance(entry, Reply) and hit.in_result and not part.unfolded:
            self._unfold(entry, part)
        self.reveal(self._layout.row_of(entry, part), self.size.height // 3)
        found = self._found_in(part)
        number = min(number, len(found) - 1)
        self._current = part, number
        line = found[number][0].row if found else 0
        self.reveal(self._layout.row_of(entry, part) + part.gap + line, self.size.height // 3)
        self.refresh()

    def _part_of(self, entry: Entry, hit: Hit) -> tuple[Part, int]:
        """What `hit` is in, and which one it is there: what is drawn need not have all that was written."""
        parts, number = entry.parts(self._layout.canvas).items, hit.number
        if hit.call:
            calls = (part for part in parts if isinstance(part, Call) and part.call.id == hit.call)
            return next(calls, parts[0]), number
        for part in parts:
            own = count(part.text, self._sought) if self._sought and not isinstance(part, Call) else 0
            if number < own:
                return part, number
            number -= own
        return parts[0], 0
