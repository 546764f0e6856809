"""Which theme is worn: the one that was wished for, where the terminal has the colours for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interruptible_tui.text import clean_line
from interruptible_tui.tui import colours
from interruptible_tui.tui.operands import Complaint

if TYPE_CHECKING:
    from textual.app import App

    from interruptible_tui.tui.preferences import Preferences

OURS = ("dark", "light", "high-contrast", "ansi")
"""The program's own; those of Textual can be had by their names."""


class Looks:
    def __init__(self, app: App[Any], preferences: Preferences) -> None:
        self._app = app
        self._preferences = preferences
        self.complaint = ""
        """What was wrong with the wish at the start."""
        app.register_theme(colours.DARK)
        app.register_theme(colours.SIXTEEN)
        self._begin(preferences.theme)

    def _begin(self, wished: str) -> None:
        if self._lacks_colours:
            self._app.theme = colours.SIXTEEN.name
            return
        try:
            self._wear(wished)
        except Complaint as complaint:
            self.complaint = str(complaint)
            self._app.theme = colours.DARK.name

    def choose(self, name: str) -> None:
        """Wear the theme of that name, now and at the next start; without one, offer them all. Complaint."""
        if self._lacks_colours:
            raise Complaint(self._lacks_colours)
        if name:
            self._wear(name)
        else:
            self._register_all()
            self._app.search_themes()

    def remember(self) -> None:
        """What is worn was chosen. OSError."""
        if not self._lacks_colours:
            self._preferences.remember(self._app.theme)

    def _wear(self, name: str) -> None:
        if name not in self._app.available_themes:
            self._register_all()
        if name not in self._app.available_themes:
            raise Complaint(f"there is no theme {clean_line(name)}; the program's own are {', '.join(OURS)}")
        self._app.theme = name

    def _register_all(self) -> None:
        from interruptible_tui.tui.themes import THEMES

        for theme in THEMES:
            self._app.register_theme(theme)

    @property
    def _lacks_colours(self) -> str:
        if self._app.no_color:
            return "NO_COLOR is set: there are no colours to choose from"
        if self._app.console.color_system in {"standard", None}:
            return "this terminal has sixteen colours: its own are used"
        return ""
