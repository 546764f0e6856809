"""What is rolled back, and when, rule by rule."""

import pytest

from interruptible_tui.conversation import (
    CompensationStatus,
    Mode,
    OnInterrupt,
    RunStatus,
    WholeRun,
)
from interruptible_tui.effects import (
    CloseRollback,
    Compensate,
    Record,
    Rollback,
    SetPolicy,
)
from interruptible_tui.events import (
    CompensationEnded,
    CompensationStarted,
    Outcome,
    RollbackEnded,
    RunEnded,
    SessionEvent,
    StorageFailed,
    ToolStarted,
)
from tests.machine.driver import Session, reply

KEEP, TRIM, ROLLBACK = OnInterrupt

# -- what an interrupting prompt leaves -------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", OnInterrupt)
def test_the_sessions_choice_says_what_is_left(session: Session, wish: OnInterrupt) -> None:
    session.enter("cook")
    session.set(wish)
    assert session.did(SetPolicy(wish))
    session.interrupt("no")
    session.stopped()
    assert session.ended.trim == (wish is TRIM)
    assert session.rollback == (WholeRun(1) if wish is ROLLBACK else None)
    assert session.started == (wish is not ROLLBACK)


def test_a_prompts_own_wish_outweighs_the_sessions(session: Session) -> None:
    session.set(ROLLBACK)
    session.enter("cook")
    session.interrupt_with(KEEP, "no")
    session.stopped()
    assert session.began == ["no"]


@pytest.mark.parametrize(
    ("wishes", "strongest"),
    [((KEEP, TRIM), TRIM), ((TRIM, KEEP), TRIM), ((ROLLBACK, TRIM), ROLLBACK), ((KEEP, ROLLBACK, TRIM), ROLLBACK)],
)
def test_of_several_the_strongest_wish_counts(
    session: Session, wishes: tuple[OnInterrupt, ...], strongest: OnInterrupt
) -> None:
    session.enter("cook")
    for number, wish in enumerate(wishes):
        session.interrupt_with(wish, str(number))
    session.stopped()
    assert (session.ended.trim, session.rollback is not None) == (strongest is TRIM, strongest is ROLLBACK)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_wish_counts_also_if_the_run_ended_otherwise_meanwhile(session: Session, outcome: Outcome) -> None:
    session.enter("cook")
    session.interrupt_with(ROLLBACK, "no")
    session.end(outcome)
    assert session.rollback == WholeRun(1)
    session.rolled_back()
    assert session.began == ["no"]
    assert session.landings == ["interrupted run 1 after 0 s" if outcome is Outcome.CANCELLED else "started run 2"]


def test_the_wish_of_a_prompt_that_is_withdrawn_does_not_count(session: Session) -> None:
    session.enter("cook")
    session.interrupt_with(ROLLBACK, "no")
    session.interrupt_with(KEEP, "yes")
    session.withdraw("no")
    session.stopped()
    assert session.began == ["yes"]


def test_the_wish_of_a_prompt_that_does_not_interrupt_any_more_does_not_count(session: Session) -> None:
    session.enter("cook")
    session.interrupt_with(ROLLBACK, "no")
    session.change("no", Mode.INCORPORATE)
    session.stopped()
    assert session.began == ["no"]


def test_esc_keeps_whatever_was_wished(session: Session) -> None:
    session.enter("cook")
    session.interrupt_with(ROLLBACK, "no")
    session.esc()
    session.stopped()
    assert session.rollback is None
    assert not session.ended.trim


def test_a_prompt_sent_while_esc_stops_the_run_rolls_nothing_back(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.interrupt_with(ROLLBACK, "no")
    session.stopped()
    assert session.began == ["no"]


def test_a_pending_prompt_that_is_sent_now_wishes_what_the_session_does(session: Session) -> None:
    session.set(ROLLBACK)
    session.enter("cook")
    session.queue("no")
    session.send_now("no")
    session.stopped()
    assert session.rollback == WholeRun(1)


@pytest.mark.parametrize("sent_again", [False, True])
def test_a_wish_stays_when_the_prompt_is_written_anew_or_sent_now_once_more(session: Session, sent_again: bool) -> None:
    session.enter("cook")
    session.interrupt_with(ROLLBACK, "no")
    session.save("no", "new", Mode.INTERRUPT)
    if sent_again:
        session.send_now("no")
    session.stopped()
    assert session.rollback == WholeRun(1)


def test_only_a_prompt_that_interrupts_has_a_wish(session: Session) -> None:
    session.set(ROLLBACK)
    session.enter("cook")
    session.queue("no")
    session.incorporate("yes")
    assert {each.prompt.on_interrupt for each in session.state.pending} == {KEEP}


def test_the_wish_of_a_prompt_that_has_done_its_interrupting_does_not_count_again(session: Session) -> None:
    session.enter("cook")
    session.interrupt_with(ROLLBACK, "no")
    session.esc()
    session.stopped()
    session.enter("other")
    session.resume()
    session.interrupt_with(KEEP, "yes")
    session.stopped()
    assert session.began == ["no", "yes"]


# -- while it is rolled back ------------------------------------------------------------------------------------------


def undoing(session: Session) -> None:
    """Run 1 was interrupted by "no" and is rolled back; "later" is queued."""
    session.enter("cook")
    session.queue("later")
    session.interrupt_with(ROLLBACK, "no")
    session.stopped()


def test_the_run_has_ended_before_it_is_rolled_back_and_compensated(session: Session) -> None:
    undoing(session)
    assert session.did(session.ended, Rollback(1, WholeRun(1)), Compensate(1))
    assert session.state.last is RunStatus.CANCELLED


def test_nothing_starts_before_the_rollback_has_ended(session: Session) -> None:
    undoing(session)
    session.interrupt("and this")
    assert not session.started
    assert not session.cancelled
    session.rolled_back()
    assert session.effects[0] == CloseRollback(1)
    assert session.began == ["no", "and this"]
    assert session.trigger == "interrupt"
    assert session.shown == ["later queue"]


@pytest.mark.parametrize(
    "event",
    [
        reply(1),
        ToolStarted(1, 1, "a"),
        RunEnded(1, Outcome.COMPLETED),
        RollbackEnded(2),
        CompensationStarted(2, 1, 1, "a"),
    ],
)
def test_what_a_dead_run_or_another_rollback_says_meanwhile_is_nothing(session: Session, event: SessionEvent) -> None:
    undoing(session)
    before = session.state
    session.happen(event)
    assert (session.state, session.effects) == (before, ())


def test_the_run_does_not_take_prompts_at_a_late_boundary(session: Session) -> None:
    undoing(session)
    session.boundary()
    assert session.did()


@pytest.mark.parametrize(
    "event",
    [CompensationStarted(1, 1, 1, "a"), CompensationEnded(1, 1, 1, "a", CompensationStatus.DONE)],
)
def test_each_step_of_it_is_written_down(session: Session, event: CompensationStarted | CompensationEnded) -> None:
    undoing(session)
    session.happen(event)
    assert session.did(Record(event))
    session.rolled_back()
    session.happen(event)
    assert session.did()


def test_the_end_of_it_is_told_once(session: Session) -> None:
    undoing(session)
    session.rolled_back()
    before = session.state
    session.happen(RollbackEnded(1))
    assert (session.state, session.effects) == (before, ())


def test_esc_meanwhile_cancels_nothing_and_holds_everything(session: Session) -> None:
    undoing(session)
    session.esc()
    assert not session.cancelled
    session.rolled_back()
    assert not session.started
    assert session.shown == ["no interrupt (stopped)", "later queue (stopped)"]


def test_closing_meanwhile_waits_for_its_end_and_starts_nothing(session: Session) -> None:
    undoing(session)
    session.close()
    assert not session.cancelled
    closing = session.state
    session.rolled_back()
    assert [state.run is None for state in (closing, session.state)] == [False, True]
    assert session.shown == ["no interrupt (restart)", "later queue (restart)"]


def test_a_step_of_it_that_cannot_be_written_holds_everything(session: Session) -> None:
    undoing(session)
    session.happen(StorageFailed(1))
    assert not session.cancelled
    session.rolled_back()
    assert session.shown == ["no interrupt (storage)", "later queue (storage)"]


def test_a_prompt_withdrawn_meanwhile_leads_to_no_run_and_holds_the_queue(session: Session) -> None:
    undoing(session)
    session.withdraw("no")
    session.rolled_back()
    assert not session.started
    assert session.shown == ["later queue (stopped)"]
