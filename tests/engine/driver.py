"""A session with an engine and a real file: words to drive it, to wait for what it tells, and to look at its file."""

import asyncio
import fcntl
import os
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Message, MessageStatus, Mode, OnInterrupt, Pending, Role
from interruptible_tui.engine import Engine
from interruptible_tui.events import HistoryChanged, MessageAdded, Published, RunEnded, ToolEnded
from interruptible_tui.machine import SessionState
from interruptible_tui.providers import Provider
from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.providers.responses import encode_responses
from interruptible_tui.store import RunRecord, Session, Store, Tables
from interruptible_tui.tools import Tool, Toolbox
from tests.scripted import LIMIT, Scripted
from tests.validator import check_chat, check_responses

_DURATION = re.compile(r"\d[\d.]* (s|min \d+ s)")

T = TypeVar("T")
Event = TypeVar("Event", bound=Published)


class Chat:
    """An open session. Texts are what prompts, messages and calls are known by."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self.engine = engine
        self.store = store
        self.events: list[tuple[Published, SessionState]] = []
        self._told = asyncio.Event()
        engine.observe(self._hear)

    def _hear(self, event: Published, state: SessionState) -> None:
        self.events.append((event, state))
        self._told.set()

    # -- waiting

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something told makes `true` true. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT):
            while not true():
                self._told.clear()
                await self._told.wait()

    async def idle(self) -> None:
        await self.until(lambda: not self.engine.state.run)

    async def ended(self, run: int) -> None:
        await self.until(lambda: any(event.run == run for event in self.heard(RunEnded)))

    async def hears(self, kind: type[Event], number: int = 1) -> Event:
        """Event `number` of a kind, from 1, as soon as it has been told."""
        await self.until(lambda: len(self.heard(kind)) >= number)
        return self.heard(kind)[number - 1]

    async def active(self) -> int:
        """The number of the run that is active, as soon as one is."""
        await self.until(lambda: self.engine.state.run is not None)
        assert self.engine.state.run
        return self.engine.state.run.number

    # -- driving

    async def send(self, text: str, mode: Mode | None = None) -> asyncio.Task[str]:
        """Submit without waiting for the disk: when this returns, the session has the prompt."""
        return (await self.burst(mode, text))[0]

    async def interrupt(self, text: str, wish: OnInterrupt) -> str:
        return await self.engine.submit(text, Mode.INTERRUPT, on_interrupt=wish)

    async def burst(self, mode: Mode | None, *texts: str) -> list[asyncio.Task[str]]:
        """Submit all together, before anything else can happen."""
        sending = [asyncio.create_task(self.engine.submit(text, mode)) for text in texts]
        await asyncio.sleep(0)
        return sending

    async def over(self, task: asyncio.Task[Any]) -> None:
        """Wait until a task is done, whatever its end. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT):
            await asyncio.wait({task})

    # -- looking

    def heard(self, kind: type[Event]) -> list[Event]:
        return [event for event, _ in self.events if isinstance(event, kind)]

    @property
    def waiting(self) -> list[str]:
        return [pending.prompt.text for pending in self.engine.state.pending]

    async def history(self) -> list[Message]:
        stored = await self._read(lambda tables: tables.messages(self.engine.session.id))
        return [each.message for each in stored]

    async def said(self) -> list[str]:
        """The conversation, one line for each message."""
        return lines(await self.history())

    async def seen(self) -> list[str]:
        """As `said`; what is not complete says so."""
        return shown(await self.history())

    async def users(self) -> list[str]:
        return [message.text for message in await self.history() if message.role is Role.USER]

    async def runs(self) -> list[RunRecord]:
        return await self._read(lambda tables: tables.runs(self.engine.session.id))

    async def statuses(self) -> list[str]:
        return [run.status.value for run in await self.runs()]

    async def stored(self) -> list[Pending]:
        """The pending prompts as they are in the file."""
        return await self._read(lambda tables: tables.pending(self.engine.session.id))

    async def _read(self, work: Callable[[Tables], T]) -> T:
        return await self.store.read(work)


def lines(messages: Iterable[Message]) -> list[str]:
    return [f"{message.role.value}: {message.text}" for message in messages]


def shown(messages: Iterable[Message]) -> list[str]:
    """As `lines`; what is not complete says so."""
    statuses = {MessageStatus.COMPLETE: ""}
    return [
        f"{message.role.value}{statuses.get(message.status, f' ({message.status.value})')}: {message.text}"
        for message in messages
    ]


def told(events: Iterable[Published], before: Iterable[Message] = ()) -> list[Message]:
    """The conversation as somebody knows it who has seen it `before`, and has only been told the events since."""
    known = {message.id: message for message in before}
    for event in events:
        match event:
            case MessageAdded(message=message) | ToolEnded(message=message):
                assert message.id not in known and message.id is not None
                known[message.id] = message
            case HistoryChanged(seen, notes):
                known |= {each.id: replace(known[each.id], status=each.status) for each in seen if each.id in known}
                known |= {note.id: note for note in notes}
                assert all(each.id in known for each in seen)
            case _:
                pass
    return [message for _, message in sorted(known.items(), key=lambda each: each[0] or 0)]


def untimed(receipt: str | None) -> str:
    """A receipt, its durations replaced by TIME."""
    return _DURATION.sub("TIME", receipt or "")


def run_task(number: int) -> asyncio.Task[Any]:
    """The task of a run that is active."""
    return next(task for task in asyncio.all_tasks() if task.get_name() == f"run {number}")


async def session_in(store: Store, mode: Mode = Mode.INCORPORATE) -> Session:
    """The one session of these tests; it is created with `mode`."""

    def create(tables: Tables) -> Session:
        tables.create_session("default", mode, "m", 1.0)
        return tables.session("default")

    return await store.write(create)


@asynccontextmanager
async def chatting(
    directory: Path,
    model: Provider,
    *tools: Tool,
    mode: Mode = Mode.INCORPORATE,
    max_turns: int = 50,
    retry_delay: float = 0.0,
    api: str = "",
) -> AsyncIterator[Chat]:
    """Open the session in `directory`, close it at the end, and see that the API accepts all that was sent."""
    store = await Store.open(directory)
    try:
        agent = Agent(model, Toolbox(tools), "m", "", max_turns, retry_delay, api)
        engine = await Engine.open(store, await session_in(store, mode), agent)
        try:
            yield Chat(engine, store)
        finally:
            async with asyncio.timeout(LIMIT):
                await engine.close()
    finally:
        await store.close()
    if isinstance(model, Scripted):
        for request in model.requests:
            assert not check_chat(encode_chat(request))
            assert not check_responses(encode_responses(request))


# -- the file, seen by somebody else ----------------------------------------------------------------------------------


def database(directory: Path) -> Path:
    return directory / "chat.db"


def query(directory: Path, sql: str, *values: object) -> list[Any]:
    """The rows, read through a connection of its own; a row of one column is its value."""
    with closing(sqlite3.connect(f"{database(directory).as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(sql, values).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


@contextmanager
def failing(directory: Path, table: str, when: str = "INSERT", condition: str = "TRUE") -> Iterator[None]:
    """Make each `when` (INSERT, UPDATE, DELETE) on `table` for which `condition` holds fail in the database itself."""
    raises = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
    _change(directory, f"CREATE TRIGGER refuse BEFORE {when} ON {table} {raises}")
    try:
        yield
    finally:
        _change(directory, "DROP TRIGGER refuse")


def _change(directory: Path, sql: str) -> None:
    with write_lock(directory), closing(sqlite3.connect(database(directory))) as connection:
        connection.execute(sql)
        connection.commit()


@contextmanager
def write_lock(directory: Path) -> Iterator[None]:
    """Hold up every write, as another process that writes would."""
    handle = os.open(directory / "write.lock", os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Stopwatch:
    """Real seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began
