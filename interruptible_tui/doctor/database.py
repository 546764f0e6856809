"""The database and its locks, as far as a look shows them."""

from datetime import UTC, datetime
from pathlib import Path

from interruptible_tui.doctor.check import Trouble
from interruptible_tui.store import StoreError, backups
from interruptible_tui.store.errors import described
from interruptible_tui.store.inspection import check_integrity, owners, session_names, sqlite_version, try_lock


def library() -> str:
    return f"SQLite {sqlite_version()}; a lock keeps all writes apart, so the bug of WAL before 3.51.3 cannot occur"


def locks(directory: Path) -> str:
    """Raises StoreError."""
    if not try_lock(directory):
        return "nothing to lock yet"
    held = owners(directory)
    if not held:
        return "files can be locked; no session is open"
    names = _names(directory)
    return "files can be locked; open: " + ", ".join(
        f"{names.get(session, f'session {session}')} ({described(owner)})" for session, owner in held.items()
    )


def _names(directory: Path) -> dict[int, str]:
    """None of them where the database cannot be read, which `integrity` says."""
    try:
        return session_names(directory)
    except StoreError:
        return {}


def backup(directory: Path) -> str:
    """Raises OSError, and Trouble where the last one failed."""
    try:
        failure, newest = backups.failure(directory), backups.newest(directory)
    except NotADirectoryError:
        failure, newest = None, None  # `directory` says so
    if failure:
        raise Trouble(f"the last backup failed: {failure}")
    if newest:
        return f"the newest is {newest.path}, of {datetime.fromtimestamp(newest.at, UTC):%Y-%m-%d %H:%M} UTC"
    return "none yet; one is made when the chat ends, once a day at most"


def integrity(directory: Path) -> str:
    """Raises StoreError."""
    format_ = check_integrity(directory)
    if format_ is None:
        return "no database yet; the first start makes it"
    return f"the database is sound, format {format_}"
