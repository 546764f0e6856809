"""How the last change of what is pending is taken back, rule by rule."""

from msgspec.structs import replace

from interruptible_tui.conversation import Hold, Mode, Prompt
from interruptible_tui.effects import Arrange, RewritePrompt, SavePrompt
from interruptible_tui.machine import Before
from tests.machine.driver import Session


def test_with_nothing_done_there_is_nothing_to_undo(session: Session) -> None:
    session.undo()
    assert session.refused == "there is nothing to undo"


def test_a_withdrawn_prompt_comes_back_to_its_turn(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b", "c")
    session.withdraw("b")
    session.undo()
    assert session.later == ["a", "b", "c"]
    assert session.effects == (SavePrompt(Prompt("b", "b", Mode.QUEUE)), Arrange(session.state.pending))
    session.undo()
    assert session.refused == "there is nothing to undo"


def test_a_withdrawn_correction_comes_back_to_next(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a", "b")
    session.withdraw("a")
    session.undo()
    assert session.next == ["a", "b"]


def test_an_edit_is_taken_back(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.save("a", "new")
    session.undo()
    assert session.later == ["a", "b"]
    assert session.effects == (RewritePrompt(Prompt("a", "a", Mode.QUEUE)), Arrange(session.state.pending))


def test_a_move_is_taken_back(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b", "c")
    session.up("c")
    session.undo()
    assert session.later == ["a", "b", "c"]


def test_another_mode_is_taken_back(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a", "b")
    session.change("a", Mode.QUEUE)
    session.undo()
    assert session.shown == ["a incorporate", "b incorporate"]


def test_sending_now_is_taken_back_as_long_as_the_prompt_waits(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.send_now("b")
    session.undo()
    assert session.shown == ["a queue (stopped)", "b queue (stopped)"]
    session.stopped()
    assert not session.started


def test_a_correction_sent_now_is_taken_back_as_long_as_it_waits(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a", "b")
    session.send_now("b")
    session.undo()
    assert session.shown == ["a incorporate", "b incorporate"]


def test_what_has_come_to_be_held_otherwise_is_taken_back_and_stays_held(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a")
    session.change("a", Mode.QUEUE)
    session.esc()
    session.stopped()
    session.undo()
    assert session.shown == ["a incorporate (stopped)"]
    assert not session.started


def test_what_has_been_sent_is_not_taken_back(session: Session) -> None:
    session.enter("cook")
    session.queue("a")
    session.send_now("a")
    session.stopped()
    session.undo()
    assert session.refused == "already sent"


def test_what_comes_back_to_an_idle_session_is_held_and_starts_nothing(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a")
    session.withdraw("a")
    session.end()
    session.undo()
    assert session.shown == ["a incorporate (brought back)"]
    assert not session.started
    session.resume()
    assert session.began == ["a"]


def test_a_queued_prompt_that_comes_back_to_an_idle_session_is_held_too(session: Session) -> None:
    session.enter("cook")
    session.queue("a")
    session.withdraw("a")
    session.end()
    session.undo()
    assert session.shown == ["a queue (brought back)"]


def test_what_comes_back_beside_a_hold_joins_it(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.withdraw("a")
    session.esc()
    session.stopped()
    session.undo()
    assert session.shown == ["a queue (stopped)", "b queue (stopped)"]


def test_an_edit_in_next_is_taken_back_while_the_run_is_being_stopped(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a")
    session.save("a", "new")
    session.esc()
    session.undo()
    assert session.shown == ["a incorporate"]
    session.stopped()
    assert session.began == ["a"]


def test_an_edit_in_a_queue_that_only_editing_holds_is_taken_back_without_another_hold(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.edit("b")
    session.end()
    session.save("a", "new")
    session.undo()
    session.leave()
    assert session.began == ["a"]


def test_what_became_a_queued_prompt_comes_back_to_next_while_a_run_follows_the_stop(session: Session) -> None:
    session.enter("cook")
    session.interrupt("a", "b")
    session.change("a", Mode.QUEUE)
    session.undo()
    assert session.shown == ["a interrupt", "b interrupt"]


def test_what_was_queued_from_next_comes_back_held_when_nothing_follows_the_stop(session: Session) -> None:
    session.enter("cook")
    session.incorporate("a")
    session.withdraw("a")
    session.esc()
    session.undo()
    assert session.shown == ["a incorporate (stopped)"]
    session.stopped()
    assert not session.started


def test_only_the_last_change_is_remembered_with_where_the_prompt_waited(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.save("a", "x")
    session.withdraw("b")
    assert session.state.undo == Before(Prompt("b", "b", Mode.QUEUE), in_next=False, index=1, withdrawn=True)
    session.undo()
    assert session.later == ["x", "b"]


def test_what_is_taken_back_leaves_all_others_as_they_are(session: Session) -> None:
    session.enter("cook")
    session.queue("a", "b")
    session.withdraw("a")
    state = session.state
    session.undo()
    assert replace(session.state, later=(), undo=None) == replace(state, later=(), undo=None)
    assert session.state.hold is not Hold.UNDO
