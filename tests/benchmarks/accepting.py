"""A prompt accepted, in the real engine on a real file, beside the bare commit of the same row."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Mode
from interruptible_tui.engine import Engine
from interruptible_tui.events import Withdrawn
from interruptible_tui.store import Store
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import Toolbox
from tests.benchmarks.bench import Bench
from tests.scripted import Gate, Scripted, says

_TEXT = "Please do this next, when the work at hand is done, and tell me how it went. " * 2


def prompts_accepted(bench: Bench) -> None:
    for directory in ("ours", "bare"):
        (bench.directory / directory).mkdir(mode=0o700)
    asyncio.run(_measure(bench))


async def _measure(bench: Bench) -> None:
    """A run is active meanwhile, so that each prompt is committed and starts nothing."""
    gate = Gate()
    store = await Store.open(bench.directory / "ours")
    try:
        session = await choose(store, Choice("default", Mode.QUEUE, "scripted"))
        engine = await Engine.open(store, session, Agent(Scripted(says(gate)), Toolbox(()), "scripted", ""))
        await engine.submit("Begin.")
        await gate.reached()
        with _bare(bench.directory / "bare" / "chat.db") as bare:
            for _ in range(bench.times(300)):
                bench.samples.add("accept", "ours", await _accepted(engine))
                bench.samples.add("accept", "bare commit", _committed(bare))
        await engine.close()
    finally:
        await store.close()


async def _accepted(engine: Engine) -> float:
    """Milliseconds; it is taken back, so that what waits does not grow."""
    began = time.perf_counter()
    prompt = await engine.submit(_TEXT, Mode.QUEUE)
    taken = (time.perf_counter() - began) * 1000
    await engine.ask(Withdrawn(prompt))
    return taken


def _committed(connection: sqlite3.Connection) -> float:
    row = (uuid4().hex, 1, _TEXT, "queue", 1, time.time())
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO prompts (id, session_id, text, mode, position, created_at) VALUES (?, ?, ?, ?, ?, ?)", row
    )
    connection.execute("COMMIT")
    taken = (time.perf_counter() - began) * 1000
    connection.execute("DELETE FROM prompts")
    return taken


@contextmanager
def _bare(path: Path) -> Iterator[sqlite3.Connection]:
    """The same table alone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute(
            "CREATE TABLE prompts (id TEXT PRIMARY KEY, session_id INTEGER NOT NULL, text TEXT NOT NULL,"
            " mode TEXT NOT NULL, position INTEGER NOT NULL, hold TEXT, created_at REAL NOT NULL) STRICT"
        )
        connection.execute("CREATE INDEX prompts_of_session ON prompts (session_id, position)")
        yield connection
