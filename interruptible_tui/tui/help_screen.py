"""The help: made of the registry of actions and of the keys as they are mapped now. What is typed looks for words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from interruptible_tui.tui.bindings import all_bindings
from interruptible_tui.tui.help_text import help_lines, sections
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.lines import LinesView
from interruptible_tui.tui.title import TitleLine
from interruptible_tui.tui.turns import Typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.app import ComposeResult


class HelpView(Typed, LinesView):
    """What is typed is for the screen."""


class HelpScreen(PutUp, Screen[None]):
    AUTO_FOCUS = "HelpView"
    DEFAULT_CSS = """
    HelpScreen {
        background: $background;
        & HelpView { height: 1fr; scrollbar-gutter: stable; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back, or all of it again", show=False, id="help.leave"),
        Binding("ctrl+c", "dismiss", "Back", show=False, id="help.back"),
        Binding("backspace", "erase", "Erase", show=False, id="help.erase"),
        Binding("ctrl+u,ctrl+w", "erase_all", "Erase all", show=False, id="help.erase_all"),
    ]

    def __init__(self, mapped: Mapping[str, str]) -> None:
        """`mapped`: keys by the ids of bindings, where they are not the usual ones."""
        super().__init__()
        self._sections = list(sections(all_bindings(), mapped))
        self._words = ""

    def compose(self) -> ComposeResult:
        yield TitleLine()
        yield HelpView()
        hints = HintLine()
        hints.places = ("help",)
        yield hints

    def on_resize(self) -> None:
        """Also at first: how wide the lines are is known from then on."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if not self.is_attached:
            return
        view = self.query_one(HelpView)
        view.show(help_lines(self._sections, self._words, view.line_width), None)
        self.query_one(TitleLine).said = f"Help: {self._words}" if self._words else "Help"
        self.query_one(HintLine).said = ["Esc: back", "type to look for words", "↑↓ PageUp PageDown: scroll"]

    def _seek(self, words: str) -> None:
        self._words = words
        self._show()
        self.query_one(HelpView).scroll_home(animate=False)

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character:
            event.stop()
            self._seek(self._words + event.character)

    def action_erase(self) -> None:
        self._seek(self._words[:-1])

    def action_erase_all(self) -> None:
        self._seek("")

    def action_leave(self) -> None:
        if self._words:
            self._seek("")
        else:
            self.dismiss()
