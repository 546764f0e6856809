"""What can go wrong with the database, as people are told it: which file, why, what was kept, and what to do."""

import os
from datetime import UTC, datetime
from pathlib import Path

from interruptible_tui.store.locks import Owner

_ELSEWHERE = "or choose another directory with --data-dir"
_REMEDIES = (
    (("disk is full", "no space left", "file too large", "quota"), "what was stored is kept; free some space"),
    (("readonly", "read-only", "permission denied", "unable to open"), f"check its permissions, {_ELSEWHERE}"),
    (("not a directory", "file exists", "open to others"), "choose a directory of its own with --data-dir"),
    (("locked", "busy", "another program"), "try again when the other program has ended"),
    (("disk i/o", "input/output"), "what was stored is kept; check the disk"),
    (("moved, replaced or removed",), "put it back where it was, or end the program and start again"),
    (("newer version",), f"update interruptible-chat, {_ELSEWHERE}"),
    (("is a directory", "symbolic links"), f"move it away, {_ELSEWHERE}"),
    (("already exists", "no such table"), f"it is not as this program makes it: move it away, {_ELSEWHERE}"),
    (
        ("could not decode", "is not a valid"),
        "a text in it was changed: end the program and copy a backup from the directory backups to its place",
    ),
)
"""Parts of the messages of SQLite and of the system, in lower case, and what to do then."""


_NEEDED = 64 * 1024
"""Bytes that a disk must have: less, and SQLite cannot make the index of its log, which it calls an I/O error."""
_LONGEST = 200
"""Characters of what SQLite says: it quotes whole texts."""


class StoreError(Exception):
    """The database could not be read or written; the text says which, why and what to do, on one line."""


class SessionOwned(Exception):  # noqa: N818 - it says what is the case
    """The session is run already, by another process or by this one."""

    def __init__(self, name: str, owner: Owner) -> None:
        super().__init__(f"the session {name!r} is open in another process ({described(owner)})")
        self.owner = owner


def described(owner: Owner) -> str:
    """Who it is, and since when, in local time."""
    if not owner.pid:
        return "pid unknown"
    return f"pid {owner.pid}, since {datetime.fromtimestamp(owner.since).astimezone():%Y-%m-%d %H:%M}"


def explained(action: str, path: Path, error: Exception) -> StoreError:
    """`error`, met on the attempt to `action` the database at `path`."""
    why = _why(error)
    if "disk i/o" in why.lower() and _is_full(path.parent):
        why += ", for the disk is full"
    remedy = next((remedy for parts, remedy in _REMEDIES if any(part in why.lower() for part in parts)), None)
    return StoreError(f"cannot {action} {path}: {why}" + (f"; {remedy}" if remedy else ""))


def _is_full(directory: Path) -> bool:
    try:
        disk = os.statvfs(directory)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _NEEDED


def _why(error: Exception) -> str:
    words = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def damaged_in_the_middle(action: str, path: Path, error: Exception) -> StoreError:
    """SQLite has met damage while the database was in use."""
    remedy = "end every program that uses it and start again: it is checked then, and a backup named if need be"
    return StoreError(f"cannot {action} {path}: {_why(error)}; {remedy}")


def damaged_and_kept(path: Path, reason: str, kept: Path, backup: tuple[Path, float] | None) -> StoreError:
    """It has been moved to the directory `kept`; `backup` is the newest one and its time."""
    if backup:
        at = f"{datetime.fromtimestamp(backup[1], UTC):%Y-%m-%d %H:%M} UTC"
        remedy = (
            f"copy the newest backup, {backup[0]} of {at}, to {path} to go on from it, or start again to begin anew"
        )
    else:
        remedy = "there is no backup; start again to begin anew"
    return StoreError(f"{path} is damaged: {reason}; it is kept whole in {kept}; {remedy}")


def damaged_in_place(path: Path, reason: str, error: OSError) -> StoreError:
    """It could not be moved."""
    return StoreError(
        f"{path} is damaged: {reason}; it could not be moved aside ({_why(error)}) and stays as it is:"
        f" move it away, {_ELSEWHERE}"
    )


def damaged_in_use(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"{path} is damaged: {reason}; another program has it open, so it stays as it is:"
        " end every program that uses it and start again: then it is moved aside and the newest backup named"
    )


def damaged_for_reading(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"{path} is damaged: {reason}; it stays as it is: start `interruptible-chat`,"
        " which moves it aside and names the newest backup"
    )
