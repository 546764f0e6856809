"""A run's task that somebody else cancels, or that is cancelled before its first step: the session ends the run."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import Hold, Mode
from interruptible_tui.events import Published, RunStarted
from interruptible_tui.machine import SessionState
from tests.engine.driver import Chat, chatting, run_task
from tests.scripted import Gate, Scripted, Work, calls, says


async def test_a_run_cancelled_from_outside_holds_everything_and_leaves_the_session_usable(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("half", gate), says("cooked"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        await chat.engine.submit("dessert", Mode.QUEUE)
        run_task(1).cancel()
        await chat.ended(1)
        assert chat.waiting == ["no onions", "dessert"]
        assert {each.hold for each in await chat.stored()} == {Hold.CANCELLED}
        assert [(run.status, run.reason) for run in await chat.runs()] == [("cancelled", "cancelled from outside")]
        assert "cut short by a cancellation from outside" not in await chat.said()
        await chat.engine.submit("cook again")
        await chat.ended(2)
        assert chat.waiting == ["no onions", "dessert"]
        await chat.engine.resume()
        await chat.ended(4)
        assert await chat.users() == ["cook", "cook again", "no onions", "dessert"]
        assert chat.engine.state.hold is None


async def test_a_run_cancelled_from_outside_during_a_tool_leaves_no_dangling_call(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {})))
    async with chatting(tmp_path, model, Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        run_task(1).cancel()
        await chat.ended(1)
        await chat.engine.submit("again")
        await chat.ended(2)
        assert model.requests[1].messages[2].text.startswith("interrupted after")


async def test_a_run_that_is_stopped_before_its_first_step_is_ended_by_the_session(tmp_path: Path) -> None:
    model = Scripted()
    async with chatting(tmp_path, model) as chat:
        stops: list[asyncio.Task[None]] = []

        def stop_at_once(event: Published, _: SessionState) -> None:
            if isinstance(event, RunStarted) and event.run == 1:
                stops.append(asyncio.create_task(chat.engine.stop()))

        chat.engine.observe(stop_at_once)
        await chat.engine.submit("cook")
        await chat.ended(1)
        await asyncio.gather(*stops)
        assert model.requests == []
        await the_session_goes_on(chat)


async def test_a_run_whose_task_is_cancelled_before_its_first_step_is_ended_by_the_session(tmp_path: Path) -> None:
    loop, model = asyncio.get_running_loop(), Scripted()

    def cancelled_at_birth(
        loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **named: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=loop, **named)
        if getattr(coroutine, "__qualname__", "") == "Stage._work":
            loop.set_task_factory(None)
            task.cancel()
        return task

    async with chatting(tmp_path, model) as chat:
        loop.set_task_factory(cancelled_at_birth)  # type: ignore[arg-type]
        await chat.engine.submit("cook")
        await chat.ended(1)
        assert model.requests == []
        await the_session_goes_on(chat)


async def the_session_goes_on(chat: Chat) -> None:
    assert await chat.statuses() == ["cancelled"]
    assert await chat.users() == ["cook"]
    await chat.engine.continue_run()
    await chat.ended(2)
    assert await chat.said() == ["user: cook", "assistant: Done."]


@pytest.mark.parametrize("error", [ValueError("broken"), ValueError("\ud800\0"), RuntimeError("\ud800")])
async def test_an_internal_error_ends_the_run_as_failed_and_leaves_the_session_usable(
    tmp_path: Path, error: Exception
) -> None:
    gate = Gate()
    model = Scripted(says("half", gate, error))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        gate.open()
        await chat.ended(1)
        assert chat.engine.state.hold is Hold.FAILED
        assert await chat.statuses() == ["failed"]
        assert type(error).__name__ in (await chat.runs())[0].reason
        await chat.engine.resume()
        await chat.ended(2)
        assert await chat.users() == ["cook", "dessert"]
