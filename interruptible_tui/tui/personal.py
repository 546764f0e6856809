"""The app as its user wants it: keys, colours, and the help that tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType

from interruptible_tui.tui import colours
from interruptible_tui.tui.key_names import NamesKeys
from interruptible_tui.tui.looks import Looks
from interruptible_tui.tui.operands import Complaint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter

    from interruptible_tui.tui.preferences import Preferences

T = TypeVar("T")


class PersonalApp(NamesKeys, App[T], Generic[T]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "show_help", "Help", show=False, priority=True, id="app.help"),
    ]

    _worn = ""
    """The theme that is worn, as soon as a new one is a choice."""

    def __init__(self, driver_class: type[Driver], preferences: Preferences) -> None:
        super().__init__(driver_class=driver_class)
        self.no_color = not colours.wanted()
        self._looks = Looks(self, preferences)
        complaints = [self._looks.complaint] if self._looks.complaint else []
        if preferences.keys:
            complaints += self._map_keys(preferences.keys)
        self.warnings = [f"{preferences.file}: {complaint}" for complaint in complaints]
        """What of the preferences cannot be heeded."""
        self._worn = self.theme

    def _map_keys(self, table: Mapping[str, Any]) -> list[str]:
        """Returns what is wrong with the table."""
        from interruptible_tui.tui.keymap import Keymap

        keymap = Keymap(table)
        self.key_names = keymap.names
        self.set_keymap(keymap.mapped)
        return [f"[keys]: {complaint}" for complaint in keymap.complaints]

    def complain(self, text: str) -> None:
        """Say that something was not done."""
        raise NotImplementedError

    def action_show_help(self) -> None:
        """A second time: leave it. The keys that follow are the help's already."""
        from interruptible_tui.tui.help_screen import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            self.push_screen(HelpScreen(self._keymap))

    def wear(self, theme: str) -> None:
        """Empty: offer all of them."""
        try:
            self._looks.choose(theme)
        except Complaint as complaint:
            self.complain(str(complaint))

    def watch_theme(self, theme: str) -> None:
        """Also where it was chosen in Textual's own list."""
        if not self._worn or theme == self._worn:
            return
        self._worn = theme
        try:
            self._looks.remember()
        except OSError as error:
            self.complain(f"the theme is not remembered: {error.strerror}")

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [colours.Colourless()] if self.no_color else super().get_line_filters()
