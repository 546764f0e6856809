"""Locks on files: they end with the process that holds them, whatever ends it, and no child inherits them."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EWOULDBLOCK
from pathlib import Path

from msgspec import Struct

from interruptible_tui.store.private import open_private

WAIT = 5.0
"""Seconds to wait for another process that writes."""
_PAUSE = 0.001
"""Seconds between two looks at whether it still does; a commit takes about as long."""


class WriteLock:
    """Held, briefly, by whichever process writes to, checkpoints or closes the database.

    SQLite before 3.51.3 can corrupt a WAL database when two connections write and checkpoint at the same instant.
    """

    def __init__(self, path: Path) -> None:
        self._handle = open_private(path, os.O_RDWR)

    @contextmanager
    def held(self, wait: float = WAIT) -> Iterator[None]:
        """Wait for the lock. Blocks the thread; raises BlockingIOError if that takes longer than `wait` seconds."""
        deadline = time.monotonic() + wait
        while not self._take():
            if time.monotonic() > deadline:
                raise BlockingIOError(EWOULDBLOCK, "another program has been writing to it for too long")
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _take(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._handle)


class Owner(Struct, frozen=True):
    """The process that runs a session."""

    pid: int = 0
    """0: unknown."""
    since: float = 0.0


class UsersLock:
    """Held, shared, by each process that has the database open for writing, for as long as it has.

    Both methods are for whoever holds the write lock: then nobody else is between them.
    """

    def __init__(self, path: Path) -> None:
        self._handle = open_private(path, os.O_RDWR)

    def alone(self) -> bool:
        """Whether nobody else has the database open for writing."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def share(self) -> None:
        """Be one of them."""
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def close(self) -> None:
        os.close(self._handle)


class Locks:
    """The locks of a process that writes to the database in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.write = WriteLock(directory / "write.lock")
        try:
            self.users = UsersLock(directory / "users.lock")
        except OSError:
            self.write.close()
            raise

    def close(self) -> None:
        self.write.close()
        self.users.close()


class OwnerLock:
    """Held by the one process that runs a session, for as long as it does."""

    def __init__(self, path: Path) -> None:
        """Raises BlockingIOError where another process holds it; another OSError where it cannot be written."""
        self._handle = open_private(path, os.O_RDWR)
        try:
            _lock_patiently(self._handle)
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps({"pid": os.getpid(), "since": time.time()}).encode(), 0)
        except OSError:
            os.close(self._handle)
            raise

    def close(self) -> None:
        os.close(self._handle)


def _lock_patiently(handle: int) -> None:
    """Raises BlockingIOError where an owner holds it; whoever only looks (`owner_of`) does so for microseconds."""
    for pause in (0.001, 0.01, 0.05):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
    return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def owner_of(path: Path) -> Owner | None:
    """Who holds the lock at `path`; None where nobody does. OSError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(os.pread(handle, 200, 0))
            return Owner(int(said["pid"]), float(said["since"]))
        return Owner()
    finally:
        os.close(handle)
    return None
