"""The app towards its terminal, which may be slow, change its size, and has a clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from interruptible_tui.tui.driver import TerminalDriver, terminal_driver
from interruptible_tui.tui.personal import PersonalApp

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen

    from interruptible_tui.tui.preferences import Preferences

T = TypeVar("T")


class TerminalApp(PersonalApp[T], Generic[T]):
    _skips_frames = False

    def __init__(self, escape_delay: float, preferences: Preferences) -> None:
        """`escape_delay`: seconds that the Escape key waits for the rest of another one."""
        super().__init__(terminal_driver(escape_delay), preferences)

    def copy_to_clipboard(self, text: str) -> None:
        self._clipboard = text
        if isinstance(self._driver, TerminalDriver):
            self._driver.copy(text)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Paint, unless the terminal is behind: then nothing until it has caught up, and then all at once."""
        if isinstance(self._driver, TerminalDriver) and not self._skips_frames and self._driver.behind:
            self._skips_frames = True
            self._driver.when_caught_up(self._paint_again)
        if not self._skips_frames:
            super()._display(screen, renderable)

    def _check_resize(self) -> None:
        """Paint everything, also where a terminal that had another size for a moment has the old one again."""
        super()._check_resize()
        self.call_later(self.refresh)

    def _paint_again(self) -> None:
        self._skips_frames = False
        self.call_later(self.refresh)  # unless the app has been left meanwhile, and its screen with it
