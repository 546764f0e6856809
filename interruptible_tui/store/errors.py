"""What can go wrong with the database, as people are told it: which file, why, and what to do."""

from datetime import datetime
from pathlib import Path

from interruptible_tui.store.locks import Owner

_ELSEWHERE = "or choose another directory with --data-dir"
_REMEDIES = (
    (("disk is full", "no space left", "file too large", "quota"), "free some space"),
    (("readonly", "read-only", "permission denied", "unable to open"), f"check its permissions, {_ELSEWHERE}"),
    (("not a database", "malformed", "encrypted"), f"move it aside, {_ELSEWHERE}"),
    (("not a directory", "file exists", "open to others"), "choose a directory of its own with --data-dir"),
    (("locked", "busy", "another program"), "try again when the other program has ended"),
    (("disk i/o", "input/output"), "check the disk"),
    (("newer version",), f"update interruptible-chat, {_ELSEWHERE}"),
)
"""Parts of the messages of SQLite and of the system, in lower case, and what to do then."""


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
    why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    remedy = next((remedy for parts, remedy in _REMEDIES if any(part in why.lower() for part in parts)), None)
    return StoreError(f"cannot {action} {path}: {why}" + (f"; {remedy}" if remedy else ""))
