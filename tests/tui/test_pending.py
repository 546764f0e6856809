"""What is said about where a prompt will land."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from interruptible_tui.conversation import CallStatus, Hold, Mode, Prompt, ToolCall, Trigger
from interruptible_tui.effects import Stop
from interruptible_tui.events import TextStreamed
from interruptible_tui.live import LiveCall, LiveRun
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.tui import foot
from interruptible_tui.tui.pending import forecast, window
from tests.scripted import LIMIT, Gate, Scripted, Stubborn, calls, says
from tests.tui.chats import chat


def prompts(*modes: Mode) -> tuple[Prompt, ...]:
    return tuple(Prompt(str(at), f"text {at}", mode) for at, mode in enumerate(modes))


RUNNING = SessionState(run=ActiveRun(1), runs=1)
STOPPING = replace(RUNNING, run=ActiveRun(1, Stop.INTERRUPT))
TWO_NEXT = prompts(Mode.INCORPORATE, Mode.INCORPORATE)
TWO_LATER = prompts(Mode.QUEUE, Mode.QUEUE)


def live() -> LiveRun:
    return LiveRun(1, Trigger.PROMPT, 0.0, 0.0)


def test_a_correction_lands_where_the_run_looks_next() -> None:
    state = replace(RUNNING, next=TWO_NEXT[:1])
    waiting, streaming, working = live(), live(), live()
    streaming.follow(TextStreamed(1, 1, "Hel"), 0.0)
    working.calls = {"1": LiveCall(ToolCall("1", "work", "{}", CallStatus.RUNNING))}
    assert [forecast(state, run) for run in (waiting, streaming, working)] == [
        ["lands at the next step"],
        ["lands after this reply"],
        ["lands after this tool batch"],
    ]


def test_what_is_next_opens_the_next_run_when_this_one_stops_and_the_queue_follows() -> None:
    state = replace(STOPPING, next=TWO_NEXT, later=TWO_LATER)
    assert forecast(state, live()) == ["opens the next run", "opens the next run", "after #2", "after #3"]


def test_the_queue_follows_this_run_one_by_one() -> None:
    assert forecast(replace(RUNNING, later=TWO_LATER), live()) == ["next run", "after #1"]
    both = replace(RUNNING, next=TWO_NEXT[:1], later=TWO_LATER)
    assert forecast(both, live()) == ["lands at the next step", "next run", "after #2"]


def test_what_is_held_says_why() -> None:
    state = SessionState(later=prompts(Mode.QUEUE, Mode.INCORPORATE), hold=Hold.RATE_LIMIT)
    assert forecast(state, None) == ["held: rate limit", "held: rate limit"]


def test_while_one_of_the_queue_is_edited_all_of_it_waits_for_that_and_the_edited_one_is_named() -> None:
    state = replace(RUNNING, next=TWO_NEXT[:1], later=prompts(*[Mode.QUEUE] * 3)[1:], editing="2")
    assert forecast(state, live()) == ["lands at the next step", "held: editing", "being edited"]


def test_a_correction_that_is_edited_still_lands() -> None:
    state = replace(RUNNING, next=TWO_NEXT, editing="0")
    assert forecast(state, live()) == ["being edited; lands at the next step", "lands at the next step"]


@pytest.mark.parametrize(
    ("at", "first", "shown"), [(0, 0, 0), (5, 0, 0), (6, 0, 1), (9, 0, 4), (3, 4, 3), (9, 9, 4), (0, 9, 0)]
)
def test_the_window_moves_no_further_than_it_must(at: int, first: int, shown: int) -> None:
    assert window(10, at, first, 6) == shown


async def test_the_panel_lists_what_waits_and_counts_what_there_is_no_room_for(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate))) as it:
        assert it.panel == ""
        await it.type("go", "enter")
        await gate.reached()
        for number in range(9):
            await it.engine.submit(f"prompt {number}\nand more", Mode.QUEUE)
        await it.until(lambda: it.panel.strip().endswith("+3 more"))
        first, *others = it.panel.splitlines()
        assert first.split() == ["1", "queue", "prompt", "0", "…", "next", "run"]
        assert len(others) == 6


async def test_what_a_stop_makes_way_for_is_not_listed_at_once_unless_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that came and went would move everything above it twice."""
    monkeypatch.setattr(foot, "BRIEF", 10 * LIMIT)
    tool = Stubborn(Gate(), 1)
    model = Scripted(calls(("stubborn", {})), says(Gate()))
    async with chat(tmp_path, model, tool) as it:
        await it.type("dig", "enter")
        await tool.gate.reached()
        await it.type("stop that", "ctrl+enter")
        await it.until(lambda: it.status.split()[1] == "stopping" and not it.composer.text)
        assert it.panel == ""
        await it.type("", "alt+p")
        await it.until(lambda: "stop that" in it.panel)
        tool.gate.open()
        await it.until(lambda: it.panel == "")


async def test_what_a_stop_makes_way_for_is_listed_after_a_moment(tmp_path: Path) -> None:
    tool = Stubborn(Gate(), 1)
    async with chat(tmp_path, Scripted(calls(("stubborn", {})), says(Gate())), tool) as it:
        await it.type("dig", "enter")
        await tool.gate.reached()
        await it.type("stop that", "ctrl+enter")
        await it.until(lambda: "stop that" in it.panel)
        tool.gate.open()


async def test_hostile_text_is_shown_harmlessly_in_the_panel(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate))) as it:
        await it.type("go", "enter")
        await gate.reached()
        await it.engine.submit("\x1b]52;c;eA==\x07 [bold]x[/] [/", Mode.QUEUE)
        await it.until(lambda: "␛]52;c;eA==␇ [bold]x[/] [/" in it.panel)
