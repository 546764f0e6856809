"""When the reply that is being generated is cut so that a prompt is taken in at once."""

from interruptible_tui.conversation import IncorporateAt, Mode
from interruptible_tui.effects import CutReply, SetPolicy
from interruptible_tui.events import Submitted
from tests.machine.driver import Session

NOW, BOUNDARY = IncorporateAt.NOW, IncorporateAt.BOUNDARY


def test_the_sessions_choice_says_whether_the_reply_is_cut(session: Session) -> None:
    session.enter("cook")
    session.set(NOW)
    assert session.did(SetPolicy(NOW))
    session.incorporate("no onions")
    assert CutReply(1) in session.effects
    assert not session.cancelled
    assert session.next == ["no onions"]
    session.set(BOUNDARY)
    session.incorporate("less salt")
    assert not session.cut


def test_unless_that_is_asked_for_no_reply_is_cut(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    assert not session.cut


def test_a_prompts_own_wish_outweighs_the_sessions(session: Session) -> None:
    session.enter("cook")
    session.happen(Submitted("p", "p", Mode.INCORPORATE, incorporate_at=NOW))
    assert session.cut
    session.set(NOW)
    session.happen(Submitted("q", "q", Mode.INCORPORATE, incorporate_at=BOUNDARY))
    assert not session.cut


def test_prompts_of_other_modes_cut_nothing(session: Session) -> None:
    session.set(NOW)
    session.enter("cook")
    assert not session.cut
    session.queue("q")
    assert not session.cut
    session.interrupt("p")
    assert not session.cut


def test_a_run_that_is_being_stopped_is_not_cut(session: Session) -> None:
    session.set(NOW)
    session.enter("cook")
    session.interrupt("p")
    session.incorporate("q")
    assert not session.cut
    session.stopped()
    assert session.began == ["p", "q"]


def test_a_queued_prompt_that_is_to_be_incorporated_cuts_the_reply(session: Session) -> None:
    session.set(NOW)
    session.enter("cook")
    session.queue("q", "r")
    session.change("q", Mode.INCORPORATE)
    assert session.cut
    session.set(BOUNDARY)
    session.change("r", Mode.INCORPORATE)
    assert not session.cut
