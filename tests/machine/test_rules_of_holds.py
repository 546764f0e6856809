"""What is held when a run has ended, and what lifts it: resume, /continue, restart, closing, storage."""

import pytest

from interruptible_tui.conversation import Hold, Mode, Pending, Prompt, RunStatus
from interruptible_tui.effects import Arrange, BeginRun, Deliver, EndRun, SavePrompt, Stop
from interruptible_tui.events import Outcome
from tests.machine.driver import Session

CLOSING = "the program is closing"


def held(session: Session) -> None:
    """After a failed run the correction "no onions" is held, and "dessert" and "coffee" of the queue."""
    session.enter("cook")
    session.queue("dessert", "coffee")
    session.incorporate("no onions")
    session.end(Outcome.FAILED)


# -- what is held, and why --------------------------------------------------------------------------------------------


def test_nothing_waiting_no_hold(session: Session) -> None:
    for outcome in Outcome:
        session.enter("cook")
        session.end(outcome)
        assert session.state.hold is None
    session.enter("cook")
    session.esc()
    session.stopped()
    assert session.state.hold is None


def test_what_is_held_is_written_down_with_its_reason_in_the_order_in_which_it_will_land(session: Session) -> None:
    held(session)
    modes = {"no onions": Mode.INCORPORATE, "dessert": Mode.QUEUE, "coffee": Mode.QUEUE}
    listing = tuple(Pending(Prompt(text, text, mode), Hold.FAILED) for text, mode in modes.items())
    assert session.effects[-1] == Arrange(listing)
    assert session.state.pending == listing


def test_what_is_in_next_lands_before_what_is_held(session: Session) -> None:
    held(session)
    session.enter("ask")
    session.incorporate("less salt")
    texts = [(waiting.prompt.text, waiting.hold) for waiting in session.state.pending]
    assert texts == [("less salt", None), *((text, Hold.FAILED) for text in ("no onions", "dessert", "coffee"))]


# -- typed while held -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.INTERRUPT, Mode.INCORPORATE])
def test_a_prompt_typed_while_held_runs_at_once_and_leaves_the_hold_standing(session: Session, mode: Mode) -> None:
    held(session)
    session.send(mode, "ask")
    assert session.began == ["ask"]
    assert (session.later, session.state.hold) == (["dessert", "coffee", "no onions"], Hold.FAILED)
    session.end()
    assert not session.started
    assert session.state.hold is Hold.FAILED


def test_a_prompt_typed_while_held_runs_at_once_although_the_sessions_mode_is_queue(session: Session) -> None:
    held(session)
    session.switch(Mode.QUEUE)
    session.enter("ask")
    assert session.began == ["ask"]


def test_only_a_prompt_sent_explicitly_as_queue_joins_what_is_held(session: Session) -> None:
    held(session)
    session.queue("tea")
    assert not session.started
    assert (session.later, session.state.hold) == (["dessert", "coffee", "no onions", "tea"], Hold.FAILED)


def test_while_stopping_a_prompt_sent_explicitly_as_queue_joins_what_is_held(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.esc()
    session.queue("coffee")
    session.enter("ask")
    assert (session.next, session.later) == (["ask"], ["dessert", "coffee"])


def test_a_prompt_typed_while_held_and_running_interrupts_as_ever_and_leaves_the_hold_standing(
    session: Session,
) -> None:
    held(session)
    session.enter("ask")
    session.interrupt("stop")
    session.stopped()
    assert session.began == ["stop"]
    assert session.state.hold is Hold.FAILED


# -- resume -----------------------------------------------------------------------------------------------------------


def test_resume_starts_the_corrections_together_and_then_the_queue_goes_on(session: Session) -> None:
    held(session)
    session.resume()
    assert session.began == session.delivered == ["no onions"]
    assert session.trigger == "resume"
    assert (session.later, session.state.hold) == (["dessert", "coffee"], None)
    session.end()
    assert session.began == ["dessert"]


def test_resume_with_no_corrections_starts_the_first_of_the_queue_alone(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert", "coffee")
    session.end(Outcome.FAILED)
    session.resume()
    assert session.began == ["dessert"]
    assert session.trigger == "resume"
    assert session.later == ["coffee"]


def test_resume_while_a_run_is_active_returns_the_corrections_to_next_and_starts_nothing(session: Session) -> None:
    held(session)
    session.enter("ask")
    session.incorporate("less salt")
    session.resume()
    assert not session.started and not session.cancelled
    assert (session.next, session.later) == (["less salt", "no onions"], ["dessert", "coffee"])
    assert session.state.hold is None
    session.boundary()
    assert session.delivered == ["less salt", "no onions"]
    session.end()
    assert session.began == ["dessert"]


def test_resume_while_stopping_starts_the_queue_when_the_run_has_ended(session: Session) -> None:
    for outcome in Outcome:
        session.restart()
        session.enter("cook")
        session.queue("dessert", "coffee")
        session.esc()
        session.resume()
        assert not session.started
        session.end(outcome)
        assert session.began == ["dessert"]
        assert session.trigger == "resume"
        assert (session.later, session.state.hold) == (["coffee"], None)


def test_resume_while_stopping_with_corrections_held_starts_them_when_the_run_has_ended(session: Session) -> None:
    held(session)
    session.enter("ask")
    session.esc()
    session.resume()
    session.stopped()
    assert session.began == ["no onions"]
    assert session.trigger == "resume"
    assert session.later == ["dessert", "coffee"]


def test_after_a_resume_while_stopping_a_prompt_goes_where_it_would_go_with_a_run_active(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.esc()
    session.resume()
    session.queue("coffee")
    session.incorporate("less sugar")
    assert (session.next, session.later) == (["less sugar"], ["dessert", "coffee"])
    assert session.state.hold is None


def test_an_interrupting_prompt_that_was_held_has_done_its_interrupting(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.esc()
    session.stopped()
    session.enter("ask")
    session.resume()
    assert not session.cancelled
    assert session.next == ["stop"]
    session.boundary(turn=3)
    assert session.landings == ["incorporated at turn 3 (0 s after sending)"]


def test_a_resumed_interrupting_prompt_is_not_said_to_have_interrupted_a_later_run(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.esc()
    session.stopped()
    session.enter("ask")
    session.resume()
    session.interrupt("no, this")
    session.stopped()
    assert session.began == ["stop", "no, this"]
    assert session.landings == ["started run 3", "interrupted run 2 after 0 s"]


def test_resume_with_nothing_held_does_nothing(session: Session) -> None:
    session.resume()
    assert session.effects == ()
    session.enter("cook")
    session.queue("dessert")
    before = session.state
    session.resume()
    assert (session.state, session.effects) == (before, ())
    session.restart(runs=1, last=RunStatus.COMPLETED)
    session.resume()
    assert session.effects == ()


def test_resume_while_a_run_is_active_after_a_failed_one_repeats_nothing(session: Session) -> None:
    session.enter("cook")
    session.end(Outcome.FAILED)
    session.enter("ask")
    session.resume()
    assert session.effects == ()


# -- continue and retry -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [RunStatus.CANCELLED, RunStatus.FAILED, RunStatus.CRASHED])
def test_continue_follows_any_run_that_did_not_complete_without_a_prompt(session: Session, last: RunStatus) -> None:
    session.restart(runs=4, last=last)
    session.go_on()
    assert session.began == session.delivered == []
    assert session.trigger == "continue"
    assert session.state.run and session.state.run.number == 5


def test_continue_leaves_the_hold_and_what_is_held(session: Session) -> None:
    held(session)
    session.go_on()
    assert session.began == []
    assert (session.later, session.state.hold) == (["dessert", "coffee", "no onions"], Hold.FAILED)
    session.end()
    assert not session.started
    assert session.state.hold is Hold.FAILED


def test_continue_is_refused_when_there_is_nothing_to_continue(session: Session) -> None:
    session.go_on()
    assert session.refused == "there is no unfinished run to continue"
    session.enter("cook")
    session.end()
    session.go_on()
    assert session.refused == "there is no unfinished run to continue"
    assert not session.running


def test_continue_is_refused_while_a_run_is_active(session: Session) -> None:
    session.enter("cook")
    session.go_on()
    assert session.refused == "a run is active"
    session.interrupt("stop")
    session.go_on()
    assert session.refused == "a run is active"


def test_continue_while_stopping_starts_when_the_run_has_ended(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.esc()
    session.go_on()
    assert not session.started
    session.stopped()
    assert session.began == []
    assert session.trigger == "continue"
    assert (session.later, session.state.hold) == (["dessert"], Hold.STOPPED)


def test_a_resume_after_a_continue_while_stopping_lets_the_queue_go_on_after_it(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.esc()
    session.go_on()
    session.resume()
    session.stopped()
    assert (session.began, session.trigger) == ([], "continue")
    session.end()
    assert session.began == ["dessert"]


def test_prompts_typed_after_a_continue_while_stopping_go_with_it(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.go_on()
    session.queue("dessert")
    session.incorporate("less salt")
    session.stopped()
    assert session.began == ["less salt"]
    assert (session.later, session.state.hold) == (["dessert"], None)


def test_enter_on_empty_after_a_failure_with_nothing_pending_is_continue(session: Session) -> None:
    session.enter("cook")
    session.end(Outcome.FAILED)
    session.resume()
    assert (session.began, session.trigger) == ([], "continue")


# -- restart ----------------------------------------------------------------------------------------------------------


def test_after_a_restart_nothing_is_replayed_and_nothing_discarded(session: Session) -> None:
    prompts = (Prompt("1", "no onions", Mode.INTERRUPT), Prompt("2", "dessert", Mode.QUEUE))
    session.restart(later=prompts, hold=Hold.RESTART, runs=3, last=RunStatus.CRASHED)
    assert [(waiting.prompt, waiting.hold) for waiting in session.state.pending] == [
        (prompt, Hold.RESTART) for prompt in prompts
    ]
    session.resume()
    assert session.began == ["no onions"]
    assert session.landings == ["started run 4"]
    session.end()
    assert session.began == ["dessert"]


# -- closing ----------------------------------------------------------------------------------------------------------


def test_closing_stops_the_run_and_holds_everything_for_the_next_start(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.incorporate("no onions")
    session.close()
    assert session.cancelled and not session.forced
    assert (session.later, session.state.hold) == (["dessert", "no onions"], Hold.RESTART)
    session.stopped()
    assert session.effects == (EndRun(1, RunStatus.CANCELLED, "the session was closed", Stop.CLOSE),)


def test_while_closing_a_prompt_is_refused_visibly(session: Session) -> None:
    session.close()
    for mode in (None, *Mode):
        session.send(mode, "ask") if mode else session.enter("ask")
        assert session.refused == CLOSING
        assert not any(isinstance(effect, SavePrompt) for effect in session.effects)
        assert not session.state.pending


def test_while_closing_nothing_starts(session: Session) -> None:
    for outcome in Outcome:
        session.restart()
        held(session)
        session.enter("ask")
        session.close()
        session.resume()
        assert session.refused == CLOSING
        session.go_on()
        assert session.refused == CLOSING
        session.esc()
        session.end(outcome)
        assert not any(isinstance(effect, BeginRun) for effect in session.effects)
        assert (session.later, session.state.hold) == (["dessert", "coffee", "no onions"], Hold.RESTART)


def test_closing_takes_back_a_stop_that_would_have_led_to_a_new_run(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.close()
    session.stopped()
    assert not session.started
    assert (session.later, session.state.hold) == (["stop"], Hold.RESTART)


# -- storage ----------------------------------------------------------------------------------------------------------


def test_when_a_step_of_the_run_cannot_be_written_it_is_cancelled_and_everything_held(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.incorporate("no onions")
    session.storage_fails()
    assert session.cancelled and not session.forced
    assert (session.later, session.state.hold) == (["dessert", "no onions"], Hold.STORAGE)
    session.stopped()
    assert session.effects == (EndRun(1, RunStatus.CANCELLED, "storage failed", Stop.STORAGE),)
    assert session.state.hold is Hold.STORAGE


def test_when_storage_fails_while_an_interrupt_is_stopping_the_run_everything_is_held(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.storage_fails()
    session.stopped()
    assert not session.started
    assert (session.later, session.state.hold) == (["stop"], Hold.STORAGE)


def test_an_esc_in_place_of_an_interrupt_that_could_not_be_written_loses_nothing(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    session.queue("dessert")
    session.esc()
    session.stopped()
    assert session.began == ["no onions"]
    assert (session.later, session.state.hold) == (["dessert"], Hold.STOPPED)


def test_a_queued_prompt_that_was_resumed_tells_how_long_it_has_waited(session: Session) -> None:
    session.enter("cook")
    session.queue("later")
    session.esc()
    session.stopped()
    session.resume()
    assert session.landings == ["started run 2 (queued for 0 s)"]
    assert [effect.turn for effect in session.effects if isinstance(effect, Deliver)] == [1]
