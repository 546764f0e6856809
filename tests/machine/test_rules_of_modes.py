"""The three modes, and Enter, which carries none: what a prompt does, with the machine alone."""

import pytest

from interruptible_tui.conversation import CallStatus, Message, Mode, Prompt, Role, Trigger
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    Deliver,
    Landing,
    Record,
    SavePrompt,
    SetMode,
    Stop,
)
from interruptible_tui.events import (
    BoundaryReached,
    FlushDue,
    Outcome,
    RunEnded,
    SessionEvent,
    StorageFailed,
    Submitted,
    ToolEnded,
    ToolStarted,
)
from tests.machine.driver import Session, reply

# -- with no run active -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [None, *Mode])
def test_with_no_run_active_every_mode_starts_a_run_at_once(session: Session, mode: Mode | None) -> None:
    session.happen(Submitted("cook", "cook", mode))
    assert session.began == session.delivered == ["cook"]
    assert session.trigger == "prompt"
    assert session.landings == ["started run 1"]
    assert not session.state.pending


def test_a_prompt_is_saved_before_anything_is_done_with_it(session: Session) -> None:
    session.happen(Submitted("1", "cook", Mode.QUEUE, at=12.5))
    prompt = Prompt("1", "cook", Mode.QUEUE, 12.5)
    begin = BeginRun(1, Trigger.PROMPT, (prompt,))
    assert session.effects == (SavePrompt(prompt), begin, Deliver(prompt, 1, 1, Landing.STARTED))


def test_runs_are_numbered_from_one(session: Session) -> None:
    for number in (1, 2, 3):
        session.enter("cook")
        assert session.state.run and session.state.run.number == number == session.state.runs
        session.end()


# -- interrupt --------------------------------------------------------------------------------------------------------


def test_an_interrupting_prompt_cancels_the_run_and_waits_in_next(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    prompt = Prompt("stop", "stop", Mode.INTERRUPT)
    assert session.effects == (SavePrompt(prompt), CancelRun(1), Arrange(session.state.pending))
    assert session.next == ["stop"]
    assert [waiting.hold for waiting in session.state.pending] == [None]


def test_only_when_the_old_run_has_ended_does_the_new_one_start(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    assert not session.started
    session.stopped()
    assert session.began == session.delivered == ["stop"]
    assert session.trigger == "interrupt"
    assert session.landings == ["interrupted run 1 after 0 s"]
    assert [effect.turn for effect in session.effects if isinstance(effect, Deliver)] == [1]


def test_several_interrupting_prompts_make_one_stop_and_one_new_run_with_all_of_them_in_order(session: Session) -> None:
    session.enter("cook")
    session.interrupt("one", "two", "three")
    assert sum(isinstance(effect, CancelRun) for effect in session.history) == 1
    session.stopped()
    assert session.began == session.delivered == ["one", "two", "three"]
    assert session.landings == ["interrupted run 1 after 0 s"] * 3


def test_an_interrupting_prompt_takes_along_what_is_in_next_which_did_not_interrupt(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    session.interrupt("stop")
    session.stopped()
    assert session.began == ["no onions", "stop"]
    assert session.landings == ["started run 2", "interrupted run 1 after 0 s"]


def test_a_run_that_completed_although_interrupted_is_not_said_to_be_interrupted(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.end(Outcome.COMPLETED)
    assert session.began == ["stop"]
    assert session.landings == ["started run 2"]


def test_an_interrupting_prompt_while_stopping_does_not_stop_again(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.interrupt("stop")
    assert not session.cancelled
    assert session.next == ["stop"]


# -- incorporate ------------------------------------------------------------------------------------------------------


def test_a_prompt_to_incorporate_waits_in_next_and_stops_nothing(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    assert session.next == ["no onions"]
    assert not session.cancelled
    assert not session.started


def test_at_a_boundary_the_run_gets_everything_in_next_in_order_and_unmerged(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions", "less salt")
    session.boundary(turn=4)
    prompts = [Prompt(text, text, Mode.INCORPORATE) for text in ("no onions", "less salt")]
    delivers = [Deliver(prompt, 1, 4, Landing.INCORPORATED) for prompt in prompts]
    assert session.effects == (*delivers, Answer(1), Arrange(()))
    assert session.next == []


def test_a_boundary_with_nothing_in_next_is_answered_so_that_the_run_goes_on(session: Session) -> None:
    session.enter("cook")
    session.boundary()
    assert session.effects == (Answer(1),)


def test_a_boundary_takes_nothing_from_later(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    session.boundary()
    assert session.delivered == []
    assert session.later == ["dessert"]


def test_a_stopping_run_gets_nothing(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    session.esc()
    session.boundary()
    assert session.delivered == []
    assert session.next == ["no onions"]


def test_a_prompt_in_the_last_moment_is_taken_by_the_run_or_heads_the_next(session: Session) -> None:
    for mode, trigger in zip(Mode, ("interrupt", "incorporate", "queue"), strict=True):
        waited = " (queued for 0 s)" if mode is Mode.QUEUE else ""
        session.restart()
        session.enter("cook")
        session.boundary()
        session.send(mode, "too late")
        session.end()
        assert session.began == session.delivered == ["too late"]
        assert session.landings == [f"started run 2{waited}"]
        assert session.trigger == trigger


# -- queue ------------------------------------------------------------------------------------------------------------


def test_a_queued_prompt_waits_in_later(session: Session) -> None:
    session.enter("cook")
    session.queue("dessert")
    assert session.later == ["dessert"]
    assert session.state.hold is None
    assert not session.cancelled


def test_the_queue_is_first_in_first_out_with_one_run_per_prompt(session: Session) -> None:
    session.enter("cook")
    session.queue("one", "two", "three")
    for text in ("one", "two", "three"):
        session.end()
        assert session.began == session.delivered == [text]
        assert session.trigger == "queue"
    session.end()
    assert not session.started


# -- the live switch, and Enter ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_switching_the_mode_is_written_down_and_starts_nothing(session: Session, mode: Mode) -> None:
    session.switch(mode)
    assert session.effects == (SetMode(mode),)
    assert session.state.mode is mode


def test_a_session_begins_with_incorporate(session: Session) -> None:
    assert session.state.mode is Mode.INCORPORATE


@pytest.mark.parametrize("mode", Mode)
def test_enter_takes_the_mode_that_the_session_has_when_it_is_handled(session: Session, mode: Mode) -> None:
    session.enter("cook")
    session.switch(mode)
    session.enter("more")
    assert [waiting.prompt.mode for waiting in session.state.pending] == [mode]
    assert session.cancelled is (mode is Mode.INTERRUPT)
    assert session.later == (["more"] if mode is Mode.QUEUE else [])


def test_a_mode_named_with_the_prompt_outweighs_the_sessions(session: Session) -> None:
    session.enter("cook")
    session.switch(Mode.INTERRUPT)
    session.queue("dessert")
    assert session.later == ["dessert"]
    assert session.state.mode is Mode.INTERRUPT


def test_pending_prompts_keep_their_mode_and_place_when_it_is_switched(session: Session) -> None:
    session.enter("cook")
    session.incorporate("no onions")
    session.queue("dessert")
    pending = session.state.pending
    for mode in Mode:
        session.switch(mode)
        assert session.state.pending == pending


# -- no overlap, no ghosts, write-ahead -------------------------------------------------------------------------------

RESULT = Message(role=Role.TOOL, text="done")


def test_a_step_of_the_active_run_is_written_down(session: Session) -> None:
    session.enter("cook")
    for event in (FlushDue(1), reply(1), ToolStarted(1, 1, "a"), ToolEnded(1, 1, "a", CallStatus.DONE, RESULT)):
        session.happen(event)
        assert session.effects == (Record(event),)


def test_what_a_stopping_run_leaves_is_written_down(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.happen(reply(1, "partial"))
    assert session.effects == (Record(reply(1, "partial")),)


def test_nothing_that_a_dead_run_says_does_anything(session: Session) -> None:
    session.enter("cook")
    session.interrupt("stop")
    session.stopped()
    session.incorporate("no onions")
    before = session.state
    ghosts: tuple[SessionEvent, ...] = (
        reply(1),
        ToolStarted(1, 1, "a"),
        ToolEnded(1, 1, "a", CallStatus.DONE, RESULT),
        StorageFailed(1),
        FlushDue(1),
    )
    ends = tuple(RunEnded(1, outcome) for outcome in Outcome)
    for event in (*ghosts, BoundaryReached(1, 3), *ends):
        session.happen(event)
        assert (session.state, session.effects) == (before, ())


def test_nothing_that_a_dead_run_says_does_anything_while_idle(session: Session) -> None:
    session.enter("cook")
    session.end()
    before = session.state
    for event in (reply(1), StorageFailed(1), BoundaryReached(1, 2), RunEnded(1, Outcome.FAILED)):
        session.happen(event)
        assert (session.state, session.effects) == (before, ())


def test_a_run_that_is_cancelled_before_its_first_step_is_ended_by_the_session(session: Session) -> None:
    session.enter("cook")
    session.esc()
    session.stopped()
    assert not session.running
    assert session.ended.stop is Stop.ESC
