"""Which parts are drawn: the latest are kept, and those that have not been seen for long let go of their strips."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interruptible_tui.tui.parts import Part

MOST = 4000
"""Rows whose strips are kept: dozens of screens."""


class Strips:
    def __init__(self) -> None:
        self._rows: dict[Part, int] = {}
        """The one that was looked at last is the last."""
        self._kept = 0

    @property
    def kept(self) -> int:
        """Rows of all that is drawn."""
        return self._kept

    def seen(self, part: Part, rows: int) -> None:
        """`part` is drawn, with so many rows, and was looked at just now."""
        self._kept += rows - self._rows.pop(part, 0)
        self._rows[part] = rows
        while self._kept > MOST and len(self._rows) > 1:
            oldest = next(iter(self._rows))
            self._kept -= self._rows.pop(oldest)
            oldest.release()
