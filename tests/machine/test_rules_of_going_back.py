"""Repeating the last answer and going back to an earlier prompt, rule by rule."""

import pytest

from interruptible_tui.conversation import (
    LastAnswer,
    OnInterrupt,
    Since,
)
from interruptible_tui.effects import (
    Record,
    Restore,
    SavePrompt,
)
from interruptible_tui.events import (
    MessageAdded,
    Outcome,
)
from tests.machine.driver import Session, reply

KEEP, TRIM, ROLLBACK = OnInterrupt

# -- repeating the last answer ----------------------------------------------------------------------------------------


def test_after_a_completed_run_its_answer_is_rolled_back_and_repeated(session: Session) -> None:
    session.complete()
    session.retry()
    assert session.rollback == LastAnswer(1)
    assert not session.started
    session.rolled_back()
    assert session.began == []
    assert session.trigger == "continue"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.CANCELLED, Outcome.TURN_LIMIT])
def test_after_any_other_end_retrying_is_continuing(session: Session, outcome: Outcome) -> None:
    session.enter("cook")
    session.end(outcome)
    session.retry()
    assert session.rollback is None
    assert session.began == []
    assert session.trigger == "continue"


def test_there_is_nothing_to_repeat_before_the_first_run(session: Session) -> None:
    session.retry()
    assert session.refused == "there is no unfinished run to continue"


def test_while_a_run_is_active_nothing_is_repeated(session: Session) -> None:
    session.complete()
    session.enter("more")
    session.retry()
    assert session.refused == "a run is active"


def test_retrying_while_stopping_continues_when_the_run_has_ended(session: Session) -> None:
    session.complete()
    session.enter("more")
    session.esc()
    session.retry()
    session.stopped()
    assert session.trigger == "continue"
    assert session.rollback is None


def test_nothing_is_continued_while_a_rollback_is_under_way(session: Session) -> None:
    session.complete()
    session.roll_back(1)
    session.go_on()
    assert session.refused == "a run is active"


def test_what_was_repeated_can_be_brought_back(session: Session) -> None:
    session.complete()
    session.retry()
    session.rolled_back()
    session.end()
    session.undo()
    assert session.did(Restore(1))


# -- rewinding --------------------------------------------------------------------------------------------------------


def test_rewinding_rolls_back_from_the_earlier_prompt_on_and_starts_with_the_new_one(session: Session) -> None:
    session.complete(3)
    session.rewind("cook better", "cook 2")
    assert isinstance(session.effects[0], SavePrompt)
    assert session.rollback == Since("cook 2")
    assert session.shown == ["cook better incorporate"]
    session.rolled_back()
    assert session.began == session.delivered == ["cook better"]
    assert session.trigger == "prompt"


def test_before_the_first_run_there_is_nothing_to_go_back_to(session: Session) -> None:
    session.rewind("cook better", "cook 1")
    assert session.refused == "there is nothing to go back to"


def test_rewinding_leaves_what_is_held(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.esc()
    session.stopped()
    session.rewind("cook better", "cook")
    session.rolled_back()
    assert session.began == ["cook better"]
    assert session.shown == ["q queue (stopped)"]


def test_a_second_escape_while_rewinding_holds_the_prompt(session: Session) -> None:
    session.complete()
    session.rewind("cook better", "cook 1")
    session.esc()
    session.rolled_back()
    assert not session.started
    assert session.shown == ["cook better incorporate (stopped)"]


def test_messages_of_the_new_run_are_written_down_again(session: Session) -> None:
    session.complete()
    session.rewind("cook better", "cook 1")
    session.rolled_back()
    session.happen(reply(2))
    assert isinstance(session.effects[0], Record)
    assert isinstance(session.effects[0].event, MessageAdded)
