"""What is sent to the model: one pure function from stored messages to those that the API accepts.

The rules, which hold for a history cut at any point:

- What was trimmed or rolled back is left out; a note is told as the user's side.
- Each tool call has exactly one result, in the order of the calls, before the next message. A missing result is
  made up, and tells the truth. A result without a call is left out.
- A call with unfinished arguments in a partial reply is left out; finished arguments that are not a JSON object are
  sent as `{}`, because servers that parse the history refuse anything else (the call's result says what was wrong).
- No empty assistant message. A partial one is followed by one marker that says who cut it and during what.
- The result is the same for the same history, and a fixed point: `acceptable(acceptable(x)) == acceptable(x)`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from msgspec import Struct, field
from msgspec.structs import replace

from interruptible_tui.conversation import (
    CallStatus,
    Cut,
    Message,
    MessageStatus,
    Role,
    ToolCall,
    ToolSpec,
    parse_arguments,
)

_HIDDEN = {MessageStatus.TRIMMED, MessageStatus.ROLLED_BACK}
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_NAME_LENGTH = 64
"""Function names are `^[a-zA-Z0-9_-]{1,64}$` (OpenAI API reference, `tools.function.name`)."""


class Request(Struct, frozen=True):
    """One model call. `messages` have been through `acceptable`."""

    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """None of those that are the program's own, see `parameters.OURS`."""


class Setup(Struct, frozen=True):
    """What the requests of a run are made of besides messages."""

    model: str
    system: str
    tools: tuple[ToolSpec, ...]
    api: str
    """The wire format; empty where they go over no wire."""
    parameters: Mapping[str, Any]

    @classmethod
    def decode(cls, content: str) -> Self:
        """As it is stored: JSON."""
        values = json.loads(content)
        names = ("name", "description", "parameters", "idempotent")
        tools = tuple(ToolSpec(*(tool[name] for name in names)) for tool in values["tools"])
        parameters = values.get("parameters", {})  # runs of earlier versions had none
        return cls(values["model"], values["system"], tools, values["api"], parameters)


def acceptable(messages: Iterable[Message]) -> tuple[Message, ...]:
    """`messages`, oldest first, as the API accepts them: only of roles USER, ASSISTANT, TOOL, and all COMPLETE."""
    conversation = Conversation()
    conversation.add(messages)
    return conversation.acceptable


class Conversation:
    """A conversation that grows: what it has had long before is not looked at again."""

    def __init__(self) -> None:
        self._settled: list[Message] = []
        """What is accepted of all turns but the last one."""
        self._turn: list[Message] = []
        """What the last one has so far: an assistant message, unless it is the first, and what follows it."""

    def add(self, messages: Iterable[Message]) -> None:
        """They follow what it has, oldest first."""
        for message in messages:
            if message.status in _HIDDEN:
                continue
            if message.role is Role.ASSISTANT:
                self._settled += _accepted(self._turn)
                self._turn = []
            self._turn.append(message)

    @property
    def acceptable(self) -> tuple[Message, ...]:
        return (*self._settled, *_accepted(self._turn))


def _accepted(turn: Sequence[Message]) -> list[Message]:
    accepted: list[Message] = []
    if turn and turn[0].role is Role.ASSISTANT:
        accepted += _reply(turn[0], {m.tool_call_id or "": m for m in reversed(turn) if m.role is Role.TOOL})
    for message in turn:
        if message.text and message.role is Role.USER:
            accepted.append(message)
        elif message.text and message.role is Role.NOTE:
            accepted.append(replace(message, role=Role.USER))
    return accepted


def to_repeat(messages: Sequence[Message]) -> list[ToolCall]:
    """The calls of the last run whose outcome is unknown: made again where that does no harm.

    What was trimmed or rolled back is not. A note makes no run the last one: it stands behind runs that said nothing.
    """
    last = max((message.run for message in messages if message.role is not Role.NOTE), default=0)
    seen = [message for message in messages if message.run == last and message.status not in _HIDDEN]
    calls = [call for message in seen for call in message.tool_calls]
    return [call for call in calls if call.status is CallStatus.UNKNOWN]


def _reply(reply: Message, results: dict[str, Message]) -> list[Message]:
    """An assistant message, the result of each of its calls, and the marker if it was cut."""
    partial = reply.status is MessageStatus.PARTIAL
    if not partial and not reply.tool_calls:
        return [reply] if reply.text else []
    unfinished = [call for call in reply.tool_calls if partial and parse_arguments(call.arguments) is None]
    calls = {call.id: call for call in reversed(reply.tool_calls) if call not in unfinished}
    kept = tuple(_sendable(call) for call in reply.tool_calls if calls.get(call.id) is call)
    sent: list[Message] = []
    if reply.text or kept:
        sent.append(replace(reply, tool_calls=kept, status=MessageStatus.COMPLETE, cut=None))
    sent += [results.get(call.id) or _made_up(call, reply) for call in kept]
    if partial:
        sent.append(_marker(reply, unfinished))
    return sent


def _sendable(call: ToolCall) -> ToolCall:
    name = _NOT_IN_A_NAME.sub("_", call.name)[:_NAME_LENGTH] or "unnamed"
    arguments = call.arguments if parse_arguments(call.arguments) is not None else "{}"
    return replace(call, name=name, arguments=arguments)


def _made_up(call: ToolCall, reply: Message) -> Message:
    match call.status:
        case CallStatus.NOT_STARTED:
            text = "not started"
        case CallStatus.DENIED:
            text = "denied by the user"
        case _:
            text = "outcome unknown (restart)"
    return Message(role=Role.TOOL, text=text, run=reply.run, turn=reply.turn, tool_call_id=call.id)


def _marker(reply: Message, unfinished: Sequence[ToolCall]) -> Message:
    """The one message that tells the model that `reply` was cut, by whom and during what."""
    subject = "The reply above" if reply.text or len(unfinished) < len(reply.tool_calls) else "A reply"
    during = "it was being written"
    if unfinished:
        names = ", ".join(call.name or "a tool" for call in unfinished)
        during = f"it was writing a call of {names}, which was not started"
    text = f"[{subject} was cut short by {reply.cut or Cut.OUTSIDE} while {during}. It is not complete.]"
    return Message(role=Role.USER, text=text, run=reply.run, turn=reply.turn)
