"""Backups: whole databases in the directory `backups`, each of which can be copied to `chat.db` as it is.

Rules: one before each migration, `chat-TIME-format-N.db`, of which the newest of each format stays for good. One when a
store closes, `chat-TIME.db`, at most one a day and only if anything was written since; the newest few of them stay. A
backup appears under its name when it is whole, durable and found sound. One that failed is noted in `failed.txt` until
the next succeeds.
"""

import fcntl
import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from interruptible_tui.store import soundness
from interruptible_tui.store.connection import connect, log_of, log_size
from interruptible_tui.store.private import make_private, open_private, settle

KEPT = 3
"""How many of the daily ones stay: damage that nobody has noticed for two days has not yet reached the third."""
PATIENCE = 1.0
"""Seconds that the one at the close may take: leaving takes less than three, and others have to fit in."""
DAY = 24 * 3600.0
_PAGES = 1024
"""Copied in one step, after which they are on the disk and the time is looked at: four megabytes."""
_STEPS = 10_000
"""Instructions of SQLite between two looks at the time: about a millisecond."""
_TOO_LONG = f"the database is too large to be copied in {PATIENCE:g} s"
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"chat-(\d{8}T\d{6}Z)(?:-format-(\d+))?\.db")


class Backup(Struct, frozen=True):
    path: Path
    at: float
    """Seconds since the epoch."""
    format: int | None
    """What was to be migrated; None for a daily one."""


def newest(directory: Path) -> Backup | None:
    """The newest backup in the data directory. OSError."""
    return next(iter(_all(directory)), None)


def failure(directory: Path) -> str | None:
    """When and why the last backup failed, on one line; None where it did not. OSError."""
    try:
        return _note(directory).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def _all(directory: Path) -> list[Backup]:
    """The newest first."""
    folder = _folder(directory)
    found = [match for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))] if folder.is_dir() else []
    backups = [Backup(folder / each[0], _time(each[1]), int(each[2]) if each[2] else None) for each in found]
    return sorted(backups, key=lambda backup: backup.at, reverse=True)


def _time(stamp: str) -> float:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:  # digits that are no date
        return 0.0


def _folder(directory: Path) -> Path:
    return directory / "backups"


def _note(directory: Path) -> Path:
    return _folder(directory) / "failed.txt"


# -- making one -------------------------------------------------------------------------------------------------------


def back_up_before_migration(connection: sqlite3.Connection, path: Path, format_: int) -> None:
    """However long it takes. sqlite3.Error, OSError, Damaged: then the database must stay as it is."""
    _back_up(connection, path, f"-format-{format_}", float("inf"))


def back_up_daily(connection: sqlite3.Connection, path: Path) -> None:
    """Back up what `connection` reads, the database at `path`, if it is time to. sqlite3.Error, OSError, Damaged.

    It takes about PATIENCE at most, and then fails with TimeoutError. Others can write meanwhile.
    """
    if not _is_due(path):
        return
    try:
        _back_up(connection, path, "", time.monotonic() + PATIENCE)
    except (sqlite3.Error, OSError, soundness.Damaged) as error:
        _note_failure(path.parent, error)
        raise


def _is_due(path: Path) -> bool:
    """A failure counts as the try of its day: a database too large for PATIENCE must not cost it at each close."""
    now, last, note = time.time(), newest(path.parent), _note(path.parent)
    if (last and abs(now - last.at) < DAY) or (note.exists() and abs(now - note.stat().st_mtime) < DAY):
        return False
    return not last or _changed(path) > last.path.stat().st_mtime


def _changed(path: Path) -> float:
    """When the database was written to last, in seconds since the epoch."""
    return max(path.stat().st_mtime, log_of(path).stat().st_mtime if log_size(path) else 0.0)


def _note_failure(directory: Path, error: Exception) -> None:
    """As far as a disk that is full takes it; the age of the newest backup tells as well."""
    words = " ".join(str(error).split())
    with suppress(OSError):
        make_private(_folder(directory))
        handle = open_private(_note(directory), os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(handle, "w", encoding="utf-8") as note:
            note.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {words}\n")


def _back_up(connection: sqlite3.Connection, path: Path, kind: str, deadline: float) -> None:
    folder, now = make_private(_folder(path.parent)), time.time()
    _remove_leftovers(folder)
    name = f"chat-{datetime.fromtimestamp(now, UTC):{_STAMP}}{kind}"
    temporary = folder / f"{name}.{os.getpid()}.tmp"
    handle = open_private(temporary, os.O_RDWR | os.O_EXCL)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _copy(connection, temporary, handle, deadline)
        _check(temporary, deadline)
        os.utime(handle, (now, now))  # what is written from now on is not in it
        os.fsync(handle)
        temporary.rename(folder / f"{name}.db")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    settle(folder)
    _note(path.parent).unlink(missing_ok=True)
    _remove_old(path.parent)


def _copy(source: sqlite3.Connection, path: Path, handle: int, deadline: float) -> None:
    """Copy what `source` reads at this moment, whatever is written meanwhile."""

    def settle_step(_status: int, _left: int, _pages: int) -> None:
        os.fdatasync(handle)
        if time.monotonic() > deadline:
            raise TimeoutError(_TOO_LONG)

    source.execute("BEGIN")
    try:
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with closing(connect(path)) as copy:
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            source.backup(copy, pages=_PAGES, progress=settle_step)
    finally:
        source.execute("ROLLBACK")


def _check(path: Path, deadline: float) -> None:
    """Raise Damaged where the copy is damaged, as the original is then: it must not push out a sound one."""
    with closing(connect(path, "immutable=1")) as copy:
        copy.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            soundness.check(copy)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TimeoutError(_TOO_LONG) from None
            raise


# -- removing the old ones --------------------------------------------------------------------------------------------


def _remove_leftovers(folder: Path) -> None:
    """What a killed program left; one that still makes its backup holds a lock on it."""
    for path in folder.glob("*.tmp"):
        handle = open_private(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        except (BlockingIOError, FileNotFoundError):
            pass
        finally:
            os.close(handle)


def _remove_old(directory: Path) -> None:
    found = _all(directory)
    daily = [backup for backup in found if backup.format is None]
    formats = [backup for backup in found if backup.format is not None]
    seen = {backup.format: backup for backup in reversed(formats)}
    for backup in (*daily[KEPT:], *(each for each in formats if seen[each.format] is not each)):
        backup.path.unlink(missing_ok=True)
