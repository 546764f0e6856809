"""What another process sends to a session: the owner takes it in as if it had been typed there; else it waits, held."""

import asyncio
import time
from pathlib import Path

from interruptible_tui.conversation import Hold, Mode
from interruptible_tui.events import MessageAdded, Submitted
from interruptible_tui.store import Session, Store
from interruptible_tui.store.bells import ring
from tests.engine.driver import Stopwatch, chatting, failing, query, session_in
from tests.scripted import LIMIT, Gate, Scripted, Work, calls, says
from tests.store.test_files import opened

SOON = 0.2
"""Seconds from the commit until the owner tells of it."""


async def send(store: Store, session: Session, *texts: str, mode: Mode | None = None) -> bool:
    """Whether somebody heard."""
    for text in texts:
        prompt = Submitted(text, text, mode, time.time())
        await store.write(lambda tables, prompt=prompt: tables.add_sent(session.id, prompt))  # type: ignore[misc]
    return ring(store.places(session).bell)


async def test_a_prompt_sent_to_an_idle_session_starts_a_run_and_is_told_in_time(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, opened(tmp_path) as other:
        watch = Stopwatch()
        assert await send(other, chat.engine.session, "hello")
        await chat.hears(MessageAdded)
        assert watch.seconds < SOON
        await chat.idle()
        assert await chat.said() == ["user: hello", "assistant: Done."]
        assert query(tmp_path, "SELECT count(*) FROM sent") == [0]


async def test_a_prompt_sent_while_a_run_works_does_what_its_mode_says(tmp_path: Path) -> None:
    for mode, runs in ((Mode.INCORPORATE, 1), (Mode.QUEUE, 2), (Mode.INTERRUPT, 2)):
        gate, directory = Gate(), tmp_path / mode
        model = Scripted(calls(("work", {})))
        async with chatting(directory, model, Work(gate=gate)) as chat, opened(directory) as other:
            await chat.engine.submit("cook")
            await gate.reached()
            await send(other, chat.engine.session, "no onions", mode=mode)
            await chat.hears(Submitted, 2)
            gate.open()
            await chat.ended(runs)
            assert await chat.users() == ["cook", "no onions"]
            assert len(await chat.runs()) == runs
            assert (await chat.statuses())[0] == ("cancelled" if mode is Mode.INTERRUPT else "completed")


async def test_several_prompts_sent_at_once_keep_their_order_and_one_ring_is_enough(tmp_path: Path) -> None:
    texts = [f"prompt {number}" for number in range(20)]
    async with chatting(tmp_path, Scripted(), mode=Mode.QUEUE) as chat, opened(tmp_path) as other:
        await send(other, chat.engine.session, *texts)
        await chat.ended(20)
        assert await chat.users() == texts


async def test_each_of_many_prompts_sent_by_two_programs_while_the_owner_types_is_delivered_once(
    tmp_path: Path,
) -> None:
    async def send_many(store: Store, session: Session, name: str) -> None:
        for number in range(25):
            await send(store, session, f"{name} {number}")

    async with chatting(tmp_path, Scripted()) as chat, opened(tmp_path) as one, opened(tmp_path) as two:
        session = chat.engine.session

        async def type_many() -> None:
            for number in range(25):
                await chat.engine.submit(f"typed {number}", list(Mode)[number % 3])

        await asyncio.gather(send_many(one, session, "one"), send_many(two, session, "two"), type_many())
        await chat.until(lambda: not chat.engine.state.run and len(chat.heard(Submitted)) == 75)
        users = await chat.users()
        assert sorted(users) == sorted([f"{name} {number}" for name in ("one", "two", "typed") for number in range(25)])
        assert [text for text in users if text.startswith("one")] == [f"one {number}" for number in range(25)]


async def test_where_nobody_runs_the_session_the_prompt_waits_held_and_is_listed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        assert not await send(store, session, "hello", mode=Mode.QUEUE)
        await send(store, session, "and more")
        waiting = await store.read(lambda tables: tables.waiting(session))
        assert [each.prompt.text for each in waiting] == ["hello", "and more"]
        (counted,) = await store.read(lambda tables: tables.counted_sessions())
        assert counted.pending == 2
    async with chatting(tmp_path, Scripted()) as chat:
        stored = [(each.prompt.text, each.prompt.mode, each.hold) for each in await chat.stored()]
        assert sorted(stored) == [
            ("and more", Mode.INCORPORATE, Hold.RESTART),
            ("hello", Mode.QUEUE, Hold.RESTART),
        ]
        assert query(tmp_path, "SELECT count(*) FROM sent") == [0]
        assert chat.engine.state.run is None
        await chat.engine.resume()
        await chat.ended(2)
        assert sorted(await chat.users()) == ["and more", "hello"]


async def test_an_owner_killed_before_it_has_looked_leaves_no_bell_that_seems_to_be_heard(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        async with opened(tmp_path) as owner:
            owner.own(session)
            bell = store.places(session).bell
            assert ring(bell)
        assert not ring(bell)
        bell.write_text("not a bell")
        assert not ring(bell)
        assert bell.read_text() == "not a bell"


async def test_a_prompt_that_nobody_was_woken_for_is_taken_in_after_the_next_run(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, opened(tmp_path) as other:
        other.places(chat.engine.session).bell.unlink()
        assert not await send(other, chat.engine.session, "hello")
        await chat.engine.submit("cook")
        await chat.ended(2)
        assert await chat.users() == ["cook", "hello"]


async def test_a_prompt_that_cannot_be_taken_in_now_stays_where_it_is_and_is_taken_in_soon(
    tmp_path: Path,
) -> None:
    async with chatting(tmp_path, Scripted()) as chat, opened(tmp_path) as other:
        with failing(tmp_path, "prompts"):
            await send(other, chat.engine.session, "hello")
            await chat.engine.switch(Mode.QUEUE)
            assert query(tmp_path, "SELECT text FROM sent") == ["hello"]
            assert chat.engine.state.run is None
        await chat.ended(1)
        assert await chat.users() == ["hello"]


async def test_a_prompt_sent_while_the_session_closes_is_not_lost(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(tmp_path) as other:
        async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
            await chat.engine.submit("cook")
            await gate.reached()
            closing = asyncio.create_task(chat.engine.close())
            await send(other, chat.engine.session, "too late")
            async with asyncio.timeout(LIMIT):
                await closing
        async with chatting(tmp_path, Scripted()) as chat:
            assert chat.waiting == ["too late"]
