"""A second program on a session: told who runs it, shown live what happens, refused every wish; then it takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from interruptible_tui.events import (
    MessageAdded,
    Published,
    RunEnded,
    RunStarted,
    TextStreamed,
    ToolEnded,
    ToolStarted,
)
from interruptible_tui.follower import Follower
from interruptible_tui.host import Refused
from interruptible_tui.machine import SessionState
from interruptible_tui.store import SessionOwned
from tests.engine.driver import Chat, chatting, lines, session_in
from tests.scripted import LIMIT, Gate, Scripted, Work, calls, says
from tests.store.test_files import opened


class Watching:
    """A follower, and what it has told."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.events: list[Published] = []
        self._told = asyncio.Event()

    def hear(self, event: Published, state: SessionState) -> None:
        self.events.append(event)
        self._told.set()

    async def until(self, kind: type[Published], number: int = 1) -> None:
        async with asyncio.timeout(LIMIT):
            while sum(isinstance(event, kind) for event in self.events) < number:
                self._told.clear()
                await self._told.wait()

    @property
    def streamed(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextStreamed))

    @property
    def said(self) -> list[str]:
        return lines(event.message for event in self.events if isinstance(event, MessageAdded | ToolEnded))


@asynccontextmanager
async def watching(directory: Path) -> AsyncIterator[tuple[Watching, list[str]]]:
    """A follower of the session in `directory`, and the history that it began with."""
    async with opened(directory) as store:
        session = await session_in(store)
        with pytest.raises(SessionOwned) as owned:
            store.own(session)
        follower = Follower(store, session, owned.value.owner, "m")
        watching = Watching(follower)
        history = lines(await follower.history())
        follower.observe(watching.hear)
        try:
            yield watching, history
        finally:
            await follower.close()


async def test_a_follower_is_told_what_the_owner_does_while_it_does_it(tmp_path: Path) -> None:
    half, work = Gate(), Gate()
    model = Scripted(says("Half", half, " and half."), calls(("work", {})))
    async with chatting(tmp_path, model, Work(gate=work)) as chat, watching(tmp_path) as (follower, history):
        assert history == []
        await chat.engine.submit("cook")
        await follower.until(TextStreamed)
        assert follower.streamed == "Half"
        assert follower.follower.state.run is not None
        half.open()
        await follower.until(RunEnded)
        await chat.engine.submit("work")
        await follower.until(ToolStarted)
        work.open()
        await follower.until(RunEnded, 2)
        assert follower.said == await chat.said()
        assert follower.follower.state.run is None


async def test_a_follower_that_comes_in_the_middle_of_a_reply_knows_all_of_it_once(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Half", gate, " and half."))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        async with watching(tmp_path) as (follower, history):
            assert history == ["user: cook"]
            await follower.until(TextStreamed)
            assert follower.streamed == "Half"
            assert [waiting.prompt.text for waiting in follower.follower.state.pending] == ["dessert"]
            gate.open()
            await follower.until(RunEnded, 2)
            assert history + follower.said == await chat.said()


async def test_a_follower_that_comes_during_a_tool_hears_of_its_end(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        async with watching(tmp_path) as (follower, history):
            gate.open()
            await follower.until(RunEnded)
            assert history + follower.said == await chat.said()
            assert not any(isinstance(event, RunStarted) for event in follower.events)


async def test_a_follower_refuses_every_wish_and_names_the_owner(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()), watching(tmp_path) as (watched, _):
        follower = watched.follower
        for wish in (
            follower.submit("x"),
            follower.switch(Mode.QUEUE),
            follower.stop(),
            follower.resume(),
            follower.continue_run(),
        ):
            with pytest.raises(Refused, match=r"pid \d+, since 20.*interruptible-chat send"):
                await wish


async def test_a_follower_hears_that_the_session_is_free_when_its_owner_closes_it(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, watching(tmp_path) as (follower, _):
        assert not follower.follower.freed.is_set()
        await chat.engine.close()
        async with asyncio.timeout(LIMIT):
            await follower.follower.freed.wait()
        follower.follower._store.own(follower.follower.session)


async def test_a_follower_that_has_gone_costs_its_owner_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        async with watching(tmp_path) as (follower, _):
            await chat.engine.submit("cook")
            await follower.until(RunEnded)
        await chat.engine.submit("again")
        await chat.idle()
        assert sorted(path.name for path in (tmp_path / "locks").iterdir()) == ["session-1.bell", "session-1.lock"]


async def test_many_runs_are_followed_without_reading_the_conversation_again(tmp_path: Path) -> None:
    async def ask(chat: Chat, number: int) -> None:
        await chat.engine.submit(f"prompt {number}")
        await chat.ended(number)

    async with chatting(tmp_path, Scripted()) as chat, watching(tmp_path) as (follower, _):
        for number in range(1, 31):
            await ask(chat, number)
        await follower.until(RunEnded, 30)
        assert follower.said == await chat.said()
        assert follower.follower._settled[0] >= 29
        assert len(follower.follower._known) <= 2


async def test_of_a_long_run_only_what_can_still_change_is_read_again(tmp_path: Path) -> None:
    gate = Gate()
    turns = [calls(("work", {})) for _ in range(20)]
    async with chatting(tmp_path, Scripted(*turns, says("Half", gate)), Work()) as chat, watching(tmp_path) as (one, _):
        await chat.engine.submit("cook")
        await gate.reached()
        await one.until(TextStreamed)
        assert len(one.follower._known) <= 3
        gate.open()
        await one.until(RunEnded)
        assert one.said == await chat.said()
