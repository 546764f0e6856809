"""The Store: conversations in one SQLite database, through aiosqlite.

Rules: one connection per process. Every write is one transaction and one hop to the connection's thread, so it is
not torn by a cancelled task. Every write, checkpoint and close, in any process, holds the write lock. WAL with
`synchronous=FULL`: what was committed survives the power cord. Reading needs no lock.
"""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from errno import EACCES
from importlib.resources import files
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from interruptible_tui.store.errors import SessionOwned, StoreError, explained
from interruptible_tui.store.locks import OwnerLock, WriteLock, open_private, owner_of
from interruptible_tui.store.tables import RunRecord, Session, StoredMessage, Tables

__all__ = ["RunRecord", "Session", "SessionOwned", "Store", "StoreError", "StoredMessage", "Tables"]

DATABASE = "chat.db"
_CHECKPOINT_SIZE = 4 * 1024 * 1024
"""Bytes of write-ahead log after which it is copied into the database."""
_BUSY_TIMEOUT = 5_000
"""Milliseconds."""

T = TypeVar("T")


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection, with whole functions in one hop to its thread."""

    async def hop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        execute: Callable[[Callable[[], T]], Awaitable[T]] = self._execute
        return await execute(lambda: work(self._conn))


class Store:
    """All sessions in one data directory. Made by `open`; must be closed, for its thread outlives everything else."""

    def __init__(self, directory: Path, connection: _Connection, lock: WriteLock | None) -> None:
        self.path = directory / DATABASE
        self._directory = directory
        self._connection = connection
        self._lock = lock
        self._owned: dict[int, OwnerLock] = {}

    @classmethod
    async def open(cls, directory: Path) -> Self:
        """Open for writing; creates the directory (0700) and the database (0600), and migrates it. StoreError."""
        path = directory / DATABASE
        try:
            lock = _make_private(directory)
        except OSError as error:
            raise explained("use", path, error) from error
        store = cls(directory, _connection(f"file:{_quoted(path)}"), lock)
        await store._begin(_prepare)
        return store

    @classmethod
    async def open_for_reading(cls, directory: Path) -> Self | None:
        """Open without writing; None where there is no database yet. StoreError.

        SQLite may leave an empty log and its index. Where nobody can write, it needs neither.
        """
        path = directory / DATABASE
        try:
            being_made = path.with_name(f"{DATABASE}-journal").exists()  # ever after there is a write-ahead log
            if being_made or not _is_there(path):
                return None
        except OSError as error:
            raise explained("open", path, error) from error
        logged = path.with_name(f"{DATABASE}-wal").exists()
        mode = "mode=ro" if logged or os.access(directory, os.W_OK) else "immutable=1"
        store = cls(directory, _connection(f"file:{_quoted(path)}?{mode}"), None)
        await store._begin(_check_version)
        if await store._connection.hop(_version) == 0:  # it was being made when its program was killed
            await store.close()
            return None
        return store

    async def _begin(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        try:
            await self._connection
            await self._connection.hop(self._locked(prepare))
        except BaseException as error:
            await asyncio.shield(self._end())
            if isinstance(error, Exception):
                raise explained("open", self.path, error) from error
            raise

    async def close(self) -> None:
        """Copy the log into the database, give up all sessions, end the thread."""
        with suppress(Exception):  # a log that cannot be copied is whole, and read at the next start
            await self._connection.hop(self._locked(_close))
        await self._end()

    async def _end(self) -> None:
        await self._connection.close()
        for owned in self._owned.values():
            owned.close()
        if self._lock:
            self._lock.close()

    async def read(self, work: Callable[[Tables], T]) -> T:
        """Run `work` in a read transaction. StoreError."""

        def reading(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN")
            try:
                return work(Tables(connection))
            finally:
                connection.execute("ROLLBACK")

        try:
            return await self._connection.hop(reading)
        except Exception as error:
            raise explained("read", self.path, error) from error

    async def write(self, work: Callable[[Tables], T]) -> T:
        """Run `work` in one write transaction: when this returns it is durable; if this raises nothing happened.

        StoreError. Cancelling the caller does not stop the transaction.
        """

        def writing(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(Tables(connection))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._shorten_log(connection)
            return result

        try:
            return await self._connection.hop(self._locked(writing))
        except Exception as error:
            raise explained("write", self.path, error) from error

    def own(self, session: Session) -> None:
        """Become the one that runs `session`. SessionOwned where another one is, here or elsewhere; StoreError."""
        if session.id in self._owned:
            raise SessionOwned(session.name, os.getpid())
        path = self._owner_path(session)
        try:
            path.parent.mkdir(exist_ok=True)
            path.parent.chmod(0o700)
            self._owned[session.id] = OwnerLock(path)
        except BlockingIOError:
            raise SessionOwned(session.name, owner_of(path) or 0) from None
        except OSError as error:
            raise explained("lock", path, error) from error

    def disown(self, session: Session) -> None:
        """Let others run `session`; nothing happens where this process does not."""
        if owned := self._owned.pop(session.id, None):
            owned.close()

    def owner(self, session: Session) -> int | None:
        """Process id of whoever runs `session` (0: unknown); None where nobody does."""
        return os.getpid() if session.id in self._owned else owner_of(self._owner_path(session))

    def _owner_path(self, session: Session) -> Path:
        return self._directory / "locks" / f"session-{session.id}.lock"

    def _locked(self, work: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
        def locked(connection: sqlite3.Connection) -> T:
            if not self._lock:
                return work(connection)
            with self._lock.held():
                return work(connection)

        return locked

    def _shorten_log(self, connection: sqlite3.Connection) -> None:
        """After a commit, which stands whatever happens here: a log that cannot be copied yet is copied later."""
        with suppress(sqlite3.Error, OSError):
            if self.path.with_name(f"{DATABASE}-wal").stat().st_size > _CHECKPOINT_SIZE:
                _checkpoint(connection)


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _make_private(directory: Path) -> WriteLock:
    directory.mkdir(parents=True, exist_ok=True)
    ours = (directory / DATABASE).exists() or not any(directory.iterdir())
    if not ours and directory.stat().st_mode & 0o077:
        raise PermissionError(EACCES, "the directory has other files in it and is open to others")
    directory.chmod(0o700)
    os.close(open_private(directory / DATABASE, os.O_RDWR))
    return WriteLock(directory / "write.lock")


def _connection(uri: str) -> _Connection:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT / 1000)

    return _Connection(connect, iter_chunk_size=64)


def _quoted(path: Path) -> str:
    return path.absolute().as_uri().removeprefix("file:")


def _prepare(connection: sqlite3.Connection) -> None:
    _check_version(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    for version, script in enumerate(_migrations()[_version(connection) :], _version(connection) + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {version};\nCOMMIT;")


def _check_version(connection: sqlite3.Connection) -> None:
    found, known = _version(connection), len(_migrations())
    if found > known:
        raise ValueError(f"it is of a newer version of the program (format {found}, this one knows {known})")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrations() -> list[str]:
    """The scripts in the order of their numbers."""
    folder: Any = files(__package__) / "migrations"
    return [script.read_text() for script in sorted(folder.iterdir(), key=lambda each: each.name)]


def _checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _close(connection: sqlite3.Connection) -> None:
    """Closing the last connection copies the log into the database; one that cannot be copied is read next time."""
    connection.close()
