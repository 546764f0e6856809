"""Two looks at a conversation, and the events between them: followed from any look to any later one they lead there."""

import random

from msgspec.structs import replace

from interruptible_tui.conversation import (
    CallStatus,
    Cut,
    Message,
    MessageStatus,
    Mode,
    Pending,
    Prompt,
    Role,
    ToolCall,
)
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
from interruptible_tui.retelling import Retold, amended, draft_of, retell

Look = list[tuple[int, Message]]


def user(text: str) -> Message:
    return Message(role=Role.USER, text=text, run=1, turn=1)


def reply(text: str, *calls: ToolCall, turn: int = 1, status: MessageStatus = MessageStatus.COMPLETE) -> Message:
    cut = Cut.CRASH if status is MessageStatus.PARTIAL else None
    return Message(role=Role.ASSISTANT, text=text, run=1, turn=turn, status=status, tool_calls=calls, cut=cut)


def call(id_: str, status: CallStatus = CallStatus.NOT_STARTED, arguments: str = "{}") -> ToolCall:
    return ToolCall(id_, "work", arguments, status)


def result(id_: str, turn: int = 1) -> Message:
    return Message(role=Role.TOOL, text=f"done {id_}", run=1, turn=turn, tool_call_id=id_)


def course() -> list[Look]:
    """Everything that a run of two turns and two calls writes down, a look after each commit."""
    partial = MessageStatus.PARTIAL
    running, done, failed = CallStatus.RUNNING, CallStatus.DONE, CallStatus.FAILED
    said = [(1, user("cook"))]
    drafts = [
        reply("Fi", status=partial),
        reply("First.", status=partial),
        reply("First.", call("a", arguments='{"x'), status=partial),
    ]
    looks: list[Look] = [said, *([*said, (2, draft)] for draft in drafts)]
    for a, b, results in (
        (CallStatus.NOT_STARTED, CallStatus.NOT_STARTED, []),
        (running, CallStatus.NOT_STARTED, []),
        (running, running, []),
        (running, failed, [(3, result("b"))]),
        (done, failed, [(3, result("b")), (4, result("a"))]),
    ):
        looks.append([*said, (2, reply("First.", call("a", a), call("b", b))), *results])
    looks += [[*looks[-1], (5, reply("All", turn=2, status=partial))], [*looks[-1], (5, reply("All done.", turn=2))]]
    return looks


def between(before: Look, after: Look, *, ended: bool = False) -> list[Retold]:
    return list(retell(dict(before), draft_of(before, 1), after, draft_of(after, None if ended else 1)))


def followed(events: list[Retold]) -> tuple[dict[tuple[int, str], str], dict[str, CallStatus], str]:
    """What somebody who is told `events` knows: messages by turn and role, calls, and the text of the open reply."""
    messages: dict[tuple[int, str], str] = {}
    calls: dict[str, CallStatus] = {}
    text = ""
    for event in events:
        match event:
            case MessageAdded(message=message):
                assert (message.turn, message.role) not in messages, "told twice"
                messages[message.turn, message.role] = message.text
                calls |= {call.id: call.status for call in message.tool_calls}
                text = ""
            case ToolStarted(call_id=id_):
                assert calls[id_] is CallStatus.NOT_STARTED
                calls[id_] = CallStatus.RUNNING
            case ToolEnded(call_id=id_, status=status):
                assert calls[id_] in {CallStatus.NOT_STARTED, CallStatus.RUNNING}
                calls[id_] = status
            case TextStreamed(text=piece):
                text += piece
            case CallStreamed() | TurnStarted():
                pass
    return messages, calls, text


def test_from_any_sequence_of_looks_the_same_is_known_in_the_end() -> None:
    chance, looks = random.Random(1), course()
    whole = followed([event for at in range(len(looks)) for event in between(looks[at - 1] if at else [], looks[at])])
    assert whole[0] == {(1, "user"): "cook", (1, "assistant"): "First.", (2, "assistant"): "All done."}
    assert whole[1] == {"a": CallStatus.DONE, "b": CallStatus.FAILED}
    for _ in range(300):
        chosen = sorted(chance.sample(range(len(looks) - 1), chance.randrange(len(looks) - 1)))
        seen: list[Look] = [[], *(looks[at] for at in chosen), looks[-1]]
        events = [event for at in range(1, len(seen)) for event in between(seen[at - 1], seen[at])]
        assert followed(events) == whole


def test_text_and_arguments_are_told_as_they_grow() -> None:
    looks = course()
    assert between(looks[0], looks[1]) == [TurnStarted(1, 1, 1), TextStreamed(1, 1, "Fi")]
    assert between(looks[1], looks[2]) == [TextStreamed(1, 1, "rst.")]
    assert between(looks[2], looks[3]) == [CallStreamed(1, 1, 0, "a", "work", '{"x')]
    assert between(looks[3], looks[3]) == []


def test_a_reply_that_was_cut_is_told_as_a_message_when_its_run_has_ended() -> None:
    draft = reply("Half", status=MessageStatus.PARTIAL)
    stopped = replace(draft, cut=Cut.STOP)
    before: Look = [(1, user("cook")), (2, draft)]
    after: Look = [(1, user("cook")), (2, stopped)]
    assert between(before, after, ended=True) == [MessageAdded(1, stopped)]


def test_a_reply_that_was_cut_is_told_as_a_message_although_its_run_goes_on() -> None:
    draft = reply("Half", status=MessageStatus.PARTIAL)
    cut = replace(draft, cut=Cut.PROMPT)
    before: Look = [(1, user("cook")), (2, draft)]
    after: Look = [(1, user("cook")), (2, cut)]
    assert between(before, after) == [MessageAdded(1, cut)]
    assert between(after, after) == []


def waits(id_: str, text: str, mode: Mode = Mode.QUEUE) -> Pending:
    return Pending(Prompt(id_, text, mode), None)


def test_what_was_done_to_what_is_pending_is_told_and_what_was_delivered_is_not_withdrawn() -> None:
    before = [waits("edited", "a"), waits("gone", "b"), waits("delivered", "c"), waits("same", "d")]
    after = [waits("same", "d"), waits("edited", "A", Mode.INCORPORATE), waits("new", "e")]
    assert list(amended(before, after, {"delivered", None})) == [
        EditSaved("edited", "A"),
        ModeChanged("edited", Mode.INCORPORATE),
        Submitted("new", "e", Mode.QUEUE, 0.0),
        Withdrawn("gone"),
    ]
