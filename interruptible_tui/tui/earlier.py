"""Looks for words in what the user has said, the last first, while they are written.

What is found stands in the composer as if one had gone back to it: the draft that was left comes back when it is sent.
What this session does not have is looked for in the others.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from interruptible_tui.store import StoreError
from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.rewriter import BUSY
from interruptible_tui.tui.search import Pattern, pattern

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from interruptible_tui.tui.background import Background
    from interruptible_tui.tui.composer import Composer
    from interruptible_tui.tui.earlier_bar import EarlierBar

PATIENCE = 1.0
"""Seconds that taking what is found waits for its being found, at most."""


class Earlier:
    def __init__(
        self,
        composer: Composer,
        bar: EarlierBar,
        background: Background,
        further: Callable[[], AsyncIterator[Sequence[str]]],
        fail: Callable[[str], None],
    ) -> None:
        """`further` gives what is not known yet, the newer first, each piece oldest first; StoreError."""
        self._composer = composer
        self._bar = bar
        self._background = background
        self._further = further
        self._fail = fail
        self._sought: Pattern | None = None
        self._looking: asyncio.Task[None] | None = None
        self._unknown: AsyncIterator[Sequence[str]] | None = None
        """What is still to be read; None: nothing has been."""

    @property
    def is_open(self) -> bool:
        return bool(self._bar.display)

    def open(self, words: str) -> None:
        """Begin to look for `words`. Complaint where something else is open in the composer."""
        if self._composer.is_rewriting:
            raise Complaint(BUSY)
        if not self._bar.has_focus:
            self._composer.begin_search()
            self._bar.display = True
            self._unknown = None
        self._bar.words = words
        self.seek(words)
        self._bar.screen.set_focus(self._bar)

    def seek(self, words: str) -> None:
        """From where one began."""
        self._sought = pattern(words)
        self._composer.leave_search()
        self.go(1)

    def go(self, step: int) -> None:
        """To the next one in that direction: 1, said before; -1, after."""
        if not self._sought:
            self._bar.count = ""
        elif self._composer.search(-step, self._sought):
            self._bar.count = "found"
        elif step > 0 and not self._looking:
            self._bar.count = "…"
            self._looking = self._background.begin(self._look_further(self._sought))

    async def _look_further(self, sought: Pattern) -> None:
        found = False
        try:
            self._unknown = self._unknown or self._further()
            while not found and sought is self._sought:
                self._composer.recall_further(await anext(self._unknown))
                found = self._composer.search(-1, sought)
        except StopAsyncIteration:
            pass
        except StoreError as error:
            self._fail(str(error))
        finally:
            self._looking = None
        if sought is self._sought:
            self._bar.count = "found" if found else "nothing found"
        elif self._sought:
            self.go(1)

    async def leave(self, *, stay: bool) -> None:
        """Back to the composer, with what was found or with what stood there before. Never sent by itself."""
        until = asyncio.get_running_loop().time() + PATIENCE
        while stay and self._looking and (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait({self._looking}, timeout=left)
        if not stay:
            self._composer.leave_search()
        self.close()

    def close(self) -> None:
        """What stands in the composer stays."""
        self._sought = None
        self._bar.display = False
        self._bar.words = self._bar.count = ""
