"""Connections to the database: how one is opened, how work reaches its thread, how its log is copied."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite

BUSY_TIMEOUT = 5_000
"""Milliseconds."""

T = TypeVar("T")


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, with whole functions in one hop to its thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, iter_chunk_size=64)

    async def open(self) -> None:
        """Call `connect` in the thread; what it raises is raised here, when the thread has ended."""
        try:
            await self
        except Exception:
            await asyncio.to_thread(self._thread.join)  # it calls the loop once more, which may be closed soon
            raise

    async def hop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        execute: Callable[[Callable[[], T]], Awaitable[T]] = self._execute
        return await execute(lambda: work(self._conn))


def connect(path: Path, options: str = "mode=rw") -> sqlite3.Connection:
    """A connection that begins no transaction by itself. It makes no file, unless `options` say so."""
    quoted = path.absolute().as_uri().removeprefix("file:")
    return sqlite3.connect(f"file:{quoted}?{options}", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT / 1000)


def log_of(path: Path) -> Path:
    """The write-ahead log of the database at `path`."""
    return path.with_name(f"{path.name}-wal")


def log_size(path: Path) -> int:
    """Bytes in the log of the database at `path`; 0 where there is none."""
    try:
        return log_of(path).lstat().st_size
    except FileNotFoundError:
        return 0


def checkpoint(connection: sqlite3.Connection) -> None:
    """Copy the log into the database and empty it, as far as those who read now allow: nobody is waited for."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
