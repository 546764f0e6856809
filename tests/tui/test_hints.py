"""What is said beforehand about Enter and Esc."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from interruptible_tui.conversation import Hold, IncorporateAt, Mode, OnInterrupt, Prompt, RunStatus
from interruptible_tui.effects import Stop
from interruptible_tui.events import Outcome
from interruptible_tui.machine import ActiveRun, SessionState, Undoing
from interruptible_tui.tui.actions import ACTIONS, described
from interruptible_tui.tui.hints import fitting, hints
from interruptible_tui.tui.sheets import EditOf, RewindTo

IDLE = SessionState(last=RunStatus.COMPLETED, runs=1)
RUNNING = SessionState(run=ActiveRun(1), runs=1)
STOPPING = replace(RUNNING, run=ActiveRun(1, Stop.ESC))
WAITING = (Prompt("1", "one", Mode.QUEUE), Prompt("2", "two", Mode.QUEUE))
HELD = replace(IDLE, later=WAITING, hold=Hold.RESTART)


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (IDLE, "Enter: send"),
        (replace(RUNNING, mode=Mode.INCORPORATE), "Enter: taken in at next step"),
        (replace(RUNNING, mode=Mode.QUEUE), "Enter: queue, for a run of its own"),
        (replace(RUNNING, mode=Mode.INTERRUPT), "Enter: interrupt, start anew"),
        (STOPPING, "Enter: opens the next run"),
        (HELD, "Enter: send, ahead of 2 held"),
        (
            replace(RUNNING, mode=Mode.QUEUE, later=WAITING, hold=Hold.STOPPED),
            "Enter: queue, with what is held: stopped",
        ),
    ],
)
def test_with_a_draft_it_is_said_what_enter_will_do_with_it(state: SessionState, first: str) -> None:
    assert hints(state, empty=False)[0] == first


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (HELD, "Enter: resume (2 held: restart)"),
        (replace(RUNNING, later=WAITING, hold=Hold.STOPPED), "Enter: resume (2 held: stopped)"),
        (replace(IDLE, last=RunStatus.FAILED), "Enter: retry"),
        (IDLE, "Shift+Tab: mode"),
        (RUNNING, "Esc: stop"),
        (replace(RUNNING, later=WAITING), "Esc: stop, hold the queue"),
        (STOPPING, "Esc: stop at once"),
        (replace(STOPPING, next=WAITING), "Esc: stop at once, hold everything"),
    ],
)
def test_on_the_empty_line_it_is_said_what_there_is_to_do(state: SessionState, first: str) -> None:
    assert hints(state, empty=True)[0] == first


NOW = replace(RUNNING, mode=Mode.INCORPORATE, incorporate_at=IncorporateAt.NOW)


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (NOW, "Enter: cut the reply, taken in at once"),
        (replace(RUNNING, mode=Mode.INTERRUPT, on_interrupt=OnInterrupt.TRIM), "Enter: interrupt, drop this turn"),
        (replace(RUNNING, mode=Mode.INTERRUPT, on_interrupt=OnInterrupt.ROLLBACK), "Enter: interrupt, roll back"),
    ],
)
def test_what_the_policies_of_the_session_make_of_enter_is_said(state: SessionState, first: str) -> None:
    assert hints(state, empty=False)[0].startswith(first)


def test_in_an_edit_it_is_said_what_enter_and_esc_do_with_it() -> None:
    edit = EditOf(WAITING[1], 2)
    said = hints(replace(RUNNING, later=WAITING, editing="2"), empty=False, purpose=edit)
    assert said[:3] == ["Enter: save", "Esc: leave it as it was", "Ctrl+Enter: save, send now"]
    idle = hints(replace(IDLE, later=WAITING, editing="2"), empty=False, purpose=edit)
    assert idle[0] == "Enter: save, and it starts"
    assert hints(IDLE, empty=False, purpose=RewindTo("1", "one"))[0].startswith("Enter: roll back what came after")


def test_while_a_rollback_is_under_way_what_is_sent_opens_the_next_run_and_esc_stops_nothing() -> None:
    undoing = replace(RUNNING, run=ActiveRun(1, Stop.ROLLBACK, undoing=Undoing(1, Outcome.CANCELLED)))
    said = hints(undoing, empty=False)
    assert said[0] == "Enter: opens the next run"
    assert not any(hint.startswith("Esc") for hint in said)


@pytest.mark.parametrize("empty", [True, False])
def test_while_a_rollback_is_under_way_esc_holds_what_waits_and_says_so(empty: bool) -> None:
    undoing = replace(RUNNING, run=ActiveRun(1, Stop.ROLLBACK, undoing=Undoing(1, Outcome.CANCELLED)))
    assert "Esc: hold everything" in hints(replace(undoing, next=WAITING), empty=empty)
    assert "Esc: hold everything" in hints(replace(undoing, later=WAITING), empty=empty)
    held = replace(undoing, later=WAITING, hold=Hold.STOPPED)
    assert not any(hint.startswith("Esc") for hint in hints(held, empty=empty))


def test_while_held_tab_says_that_it_joins_what_is_held() -> None:
    assert "Tab: queue, with what is held: restart" in hints(HELD, empty=False)


def test_just_after_a_stop_esc_says_that_it_holds_everything() -> None:
    restarted = replace(RUNNING, later=WAITING, hold=Hold.STOPPED)
    assert "Esc: stop at once, hold everything" in hints(restarted, empty=True, just_stopped=True)


def test_what_matters_most_is_kept_when_there_is_no_room() -> None:
    said = hints(RUNNING, empty=False)
    assert "Esc: stop" in fitting(said, 44)
    for width in range(1, 100):
        assert fitting(said, width) == said[0] or cell_len(fitting(said, width)) <= width


def test_at_eighty_columns_the_other_modes_keys_are_named() -> None:
    full = "Enter: taken in at next step · Esc: stop · Tab: queue · Ctrl+Enter: interrupt"
    assert fitting(hints(RUNNING, empty=False), 80 - 3) == full


def test_while_a_command_is_written_the_matching_ones_are_named() -> None:
    assert described("/n") == [
        "/now [keep|trim|rollback] TEXT: stop the run and start anew with it",
        "/new [NAME]: open another session",
    ]
    assert described("/mode q") == ["/mode [MODE]: switch the mode: interrupt, incorporate or queue"]
    assert described("/") == [f"/{action.word}" for action in ACTIONS]
    assert described("/now rollback the Deploy") == [
        '/now rollback: interrupts, rolls the run back, sends "the Deploy"; /now -- sends all of it'
    ]
    assert described("/home/x") == ["there is no such command; to send it as text, begin with a space"]
