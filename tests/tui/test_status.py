"""What the status line says."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from interruptible_tui.conversation import (
    CallStatus,
    Hold,
    IncorporateAt,
    Mode,
    OnInterrupt,
    Prompt,
    ToolCall,
    Trigger,
    Usage,
)
from interruptible_tui.effects import Stop
from interruptible_tui.events import RetryScheduled
from interruptible_tui.live import LiveCall, LiveRun
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.tui.status import Piece, count, doing, duration, fitted, note, word
from tests.scripted import Gate, Scripted, says, too_many
from tests.tui.chats import chat

RUNNING = SessionState(run=ActiveRun(3), runs=3)
HELD = SessionState(later=(Prompt("1", "one", Mode.QUEUE),), hold=Hold.RATE_LIMIT)


def live(heard_at: float = 0.0) -> LiveRun:
    return LiveRun(3, Trigger.PROMPT, 0.0, heard_at, turn=2, usage=Usage(1_200, 34))


def text(state: SessionState, run: LiveRun | None, now: float = 0.0) -> str:
    return "|".join(piece.text.strip() for piece in doing(state, run, now))


def test_the_state_is_one_word() -> None:
    stopping = replace(RUNNING, run=ActiveRun(3, Stop.ESC))
    assert [word(state) for state in (SessionState(), RUNNING, stopping, HELD)] == [
        "idle",
        "running",
        "stopping",
        "held",
    ]


def test_a_run_is_shown_with_number_turn_time_and_tokens() -> None:
    assert text(RUNNING, live(), 65.0) == "INCORPORATE|running|run 3|turn 2|1:05|1.2k tokens"


def test_what_is_held_says_why_also_while_a_run_is_active() -> None:
    assert text(HELD, None) == "INCORPORATE|held|rate limit"
    assert text(replace(HELD, run=ActiveRun(3)), None) == "INCORPORATE|running|queue held: rate limit"


def test_an_edit_that_holds_the_queue_is_said_and_so_are_policies_that_are_not_the_usual_ones() -> None:
    edited = SessionState(later=HELD.later, editing="1", on_interrupt=OnInterrupt.ROLLBACK)
    assert text(edited, None) == "INCORPORATE|held|editing|interrupt: rollback"
    assert text(SessionState(incorporate_at=IncorporateAt.NOW), None) == "INCORPORATE|idle|incorporate: now"
    both = doing(edited, None, 0.0)
    assert fitted(both, [], 30).plain.split() == ["INCORPORATE", "held", "editing"]


def test_silence_of_the_model_is_said_after_ten_seconds_but_not_while_it_is_being_stopped() -> None:
    assert note(RUNNING, live(), 10.0) == ""
    assert note(RUNNING, live(), 12.0) == "waiting for the model 12 s"
    assert note(replace(RUNNING, run=ActiveRun(3, Stop.ESC)), live(), 12.0) == ""


def test_a_silent_tool_is_not_taken_for_a_silent_model() -> None:
    run = live()
    run.calls = {"1": LiveCall(ToolCall("1", "work", "{}", CallStatus.RUNNING), started_at=0.0)}
    assert note(RUNNING, run, 60.0) == ""


def test_a_retry_is_counted_down_and_says_why() -> None:
    run = live()
    run.follow(RetryScheduled(3, 2, 2, 4.0, "HTTP 429: \x1b[31mslow down"), 1.0)
    assert note(RUNNING, run, 2.0) == "retrying in 3 s (attempt 2 of 5): HTTP 429: ␛[31mslow down"


@pytest.mark.parametrize("width", range(1, 130))
def test_mode_and_state_are_never_dropped(width: int) -> None:
    left, right = doing(RUNNING, live(), 65.0), [Piece("a session", rank=4), Piece("a-model", rank=4)]
    line = fitted(left, right, width).plain
    assert cell_len(line) <= width
    if width >= 22:
        assert line.startswith(" INCORPORATE   running")
    if width >= 80:
        assert "run 3  turn 2  1:05  1.2k tokens" in line
        assert line.endswith("a session  a-model")


def test_durations_and_counts_are_short() -> None:
    assert [duration(at) for at in (-1.0, 0.9, 59.9, 60.0, 3_661.0)] == ["0 s", "0 s", "59 s", "1:00", "61:01"]
    assert [count(number) for number in (0, 999, 1_000, 1_250_000)] == ["0", "999", "1.0k", "1.2M"]


async def test_there_is_a_clock_only_while_a_run_is_active(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate))) as it:
        foot = it.screen.query_one("Foot")
        assert not foot._timers
        await it.type("hi", "enter")
        await gate.reached()
        await it.until(lambda: len(foot._timers) == 1)
        gate.open()
        await it.until(lambda: not foot._timers)


async def test_a_retry_is_on_the_screen_until_the_model_answers(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted([too_many(retry_after=0.6)], says("Hel", gate))) as it:
        await it.type("hi", "enter")
        await it.until(lambda: "(attempt 2 of 5): HTTP 429: too many requests" in it.status)
        await gate.reached()
        await it.until(lambda: "attempt" not in it.status)
