"""Closing while a run is active: bounded, the partial text is stored, what is pending stays."""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.conversation import Cut, Hold, Mode, RunStatus
from interruptible_tui.host import Refused
from interruptible_tui.run_task import PATIENCE
from tests.engine.driver import Stopwatch, chatting, lines
from tests.scripted import Gate, Scripted, Stubborn, calls, says


async def test_closing_while_a_run_is_active_keeps_what_it_said_and_all_that_is_pending(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        await chat.engine.close()
        assert chat.waiting == ["no onions", "dessert"]
    async with chatting(tmp_path, again) as chat:
        assert [(message.text, message.cut) for message in await chat.history()][1] == ("half", Cut.CLOSE)
        assert [(run.status, run.reason) for run in await chat.runs()] == [
            (RunStatus.CANCELLED, "the session was closed")
        ]
        assert [(each.prompt.text, each.hold) for each in await chat.stored()] == [
            ("no onions", Hold.RESTART),
            ("dessert", Hold.RESTART),
        ]
        await chat.engine.continue_run()
        await chat.idle()
        assert "cut short by the end of the program" in lines(again.requests[0].messages)[2]


async def test_closing_is_bounded_even_if_a_tool_ignores_it_and_prompts_are_refused_meanwhile(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(calls(("stubborn", {}))), Stubborn(gate, 1_000)) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        watch, closing = Stopwatch(), asyncio.create_task(chat.engine.close())
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="closing"):
            await chat.engine.submit("too late")
        await closing
        assert watch.seconds < PATIENCE + 0.5
        assert chat.waiting == []
        with pytest.raises(Refused, match="closed"):
            await chat.engine.submit("far too late")
        assert await chat.statuses() == ["cancelled"]
        gate.open()
    async with chatting(tmp_path, Scripted()) as chat:
        assert await chat.users() == ["dig"]


async def test_closing_an_idle_session_is_immediate_and_twice_is_fine(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.engine.close()
        await chat.engine.close()


async def test_giving_up_waiting_for_the_close_does_not_tear_it(tmp_path: Path) -> None:
    """A second signal, or a timeout around the close, must leave the end of the run to be written."""
    gate = Gate()
    async with chatting(tmp_path, Scripted(calls(("stubborn", {}))), Stubborn(gate, 1)) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        closing = asyncio.create_task(chat.engine.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait({closing})
        gate.open()
        await chat.engine.close()
        assert await chat.statuses() == ["cancelled"]


async def test_what_was_sent_together_with_the_close_is_either_pending_or_refused(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        sending = [*await chat.burst(None, "one", "two")]
        closing = asyncio.create_task(chat.engine.close())
        refused = asyncio.create_task(chat.engine.submit("three"))
        await asyncio.wait({closing, refused, *sending})
        assert isinstance(refused.exception(), Refused)
    async with chatting(tmp_path, Scripted()) as chat:
        assert await chat.users() + chat.waiting == ["one", "two"]
