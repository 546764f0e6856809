"""Asks whether a session is to be deleted in which something goes on or waits."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from interruptible_tui.text import clean_line
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.left_once import LeftOnce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult


class DeleteAsk(LeftOnce, ModalScreen[None]):
    DEFAULT_CSS = """
    DeleteAsk {
        align: center bottom;
        background: $background 40%;
    }
    DeleteAsk > Vertical {
        width: 100%;
        height: auto;
        max-height: 100%;
        border: round $text-error;
        border-title-color: $text-error;
        background: $surface;
        padding: 0 1;
    }
    DeleteAsk Static { text-wrap: wrap; }
    DeleteAsk #answers { dock: bottom; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Delete", show=False, id="delete.yes"),
        Binding("n,escape,ctrl+c", "answer(False)", "Leave it", show=False, id="delete.no"),
        Binding("ctrl+q", "app.quit", "Quit", show=False, id="app.quit"),
    ]

    def __init__(self, name: str, kept: Sequence[str]) -> None:
        """`kept`: what is the case in the session of that name, and what would become of it."""
        super().__init__()
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._name_asked = name
        self._kept = kept

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "delete the session?"
            said = f"{clean_line(self._name_asked)}: {'; '.join(self._kept)}. /undelete brings it back."
            yield Static(said, markup=False)
            names = names_in(self.app)
            hints = [names.hint(hint, "delete") for hint in ("y: delete", "n, Esc: leave it")]
            yield Static(" · ".join(hints), id="answers", markup=False)

    def action_answer(self, wanted: bool) -> None:
        self._answer(wanted=wanted)
        self.dismiss()

    def on_key(self, event: events.Key) -> None:
        """Text that is no answer is no wish to delete: it is for the chat, as what follows it."""
        if event.is_printable and event.key not in self.active_bindings:
            event.stop()
            self.action_answer(wanted=False)
            if heir := self.app.screen.focused:
                heir.post_message(copy(event))

    def on_unmount(self) -> None:
        self._answer(wanted=False)

    def _answer(self, *, wanted: bool) -> None:
        if not self.answered.done():
            self.answered.set_result(wanted)
