"""What happens when a run ends, in each way in which it can, and Esc, which asks for an end."""

import pytest

from interruptible_tui.conversation import Hold, Mode, RunStatus
from interruptible_tui.effects import EndRun, Stop
from interruptible_tui.events import Outcome
from tests.machine.driver import Session

FAILURES = {
    Outcome.FAILED: Hold.FAILED,
    Outcome.RATE_LIMITED: Hold.RATE_LIMIT,
    Outcome.CANCELLED: Hold.CANCELLED,
}


def busy(session: Session) -> None:
    """Run 1 is active, two corrections wait in next and two prompts in later."""
    session.enter("cook")
    session.incorporate("no onions", "less salt")
    session.queue("dessert", "coffee")


# -- completed --------------------------------------------------------------------------------------------------------


def test_when_a_run_completed_what_is_in_next_opens_the_next_run_all_together(session: Session) -> None:
    busy(session)
    session.end()
    assert session.began == session.delivered == ["no onions", "less salt"]
    assert session.trigger == "incorporate"
    assert (session.later, session.state.hold) == (["dessert", "coffee"], None)


def test_when_a_run_completed_with_nothing_in_next_the_queue_goes_on(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert", "coffee")
    session.end()
    assert session.began == ["dessert"]
    assert session.later == ["coffee"]


def test_when_a_run_completed_the_queue_does_not_go_on_if_it_is_held(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.end(Outcome.FAILED)
    session.enter("ask")
    session.end()
    assert not session.started
    assert (session.later, session.state.hold) == (["dessert"], Hold.FAILED)


def test_a_run_that_completed_with_nothing_waiting_leaves_the_session_idle(session: Session) -> None:
    session.enter("cook")
    session.end()
    assert session.effects == (EndRun(1, RunStatus.COMPLETED, "", None),)
    assert not session.running


# -- stopped by an interrupting prompt --------------------------------------------------------------------------------


def test_a_run_stopped_by_an_interrupting_prompt_leaves_the_queue_unchanged(session: Session) -> None:
    busy(session)
    session.interrupt("stop")
    session.stopped()
    assert session.began == ["no onions", "less salt", "stop"]
    assert (session.later, session.state.hold) == (["dessert", "coffee"], None)


def test_the_queue_goes_on_when_the_run_of_the_interrupting_prompt_completed(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.interrupt("stop")
    session.stopped()
    session.end()
    assert session.began == ["dessert"]


def test_an_interrupt_outweighs_that_the_run_really_failed(session: Session) -> None:
    for outcome in Outcome:
        session.restart()
        session.enter("cook")
        session.queue("dessert")
        session.interrupt("stop")
        session.end(outcome)
        assert session.began == ["stop"]
        assert session.trigger == "interrupt"
        assert (session.later, session.state.hold) == (["dessert"], None)


# -- stopped by Esc; turn limit reached -------------------------------------------------------------------------------


def test_esc_cancels_the_run_within_the_grace_and_starts_nothing(session: Session) -> None:
    session.enter("cook")
    session.esc()
    assert session.cancelled and not session.forced
    session.stopped()
    assert session.effects == (EndRun(1, RunStatus.CANCELLED, "stopped", Stop.ESC),)


def test_after_esc_what_is_in_next_opens_the_next_run_and_later_is_held(session: Session) -> None:
    busy(session)
    session.esc()
    assert (session.next, session.state.hold) == (["no onions", "less salt"], Hold.STOPPED)
    session.stopped()
    assert session.began == ["no onions", "less salt"]
    assert session.trigger == "incorporate"
    assert session.landings == ["started run 2"] * 2
    session.end()
    assert not session.started
    assert (session.later, session.state.hold) == (["dessert", "coffee"], Hold.STOPPED)


def test_esc_outweighs_how_the_run_really_ended(session: Session) -> None:
    for outcome in Outcome:
        session.restart()
        busy(session)
        session.esc()
        session.end(outcome)
        assert session.began == ["no onions", "less salt"]
        assert (session.later, session.state.hold) == (["dessert", "coffee"], Hold.STOPPED)


def test_a_queued_prompt_does_not_start_although_the_run_completed_before_esc_reached_it(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.esc()
    session.end(Outcome.COMPLETED)
    assert not session.started
    assert (session.later, session.state.hold) == (["dessert"], Hold.STOPPED)


def test_esc_without_a_run_does_nothing(session: Session) -> None:
    busy(session)
    session.end(Outcome.FAILED)
    before = session.state
    session.esc()
    assert (session.state, session.effects) == (before, ())


def test_at_the_turn_limit_what_is_in_next_opens_the_next_run_and_later_is_held(session: Session) -> None:
    busy(session)
    session.end(Outcome.TURN_LIMIT, "turn limit of 50 reached")
    assert session.effects[0] == EndRun(1, RunStatus.FAILED, "turn limit of 50 reached", None)
    assert session.began == ["no onions", "less salt"]
    assert session.trigger == "incorporate"
    assert (session.later, session.state.hold) == (["dessert", "coffee"], Hold.TURN_LIMIT)


def test_at_the_turn_limit_the_queue_does_not_go_on(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.end(Outcome.TURN_LIMIT)
    assert not session.started
    assert (session.later, session.state.hold) == (["dessert"], Hold.TURN_LIMIT)


# -- failed; second Esc; cancelled from outside -----------------------------------------------------------------------


@pytest.mark.parametrize("outcome", FAILURES)
def test_after_a_failure_or_a_cancellation_from_outside_everything_is_held(session: Session, outcome: Outcome) -> None:
    busy(session)
    session.end(outcome, "what went wrong")
    assert not session.started
    assert session.next == []
    assert (session.later, session.state.hold) == (["dessert", "coffee", "no onions", "less salt"], FAILURES[outcome])


@pytest.mark.parametrize("outcome", Outcome)
def test_how_a_run_ended_is_written_down_with_its_reason(session: Session, outcome: Outcome) -> None:
    session.enter("cook")
    session.end(outcome, "what went wrong")
    known = {Outcome.COMPLETED: RunStatus.COMPLETED, Outcome.CANCELLED: RunStatus.CANCELLED}
    assert session.ended == EndRun(1, known.get(outcome, RunStatus.FAILED), "what went wrong", None)
    assert session.state.last is session.ended.status


def test_a_second_esc_does_not_wait_for_the_grace_and_holds_everything(session: Session) -> None:
    busy(session)
    session.esc()
    session.esc()
    assert session.forced
    assert session.next == []
    assert (session.later, session.state.hold) == (["dessert", "coffee", "no onions", "less salt"], Hold.STOPPED)
    session.stopped()
    assert not session.started
    assert (session.ended.stop, session.ended.reason) == (Stop.FORCE, "stopped at once")


def test_esc_while_an_interrupting_prompt_stops_the_run_is_the_second_esc(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.esc()
    assert session.forced
    session.stopped()
    assert not session.started
    assert (session.later, session.state.hold) == (["stop"], Hold.STOPPED)


def test_an_esc_soon_after_a_stop_stops_whatever_started_since_and_holds_everything(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    session.esc()
    session.stopped()
    session.incorporate("less salt")
    session.esc(everything=True)
    assert session.forced
    session.stopped()
    assert not session.started
    assert (session.later, session.state.hold) == (["less salt"], Hold.STOPPED)


def test_a_second_esc_takes_back_a_resume_that_was_asked_for_while_stopping(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.esc()
    session.resume()
    session.esc()
    session.stopped()
    assert not session.started
    assert (session.later, session.state.hold) == (["dessert"], Hold.STOPPED)


# -- the reason of an end ---------------------------------------------------------------------------------------------


def test_a_stopped_run_says_who_stopped_it(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.stopped()
    assert (session.ended.stop, session.ended.reason) == (Stop.INTERRUPT, "interrupted by a new prompt")


def test_a_run_that_failed_while_it_was_being_stopped_keeps_its_own_reason(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.end(Outcome.FAILED, "no connection")
    assert session.ended == EndRun(1, RunStatus.FAILED, "no connection", Stop.ESC)


# -- while a stop is under way, a key does what it would do had the run ended -----------------------------------------


@pytest.mark.parametrize("mode", [None, *Mode])
def test_a_prompt_typed_while_stopping_starts_when_the_run_has_ended(session: Session, mode: Mode | None) -> None:
    session.switch(Mode.QUEUE)
    session.enter("cook")
    session.esc()
    session.send(mode, "ask") if mode else session.enter("ask")
    session.stopped()
    assert session.began == ["ask"]
    assert session.landings == ["started run 2"]


def test_of_two_prompts_queued_while_stopping_one_starts_and_the_other_waits(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.queue("one", "two")
    session.stopped()
    assert session.began == ["one"]
    assert (session.later, session.state.hold) == (["two"], None)


def test_a_prompt_queued_while_an_interrupt_is_stopping_the_run_waits_in_later(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.queue("dessert")
    assert (session.next, session.later) == (["stop"], ["dessert"])


@pytest.mark.parametrize("mode", Mode)
def test_a_run_opened_by_a_prompt_typed_while_stopping_says_so(session: Session, mode: Mode) -> None:
    session.enter("cook")
    session.esc()
    session.send(mode, "ask")
    session.stopped()
    assert session.trigger == "prompt"
