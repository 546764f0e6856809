"""A view of a conversation of which only stretches are loaded: around the screen, and at the end.

What is not loaded stands as a gap of one line. A gap that comes near the screen is asked for, a page at a time, in
place of which it shrinks; what is far from the screen becomes a gap again. So neither what is kept nor what anything
costs depends on how long the conversation is. The scroll bar tells of what is loaded, and a gap says that there is
more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from interruptible_tui.tui.entries import Entry, Said
from interruptible_tui.tui.painting import PaintedView
from interruptible_tui.tui.parts import Lead

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interruptible_tui.store import Page

REACH = 40
"""Rows from the screen at which a gap is asked for."""
TAIL = 100
"""Entries at the end that are always kept: what happens now is told there."""
AROUND = 150
"""Entries above the screen, and below it, that are kept."""
MOST = 500
"""Entries after which those that are far away are dropped."""

_MORE = Lead("⋯", "dim")


class Gap(Said):
    """Stands for messages that are not loaded: all between two ids."""

    def __init__(self, after: int, before: int) -> None:
        super().__init__("more messages, not loaded yet" if after else "earlier messages", "dim", _MORE)
        self.after = after
        self.before = before


class PagedView(PaintedView):
    @dataclass
    class PageWanted(TextualMessage):
        """A page is to be read and given to `fill`. Of the ids, which are the store's, one is given."""

        gap: Gap
        before: int | None = None
        after: int | None = None
        around: int | None = None
        to_top: bool = False
        """Whether the view goes to the top of what is loaded then."""

    _wanted: PageWanted | None = None
    """What has been asked for and is still to come."""

    # -- what is loaded -----------------------------------------------------------------------------------------------

    def replace_entries(self, entries: Iterable[Entry]) -> None:
        self._wanted = None
        super().replace_entries(entries)

    def rearrange(self, entries: Iterable[Entry]) -> None:
        """Show `entries`, which may be changed in themselves. What is at the top of the screen stays there.

        One of them has to be that, or the one below it.
        """
        stack, canvas, following = self._layout.stack, self._layout.canvas, self.at_end
        entries = list(entries)
        kept = set(entries)
        at = stack.at(self._top) if stack.items and self.size else len(stack.items)
        index = next((at for at, entry in enumerate(stack.items[at:], at) if entry in kept), None)
        if index is None:
            self._layout = self._laid_out(canvas, entries)
            self.follow()
            return
        anchor, before = stack.items[index], stack.start(index)
        offset = self._top - before
        self._layout = self._laid_out(canvas, entries)
        now = self._layout.stack.start(self._layout.index_of(anchor))
        self._moved(before - 1, now - before)
        if following:
            self.follow()
        else:
            self._place(now + min(max(0, offset), anchor.height(canvas) - 1), max(0, -offset))
            self.refresh()

    def fill_entries(self, wanted: PageWanted, entries: Sequence[Entry], page: Page) -> None:
        """Put in what was wanted, if it still is. What is on the screen stays where it is."""
        gap, items = wanted.gap, self._layout.stack.items
        self._wanted = None
        loaded = [*self._rest(gap.after, page.after + 1), *entries, *self._rest(page.before - 1, gap.before)]
        index = self._layout.index_of(gap)
        self.rearrange([*items[:index], *loaded, *items[index + 1 :]])
        if wanted.around is not None:
            self._reveal_message(wanted.around)
        elif wanted.to_top:
            self.to_top()
        self._drop_far()

    def _rest(self, after: int, before: int) -> list[Entry]:
        return [Gap(after, before)] if before > after + 1 else []

    def page_failed(self, wanted: PageWanted) -> None:
        """It could not be read, and is asked for again when the view moves."""
        if wanted is self._wanted:
            self._wanted = None

    def add_entry(self, entry: Entry) -> None:
        super().add_entry(entry)
        self._drop_far()

    def dropped(self, entries: Sequence[Entry]) -> None:
        """`entries` are no longer in the view."""

    def _drop_far(self) -> None:
        """Drop what is far from the screen, if there is much of it: what the program itself has said there is gone.

        Not while a page is to come: the gap that it is for has to be there.
        """
        stack = self._layout.stack
        if len(stack.items) < MOST or self._wanted or not self.size:
            return
        tail = len(stack.items) - TAIL
        first = stack.at(self._top)
        last = stack.at(min(stack.height - 1, self._top + self.size.height))
        self._drop(min(tail, last + AROUND), tail)
        self._drop(0, min(tail, first - AROUND))

    def _drop(self, start: int, end: int) -> None:
        items = self._layout.stack.items
        below = next((_begin(each) for each in items[end:] if _begin(each) is not None), None)
        above = next((_end(each) for each in reversed(items[:start]) if _end(each) is not None), None)
        if start < end and below is not None:
            gone = items[start:end]
            self.rearrange([*items[:start], *self._rest(above or 0, below), *items[end:]])
            self.dropped(gone)

    # -- what is asked for --------------------------------------------------------------------------------------------

    def _place(self, pin: int, above: int) -> None:
        super()._place(pin, above)
        if self.size and self._wanted is None:
            self._want_near()

    def _want_near(self) -> None:
        """Ask for what a gap near the screen stands for, on the side from which the screen comes to it."""
        stack, top, height = self._layout.stack, self._top, self.size.height
        first = stack.at(max(0, top - REACH))
        last = stack.at(max(0, min(stack.height - 1, top + height + REACH)))
        for index, entry in enumerate(stack.items[first : last + 1], first):
            if isinstance(entry, Gap):
                is_above = stack.start(index) < top + height // 2
                self._want(
                    self.PageWanted(entry, before=entry.before)
                    if is_above
                    else self.PageWanted(entry, after=entry.after)
                )
                return

    def _want(self, wanted: PageWanted) -> None:
        self._wanted = wanted
        self.post_message(wanted)

    # -- where it goes ------------------------------------------------------------------------------------------------

    def action_scroll_home(self) -> None:
        """To the very first message, which may have to be read first."""
        first = next(iter(self._layout.stack.items), None)
        if isinstance(first, Gap):
            self._want(self.PageWanted(first, after=first.after, to_top=True))
        else:
            self.to_top()

    def to_top(self) -> None:
        self._place(0, 0)
        self.at_end = self._top >= self.max_scroll_y
        self.refresh()

    def show_message(self, message: int) -> None:
        """Scroll to the message of that id, which may have to be read first."""
        for entry in self._layout.stack.items:
            if isinstance(entry, Gap) and entry.after < message < entry.before:
                return self._want(self.PageWanted(entry, around=message))
        return self._reveal_message(message)

    def _reveal_message(self, message: int) -> None:
        """What came of a tool is shown with its call, which stands before it."""
        known = [entry for entry in self._layout.stack.items if entry.message and entry.message <= message]
        if known:
            last = max(known, key=lambda entry: entry.message or 0)
            self.reveal(self._layout.stack.start(self._layout.index_of(last)), self.size.height // 3)


def _begin(entry: Entry) -> int | None:
    """The id at which it begins."""
    return entry.after + 1 if isinstance(entry, Gap) else entry.message


def _end(entry: Entry) -> int | None:
    """The id at which it ends."""
    return entry.before - 1 if isinstance(entry, Gap) else entry.message
