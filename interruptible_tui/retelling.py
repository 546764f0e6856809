"""What has happened between two looks at a stored conversation: the events that its owner told meanwhile.

A pure function, for those who only read. Output of tools is not among them, because it is not stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from interruptible_tui.conversation import CallStatus, Message, MessageStatus, Role, ToolCall
from interruptible_tui.events import (
    CallStreamed,
    MessageAdded,
    TextStreamed,
    ToolEnded,
    ToolStarted,
    TurnStarted,
)

Retold = MessageAdded | ToolStarted | ToolEnded | TurnStarted | TextStreamed | CallStreamed


def draft_of(messages: Sequence[tuple[int, Message]], running: int | None) -> int | None:
    """The id of the reply that is being written in run `running`: its last message, as long as it is partial."""
    if not messages:
        return None
    id_, last = messages[-1]
    return id_ if last.run == running and last.status is MessageStatus.PARTIAL else None


def retell(
    before: Mapping[int, Message], drafted: int | None, after: Sequence[tuple[int, Message]], draft: int | None
) -> Iterator[Retold]:
    """`before` has what was known of the messages `after`, by id; `drafted` and `draft` were and are being written."""
    statuses = {(each.run, each.turn, call.id): call.status for _, each in after for call in each.tool_calls}
    for id_, message in after:
        known = before.get(id_)
        if message.role is Role.ASSISTANT:
            yield from _reply(known, message, was_draft=id_ == drafted, is_draft=id_ == draft)
        elif known is None and message.role is Role.TOOL:
            call = message.tool_call_id or ""
            status = statuses.get((message.run, message.turn, call), CallStatus.UNKNOWN)
            yield ToolEnded(message.run, message.turn, call, status, message)
        elif known is None:
            yield MessageAdded(message.run, message)


def _reply(known: Message | None, reply: Message, *, was_draft: bool, is_draft: bool) -> Iterator[Retold]:
    if known is None:
        yield TurnStarted(reply.run, reply.turn, 1)
    if is_draft:
        yield from _growth(known, reply)
        return
    if known is None or was_draft:
        yield MessageAdded(reply.run, replace(reply, tool_calls=tuple(map(_not_started, reply.tool_calls))))
        known = None
    started = {call.id for call in known.tool_calls if call.status is CallStatus.RUNNING} if known else set()
    for call in reply.tool_calls:
        if call.status is CallStatus.RUNNING and call.id not in started:
            yield ToolStarted(reply.run, reply.turn, call.id)


def _growth(known: Message | None, reply: Message) -> Iterator[Retold]:
    """What has been streamed since."""
    if text := reply.text[len(known.text) if known else 0 :]:
        yield TextStreamed(reply.run, reply.turn, text)
    written = known.tool_calls if known else ()
    for index, call in enumerate(reply.tool_calls):
        earlier = written[index] if index < len(written) else None
        piece = call.arguments[len(earlier.arguments) if earlier else 0 :]
        if piece or earlier is None:
            yield CallStreamed(reply.run, reply.turn, index, call.id, call.name, piece)


def _not_started(call: ToolCall) -> ToolCall:
    return replace(call, status=CallStatus.NOT_STARTED)
