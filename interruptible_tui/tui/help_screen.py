"""The help: made of the registry of actions and of the keys as they are mapped now. What is typed looks for words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from interruptible_tui.tui.bindings import all_bindings
from interruptible_tui.tui.help_text import help_lines, sections
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.lines import LinesView
from interruptible_tui.tui.seeking import Seeking
from interruptible_tui.tui.title import TitleLine
from interruptible_tui.tui.turns import Typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult


class HelpView(Typed, LinesView):
    """What is typed is for the screen."""


class HelpScreen(Seeking, Screen[None]):
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
        view.show(help_lines(self._sections, self._written, view.line_width), None)
        self.query_one(TitleLine).said = f"Help: {self._written}" if self._written else "Help"
        self.query_one(HintLine).said = ["Esc: back", "type to look for words", "↑↓ PageUp PageDown: scroll"]

    def _seek(self, written: str) -> None:
        self._written = written
        self._show()
        self.query_one(HelpView).scroll_home(animate=False)

    def action_leave(self) -> None:
        if self._written:
            self._seek("")
        else:
            self.dismiss()
