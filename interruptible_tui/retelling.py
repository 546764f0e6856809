"""What has happened between two looks at a stored conversation: the events that its owner told meanwhile.

Pure functions, for those who only read. Output of tools is not among them, because it is not stored.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from interruptible_tui.conversation import CallStatus, Cut, Message, Pending, Role, ToolCall
from interruptible_tui.events import (
    CallStreamed,
    EditSaved,
    MessageAdded,
    ModeChanged,
    Submitted,
    TextStreamed,
    ToolEnded,
    ToolStarted,
    TurnStarted,
    Withdrawn,
)

Retold = MessageAdded | ToolStarted | ToolEnded | TurnStarted | TextStreamed | CallStreamed


def draft_of(messages: Sequence[tuple[int, Message]], running: int | None) -> int | None:
    """The id of the reply that is being written in run `running`: its last message, as long as a crash would cut it."""
    if not messages:
        return None
    id_, last = messages[-1]
    return id_ if last.run == running and last.cut is Cut.CRASH else None


def amended(
    before: Sequence[Pending], after: Sequence[Pending], delivered: Collection[str | None]
) -> Iterator[Submitted | EditSaved | ModeChanged | Withdrawn]:
    """What was done to what is pending; `delivered` are ids of prompts that have become messages.

    Of one that was moved nothing is told: the new order is.
    """
    known = {waiting.prompt.id: waiting.prompt for waiting in before}
    for prompt in (waiting.prompt for waiting in after):
        old = known.pop(prompt.id, None)
        if old is None:
            yield Submitted(prompt.id, prompt.text, prompt.mode, prompt.created_at)
            continue
        if old.text != prompt.text:
            yield EditSaved(prompt.id, prompt.text)
        if old.mode is not prompt.mode:
            yield ModeChanged(prompt.id, prompt.mode)
    yield from (Withdrawn(id_) for id_ in known if id_ not in delivered)


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
