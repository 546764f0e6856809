"""Asks whether a session is to be deleted in which something goes on or waits.

Text that is no answer is no wish to delete: it is for what lies below. What is typed behind the answer is for who has
the focus then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from interruptible_tui.text import clean_line
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.turns import Input, InTurn, bound_to

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult


class Question(InTurn, Vertical, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Delete", show=False, id="delete.yes"),
        Binding("n,escape,ctrl+c", "answer(False)", "Leave it", show=False, id="delete.no"),
        Binding("ctrl+q", "app.quit", "Quit", show=False, id="app.quit"),
    ]

    def __init__(self, answer: Callable[[bool], None], said: str) -> None:
        """`answer` is told whether the session is to be deleted, and leaves the screen."""
        super().__init__()
        self.border_title = "delete the session?"
        self._answer = answer
        self._said = said

    def compose(self) -> ComposeResult:
        yield Static(self._said, markup=False)
        names = names_in(self.app)
        hints = [names.hint(hint, "delete") for hint in ("y: delete", "n, Esc: leave it")]
        yield Static(" · ".join(hints), id="answers", markup=False)

    def action_answer(self, wanted: bool) -> None:
        self._answer(wanted)

    def _passes_on(self, event: Input) -> bool:
        if isinstance(event, events.Key) and (not event.is_printable or bound_to(event.key, self)):
            return False
        self.return_to_turn(event)
        self.action_answer(wanted=False)
        return True


class DeleteAsk(PutUp, ModalScreen[None]):
    DEFAULT_CSS = """
    DeleteAsk {
        align: center bottom;
        background: $background 40%;
    }
    Question {
        width: 100%;
        height: auto;
        max-height: 100%;
        border: round $text-error;
        border-title-color: $text-error;
        background: $surface;
        padding: 0 1;
    }
    Question Static { text-wrap: wrap; }
    Question #answers { dock: bottom; }
    """
    AUTO_FOCUS = "Question"

    def __init__(self, name: str, kept: Sequence[str]) -> None:
        """`kept`: what is the case in the session of that name, and what would become of it."""
        super().__init__()
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._said = f"{clean_line(name)}: {'; '.join(kept)}. /undelete brings it back."

    def compose(self) -> ComposeResult:
        yield Question(self._answer, self._said)

    def on_unmount(self) -> None:
        if not self.answered.done():
            self.answered.set_result(False)

    def _answer(self, wanted: bool) -> None:
        if not self.answered.done():
            self.answered.set_result(wanted)
        self.dismiss()
