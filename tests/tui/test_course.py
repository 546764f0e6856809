"""What a rollback is undoing, as it is told."""

from msgspec.structs import replace

from interruptible_tui.conversation import CallStatus, CompensationStatus, Message, MessageStatus
from interruptible_tui.effects import Stop
from interruptible_tui.events import (
    CompensationEnded,
    CompensationStarted,
    Outcome,
    RollbackEnded,
    RollbackRequested,
    RunEnded,
)
from interruptible_tui.machine import ActiveRun, SessionState, Undoing
from interruptible_tui.tui.course import Course
from tests.tui.transcripts import call


def hidden(*messages: Message) -> tuple[Message, ...]:
    return tuple(replace(message, status=MessageStatus.ROLLED_BACK) for message in messages)


def test_each_tool_that_is_undone_is_named_with_its_arguments_as_long_as_it_is() -> None:
    course, state = Course(), SessionState()
    calls = [call(CallStatus.DONE, "a"), call(CallStatus.INTERRUPTED, "b", '{"dish": "pie\\u001b[31m", "for": 2}')]
    course.follow(CompensationStarted(1, 1, 1, "b", calls[1]), state, 0.0)
    assert course.undoing == "undoing cook dish: pie␛[31m, for: 2"
    course.follow(CompensationEnded(1, 1, 1, "b", CompensationStatus.DONE), state, 0.0)
    assert course.undoing == ""
    course.follow(CompensationStarted(1, 1, 1, "a", calls[0]), state, 0.0)
    assert course.undoing == "undoing cook soup"
    course.follow(RollbackEnded(1), state, 0.0)
    assert course.undoing == ""


def test_a_run_that_ended_is_forgotten_though_it_is_rolled_back_after_its_end() -> None:
    course, stopping = Course(), ActiveRun(1, Stop.ROLLBACK)
    undoing = SessionState(run=replace(stopping, undoing=Undoing(1, Outcome.CANCELLED)))
    ended = RunEnded(1, Outcome.CANCELLED, "stopped")
    course.follow(RollbackRequested(1), SessionState(run=stopping), 0.0)
    assert course.follow(ended, undoing, 1.0) == stopping
    course.follow(RollbackEnded(1), SessionState(), 2.0)
    assert course.follow(ended, SessionState(), 9.0) is None
    assert not course.has_just_stopped(9.0)
