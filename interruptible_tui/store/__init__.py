"""The Store: conversations in one SQLite database, through aiosqlite.

Rules: one connection per process. Every write is one transaction and one hop to the connection's thread, so it is
not torn by a cancelled task. Every write, checkpoint and close, in any process, holds the write lock. WAL with
`synchronous=FULL`: what was committed survives the power cord. Reading needs no lock.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from errno import ESTALE
from pathlib import Path
from typing import Self, TypeVar

from interruptible_tui.store import damage, formats, opening, soundness
from interruptible_tui.store.backups import back_up_daily
from interruptible_tui.store.connection import Connection, checkpoint, log_size
from interruptible_tui.store.errors import SessionOwned, StoreError, damaged_in_the_middle, explained
from interruptible_tui.store.locks import Locks, Owner
from interruptible_tui.store.owners import Following, Ownership, Places
from interruptible_tui.store.pages import Page
from interruptible_tui.store.tables import RunRecord, Session, StoredMessage, Tables

__all__ = ["Page", "RunRecord", "Session", "SessionOwned", "Store", "StoreError", "StoredMessage", "Tables"]

DATABASE = "chat.db"
_CHECKPOINT_SIZE = 4 * 1024 * 1024
"""Bytes of write-ahead log after which it is copied into the database."""
_LEAVING_WAIT = 0.5
"""Seconds for the write lock, twice: leaving takes less than three."""

T = TypeVar("T")


class Store:
    """All sessions in one data directory. Made by `open`; must be closed, for its thread outlives everything else."""

    def __init__(self, directory: Path, connect: Callable[[], sqlite3.Connection], locks: Locks | None) -> None:
        self.path = directory / DATABASE
        self._directory = directory
        self._connection = Connection(connect)
        self._opened: tuple[int, int] | None = None
        """Which file is open: device and inode."""
        self._locks = locks
        self._owned: dict[int, Ownership] = {}

    @classmethod
    async def open(cls, directory: Path) -> Self:
        """Open for writing; creates the directory (0700) and the database (0600), and migrates it. StoreError.

        A damaged database is moved aside before the error is raised: the next start begins with a new one.
        """
        path = directory / DATABASE
        try:
            locks = opening.claim(path)
        except OSError as error:
            raise explained("use", path, error) from error
        store = cls(directory, lambda: opening.open_for_writing(path, locks), locks)
        await store._begin()
        return store

    @classmethod
    async def open_for_reading(cls, directory: Path) -> Self | None:
        """Open without writing; None where there is no database yet. StoreError."""
        path = directory / DATABASE
        try:
            being_made = path.with_name(f"{DATABASE}-journal").exists()  # ever after there is a write-ahead log
            if being_made or not _is_there(path):
                return None
        except OSError as error:
            raise explained("open", path, error) from error
        store = cls(directory, lambda: opening.open_for_reading(path), None)
        await store._begin()
        if await store._connection.hop(formats.version) == 0:  # it was being made when its program was killed
            await store.close()
            return None
        return store

    async def _begin(self) -> None:
        """Cancelling waits until it is open, and closes it."""
        connecting = asyncio.ensure_future(self._connect())
        try:
            await asyncio.shield(connecting)
        except asyncio.CancelledError:
            await asyncio.wait({connecting})
            if not connecting.exception():
                await self.close()
            raise

    async def _connect(self) -> None:
        try:
            await self._connection.open()
        except Exception as error:
            await self._end()
            raise error if isinstance(error, StoreError) else explained("open", self.path, error) from error
        self._opened = _identity(self.path)

    async def close(self) -> None:
        """Copy the log into the database, back it up if it is time to, give up all sessions, end the thread."""
        try:
            with suppress(Exception):  # a log that cannot be copied is whole, and read at the next start
                await self._connection.hop(self._leave)
        finally:
            await self._end()

    async def _end(self) -> None:
        await self._connection.close()
        for owned in self._owned.values():
            owned.close()
        if self._locks:
            self._locks.close()

    def _leave(self, connection: sqlite3.Connection) -> None:
        """Where another one holds the write lock for too long, it is connected: then closing copies nothing."""
        if self._locks:
            with self._locks.write.held(_LEAVING_WAIT), suppress(sqlite3.Error):
                checkpoint(connection)
            self._back_up(connection)
            with self._locks.write.held(_LEAVING_WAIT):
                connection.close()

    def _back_up(self, connection: sqlite3.Connection) -> None:
        """A failure prevents nothing, and leaves a note that `backups.failure` reads."""
        try:
            back_up_daily(connection, self.path)
        except (sqlite3.Error, OSError, soundness.Damaged) as error:
            if soundness.tells_damage(error):
                damage.suspect(self.path)

    async def read(self, work: Callable[[Tables], T]) -> T:
        """Run `work` in a read transaction. StoreError."""

        def reading(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN")
            try:
                return work(Tables(connection))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

        try:
            return await self._connection.hop(reading)
        except StoreError:  # `work` has asked who runs a session
            raise
        except Exception as error:
            raise self._failed("read", error) from error

    async def write(self, work: Callable[[Tables], T]) -> T:
        """Run `work` in one write transaction: when this returns it is durable; if this raises nothing happened.

        StoreError. Cancelling the caller does not stop the transaction.
        """

        def writing(connection: sqlite3.Connection) -> T:
            self._check_place()
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
            raise self._failed("write", error) from error

    async def problems(self) -> list[str]:
        """What SQLite finds wrong in the whole database, one line for each; empty when it is sound. StoreError.

        Reads all of it; nothing else is read or written by this store meanwhile.
        """
        try:
            return await self._connection.hop(soundness.problems)
        except Exception as error:
            raise self._failed("check", error) from error

    def _check_place(self) -> None:
        """What is written to a file without its name is gone when the program ends. OSError."""
        try:
            found = _identity(self.path)
        except FileNotFoundError:
            found = None
        if found != self._opened:
            raise OSError(ESTALE, "it was moved, replaced or removed while it was open")

    def own(self, session: Session) -> None:
        """Become the one that runs `session`. SessionOwned where another one is, here or elsewhere; StoreError."""
        if session.id in self._owned:
            raise SessionOwned(session.name, Owner(os.getpid(), time.time()))
        places = self.places(session)
        try:
            places.make()
            self._owned[session.id] = Ownership(places)
        except BlockingIOError:
            raise SessionOwned(session.name, self.owner(session) or Owner()) from None
        except OSError as error:
            raise explained("lock", places.lock, error) from error

    def follow(self, session: Session, heard: Callable[[], None], freed: Callable[[], None]) -> Following:
        """Look on while another process runs `session`, as `Following` tells. StoreError."""
        places = self.places(session)
        try:
            return Following(places, heard, freed)
        except OSError as error:
            raise explained("lock", places.lock, error) from error

    def owned(self, session: Session) -> Ownership:
        """KeyError where this process does not run `session`."""
        return self._owned[session.id]

    def owns(self, session: Session) -> bool:
        """Whether this process runs `session`."""
        return session.id in self._owned

    def disown(self, session: Session) -> None:
        """Let others run `session`; nothing happens where this process does not."""
        if owned := self._owned.pop(session.id, None):
            owned.close()

    def owner(self, session: Session) -> Owner | None:
        """Whoever runs `session`, here or elsewhere; None where nobody does. StoreError."""
        places = self.places(session)
        try:
            return places.owner()
        except OSError as error:
            raise explained("read", places.lock, error) from error

    def places(self, session: Session) -> Places:
        return Places(self._directory, session.id)

    def _failed(self, action: str, error: Exception) -> StoreError:
        """What is raised instead of `error`. After damage, the next start checks the database."""
        if not soundness.tells_damage(error):
            return explained(action, self.path, error)
        damage.suspect(self.path)
        return damaged_in_the_middle(action, self.path, error)

    def _locked(self, work: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
        def locked(connection: sqlite3.Connection) -> T:
            if not self._locks:
                return work(connection)
            with self._locks.write.held():
                return work(connection)

        return locked

    def _shorten_log(self, connection: sqlite3.Connection) -> None:
        """After a commit, which stands whatever happens here: a log that cannot be copied yet is copied later."""
        with suppress(sqlite3.Error, OSError):
            if log_size(self.path) > _CHECKPOINT_SIZE:
                checkpoint(connection)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True
