"""Runs that are rolled back on request, and brought back, rule by rule."""

import pytest

from interruptible_tui.conversation import (
    OnInterrupt,
    WholeRun,
)
from interruptible_tui.effects import (
    Arrange,
    CancelRun,
    CloseRollback,
    Compensate,
    Reopen,
    Restore,
    Rollback,
    Stop,
)
from interruptible_tui.events import (
    CompensationRequested,
    ContinueRequested,
    RestoreRequested,
    RetryRequested,
    RewindRequested,
    RollbackRequested,
    SessionEvent,
)
from interruptible_tui.machine import RolledBack
from tests.machine.driver import Session

KEEP, TRIM, ROLLBACK = OnInterrupt

# -- on request -------------------------------------------------------------------------------------------------------


def test_a_run_that_has_ended_is_rolled_back(session: Session) -> None:
    session.complete(2)
    session.roll_back(1)
    assert session.did(Rollback(1, WholeRun(1)), Compensate(1))
    session.rolled_back()
    assert session.did(CloseRollback(1))
    assert session.state.run is None


def test_the_active_run_is_stopped_as_by_esc_and_rolled_back(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.roll_back(1)
    assert session.did(CancelRun(1), Arrange(session.state.pending))
    assert session.shown == ["q queue (stopped)"]
    session.stopped()
    assert session.ended.stop is Stop.ROLLBACK
    assert session.ended.reason == "rolled back"
    assert session.rollback == WholeRun(1)
    session.rolled_back()
    assert not session.started


def test_a_correction_opens_the_run_after_a_rollback_and_the_queue_is_held(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.incorporate("p")
    session.roll_back(1)
    session.stopped()
    session.rolled_back()
    assert session.began == ["p"]
    assert session.shown == ["q queue (stopped)"]


def test_esc_keeps_a_run_that_was_to_be_rolled_back(session: Session) -> None:
    session.enter("cook")
    session.roll_back(1)
    session.esc()
    session.stopped()
    assert session.rollback is None


def test_a_run_that_is_stopped_to_be_rolled_back_is_not_continued(session: Session) -> None:
    session.enter("cook")
    session.roll_back(1)
    session.go_on()
    assert session.refused == "a run is active"
    session.stopped()
    assert session.rollback == WholeRun(1)


def test_a_prompt_typed_while_it_is_stopped_for_that_starts_afterwards(session: Session) -> None:
    session.enter("cook")
    session.roll_back(1)
    session.enter("other")
    session.stopped()
    assert not session.started
    session.rolled_back()
    assert session.began == ["other"]
    assert session.trigger == "prompt"


@pytest.mark.parametrize("run", [0, 2])
def test_a_run_that_is_not_there_is_not_rolled_back(session: Session, run: int) -> None:
    session.complete()
    session.roll_back(run)
    assert session.refused == f"there is no run {run}"


def test_the_newest_run_is_rolled_back_once(session: Session) -> None:
    session.complete(2)
    session.roll_back(2)
    session.rolled_back()
    session.roll_back(2)
    assert session.refused == "run 2 is rolled back"
    session.roll_back(1)
    assert session.rollback == WholeRun(1)


def test_another_run_is_not_rolled_back_while_one_is_active(session: Session) -> None:
    session.complete()
    session.enter("more")
    session.roll_back(1)
    assert session.refused == "a run is active: stop it first"
    session.esc()
    session.roll_back(2)
    assert session.refused == "a run is active: stop it first"


def test_what_is_held_stays_so(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.esc()
    session.stopped()
    session.roll_back(1)
    session.rolled_back()
    assert session.shown == ["q queue (stopped)"]
    assert not session.started


def test_compensations_are_tried_again_on_request(session: Session) -> None:
    session.complete()
    session.roll_back(1)
    session.rolled_back()
    session.compensate_again(1)
    assert session.did(Reopen(1), Compensate(1, again=True))
    session.enter("meanwhile")
    assert not session.started
    session.rolled_back()
    assert session.effects[0] == CloseRollback(1)
    assert session.began == ["meanwhile"]


@pytest.mark.parametrize("event", [RestoreRequested(2), RestoreRequested(0), CompensationRequested(2)])
def test_a_rollback_that_is_not_there_is_not_touched(session: Session, event: SessionEvent) -> None:
    session.complete()
    session.roll_back(1)
    session.rolled_back()
    session.happen(event)
    assert session.refused is not None
    assert session.refused.startswith("there is no rollback ")


@pytest.mark.parametrize("event", [RestoreRequested(1), CompensationRequested(1), RewindRequested("x", "x", "cook 1")])
def test_history_is_not_changed_under_a_run(session: Session, event: SessionEvent) -> None:
    session.complete()
    session.roll_back(1)
    session.rolled_back()
    session.enter("more")
    before = session.state
    session.happen(event)
    assert session.refused == "a run is active: stop it first"
    assert session.state == before


@pytest.mark.parametrize(
    "event",
    [
        RollbackRequested(1),
        RestoreRequested(1),
        CompensationRequested(1),
        RetryRequested(),
        RewindRequested("x", "x", "cook 1"),
        ContinueRequested(),
    ],
)
def test_while_closing_it_is_refused(session: Session, event: SessionEvent) -> None:
    session.complete()
    session.close()
    session.happen(event)
    assert session.refused == "the program is closing"


# -- taking a rollback back -------------------------------------------------------------------------------------------


def test_undo_brings_back_what_was_rolled_back_and_starts_nothing(session: Session) -> None:
    session.complete()
    session.roll_back(1)
    session.rolled_back()
    session.undo()
    assert session.did(Restore(1))
    session.undo()
    assert session.refused == "there is nothing to undo"


def test_any_rollback_can_be_brought_back_and_undo_still_means_the_last(session: Session) -> None:
    session.complete(2)
    for run in (1, 2):
        session.roll_back(run)
        session.rolled_back()
    session.restore(1)
    assert session.did(Restore(1))
    assert session.state.undo == RolledBack(2)


def test_a_run_that_is_rolled_back_is_not_continued_and_its_answer_not_repeated(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.stopped()
    session.roll_back(1)
    session.rolled_back()
    for ask in (session.go_on, session.retry):
        ask()
        assert session.refused == "there is no unfinished run to continue"
    session.undo()
    session.go_on()
    assert session.started


def test_an_older_run_that_is_rolled_back_leaves_the_newest_as_it_is(session: Session) -> None:
    session.complete()
    session.enter("cook")
    session.esc()
    session.stopped()
    session.roll_back(1)
    session.rolled_back()
    session.go_on()
    assert session.started


def test_what_hides_the_newest_run_first_has_to_be_brought_back_for_it(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.stopped()
    session.roll_back(1)
    session.rolled_back()
    session.rewind("other", "cook")
    session.withdraw("other")
    session.rolled_back()
    session.restore(2)
    session.go_on()
    assert session.refused == "there is no unfinished run to continue"
    session.restore(1)
    session.go_on()
    assert session.started


def test_a_new_run_can_be_continued_after_one_that_was_rolled_back(session: Session) -> None:
    session.complete()
    session.roll_back(1)
    session.rolled_back()
    session.enter("other")
    session.esc()
    session.stopped()
    session.go_on()
    assert session.started
