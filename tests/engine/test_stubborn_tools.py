"""A run that ignores its cancellation: control is back in bounded time, and what it does late is fenced off."""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.conversation import CallStatus, Hold, Mode, Role
from interruptible_tui.events import RunStarted, ToolPrinted
from interruptible_tui.run_task import PATIENCE
from tests.engine.driver import Stopwatch, chatting, query, run_task
from tests.scripted import Gate, Scripted, Stubborn, calls, says

FOR_EVER = 1_000


async def test_a_tool_that_ignores_cancellation_gives_control_back_and_its_late_result_is_fenced_off(
    tmp_path: Path,
) -> None:
    gate, second = Gate(), Gate()
    model, tool = Scripted(calls(("stubborn", {})), says(second)), Stubborn(gate, FOR_EVER, prints="digging")
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        ghost, watch = run_task(1), Stopwatch()
        await chat.engine.submit("stop digging", Mode.INTERRUPT)
        await second.reached()
        assert PATIENCE - 0.1 < watch.seconds < PATIENCE + 0.5
        before = (await chat.said(), query(tmp_path, "SELECT call_id, status, ended_at FROM calls"))
        gate.open()
        await chat.over(ghost)
        assert (await chat.said(), query(tmp_path, "SELECT call_id, status, ended_at FROM calls")) == before
        result = next(message.text for message in await chat.history() if message.role is Role.TOOL)
        assert result.endswith("may have partial effects, may still be running, output so far: digging")
        assert [call.status for message in await chat.history() for call in message.tool_calls] == [
            CallStatus.INTERRUPTED
        ]
        assert [event.text for event in chat.heard(ToolPrinted)] == ["digging"]
        second.open()
        await chat.ended(2)
        assert len(model.requests) == 2
        assert [run.run for run in chat.heard(RunStarted)] == [1, 2]


async def test_a_second_esc_ends_the_grace_at_once_and_holds_everything(tmp_path: Path) -> None:
    gate = Gate()
    model, tool = Scripted(calls(("stubborn", {}))), Stubborn(gate, 1)
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        await chat.engine.submit("deeper", Mode.INCORPORATE)
        await chat.engine.submit("dessert", Mode.QUEUE)
        watch = Stopwatch()
        await chat.engine.stop()
        assert await chat.active() == 1
        assert tool.swallowed == 1
        await chat.engine.stop()
        await chat.idle()
        assert watch.seconds < PATIENCE / 2
        assert chat.waiting == ["deeper", "dessert"]
        assert {each.hold for each in await chat.stored()} == {Hold.STOPPED}
        assert await chat.statuses() == ["cancelled"]


@pytest.mark.parametrize("pending", [(), ("dessert",)])
async def test_a_stop_of_everything_does_not_wait_for_the_grace(tmp_path: Path, pending: tuple[str, ...]) -> None:
    gate = Gate()
    model, tool = Scripted(calls(("stubborn", {}))), Stubborn(gate, 1)
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        for text in pending:
            await chat.engine.submit(text, Mode.QUEUE)
        watch = Stopwatch()
        await chat.engine.stop(everything=True)
        await chat.idle()
        assert watch.seconds < PATIENCE / 2
        assert tool.swallowed == 2
        assert (chat.waiting, await chat.statuses()) == (list(pending), ["cancelled"])


async def test_esc_during_the_grace_after_an_interrupting_prompt_holds_that_prompt(tmp_path: Path) -> None:
    gate = Gate()
    model, tool = Scripted(calls(("stubborn", {}))), Stubborn(gate, 1)
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        await chat.engine.submit("stop digging", Mode.INTERRUPT)
        await chat.engine.stop()
        await chat.idle()
        assert chat.waiting == ["stop digging"]
        assert chat.engine.state.hold is Hold.STOPPED
        assert len(model.requests) == 1


async def test_a_stop_in_a_burst_with_a_second_one_reaches_the_tool_twice(tmp_path: Path) -> None:
    gate = Gate()
    model, tool = Scripted(calls(("stubborn", {}))), Stubborn(gate, 1)
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        watch = Stopwatch()
        await asyncio.gather(chat.engine.stop(), chat.engine.stop())
        await chat.idle()
        assert watch.seconds < PATIENCE / 2
        assert tool.swallowed == 2


async def test_a_tool_that_swallows_its_cancellation_and_returns_does_not_keep_the_run_going(tmp_path: Path) -> None:
    gate = Gate()
    model, tool = Scripted(calls(("stubborn", {}))), Stubborn(gate, FOR_EVER)
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        await chat.engine.stop()
        gate.open()
        await chat.idle()
        assert len(model.requests) == 1
        assert await chat.said() == ["user: dig", "assistant: ", "tool: late"]
