"""A list, put up over the chat, of which one is picked. No key is lost or overtaken on the way there or back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.turns import Picks, Typed

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

T = TypeVar("T")


class Options(Picks, Typed, OptionList):
    """What is typed filters, which is for the screen that it is on."""

    def __init__(self) -> None:
        super().__init__(markup=False)

    def action_select(self) -> None:
        if self.highlighted is not None:
            self.let_go_to_pick()
        super().action_select()


class Picker(PutUp, ModalScreen[T]):
    """What is typed filters."""

    DEFAULT_CSS = """
    Picker {
        align: center bottom;
        background: $background 40%;
    }
    Picker > Vertical {
        width: 100%;
        height: auto;
        max-height: 80%;
        border: round $foreground 40%;
        border-title-color: $text-warning;
        background: $surface;
    }
    Picker OptionList {
        height: auto;
        max-height: 12;
        border: none;
        padding: 0;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
    }
    Picker Static {
        height: 1;
        padding: 0 1;
        color: $text-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.choices = Options()
        self._filter = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.choices
            yield Static(markup=False)

    def on_mount(self) -> None:
        self._list()

    def _list(self) -> None:
        """Show what the filter leaves."""
        raise NotImplementedError

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character:
            event.stop()
            self._filter += event.character
            self._list()

    def action_unfilter(self) -> None:
        self._filter = self._filter[:-1]
        self._list()

    @property
    def heir(self) -> Widget:
        return self.choices
