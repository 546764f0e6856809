"""What the user does to prompts that are pending, rule by rule."""

import pytest

from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.effects import Arrange, Stop, WithdrawPrompt
from interruptible_tui.events import (
    EditLeft,
    EditOpened,
    EditSaved,
    ModeChanged,
    Moved,
    SessionEvent,
    UndoRequested,
    Withdrawn,
)
from tests.machine.driver import Session

# -- one that is too late ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event", [EditOpened("p"), EditSaved("p", "new"), Withdrawn("p"), Moved("p", -1), ModeChanged("p", Mode.QUEUE)]
)
def test_a_change_of_a_prompt_that_the_run_has_taken_is_refused_as_already_sent(
    session: Session, event: SessionEvent
) -> None:
    session.enter("cook")
    session.incorporate("p")
    session.boundary()
    before = session.state
    session.happen(event)
    assert session.refused == "already sent"
    assert session.state == before


@pytest.mark.parametrize(
    "event",
    [
        EditOpened("p"),
        EditSaved("p", "new"),
        EditLeft(),
        Withdrawn("p"),
        Moved("p", -1),
        ModeChanged("p", Mode.QUEUE),
        UndoRequested(),
    ],
)
def test_while_closing_nothing_is_changed(session: Session, event: SessionEvent) -> None:
    session.enter("cook")
    session.incorporate("p", "q")
    session.close()
    before = session.state
    session.happen(event)
    assert session.refused == "the program is closing"
    assert session.state == before


def test_of_one_that_was_just_withdrawn_that_is_said(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.withdraw("p")
    session.withdraw("p")
    assert session.refused == "already withdrawn"
    session.withdraw("cook")
    assert session.refused == "already sent"
    session.save("q", "new")
    session.withdraw("p")
    assert session.refused == "already sent"
    session.end()
    session.withdraw("q")
    assert session.refused == "already sent"


def test_of_an_edit_and_a_boundary_the_first_one_wins(session: Session) -> None:
    session.enter("cook")
    session.incorporate("p")
    session.save("p", "new")
    session.boundary()
    assert session.delivered == ["new"]


# -- withdrawing ------------------------------------------------------------------------------------------------------


def test_a_withdrawn_prompt_is_never_delivered(session: Session) -> None:
    session.enter("cook")
    session.incorporate("p", "q")
    session.withdraw("p")
    assert session.effects == (
        WithdrawPrompt(Prompt("p", "p", Mode.INCORPORATE)),
        Arrange(session.state.pending),
    )
    session.boundary()
    assert session.delivered == ["q"]


def test_withdrawing_the_last_held_prompt_ends_the_hold(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.esc()
    session.withdraw("p")
    assert session.state.hold is None


def test_a_stop_whose_prompts_are_withdrawn_leads_to_no_run_and_holds_the_queue(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.interrupt("p")
    session.withdraw("p")
    assert session.shown == ["q queue (stopped)"]
    session.stopped()
    assert not session.started
    assert session.ended.stop is Stop.ESC


def test_a_stop_goes_on_to_its_run_as_long_as_one_of_its_prompts_is_there(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.interrupt("p", "r")
    session.withdraw("p")
    assert session.shown == ["r interrupt", "q queue"]
    session.stopped()
    assert session.began == ["r"]


def test_a_prompt_typed_while_stopping_and_withdrawn_starts_nothing(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.esc()
    session.enter("p")
    session.withdraw("p")
    session.stopped()
    assert not session.started
    session.enter("next")
    assert session.began == ["next"]


def test_after_a_withdrawal_while_stopping_the_next_prompt_starts_when_the_run_has_ended(session: Session) -> None:
    session.enter("cook")
    session.interrupt("p")
    session.withdraw("p")
    session.enter("r")
    session.stopped()
    assert session.began == ["r"]
    assert session.trigger == "prompt"


# -- moving -----------------------------------------------------------------------------------------------------------


def test_a_prompt_moves_up_and_down_within_its_place(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b", "c")
    session.up("c")
    assert session.later == ["a", "c", "b"]
    session.down("a")
    assert session.later == ["c", "a", "b"]
    assert session.effects == (Arrange(session.state.pending),)
    session.incorporate("d", "e")
    session.up("e")
    assert session.next == ["e", "d"]


def test_the_first_does_not_move_up_nor_the_last_down(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.incorporate("n")
    before = session.state
    for text, move in (("a", session.up), ("b", session.down), ("n", session.up), ("n", session.down)):
        move(text)
        assert session.state == before


def test_among_what_is_held_a_correction_moves_among_corrections(session: Session) -> None:
    session.enter("cook")
    session.queue("a")
    session.incorporate("x")
    session.queue("b")
    session.incorporate("y")
    session.esc(everything=True)
    assert session.shown == [f"{name} (stopped)" for name in ("x incorporate", "y incorporate", "a queue", "b queue")]
    for text, move in (("x", session.up), ("b", session.down)):
        before = session.state
        move(text)
        assert session.state == before
    session.up("y")
    session.up("a")
    session.up("b")
    assert [each.prompt.text for each in session.state.pending] == ["y", "x", "b", "a"]


def test_in_next_prompts_of_all_modes_change_places(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.queue("a")
    session.incorporate("b")
    session.up("b")
    assert session.shown == ["b incorporate", "a queue"]


def test_what_is_moved_keeps_its_words_and_mode(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.up("b")
    assert session.shown == ["b queue", "a queue"]


# -- another mode -----------------------------------------------------------------------------------------------------


def test_a_prompt_that_is_to_be_queued_goes_to_the_end_of_the_queue(session: Session) -> None:
    session.enter("cook")
    session.incorporate("p", "r")
    session.queue("q")
    session.change("p", Mode.QUEUE)
    assert session.shown == ["r incorporate", "q queue", "p queue"]


def test_a_queued_prompt_that_is_to_be_incorporated_goes_to_the_end_of_next(session: Session) -> None:
    session.enter("cook")
    session.incorporate("r")
    session.queue("p", "q")
    session.change("p", Mode.INCORPORATE)
    assert session.shown == ["r incorporate", "p incorporate", "q queue"]
    assert not session.started
    assert not session.cancelled


def test_a_held_prompt_stays_held_whatever_its_mode(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.esc()
    session.stopped()
    session.enter("ahead")
    session.change("q", Mode.INCORPORATE)
    assert session.shown == ["q incorporate (stopped)", "p queue (stopped)"]
    assert not session.started


def test_the_same_mode_changes_nothing_and_leaves_what_can_be_undone(session: Session) -> None:
    session.enter("cook")
    session.queue("q", "s")
    session.incorporate("p", "r")
    session.withdraw("s")
    for text, mode in (("p", Mode.INCORPORATE), ("q", Mode.QUEUE)):
        before = session.state
        session.change(text, mode)
        assert session.did()
        assert session.state == before
    session.undo()
    assert session.later == ["q", "s"]


def test_a_stop_whose_prompt_is_queued_instead_holds_the_queue(session: Session) -> None:
    session.enter("cook")
    session.interrupt("p")
    session.change("p", Mode.QUEUE)
    assert session.shown == ["p queue (stopped)"]
    session.stopped()
    assert not session.started


def test_a_prompt_that_interrupts_no_more_opens_the_next_run_as_a_correction(session: Session) -> None:
    session.enter("cook")
    session.interrupt("p")
    session.change("p", Mode.INCORPORATE)
    session.stopped()
    assert session.began == ["p"]
    assert session.landings == ["started run 2"]


def test_a_held_correction_that_is_to_be_queued_keeps_its_turn(session: Session) -> None:
    session.enter("cook")
    session.incorporate("p")
    session.esc(everything=True)
    session.queue("q")
    session.change("p", Mode.QUEUE)
    assert session.shown == ["p queue (stopped)", "q queue (stopped)"]


def test_a_prompt_that_interrupts_no_more_keeps_its_turn(session: Session) -> None:
    session.enter("cook")
    session.interrupt("p", "r")
    session.change("p", Mode.INCORPORATE)
    assert session.shown == ["p incorporate", "r interrupt"]


def test_a_correction_that_only_editing_holds_is_queued_again_in_its_turn(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.end()
    session.change("q", Mode.INCORPORATE)
    session.enter("x")
    session.change("q", Mode.QUEUE)
    assert session.shown == ["p queue (editing)", "q queue (editing)"]


# -- sending now ------------------------------------------------------------------------------------------------------


def test_to_interrupt_a_pending_prompt_acts_at_once(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.send_now("q")
    assert session.cancelled
    assert session.shown == ["q interrupt", "p queue"]
    session.stopped()
    assert session.began == ["q"]
    assert session.landings == ["interrupted run 1 after 0 s"]
    assert session.shown == ["p queue"]


def test_what_is_sent_now_from_next_keeps_its_turn(session: Session) -> None:
    session.enter("cook")
    session.incorporate("p", "r")
    session.send_now("p")
    assert session.shown == ["p interrupt", "r incorporate"]
    assert session.cancelled


def test_sending_a_held_prompt_now_takes_only_that_one_and_leaves_the_hold(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.incorporate("r")
    session.esc(everything=True)
    session.stopped()
    session.send_now("q")
    assert session.began == ["q"]
    assert session.trigger == "prompt"
    assert session.landings == ["started run 2"]
    assert session.shown == ["r incorporate (stopped)", "p queue (stopped)"]


def test_a_held_prompt_that_was_to_interrupt_can_be_sent_now(session: Session) -> None:
    session.enter("cook")
    session.interrupt("p")
    session.esc()
    session.stopped()
    assert session.shown == ["p interrupt (stopped)"]
    session.send_now("p")
    assert session.began == ["p"]


def test_sending_now_while_stopping_starts_when_the_run_has_ended(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.esc()
    session.send_now("q")
    assert not session.cancelled
    assert session.shown == ["q interrupt", "p queue (stopped)"]
    session.stopped()
    assert session.began == ["q"]


def test_sending_now_while_an_interrupting_prompt_waits_joins_it(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.interrupt("p")
    session.send_now("q")
    assert not session.cancelled
    session.stopped()
    assert session.began == ["p", "q"]


def test_an_interrupting_prompt_that_undo_put_beside_a_run_interrupts_when_it_is_sent_now(session: Session) -> None:
    session.enter("cook")
    session.interrupt("a")
    session.change("a", Mode.QUEUE)
    session.stopped()
    session.enter("more")
    session.undo()
    assert session.shown == ["a interrupt"]
    undo = session.state.undo
    session.send_now("a")
    assert session.cancelled
    assert session.state.undo == undo
    session.stopped()
    assert session.began == ["a"]
