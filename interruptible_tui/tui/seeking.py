"""A screen over the chat on which what is typed are words that are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.tui.left_once import PutUp

if TYPE_CHECKING:
    from textual import events


class Seeking(PutUp):
    """Mixed into a screen, before it."""

    _written = ""

    def _seek(self, written: str) -> None:
        """Look for other words."""
        raise NotImplementedError

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character:
            event.stop()
            self._seek(self._written + event.character)

    def action_erase(self) -> None:
        self._seek(self._written[:-1])

    def action_erase_all(self) -> None:
        self._seek("")
