"""Which turns a run has had, where its course is too rare for a test of the whole."""

import pytest

from interruptible_tui.conversation import CallStatus, Cut, Message, MessageStatus, Role, RunStatus, ToolCall
from interruptible_tui.retracing import turns

PROMPT = Message(role=Role.USER, text="cook", run=1, turn=1)


def reply(turn: int, *calls: CallStatus, cut: Cut | None = None) -> Message:
    status = MessageStatus.PARTIAL if cut else MessageStatus.COMPLETE
    made = tuple(ToolCall(str(at), "work", "{}", each) for at, each in enumerate(calls))
    return Message(role=Role.ASSISTANT, text="so", run=1, turn=turn, tool_calls=made, status=status, cut=cut)


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CRASHED])
def test_a_reply_that_was_cut_for_a_prompt_that_was_withdrawn_then_is_followed_by_a_turn(status: RunStatus) -> None:
    own = [PROMPT, reply(1, cut=Cut.PROMPT)]
    assert [turn.number for turn in turns(own, status, "")] == [1, 2]


def test_a_run_that_was_cut_by_a_prompt_has_ended_with_that() -> None:
    own = [PROMPT, reply(1, cut=Cut.PROMPT)]
    assert [turn.number for turn in turns(own, RunStatus.CANCELLED, "")] == [1]


def test_a_run_that_has_said_nothing_has_asked_once() -> None:
    assert [(turn.number, turn.asked, turn.reply) for turn in turns([], RunStatus.FAILED, "")] == [(1, True, None)]


@pytest.mark.parametrize("call", [CallStatus.INTERRUPTED, CallStatus.NOT_STARTED, CallStatus.UNKNOWN])
def test_a_run_that_ended_among_its_calls_has_not_asked_again(call: CallStatus) -> None:
    own = [PROMPT, reply(1, CallStatus.DONE, call)]
    assert [turn.number for turn in turns(own, RunStatus.CANCELLED, "")] == [1]


def test_a_run_that_ended_after_its_answer_has_not_asked_again() -> None:
    assert [turn.number for turn in turns([PROMPT, reply(1)], RunStatus.CRASHED, "")] == [1]
