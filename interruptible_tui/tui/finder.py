"""Looks for words in the whole conversation, the newest first, while they are written.

What is loaded makes no difference: all is read from the store, page by page, and nothing waits for that. Hits are
numbered in the order in which one comes to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.store import StoreError
from interruptible_tui.tui.search import Hit, Pattern, hits, pattern

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from interruptible_tui.conversation import Message
    from interruptible_tui.tui.background import Background
    from interruptible_tui.tui.find_bar import FindBar
    from interruptible_tui.tui.found import FoundView, Spot

MOST = 10_000
"""Hits, after which no more are looked for."""


class Finder:
    def __init__(
        self,
        background: Background,
        backwards: Callable[[], AsyncIterator[Message]],
        bar: FindBar,
        view: FoundView,
        fail: Callable[[str], None],
    ) -> None:
        """`backwards` gives all messages, newest first; StoreError."""
        self._background = background
        self._backwards = backwards
        self._bar = bar
        self._view = view
        self._fail = fail
        self._searches = 0
        """How many have begun or been left: what an earlier one still finds is not wanted."""
        self._sought: Pattern | None = None
        self._hits: list[Hit] = []
        """As far as they are known, newest first."""
        self._at = 0
        self._is_complete = True
        self._is_marked = False
        """Whether what was found elsewhere is."""
        self._spot: Spot | None = None
        self._start: int | None = None
        """The last message that was on the screen; None at the end. The first hit at or before it comes first."""

    @property
    def is_open(self) -> bool:
        return bool(self._bar.display)

    def open(self, words: str = "") -> None:
        """Begin to look for `words`, or for those that were looked for last."""
        if not self.is_open:
            self._spot, self._start = self._view.spot, self._view.last_seen
            self._bar.display = True
        self._bar.screen.set_focus(self._bar)
        self._bar.words = words or self._bar.words
        self.seek(self._bar.words)

    def leave(self, *, stay: bool) -> None:
        self._bar.display = False
        self._searches += 1
        self._sought, self._hits = None, []
        self._view.mark(None)
        if not stay:
            self._view.go_back(self._spot)

    def show(self, sought: Pattern, hit: Hit) -> None:
        """Go to a hit that was found elsewhere; what is sought stays marked until `forget`."""
        if self.is_open:
            self.leave(stay=True)
        self._view.mark(sought)
        self._view.show_hit(hit)
        self._is_marked = True

    def forget(self) -> None:
        """Nothing that was found elsewhere is marked any more."""
        if self._is_marked and not self.is_open:
            self._view.mark(None)
        self._is_marked = False

    def seek(self, words: str) -> None:
        self._sought = pattern(words)
        self._searches += 1
        self._hits, self._at, self._is_complete = [], -1, self._sought is None
        self._view.mark(self._sought)
        self._tell()
        if self._sought:
            self._background.begin(self._look(self._sought, self._searches))
        else:
            self._view.go_back(self._spot)

    def go(self, step: int) -> None:
        """To the next hit in that direction: 1, said before; -1, after. Around the end, where that is known."""
        at = self._at + step
        if self._hits and (self._is_complete or 0 <= at < len(self._hits)):
            self._go_to(at % len(self._hits))

    async def _look(self, sought: Pattern, number: int) -> None:
        try:
            async for message in self._backwards():
                if number != self._searches:
                    return
                self._take(hits(message, sought))
                if len(self._hits) >= MOST:
                    break
        except StoreError as error:
            self._fail(str(error))
        if number == self._searches:
            self._is_complete = True
            if self._at < 0:
                self._go_to(0)
            self._tell()

    def _take(self, found: list[Hit]) -> None:
        """Those of one message."""
        if not found:
            return
        self._hits += reversed(found)
        if self._at < 0 and (self._start is None or found[0].message <= self._start):
            self._go_to(len(self._hits) - len(found))
        self._tell()

    def _go_to(self, at: int) -> None:
        if self._hits:
            self._at = at
            self._view.show_hit(self._hits[at])
            self._tell()

    def _tell(self) -> None:
        many = f"{len(self._hits):,}" + ("" if self._is_complete and len(self._hits) < MOST else "+")
        if self._sought is None:
            self._bar.count = ""
        elif self._hits:
            self._bar.count = f"{max(0, self._at) + 1:,} of {many}"
        else:
            self._bar.count = "nothing found" if self._is_complete else "…"
