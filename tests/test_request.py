"""Guarantee 6: whatever is stored, the API accepts what is made of it, in both formats."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interruptible_tui.conversation import CallStatus, Cut, Message, MessageStatus, Role, ToolCall, ToolSpec
from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.providers.responses import encode_responses
from interruptible_tui.request import Request, acceptable, to_repeat
from tests.validator import check_chat, check_responses

TOOL = ToolSpec("cook", "Cooks a dish.", {"type": "object", "properties": {}})
PARTIAL, TRIMMED, ROLLED_BACK = MessageStatus.PARTIAL, MessageStatus.TRIMMED, MessageStatus.ROLLED_BACK


def user(text: str, **fields: Any) -> Message:
    return Message(role=Role.USER, text=text, **fields)


def said(text: str, *calls: ToolCall, **fields: Any) -> Message:
    return Message(role=Role.ASSISTANT, text=text, tool_calls=calls, **fields)


def result(id_: str, text: str = "done", **fields: Any) -> Message:
    return Message(role=Role.TOOL, text=text, tool_call_id=id_, **fields)


def cook(id_: str, arguments: str = '{"dish": "burger"}', status: CallStatus = CallStatus.DONE) -> ToolCall:
    return ToolCall(id_, "cook", arguments, status)


HISTORY = (
    user("Cook a burger and a salad."),
    said("Two dishes.", cook("a"), cook("b", '{"dish": "salad"}')),
    result("a"),
    user("And croutons!"),
    result("b", "burnt"),
    said("", cook("c"), cook("d", status=CallStatus.INTERRUPTED), cook("e", status=CallStatus.NOT_STARTED)),
    result("c"),
    result("d", "interrupted after 3.2 s, may have partial effects, output so far: …"),
    user("Stop, soup instead."),
    said("I will make a so", status=PARTIAL, cut=Cut.PROMPT),
    user("Cold soup."),
    said("Well", cook("f", '{"dish": "so'), status=PARTIAL, cut=Cut.STOP),
    said("", cook("g"), cook("h", '{"'), status=PARTIAL, cut=Cut.FAILURE),
    result("g"),
    said("", status=PARTIAL, cut=Cut.CLOSE),
    user("Go on."),
    said("", cook("i", status=CallStatus.UNKNOWN)),
    user("Undo this.", status=ROLLED_BACK),
    said("Gone", cook("j"), status=ROLLED_BACK),
    result("j", status=ROLLED_BACK),
    Message(role=Role.NOTE, text="Rolled back; the burger cannot be uncooked."),
    said("Trimmed", cook("k"), status=TRIMMED),
    result("k", status=TRIMMED),
    user("Odd calls."),
    said("", cook("l", "not JSON"), cook("m", "[1]"), replace(cook("n"), name="os.system('x')")),
    result("l", "arguments are not JSON"),
    said("", cook("x" * 80), cook(""), cook("o"), cook("o")),
    result("o"),
    result("stray"),
    said("Done."),
)


def partly_built(message: Message) -> Iterator[Message]:
    """`message` as a cut may leave it: any beginning of its text, its calls, and their arguments."""
    cut = replace(message, status=PARTIAL, cut=Cut.OUTSIDE)
    for at in range(len(message.text) + 1):
        yield replace(cut, text=message.text[:at], tool_calls=())
    for count, call in enumerate(message.tool_calls):
        for at in range(len(call.arguments) + 1):
            begun = replace(call, arguments=call.arguments[:at])
            yield replace(cut, tool_calls=(*message.tool_calls[:count], begun))


def request(history: Sequence[Message]) -> Request:
    return Request("scripted", "Be brief.", acceptable(history), (TOOL,))


def violations(history: Sequence[Message]) -> list[str]:
    """Without what only an empty history breaks: a run always begins with something."""
    asked = request((user("First."), *history))
    return check_chat(encode_chat(asked)) + check_responses(encode_responses(asked))


@pytest.mark.parametrize("at", range(len(HISTORY) + 1))
def test_a_history_cut_after_any_message_is_accepted(at: int) -> None:
    assert violations(HISTORY[:at]) == []


@pytest.mark.parametrize("at", range(len(HISTORY)))
def test_a_history_without_any_one_of_its_messages_is_accepted(at: int) -> None:
    assert violations(HISTORY[:at] + HISTORY[at + 1 :]) == []


@pytest.mark.parametrize("at", [at for at, message in enumerate(HISTORY) if message.role is Role.ASSISTANT])
def test_a_history_cut_within_any_reply_is_accepted(at: int) -> None:
    for built in partly_built(HISTORY[at]):
        assert violations((*HISTORY[:at], built)) == []
        assert violations((*HISTORY[:at], built, *HISTORY[at + 1 :])) == []


def test_each_format_spells_the_same_conversation() -> None:
    asked = request((user("Cook."), said("Yes.", cook("a")), result("a"), said("Done.")))

    assert encode_chat(asked) == {
        "model": "scripted",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Cook."},
            {
                "role": "assistant",
                "content": "Yes.",
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "cook", "arguments": '{"dish": "burger"}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "a", "content": "done"},
            {"role": "assistant", "content": "Done."},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "cook",
                    "description": "Cooks a dish.",
                    "parameters": {"type": "object", "properties": {}},
                },
            }
        ],
    }
    assert encode_responses(asked) == {
        "model": "scripted",
        "stream": True,
        "store": False,
        "instructions": "Be brief.",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Cook."}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]},
            {"type": "function_call", "call_id": "a", "name": "cook", "arguments": '{"dish": "burger"}'},
            {"type": "function_call_output", "call_id": "a", "output": "done"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]},
        ],
        "tools": [
            {
                "type": "function",
                "name": "cook",
                "description": "Cooks a dish.",
                "parameters": {"type": "object", "properties": {}},
                "strict": False,
            }
        ],
    }


def test_without_tools_and_instructions_neither_is_sent() -> None:
    asked = Request("scripted", "", (user("Hi"),))

    assert encode_chat(asked)["messages"] == [{"role": "user", "content": "Hi"}]
    assert {"tools", "instructions"}.isdisjoint(encode_chat(asked).keys() | encode_responses(asked).keys())


def test_a_cut_reply_is_followed_by_one_marker_that_says_who_cut_it() -> None:
    texts = [message.text for message in acceptable((user("Hi"), said("Hel", status=PARTIAL, cut=Cut.STOP)))]

    assert texts[:2] == ["Hi", "Hel"]
    assert len(texts) == 3
    assert "cut short by the user" in texts[2]


def test_a_call_that_was_cut_before_it_had_a_name_is_told_all_the_same() -> None:
    marker = acceptable((user("Hi"), said("", ToolCall("a", "", ""), status=PARTIAL, cut=Cut.PROMPT)))[-1].text

    assert "while it was writing a call of a tool, which was not started" in marker


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (CallStatus.NOT_STARTED, "not started"),
        (CallStatus.DENIED, "denied by the user"),
        (CallStatus.RUNNING, "outcome unknown (restart)"),
        (CallStatus.UNKNOWN, "outcome unknown (restart)"),
    ],
)
def test_a_made_up_result_tells_the_truth(status: CallStatus, told: str) -> None:
    assert acceptable((user("Hi"), said("", cook("a", status=status))))[-1].text == told


def test_what_was_rolled_back_or_trimmed_is_not_told_but_the_note_about_it_is() -> None:
    told = repr(acceptable(HISTORY))

    assert "Undo this" not in told
    assert "Trimmed" not in told
    assert "cannot be uncooked" in told


# -- arbitrary histories ----------------------------------------------------------------------------------------------

_IDS = st.sampled_from(["a", "b", "c", "", "x" * 80])
_TEXTS = st.sampled_from(["", "Hello.", "🍔"])
_CALLS = st.builds(
    ToolCall,
    _IDS,
    st.sampled_from(["cook", "", "os.system", "x" * 80]),
    st.sampled_from(["{}", '{"a": 1}', '{"a', "", "[]", "null", r'{"a": "\ud800"}']),
    st.sampled_from(CallStatus),
)
_MESSAGES = st.builds(
    Message,
    role=st.sampled_from(Role),
    text=_TEXTS,
    status=st.sampled_from(MessageStatus),
    tool_calls=st.lists(_CALLS, max_size=3).map(tuple),
    tool_call_id=st.none() | _IDS,
    cut=st.none() | st.sampled_from(Cut),
).map(lambda message: message if message.role is Role.ASSISTANT else replace(message, tool_calls=()))
_HISTORIES = st.lists(_MESSAGES, max_size=12).map(tuple)


@settings(max_examples=200, deadline=None)
@given(_HISTORIES)
def test_any_history_is_accepted(history: tuple[Message, ...]) -> None:
    assert violations(history) == []


@settings(max_examples=200, deadline=None)
@given(_HISTORIES)
def test_what_is_acceptable_stays_as_it_is(history: tuple[Message, ...]) -> None:
    once = acceptable(history)

    assert acceptable(once) == once


@settings(max_examples=200, deadline=None)
@given(_HISTORIES, _HISTORIES)
def test_a_longer_history_begins_with_the_request_of_the_shorter_one(
    earlier: tuple[Message, ...], later: tuple[Message, ...]
) -> None:
    finished = (*earlier, said("Done."))
    before, after = request(finished), request((*finished, user("Next."), *later))

    chat = encode_chat(before)["messages"]
    assert encode_chat(after)["messages"][: len(chat)] == chat
    items = encode_responses(before)["input"]
    assert encode_responses(after)["input"][: len(items)] == items


# -- what is called again ---------------------------------------------------------------------------------------------

UNKNOWN = cook("a", status=CallStatus.UNKNOWN)


@pytest.mark.parametrize("status", [ROLLED_BACK, TRIMMED])
def test_calls_that_the_model_does_not_see_are_not_made_again(status: MessageStatus) -> None:
    history = [user("Cook.", run=1), said("", UNKNOWN, run=1, status=status), user("Hello.", run=1)]
    assert to_repeat(history) == []


def test_calls_of_an_earlier_run_are_not_made_again_because_a_later_one_is_rolled_back() -> None:
    assert to_repeat([said("", UNKNOWN, run=1), said("Soup.", run=2, status=ROLLED_BACK)]) == []


def test_a_note_behind_a_run_that_said_nothing_keeps_no_call_from_being_made_again() -> None:
    assert to_repeat([said("", UNKNOWN, run=2), Message(role=Role.NOTE, text="Rolled back.", run=3)]) == [UNKNOWN]
