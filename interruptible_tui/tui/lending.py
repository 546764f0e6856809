"""The screen of one session as one writes in it: the terminal is lent to the user's editor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.reading import Reading

if TYPE_CHECKING:
    from interruptible_tui.scratch import Scratch
    from interruptible_tui.tui.outside import Outside


class Lending(Reading):
    _outside: Outside | None = None
    _editing: asyncio.Task[None] | None = None

    def write_outside(self) -> None:
        """Write the draft in the user's editor; what is typed meanwhile comes behind what is written there."""
        if self.host and not self._editing:
            self._composer.let_go()
            self._editing = self._background.begin(self._edit(self._composer.draft, self.host.drafts.scratch))

    def action_write_outside(self) -> None:
        self.write_outside()

    async def _edit(self, text: str, scratch: Scratch) -> None:
        from interruptible_tui.tui.outside import Abandoned, Failed, Outside

        self._outside = Outside(self.app)
        try:
            self._composer.rewrite(text, await self._outside.edit(text, scratch))
        except Complaint as complaint:
            if isinstance(complaint, Failed) and complaint.saved:
                self._composer.earlier.append(complaint.saved)
            self._foot.complain(str(complaint))
        except Abandoned:
            pass
        finally:
            self._outside = self._editing = None
            self._composer.take_back()

    async def close(self) -> None:
        if self._outside and self._editing:
            self._outside.leave()
            await asyncio.wait({self._editing})
        await super().close()
