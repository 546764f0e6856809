"""Several sessions in one app: one engine each, all of them closed at the end."""

import asyncio
from pathlib import Path

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Mode
from interruptible_tui.engine import Engine
from interruptible_tui.store import Store
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import Toolbox
from interruptible_tui.tui.app import ChatApp
from tests.scripted import LIMIT, Scripted
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
