"""When a pending prompt is open for editing, rule by rule."""

from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.effects import Arrange, RewritePrompt
from interruptible_tui.events import (
    Outcome,
)
from tests.machine.driver import Session


def test_while_a_queued_prompt_is_open_for_editing_the_queue_is_held(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("q")
    assert session.shown == ["p queue (editing)", "q queue (editing)"]
    session.end()
    assert not session.started


def test_saving_ends_the_edit_and_the_queue_goes_on(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.end()
    session.save("p", "new")
    assert session.began == ["new"]
    assert session.trigger == "queue"
    assert session.shown == ["q queue"]


def test_what_is_saved_is_written_down(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.save("p", "new")
    assert session.effects == (RewritePrompt(Prompt("p", "new", Mode.QUEUE)), Arrange(session.state.pending))


def test_leaving_the_edit_changes_nothing_and_the_queue_goes_on(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.edit("p")
    session.end()
    session.leave()
    assert session.began == ["p"]


def test_after_the_edit_an_earlier_hold_stands_again(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.esc()
    session.stopped()
    session.edit("p")
    assert session.shown == ["p queue (editing)"]
    session.save("p", "new")
    assert session.shown == ["new queue (stopped)"]
    assert not session.started


def test_a_run_that_fails_while_the_queue_is_edited_holds_it_for_that(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.edit("p")
    session.end(Outcome.FAILED)
    session.leave()
    assert session.shown == ["p queue (failed)"]


def test_a_prompt_in_next_stays_deliverable_while_it_is_edited(session: Session) -> None:
    session.enter("cook")
    session.incorporate("p")
    session.edit("p")
    assert session.shown == ["p incorporate"]
    session.boundary()
    assert session.delivered == ["p"]
    session.save("p", "new")
    assert session.refused == "already sent"


def test_an_edit_of_a_prompt_in_next_holds_no_queue(session: Session) -> None:
    session.enter("cook")
    session.queue("q")
    session.incorporate("p")
    session.edit("p")
    assert session.shown == ["p incorporate", "q queue"]


def test_a_prompt_that_is_edited_and_withdrawn_holds_nothing_any_more(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.end()
    session.withdraw("p")
    assert session.began == ["q"]


def test_opening_another_prompt_leaves_the_first_edit(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.incorporate("n")
    session.edit("p")
    session.edit("n")
    assert session.shown == ["n incorporate", "p queue"]


def test_saving_another_prompt_does_not_end_the_edit(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.save("q", "new")
    assert session.shown == ["p queue (editing)", "new queue (editing)"]


def test_resuming_does_not_send_a_queue_that_is_open_for_editing(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.esc()
    session.stopped()
    session.edit("p")
    session.resume()
    assert session.refused == "a prompt is open for editing: save it or leave it first"


def test_an_empty_text_is_refused(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.edit("p")
    session.save("p", " \n")
    assert session.refused == "there is no text left: withdraw the prompt instead"
    assert session.state.editing == "p"


def test_prompts_of_others_run_ahead_of_a_queue_that_is_edited(session: Session) -> None:
    session.enter("cook")
    session.queue("p")
    session.edit("p")
    session.end()
    session.enter("quick")
    assert session.began == ["quick"]
    session.end()
    assert session.shown == ["p queue (editing)"]


def test_a_prompt_that_became_a_correction_while_it_was_edited_goes_on_with_the_queue(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.end()
    session.change("q", Mode.INCORPORATE)
    assert session.shown == ["q incorporate (editing)", "p queue (editing)"]
    session.leave()
    assert session.began == ["q"]
    assert session.trigger == "incorporate"
    assert session.shown == ["p queue"]


def test_a_correction_that_editing_has_held_joins_the_end_of_next(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.end()
    session.change("q", Mode.INCORPORATE)
    session.enter("x")
    session.incorporate("y")
    session.leave()
    assert session.shown == ["y incorporate", "q incorporate", "p queue"]


def test_an_edit_saved_with_a_mode_lands_as_that_mode_does(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("p")
    session.save("p", "new", Mode.INCORPORATE)
    assert session.shown == ["new incorporate", "q queue"]
    session.save("q", "newer", Mode.QUEUE)
    assert session.shown == ["new incorporate", "newer queue"]


def test_an_edit_saved_as_an_interrupt_is_sent_now_in_its_new_words(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.edit("q")
    session.save("q", "new", Mode.INTERRUPT)
    assert session.cancelled
    session.stopped()
    assert session.began == ["new"]
    assert session.shown == ["p queue"]


def test_an_edit_saved_with_a_mode_is_taken_back_as_one_change(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.save("p", "new", Mode.INCORPORATE)
    session.undo()
    assert session.shown == ["p queue", "q queue"]


def test_an_edit_that_changes_nothing_is_no_change(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.withdraw("q")
    session.edit("p")
    session.save("p", "p", Mode.QUEUE)
    assert session.shown == ["p queue"]
    session.save("p", "p")
    session.undo()
    assert session.later == ["p", "q"]


def test_an_edit_with_the_old_words_and_another_mode_is_taken_back_as_a_change_of_the_mode(session: Session) -> None:
    session.enter("cook")
    session.queue("p", "q")
    session.withdraw("q")
    session.save("p", "p", Mode.INCORPORATE)
    session.undo()
    assert session.shown == ["p queue"]


def test_new_words_of_a_held_prompt_that_was_to_interrupt_do_not_send_it(session: Session) -> None:
    session.enter("cook")
    session.interrupt("p")
    session.esc()
    session.stopped()
    session.save("p", "new")
    assert not session.started
    assert session.shown == ["new interrupt (stopped)"]
