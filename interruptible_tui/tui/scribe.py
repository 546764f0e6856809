"""What messages look like: the entries that stand for them, and where each tool call is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interruptible_tui.conversation import Message, Role
from interruptible_tui.tui.entries import Entry, Prompted, Said
from interruptible_tui.tui.parts import Lead
from interruptible_tui.tui.reply import HIDDEN, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interruptible_tui.events import Seen
    from interruptible_tui.tui.calls import Call

USER = Lead("❯", "lead")
DIM_USER = Lead("❯", "dim")
NOTE = Lead("·", "dim")
OUTDATED = "no longer so"
"""Stands below a note that the model no longer sees: a later one has taken its place, or what it told of is undone."""


class Scribe:
    def __init__(self) -> None:
        self._written: dict[int, tuple[Message, Entry]] = {}
        """Each stored message that has an entry of its own, by its id."""
        self._callers: dict[tuple[int, int, str], tuple[Reply, Call]] = {}
        """By run, turn, and the call's id, which servers repeat from turn to turn."""

    def clear(self) -> None:
        self._written.clear()
        self._callers.clear()

    def forget(self, entries: Iterable[Entry]) -> None:
        """They are not shown any more."""
        gone = set(entries)
        self._written = {id_: known for id_, known in self._written.items() if known[1] not in gone}
        self._callers = {key: known for key, known in self._callers.items() if known[0] not in gone}

    def caller(self, run: int, turn: int, call_id: str) -> tuple[Reply, Call] | None:
        return self._callers.get((run, turn, call_id))

    def knows(self, message: Message) -> bool:
        return message.id in self._written

    def write(self, message: Message) -> Entry | None:
        """The entry for a message; None for a result, which is shown with its call."""
        entry = self._entry(message)
        if entry:
            self._note(message, entry)
        return entry

    def settle(self, message: Message, reply: Reply) -> None:
        """What has been streamed has become `message`."""
        self._note(message, reply)
        self._register(message, reply)

    def revise(self, seen: Iterable[Seen]) -> set[Entry]:
        """Messages are seen differently now. Returns the entries that are not what they were."""
        changed: set[Entry] = set()
        for each in seen:
            message, entry = self._written.get(each.id, (None, None))
            if message and entry and message.status is not each.status:
                self._restate(replace(message, status=each.status), entry)
                changed.add(entry)
        return changed

    def _restate(self, message: Message, entry: Entry) -> None:
        if isinstance(entry, Reply):
            message = replace(message, tool_calls=tuple(call.call for call in entry.calls))
            entry.close(message)
        elif isinstance(entry, Said):
            entry.restate(*_look(message))
        self._note(message, entry)

    def _note(self, message: Message, entry: Entry) -> None:
        entry.message = message.id
        if message.id is not None:
            self._written[message.id] = message, entry

    def _entry(self, message: Message) -> Entry | None:
        match message.role:
            case Role.USER:
                return Prompted(message.text, *_look(message))
            case Role.NOTE:
                return Said(message.text, *_look(message))
            case Role.ASSISTANT:
                reply = Reply.of(message)
                self._register(message, reply)
                return reply
            case Role.TOOL:
                self._answer(message)
                return None

    def _answer(self, message: Message) -> None:
        if known := self.caller(message.run, message.turn, message.tool_call_id or ""):
            known[1].answer(message.text)

    def _register(self, message: Message, reply: Reply) -> None:
        own = {(message.run, message.turn, call.call.id): (reply, call) for call in reversed(reply.calls)}
        self._callers |= own


def _look(message: Message) -> tuple[str, Lead, str]:
    """Of what the user said, or a note: style, lead, and what stands below it."""
    hidden = HIDDEN.get(message.status)
    if message.role is Role.NOTE:
        return "dim", NOTE, OUTDATED if hidden else ""
    below = " · ".join(word for word in (message.receipt, message.mode, hidden) if word)
    return ("dim", DIM_USER, below) if hidden else ("user", USER, below)
