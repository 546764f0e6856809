"""What can be asked of a run is what the machine would do."""

import pytest
from msgspec.structs import replace

from interruptible_tui.conversation import CompensationStatus, RunStatus
from interruptible_tui.effects import Stop
from interruptible_tui.events import CompensationRequested, Outcome, RestoreRequested, StopRequested
from interruptible_tui.machine import ActiveRun, SessionState, Undoing
from interruptible_tui.tui.run_wishes import WISHES, NotNow, offered
from tests.tui.test_run_words import LISTED, RECORD, details

NEWEST = SessionState(runs=7, last=RunStatus.COMPLETED, rollbacks=3)
"""The session, idle, after the run that is looked at."""
PLAIN = replace(details(), rollback=None, compensations=())
HIDDEN = replace(details(replace(LISTED, record=replace(RECORD, rolled_back=True))))


def names(state: SessionState, *, hidden: bool = False) -> list[str]:
    return [wish.name for wish in offered(HIDDEN if hidden else PLAIN, state)]


def why_not(name: str, state: SessionState) -> str:
    wish = next(wish for wish in WISHES if wish.name == name)
    with pytest.raises(NotNow) as refusal:
        wish.asked(PLAIN, state)
    return str(refusal.value)


def test_a_completed_run_is_repeated_or_rolled_back() -> None:
    assert names(NEWEST) == ["retry", "roll back"]
    assert why_not("cancel", NEWEST) == "it is not active"


@pytest.mark.parametrize("last", [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.CRASHED])
def test_a_run_that_was_not_completed_is_retried_continued_or_rolled_back(last: RunStatus) -> None:
    assert names(replace(NEWEST, last=last)) == ["retry", "continue", "roll back"]


def test_an_older_run_is_only_rolled_back() -> None:
    assert names(replace(NEWEST, runs=8)) == ["roll back"]
    assert "newest" in why_not("retry", replace(NEWEST, runs=8))


def test_the_active_run_is_cancelled_or_rolled_back_and_a_stopping_one_is_stopped_at_once() -> None:
    active = replace(NEWEST, run=ActiveRun(7))
    assert names(active) == ["cancel", "roll back"]
    assert WISHES[0].asked(PLAIN, active) == StopRequested(everything=False)
    stopping = replace(NEWEST, run=ActiveRun(7, Stop.ESC))
    assert "cancel" in names(stopping)
    assert WISHES[0].asked(PLAIN, stopping) == StopRequested(everything=True)


def test_nothing_but_looking_is_offered_while_another_run_is_active() -> None:
    assert names(replace(NEWEST, runs=8, run=ActiveRun(8))) == []
    assert names(replace(NEWEST, runs=8, run=ActiveRun(8)), hidden=True) == []


def test_a_run_that_is_rolled_back_is_brought_back_or_undone_again() -> None:
    idle = replace(NEWEST, hidden=3)
    assert names(idle, hidden=True) == ["bring back", "undo again"]
    assert [wish.asked(HIDDEN, idle) for wish in WISHES[-2:]] == [RestoreRequested(3), CompensationRequested(3)]


@pytest.mark.parametrize("status", [CompensationStatus.DONE, CompensationStatus.NOT_DECLARED])
def test_what_is_undone_or_cannot_be_is_not_undone_again(status: CompensationStatus) -> None:
    undone = replace(HIDDEN, compensations=(replace(HIDDEN.compensations[0], status=status),))
    assert "undo again" not in [wish.name for wish in offered(undone, NEWEST)]


def test_nothing_is_offered_while_a_rollback_is_under_way() -> None:
    undoing = ActiveRun(7, Stop.ROLLBACK, undoing=Undoing(3, Outcome.COMPLETED))
    assert names(replace(NEWEST, run=undoing), hidden=True) == []
