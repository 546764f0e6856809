"""Writes down what stands in the composer: a moment after it has changed, and when the program is left.

What is typed does not wait for that, and while nothing changes nothing goes on here.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from interruptible_tui.scratch import read
from interruptible_tui.store import StoreError
from interruptible_tui.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from interruptible_tui.drafts import Draft, Drafts
    from interruptible_tui.tui.background import Background
    from interruptible_tui.tui.composer import Composer

REST = 0.7
"""Seconds between a change and its writing, in which others may follow: what a crash costs at most, and a writing."""
_RESTS = 10
"""How much longer than a writing takes there is none, where what is attached is so large that it takes long."""


class Keeper:
    def __init__(self, composer: Composer, background: Background, fail: Callable[[str], None]) -> None:
        self._composer = composer
        self._background = background
        self._fail = fail
        self._drafts: Drafts | None = None
        self._kept: Draft | None = None
        self._due: asyncio.TimerHandle | None = None
        self._failed = False
        self._took = 0.0
        self._saved: list[Path] = []
        """Files that have been read, and go when the draft is written down."""

    async def read(self, drafts: Drafts) -> Draft:
        """What is to be in the composer. StoreError.

        What an editor had saved when the program ended is the draft; the one that it was given lies beside it.
        """
        self._kept = draft = await drafts.read()
        self._saved = []
        try:
            for path in drafts.scratch.left() if drafts.are_kept else ():
                text = storable(read(path)).removesuffix("\n")
                if text.strip() and text != "".join(piece for piece, _ in draft.text):
                    aside = (*draft.aside, draft.text) if draft.text else draft.aside
                    draft = replace(draft, text=((text, ""),), behind=0, aside=aside)
                self._saved.append(path)
        except OSError as error:
            self._fail(f"What an editor may have left is not read: {error}")
        return draft

    def begin(self, drafts: Drafts, draft: Draft, pending: Collection[str]) -> None:
        """`draft` is in the composer from now on, and what stands there is written down.

        `pending`: the ids of the prompts that wait.
        """
        self._composer.restore(draft, pending)
        self._drafts = drafts
        drafts.standing = self._composer.standing
        self.changed()

    def changed(self) -> None:
        """Something else may stand in the composer now."""
        if self._drafts and not self._due:
            rest = max(REST, _RESTS * self._took)
            self._due = asyncio.get_running_loop().call_later(rest, self._write_soon)

    def _write_soon(self) -> None:
        self._due = None
        if self._composer.is_sending:  # what was sent becomes a prompt or comes back, and is a change then
            return
        self._background.begin(self.write())

    async def write(self) -> None:
        """What stands in the composer is written down when this returns, unless that fails, which is said once."""
        draft = self._composer.standing()
        if self._drafts is None or (draft == self._kept and not self._saved):
            return
        began = time.monotonic()
        try:
            await self._drafts.keep(draft)
        except StoreError as error:
            if not self._failed:
                self._fail(f"What you write is not kept for the next start: {error}")
            self._failed = True
        else:
            self._kept, self._failed = draft, False
            while self._saved:
                with suppress(OSError):
                    self._drafts.scratch.remove(self._saved.pop())
        self._took = time.monotonic() - began
