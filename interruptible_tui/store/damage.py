"""What is done about a damaged database: it is found, moved aside as a whole, and the newest backup named.

Rules: an unclean end leaves a log with something in it, or a note that SQLite has met damage; the next process to open
the database alone checks all of it first. Only a process that is alone moves anything, under the write lock, so two
that find the same damage do so one after the other. Nothing is copied, overwritten or deleted. A database that was
closed in an orderly way costs a few looks at names.
"""

import os
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from interruptible_tui.store import backups, errors, formats, soundness
from interruptible_tui.store.connection import connect, log_size
from interruptible_tui.store.errors import StoreError
from interruptible_tui.store.private import make_private, open_private, settle
from interruptible_tui.store.soundness import Damaged

_PARTS = ("", "-wal", "-shm", "-journal")
"""A database and what SQLite keeps beside it. The database is moved first: a log alone tells that the move was cut."""
_MAGIC = b"SQLite format 3\0"
_HEAD = 100
"""Bytes before the first page's content: https://www.sqlite.org/fileformat.html"""


# -- finding it -------------------------------------------------------------------------------------------------------


def suspect(path: Path) -> None:
    """Have the next process that opens the database at `path` alone check it."""
    with suppress(OSError):
        os.close(open_private(_note(path), os.O_RDWR))


def _note(path: Path) -> Path:
    return path.with_name("damage-suspected")


def check_names(path: Path) -> None:
    """Raise Damaged if the database at `path` is gone or empty although it cannot be a new one. OSError.

    SQLite would take it for a new one and delete its log.
    """
    missing = not path.exists()
    if not missing and path.stat().st_size:
        return
    if log_size(path):
        raise Damaged("only its log is left" if missing else "it is empty, only its log is left")
    if not missing and any(path.with_name(name).exists() for name in ("locks", "backups")):
        raise Damaged("it is empty")


def check_after_unclean_end(path: Path) -> None:
    """Raise Damaged if the last end was an unclean one and left damage. ValueError for a newer format; sqlite3.Error.

    Through a connection that cannot write: closing another would copy the log into what may be damaged.
    """
    suspected = _note(path).exists()
    if not suspected and not log_size(path):
        return
    if path.exists():
        with closing(connect(path, "mode=ro")) as connection:
            formats.check(connection)
            soundness.check(connection, thorough=suspected)
    _note(path).unlink(missing_ok=True)


def _reason(path: Path, found: Exception) -> str:
    """What is wrong with the file at `path`, in words that people can do something with."""
    words = " ".join(str(found).split())
    if not path.exists() or not (size := path.stat().st_size):
        return words
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not _MAGIC.startswith(head[: len(_MAGIC)]):
        return "it is not a database"
    page = int.from_bytes(head[16:18], "big")
    whole = max(_HEAD, (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big"))
    if size < whole and not log_size(path):  # with a log, the rest may be there
        return f"it is truncated, {size} of {whole} bytes are left"
    return f"its pages were changed ({words})"


# -- what is said, and moved ------------------------------------------------------------------------------------------


def refused_reading(path: Path, found: Exception) -> StoreError:
    """The error of whoever only reads, and leaves it to the next one that writes."""
    suspect(path)
    return errors.damaged_for_reading(path, _reason(path, found))


def refused(path: Path, found: Exception, *, alone: bool) -> StoreError:
    """The error of whoever opens the damaged database at `path` for writing; it has been moved aside if `alone`."""
    suspect(path)
    reason = _reason(path, found)
    if not alone:
        return errors.damaged_in_use(path, reason)
    try:
        kept = _move_aside(path)
        _note(path).unlink(missing_ok=True)
        backup = backups.newest(path.parent)
    except OSError as error:
        return errors.damaged_in_place(path, reason, error)
    return errors.damaged_and_kept(path, reason, kept, (backup.path, backup.at) if backup else None)


def _move_aside(path: Path) -> Path:
    """Move the database at `path`, with what belongs to it, to a new directory; returns that. OSError."""
    kept = _new_folder(path.parent)
    for part in _PARTS:
        place = kept / f"{path.name}{part}"
        with suppress(FileNotFoundError):
            path.with_name(place.name).rename(place)
            if place.is_file() and not place.is_symlink():
                place.chmod(0o600)
    settle(kept)
    settle(path.parent)
    return kept


def _new_folder(directory: Path) -> Path:
    name = f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    number = 1
    while True:
        folder = directory / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(0o700)
        except FileExistsError:
            number += 1
        else:
            return make_private(folder)
