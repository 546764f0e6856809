"""Several sessions in one app: one engine each, all of them closed at the end."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from interruptible_tui.agent import Agent
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import Message, Mode, Role, RunStatus, Trigger
from interruptible_tui.engine import Engine
from interruptible_tui.follower import Follower
from interruptible_tui.host import Host
from interruptible_tui.store import SessionOwned, Store, StoreError, Tables
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import Toolbox
from interruptible_tui.tui.app import ChatApp
from tests.engine.driver import database, write_lock
from tests.scripted import LIMIT, Gate, Scripted, says
from tests.store.test_files import opened
from tests.tui.chats import Chat, burst, chat

T = TypeVar("T")


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


# -- a session that cannot be shown


async def make_unreadable(store: Store, name: str) -> None:
    """A session of that name, with a text that is none."""

    session = await choose(store, Choice(name, Mode.INCORPORATE, "model-1"))
    spoilt = Message(role=Role.ASSISTANT, text="spoilt", run=1, turn=1)

    def write(tables: Tables) -> None:
        tables.begin_run(session.id, 1, Trigger.PROMPT, 0.0)
        tables.add_message(session.id, spoilt)
        tables.end_run(session.id, 1, RunStatus.COMPLETED, "", 0.0)

    await store.write(write)
    with write_lock(store.path.parent), closing(sqlite3.connect(database(store.path.parent))) as connection:
        connection.execute("UPDATE messages SET text = CAST(x'ff' AS TEXT) WHERE text = 'spoilt'")
        connection.commit()


async def test_a_session_that_cannot_be_shown_is_taken_away_and_the_one_before_is_shown_and_goes_on(
    tmp_path: Path,
) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate, "lo."))) as it:
        first = it.screen
        await make_unreadable(it.store, "broken")
        await it.type("/new second", "enter")
        await it.until(lambda: it.screen is not first and "second" in it.status)
        second = it.screen
        await it.type("hi", "enter")
        await gate.reached()
        await it.type("/new broken", "enter")
        await it.until(lambda: "broken is not shown: cannot read" in it.said)
        assert it.screen is second and it.app.is_running
        assert [host.session.name for host in it.app.rooms.hosts.values()] == ["default", "second"]
        assert len(it.app.screen_stack) == 2 and not second.behind
        assert not it.store.owner(await choose(it.store, Choice("broken", Mode.INCORPORATE, "m")))
        gate.open()
        await it.until(lambda: "Hello." in it.said)


class Slow(Store):
    """Reads nothing while it waits."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.reads = asyncio.Event()
        self.reads.set()

    async def read(self, work: Callable[[Tables], T]) -> T:
        await self.reads.wait()
        return await super().read(work)


async def test_what_is_typed_for_a_session_that_cannot_be_shown_is_kept_and_sent_to_no_other_one(
    tmp_path: Path,
) -> None:
    agent = Agent(Scripted(), Toolbox(()), "model-1", "")
    async with AsyncExitStack() as stack, asyncio.timeout(LIMIT):
        store = await Slow.open(tmp_path)
        stack.push_async_callback(store.close)
        await make_unreadable(store, "broken")

        async def open_session(name: str | None) -> Engine:
            engine = await Engine.open(store, await choose(store, Choice(name, Mode.INCORPORATE, "model-1")), agent)
            if name == "broken":
                store.reads.clear()
            return engine

        app = ChatApp(lambda: open_session("default"), open_session, model="model-1")
        async with app.run_test(size=(100, 30)) as pilot:
            it = Chat(app, pilot, store)
            await it.until(lambda: it.screen.host is not None and "default" in it.status)
            first = it.screen
            burst(it, *"/new broken", "enter", *"hello", "enter", *"more")
            await it.until(lambda: it.screen is not first and it.composer.draft == "more")
            failed = it.screen
            assert [each.text for each in failed.wishes.sending] == ["hello"]
            app.action_show_help()
            store.reads.set()
            await it.until(lambda: "broken is not shown" in it.said)
            assert it.screen is first is app.screen
            assert it.composer.draft == "hello\nmore"
            await it.type("!")
            assert it.composer.draft == "hello\nmore!"
            assert not await it.users()
            assert not failed.is_attached
            await app.close_sessions()
        assert app.fault is None


async def test_the_only_session_ends_the_app_in_order_if_it_cannot_be_shown_and_says_why(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        agent = Agent(Scripted(), Toolbox(()), "model-1", "")
        await make_unreadable(store, "default")
        told: list[int] = []

        async def open_session(name: str | None) -> Engine:
            return await Engine.open(store, await choose(store, Choice(name, Mode.INCORPORATE, "model-1")), agent)

        app = ChatApp(
            lambda: open_session("default"),
            open_session,
            model="model-1",
            before_leaving=lambda status, _: told.append(status),
        )
        async with asyncio.timeout(LIMIT), app.run_test() as pilot:
            it = Chat(app, pilot, store)
            await it.until(lambda: not app.is_running)
        assert isinstance(app.return_value, StoreError) and "cannot read" in str(app.return_value)
        assert told == [app.return_code] == [4]
        assert all(host.state.closing for host in app.rooms.hosts.values())
