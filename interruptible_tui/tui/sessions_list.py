"""The list of sessions: what is typed chooses among them, or names one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from interruptible_tui.tui.lines import LinesView
from interruptible_tui.tui.turns import Picks, Typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

LONGEST = 200
"""Characters that can be typed."""


class SessionsList(Picks, Typed, LinesView):
    """Every key is run in its turn. Behind one that asks for something, they wait until it is told whose they are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "Open", show=False, id="sessions.open"),
        Binding("escape,f3,ctrl+c", "leave", "Back to the chat", show=False, id="sessions.back"),
        Binding("ctrl+n", "wish('new')", "New session", show=False, id="sessions.new"),
        Binding("ctrl+r", "wish('rename')", "Rename", show=False, id="sessions.rename"),
        Binding("ctrl+k", "wish('fork')", "Fork", show=False, id="sessions.fork"),
        Binding("delete,ctrl+d", "wish('delete')", "Delete", show=False, id="sessions.delete"),
        Binding("ctrl+z", "wish('undelete')", "Bring back", show=False, id="sessions.undelete"),
        Binding("backspace", "erase", "Erase", show=False, id="sessions.erase"),
        Binding("ctrl+u,ctrl+w", "erase_all", "Erase all", show=False, id="sessions.erase_all"),
    ]

    @dataclass
    class Accepted(Message):
        """Enter, at that time: with that line chosen."""

        chosen: int | None

    @dataclass
    class Wished(Message):
        """One of the wishes in the bindings, for the line that is chosen."""

        wish: str
        chosen: int | None

    class Left(Message):
        pass

    def __init__(self, typed: Callable[[], None]) -> None:
        """`typed` shows what matches other words, before the next key."""
        super().__init__(id="list")
        self.words = ""
        self.names = False
        """Whether what is typed is a new name: then nothing is done to sessions meanwhile."""
        self._typed = typed

    def action_accept(self) -> None:
        self.post_message(self.Accepted(self.chosen))
        self.let_go_to_pick()

    def action_open(self) -> None:
        """A click on the line that is chosen."""
        self.action_accept()

    def action_wish(self, wish: str) -> None:
        if not self.names:
            self.post_message(self.Wished(wish, self.chosen))
            self.let_go()

    def action_leave(self) -> None:
        self.post_message(self.Left())
        self.let_go()

    def action_erase(self) -> None:
        self.type(self.words[:-1])

    def action_erase_all(self) -> None:
        self.type("")

    def type(self, words: str) -> None:
        self.words = words[:LONGEST]
        self._typed()

    async def _on_key(self, event: events.Key) -> None:
        await super()._on_key(event)
        if self._is_typed(event) and event.character:
            event.stop()
            event.prevent_default()
            self.type(self.words + event.character)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.type(self.words + " ".join(event.text[: 2 * LONGEST].split()))
