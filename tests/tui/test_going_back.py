"""What is rolled back and brought back is said, also where it cannot be seen."""

import pytest

from interruptible_tui.conversation import CompensationStatus, MessageStatus, Role
from interruptible_tui.events import CompensationEnded, HistoryChanged, RollbackEnded, RollbackRequested, Seen
from interruptible_tui.tui.going_back import GoingBack

ROLLED_BACK = MessageStatus.ROLLED_BACK


def now(status: MessageStatus, *runs: int) -> HistoryChanged:
    """So are some runs seen now; and a note is not true any more."""
    said = [Seen(run, run, 1, role, status) for run in runs for role in (Role.USER, Role.ASSISTANT)]
    return HistoryChanged((*said, Seen(99, 9, 1, Role.NOTE, ROLLED_BACK)))


@pytest.mark.parametrize(("runs", "said"), [([3], "run 3"), ([2, 3, 4], "runs 2-4"), ([1, 3, 4, 7], "runs 1, 3-4, 7")])
def test_what_is_brought_back_is_named(runs: list[int], said: str) -> None:
    assert GoingBack().follow(now(MessageStatus.COMPLETE, *runs)) == f"Brought back: {said}"


def test_a_rollback_is_named_where_it_was_asked_for_and_not_where_a_prompt_brought_it() -> None:
    it = GoingBack()
    assert it.follow(now(ROLLED_BACK, 1)) == ""
    assert it.follow(RollbackRequested(2)) == ""
    assert it.follow(now(MessageStatus.TRIMMED, 2)) == ""
    assert it.follow(now(ROLLED_BACK, 2)) == "Rolled back: run 2"
    assert it.follow(now(ROLLED_BACK, 3)) == ""


@pytest.mark.parametrize("status", CompensationStatus)
def test_that_it_can_be_tried_again_is_said_of_what_was_tried_in_vain(status: CompensationStatus) -> None:
    it = GoingBack()
    it.follow(CompensationEnded(1, 1, 1, "call", status))
    again = status in {CompensationStatus.FAILED, CompensationStatus.UNKNOWN}
    assert ("/compensate" in it.follow(RollbackEnded(1))) == again
    assert it.follow(RollbackEnded(2)) == ""
