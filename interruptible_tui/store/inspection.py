"""What is known of a data directory without changing one byte of its files, in whatever state they are.

SQLite writes even where it only reads: it makes a log that is missing, and the log's index. So a database without a
log is read as one that nobody changes, and read again if somebody did; one with a log is read with an index that may
not be written to (https://sqlite.org/walformat.html; where it is out of date, SQLite makes one in memory).
"""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from errno import EAGAIN, EINVAL, ENOENT
from fcntl import LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import Self, TypeVar

from msgspec import Struct

from interruptible_tui.store import DATABASE, damage, formats, soundness
from interruptible_tui.store.errors import explained
from interruptible_tui.store.locks import Owner, owner_of
from interruptible_tui.store.soundness import Damaged
from interruptible_tui.store.tables import Tables

T = TypeVar("T")

_TRIES = 5
"""Looks at a database that somebody begins, or ends, to write to meanwhile."""


def sqlite_version() -> str:
    return sqlite3.sqlite_version


def check_integrity(directory: Path) -> int | None:
    """The format of the database, after reading all of it; None where there is none.

    StoreError where it is unsound; then a note beside it has the next start check it, too.
    """
    path = directory / DATABASE
    try:
        return _read(path, _checked_format) if _is_there(path) else None
    except Exception as error:
        if soundness.tells_damage(error):
            raise damage.refused_reading(path, error) from error
        raise explained("read", path, error) from error


def session_names(directory: Path) -> dict[int, str]:
    """The name of each session by its id. StoreError."""
    path = directory / DATABASE
    try:
        return _read(path, _names) if _is_there(path) else {}
    except Exception as error:
        raise explained("read", path, error) from error


def try_lock(directory: Path) -> bool:
    """Whether the file that locks can be locked, or is; False where it is not there. Holds up nobody. StoreError."""
    path = directory / "write.lock"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise explained("lock", path, error) from error
    try:
        with suppress(BlockingIOError):  # somebody writes at this instant
            flock(handle, LOCK_SH | LOCK_NB)
    except OSError as error:
        raise explained("lock", path, error) from error
    finally:
        os.close(handle)
    return True


def owners(directory: Path) -> dict[int, Owner]:
    """Who runs each session that is open, by the session's id. StoreError."""
    found = {}
    for path in sorted((directory / "locks").glob("session-*.lock")):
        number = path.stem.removeprefix("session-")
        try:
            owner = owner_of(path) if number.isdecimal() and _is_there(path) else None
        except OSError as error:
            raise explained("look at", path, error) from error
        if owner is not None:
            found[int(number)] = owner
    return found


def _is_there(path: Path) -> bool:
    """Raises OSError for what is no file: whoever opened a pipe would wait."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise OSError(EINVAL, "it is not a file; move it aside")
    return True


def _read(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Run `work` on a connection that changes nothing on the disk."""
    for _ in range(_TRIES):
        state = _State.of(path)
        try:
            found = _work_on(path, state, work)
        except sqlite3.Error:
            if _State.of(path) == state:
                raise
        else:
            if state.logged or _State.of(path) == state:
                return found
    raise BlockingIOError(EAGAIN, "another program changes it all the time")


def _work_on(path: Path, state: "_State", work: Callable[[sqlite3.Connection], T]) -> T:
    if state.logged and not state.indexed:
        raise FileNotFoundError(ENOENT, "its log has no index; the next start of the chat makes one")
    mode = "mode=ro&readonly_shm=1" if state.logged else "immutable=1"
    uri = f"{path.absolute().as_uri()}?{mode}"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        return work(connection)


class _State(Struct, frozen=True):
    """What a database that nobody writes to does not change."""

    changed_at: int
    size: int
    logged: bool
    """Whether what was written last may be in a log."""
    indexed: bool

    @classmethod
    def of(cls, path: Path) -> Self:
        found, log = path.stat(), _size(path.with_name(f"{path.name}-wal"))
        indexed = _size(path.with_name(f"{path.name}-shm")) is not None
        return cls(found.st_mtime_ns, found.st_size, logged=bool(log) or (log == 0 and indexed), indexed=indexed)


def _size(path: Path) -> int | None:
    """None where it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _checked_format(connection: sqlite3.Connection) -> int:
    if found := soundness.problems(connection):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise Damaged(f"it is malformed: {' '.join(found[0].split())}{more}")
    formats.check(connection)
    return formats.version(connection)


def _names(connection: sqlite3.Connection) -> dict[int, str]:
    return Tables(connection).session_names()
