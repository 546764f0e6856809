"""Screens that are left once, however often they are told to: the keys of an impatient hand come all at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette

if TYPE_CHECKING:
    from textual.screen import Screen

    Mixed = Screen[Any]
else:
    Mixed = object
    """Textual looks for a screen's styles along the first of its bases that is one."""


class LeftOnce(Mixed):
    """Mixed into a screen, before it. Textual's own takes away whatever is on top, be it another screen."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        return super().dismiss(result) if self is self.app.screen else AwaitComplete()


class Palette(LeftOnce, CommandPalette):
    """Textual's list of commands; what is chosen there is carried out once."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self is not self.app.screen and self._selected_command:
            self._selected_command = replace(self._selected_command, command=lambda: None)
        return super().dismiss(result)
