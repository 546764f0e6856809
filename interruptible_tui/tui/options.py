"""A list, put up over the chat, of which one is picked. No key is lost or overtaken on the way there or back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from textual import on
from textual.screen import ModalScreen
from textual.widgets import OptionList

from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.turns import InTurn, Typed

if TYPE_CHECKING:
    from textual.widget import Widget

T = TypeVar("T")


class Options(Typed, OptionList):
    """What is typed filters, which is for the screen that it is on."""

    _picks = False

    def __init__(self) -> None:
        super().__init__(markup=False)

    def action_select(self) -> None:
        if self.highlighted is not None:
            self._picks = True
            self.let_go()
        super().action_select()

    def hand_over(self, heir: Widget) -> None:
        """Enter was pressed to pick one, however often: nothing is sent by it."""
        while self._picks and self._coming and getattr(self._coming[0], "key", "") == "enter":
            self._coming.pop(0)
        super().hand_over(heir)


class Picker(PutUp, ModalScreen[T]):
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

    @property
    def heir(self) -> Widget:
        return self.choices

    @on(InTurn.Deferred)
    async def run_binding(self, event: InTurn.Deferred) -> None:
        await self.app.run_action(event.action, event.node)
        if self is self.app.screen:
            event.widget.take_back()

    def dismiss(self, result: Any = None) -> Any:
        """What has been typed since is for the widget that has the focus then."""
        is_left = self is self.app.screen and self.is_mounted
        left = super().dismiss(result)
        if is_left and (heir := self.app.screen.focused):
            self.choices.hand_over(heir)
        return left
