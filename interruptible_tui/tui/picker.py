"""The list of earlier prompts, of which one is picked to go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from interruptible_tui.machine.rollback import BUSY
from interruptible_tui.text import clean_line
from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.options import Picker
from interruptible_tui.tui.pending import FAINT, shown
from interruptible_tui.tui.sheets import RewindTo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.conversation import Message
    from interruptible_tui.machine import SessionState


OFFERED = 1000
"""The latest so many prompts are listed, and looked through; `/rewind N` goes back further."""


def can_rewind(state: SessionState, said: Sequence[Message], back: int) -> list[Message]:
    """The prompts among `said` that can be gone back to, oldest first. Complaint if that cannot be so many back."""
    found = [message for message in said if message.prompt_id]
    if state.run:
        raise Complaint(BUSY)
    if back > len(found) or not found:
        raise Complaint(f"{len(found) or 'no'} earlier prompt{'s' * (len(found) != 1)} can be gone back to")
    return found


class RewindPicker(Picker[RewindTo | None]):
    """Returns the prompt that was picked. What is typed filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss", "Leave", show=False, id="rewind.leave"),
        Binding("ctrl+q", "app.quit", "Quit", show=False, id="app.quit"),
        Binding("backspace", "unfilter", "Filter less", show=False, id="rewind.filter_less"),
    ]

    def __init__(self, said: Sequence[Message]) -> None:
        """`said`: the user's messages, oldest first."""
        super().__init__()
        self._said: dict[str, Message] = {}
        self._know(said)

    def _know(self, said: Sequence[Message]) -> None:
        known = [message for message in said if message.prompt_id][-OFFERED:]
        self._said = {message.prompt_id or "": message for message in known}

    def offer(self, said: Sequence[Message]) -> None:
        """So many are known by now. What is highlighted stays so."""
        if self.is_attached and len(said) > len(self._said):
            options = self.query_one(OptionList)
            at = options.highlighted
            chosen = None if at is None else options.get_option_at_index(at).id
            self._know(said)
            self._list()
            if chosen in self._said:
                options.highlighted = options.get_option_index(chosen)

    def on_mount(self) -> None:
        self.query_one(Vertical).border_title = "rewind to"

    def _list(self) -> None:
        """The newest is the last one, numbered 1, and chosen at first."""
        last = len(self._said)
        found = [
            Option(Content.assemble((f" {last - at:>2}  ", FAINT), shown(message.text)), id=prompt)
            for at, (prompt, message) in enumerate(self._said.items())
            if self._filter.lower() in message.text.lower()
        ]
        options = self.query_one(OptionList)
        options.set_options(found)
        options.highlighted = len(found) - 1 if found else None
        said = f"filter: {clean_line(self._filter)}" if self._filter else "Enter: edit it and go on from there"
        self.query_one(Static).update(f"{said} · type to filter · Esc: leave")

    @on(OptionList.OptionSelected)
    def pick(self, event: OptionList.OptionSelected) -> None:
        message = self._said[event.option_id or ""]
        self.dismiss(RewindTo(message.prompt_id or "", message.text))
