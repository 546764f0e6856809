"""The panel of the prompts that wait: what can be done to the selected one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.events import ModeChanged, Moved, PendingEvent, UndoRequested, Withdrawn
from interruptible_tui.tui.pending_list import PendingList

if TYPE_CHECKING:
    from textual import events

KEYS = (
    ("e: edit", "edit"),
    ("Del: withdraw", "withdraw"),
    ("K: up", "move(-1)"),
    ("J: down", "move(1)"),
    ("m: mode", "cycle_mode"),
    ("s: send now", "send_now"),
    ("Esc: back", "leave"),
    ("u: undo", "undo"),
)
"""What the keys do, the most important first, and the action behind each."""


class PendingPanel(PendingList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "edit", "Edit", id="pending.edit"),
        Binding("delete,d", "withdraw", "Withdraw", id="pending.withdraw"),
        Binding("alt+up,K", "move(-1)", "Move up", id="pending.move_up"),
        Binding("alt+down,J", "move(1)", "Move down", id="pending.move_down"),
        Binding("m", "cycle_mode", "Change the mode", id="pending.mode"),
        Binding("c", "change_mode('incorporate')", "Incorporate", id="pending.incorporate"),
        Binding("q", "change_mode('queue')", "Queue", id="pending.queue"),
        Binding("s,i,ctrl+enter", "send_now", "Send now", id="pending.send_now"),
        Binding("u,ctrl+z", "undo", "Undo", id="pending.undo"),
        Binding("escape", "leave", "Back to the composer", id="pending.leave"),
        Binding("f6", "app.focus_next", "Other part", show=False, id="chat.focus_next"),
        Binding("ctrl+f", "screen.find", "Find", show=False, id="chat.find"),
    ]

    @dataclass
    class Wished(Message):
        """Something is to be done to what waits."""

        wish: PendingEvent

    @dataclass
    class EditWanted(Message):
        prompt: Prompt

    class Left(Message):
        pass

    # -- where keys and clicks go -------------------------------------------------------------------------------------

    def on_focus(self) -> None:
        if not self.selected:
            self.action_select(-1)

    async def on_click(self, event: events.Click) -> None:
        """A click selects, a double click edits."""
        row = event.get_content_offset_capture(self).y + (self._first if len(self._listed()) > self._room else 0)
        if 0 <= row < len(self.pending) and self._ids[row] in self._staying:
            self._select(self._ids[row])
            if event.chain == 2:
                self.action_edit()

    # -- what is done to the selected one -----------------------------------------------------------------------------

    def action_edit(self) -> None:
        for prompt in self._selected:
            self.let_go()
            self.post_message(self.EditWanted(prompt))

    def action_withdraw(self) -> None:
        """Then its neighbour is selected."""
        for prompt in self._selected:
            at = self._staying.index(prompt.id)
            self._withdrawing.append(prompt.id)
            others = self._staying
            self.selected = others[min(at, len(others) - 1)] if others else ""
            self.post_message(self.Wished(Withdrawn(prompt.id)))

    def action_move(self, by: int) -> None:
        for prompt in self._selected:
            self.post_message(self.Wished(Moved(prompt.id, by)))

    def action_cycle_mode(self) -> None:
        for prompt in self._selected:
            self.action_change_mode(Mode.INCORPORATE if prompt.mode is Mode.QUEUE else Mode.QUEUE)

    def action_change_mode(self, mode: str) -> None:
        for prompt in self._selected:
            self.post_message(self.Wished(ModeChanged(prompt.id, Mode(mode))))

    def action_send_now(self) -> None:
        self.action_change_mode(Mode.INTERRUPT)

    def action_undo(self) -> None:
        if self._withdrawing:
            self.stays(self._withdrawing[-1])
        self.post_message(self.Wished(UndoRequested()))

    def action_leave(self) -> None:
        self.selected = ""
        self.let_go()
        self.post_message(self.Left())
