"""What a session costs does not depend on how long it is, and what does is out of the way of the keys."""

from pathlib import Path

import pytest

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Mode
from interruptible_tui.engine import Engine
from interruptible_tui.events import RunEnded
from interruptible_tui.follower import Follower
from interruptible_tui.host import Host
from interruptible_tui.past import STRETCH
from interruptible_tui.store import SessionOwned, Store
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import Toolbox
from tests.engine.driver import Chat, chatting, session_in
from tests.long_session import fill
from tests.scripted import Scripted
from tests.store.test_files import opened

CHOICE = Choice("default", Mode.INCORPORATE, "m")


class Counter:
    """Counts the instructions that SQLite carries out on the connection of `store`."""

    def __init__(self) -> None:
        self.steps = 0

    async def watch(self, store: Store) -> None:
        await store._connection.hop(lambda connection: connection.set_progress_handler(self._count, 1))

    def _count(self) -> None:
        self.steps += 1


async def first_screen(host: Host) -> None:
    """Read what a screen reads before it has all that it needs."""
    page = await host.last_page()
    await host.archive.said(host.session, page.after + 1)


async def cost_of_opening(directory: Path, runs: int) -> int:
    counter = Counter()
    async with opened(directory) as store:
        session = await session_in(store)
        await store.write(lambda tables: fill(tables, session.id, runs))
        await counter.watch(store)
        engine = await Engine.open(store, await choose(store, CHOICE), Agent(Scripted(), Toolbox(()), "m", ""))
        await first_screen(engine)
        await engine.close()
    return counter.steps


async def cost_of_following(directory: Path, runs: int) -> int:
    counter = Counter()
    async with chatting(directory, Scripted()) as chat, opened(directory) as store:
        await chat.store.write(lambda tables: fill(tables, chat.engine.session.id, runs))
        await counter.watch(store)
        session = await choose(store, CHOICE)
        with pytest.raises(SessionOwned) as owned:
            await Engine.open(store, session, Agent(Scripted(), Toolbox(()), "m", ""))
        follower = Follower(store, session, owned.value.owner, lambda session: session.model)
        await first_screen(follower)
        await follower.close()
    return counter.steps


async def test_a_session_is_opened_with_as_many_rows_however_long_it_is(tmp_path: Path) -> None:
    short, long = [await cost_of_opening(tmp_path / str(runs), runs) for runs in (200, 3000)]
    assert long <= 1.1 * short


async def test_a_session_of_another_process_is_too(tmp_path: Path) -> None:
    short, long = [await cost_of_following(tmp_path / str(runs), runs) for runs in (200, 3000)]
    assert long <= 1.1 * short


async def long_chat(chat: Chat, runs: int) -> None:
    """Give `chat` a long past, which its session has not seen."""
    await chat.store.write(lambda tables: fill(tables, chat.engine.session.id, runs, begin=1000))


async def test_a_run_is_given_all_of_a_long_conversation(tmp_path: Path) -> None:
    model = Scripted()
    async with chatting(tmp_path, model) as chat:
        await long_chat(chat, 2 * STRETCH)
        await chat.engine.submit("and now")
        await chat.idle()
        texts = [message.text for message in model.requests[0].messages]
    said = [text for number in range(1000, 1000 + 2 * STRETCH) for text in (f"question {number}", f"answer {number}")]
    assert texts == [*said, "and now"]


async def test_a_stop_while_a_long_conversation_is_read_ends_the_run_before_anything_is_asked(tmp_path: Path) -> None:
    model = Scripted()
    async with chatting(tmp_path, model) as chat:
        await long_chat(chat, 10 * STRETCH)
        await chat.engine.submit("and now")
        await chat.engine.stop()
        await chat.hears(RunEnded)
        assert model.requests == []
        assert (await chat.statuses())[0] == "cancelled"


async def test_nobody_waits_for_the_database_until_a_long_conversation_is_read(tmp_path: Path) -> None:
    model = Scripted()
    async with chatting(tmp_path, model) as chat:
        await long_chat(chat, 10 * STRETCH)
        await chat.engine.submit("and now")
        await chat.engine.switch(Mode.QUEUE)
        assert model.requests == []
        await chat.idle()
        assert len(model.requests) == 1
