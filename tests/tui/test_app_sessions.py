"""Several sessions in one app: one engine each, all of them closed at the end."""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.agent import Agent
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import Mode
from interruptible_tui.engine import Engine
from interruptible_tui.follower import Follower
from interruptible_tui.host import Host
from interruptible_tui.store import SessionOwned, Store
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import Toolbox
from interruptible_tui.tui.app import ChatApp
from tests.scripted import LIMIT, Scripted
from tests.store.test_files import opened
from tests.tui.chats import Chat


async def test_a_session_asked_for_twice_while_it_is_opened_gets_one_engine_and_all_are_closed(tmp_path: Path) -> None:
    store = await Store.open(tmp_path)
    agent = Agent(Scripted(), Toolbox(()), "model-1", "")
    asked: list[str | None] = []
    opened: list[Engine] = []
    slow = asyncio.Event()

    async def open_session(name: str | None) -> Engine:
        asked.append(name)
        if opened:
            await slow.wait()
        session = await choose(store, Choice(name, Mode.INCORPORATE, "model-1", new=name is None))
        opened.append(await Engine.open(store, session, agent))
        return opened[-1]

    app = ChatApp(lambda: open_session("default"), open_session, model="model-1")
    async with asyncio.timeout(LIMIT), app.run_test() as pilot:
        it = Chat(app, pilot, store)
        await it.until(lambda: it.screen.host is not None and "default" in it.status)
        for line in ("/new foo", "/new foo", "/new default", "/new foo"):
            await it.type(line, "enter")
        slow.set()
        await it.until(lambda: len(opened) > 1 and it.screen.host is opened[1] and "foo" in it.status)
        await it.type("", "ctrl+q")
        await it.until(lambda: not app.is_running)
    assert asked == [engine.session.name for engine in opened] == ["default", "foo"]
    assert all(engine.state.closing for engine in opened)
    await store.close()


@pytest.mark.parametrize("asked", ["/switch supper", "/new supper"])
async def test_a_session_that_is_followed_and_renamed_by_its_owner_stays_one_and_is_taken_over(
    tmp_path: Path, asked: str
) -> None:
    agent = Agent(Scripted(), Toolbox(()), "model-1", "")
    async with opened(tmp_path) as store, opened(tmp_path) as elsewhere:

        async def open_session(name: str | None) -> Host:
            session = await choose(store, Choice(name, Mode.INCORPORATE, "model-1"))
            try:
                return await Engine.open(store, session, agent)
            except SessionOwned as owned:
                return Follower(store, session, owned.owner, lambda session: session.model)

        theirs = await choose(elsewhere, Choice("dinner", Mode.INCORPORATE, "model-1"))
        elsewhere.own(theirs)
        app = ChatApp(lambda: open_session("default"), open_session, model="model-1", catalogue=Catalogue(store))
        async with asyncio.timeout(LIMIT), app.run_test(size=(110, 24)) as pilot:
            it = Chat(app, pilot, store)
            await it.until(lambda: it.screen.host is not None and "default" in it.status)
            await it.type("/new dinner", "enter")
            await it.until(lambda: isinstance(it.screen.host, Follower) and "dinner" in it.status)
            followed = it.screen
            await it.type("/new default", "enter")
            await it.until(lambda: it.screen is not followed)
            await Catalogue(elsewhere).rename(theirs, "supper")
            await it.type(asked, "enter")
            await it.until(lambda: it.screen is followed and "supper" in it.status)
            assert len(app.rooms.hosts) == 2
            elsewhere.disown(theirs)
            await it.until(lambda: isinstance(it.screen.host, Engine) and "read-only" not in it.status)
            assert it.screen is followed and it.engine.session.name == "supper" and len(app.rooms.hosts) == 2
            await it.type("", "ctrl+q")
            await it.until(lambda: not app.is_running)


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_the_app_can_be_left_at_any_moment_while_another_session_is_put_up(tmp_path: Path, steps: int) -> None:
    """`steps` of the event loop after the other session has been opened."""
    store = await Store.open(tmp_path)
    agent = Agent(Scripted(), Toolbox(()), "model-1", "")
    leaving: list[asyncio.Task[None]] = []

    async def leave_soon() -> None:
        for _ in range(steps):
            await asyncio.sleep(0)
        app.leave(0)

    async def open_session(name: str | None) -> Engine:
        session = await choose(store, Choice(name, Mode.INCORPORATE, "model-1", new=name is None))
        if name == "foo":
            leaving.append(asyncio.create_task(leave_soon()))
        return await Engine.open(store, session, agent)

    app = ChatApp(lambda: open_session("default"), open_session, model="model-1")
    async with asyncio.timeout(LIMIT), app.run_test() as pilot:
        it = Chat(app, pilot, store)
        await it.until(lambda: it.screen.host is not None and "default" in it.status)
        await it.type("/new foo", "enter")
        await it.until(lambda: not app.is_running)
    assert (app.return_code, app.fault) == (0, None)
    await store.close()
