"""How the database is opened: whose directory it is, what is checked before, what is prepared.

All of it happens in the connection's thread, and for writing under the write lock: whoever waits for its turn has not
opened the file yet, which may be moved meanwhile.
"""

import os
import sqlite3
from contextlib import closing
from errno import EACCES
from functools import partial
from pathlib import Path

from interruptible_tui.store import damage, formats
from interruptible_tui.store.backups import back_up_before_migration
from interruptible_tui.store.connection import connect, log_of
from interruptible_tui.store.index import index_all
from interruptible_tui.store.locks import Locks
from interruptible_tui.store.private import open_private
from interruptible_tui.store.soundness import tells_damage


def claim(path: Path) -> Locks:
    """The locks of whoever writes to the database at `path`; makes its directory, and that 0700. OSError."""
    directory = path.parent
    directory.mkdir(parents=True, exist_ok=True)
    ours = path.exists() or not any(directory.iterdir())
    if not ours and directory.stat().st_mode & 0o077:
        raise PermissionError(EACCES, "the directory has other files in it and is open to others")
    directory.chmod(0o700)
    return Locks(directory)


def open_for_writing(path: Path, locks: Locks) -> sqlite3.Connection:
    """The database, made if need be, sound as far as is known, and of today's format.

    StoreError where it is damaged, ValueError where it is of a newer format; sqlite3.Error, OSError.
    """
    with locks.write.held():
        alone = locks.users.alone()
        try:
            return _checked(path, alone=alone)
        except Exception as error:
            if tells_damage(error):
                raise damage.refused(path, error, alone=alone) from error
            raise
        finally:
            locks.users.share()


def _checked(path: Path, *, alone: bool) -> sqlite3.Connection:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        os.close(open_private(path, os.O_RDWR))  # which says what is wrong with it
    damage.check_names(path)
    os.close(open_private(path, os.O_RDWR))
    if alone:
        damage.check_after_unclean_end(path)
    connection = connect(path)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    formats.check(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("SELECT count(*) FROM sqlite_schema")
    formats.migrate(connection, partial(back_up_before_migration, connection, path))
    index_all(connection)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The database as it is. One of an older format is read from a copy in memory that is brought up to date.

    SQLite may leave an empty log and its index. Where nobody can write, it needs neither. StoreError where it is
    damaged, ValueError where it is of a newer format; sqlite3.Error, OSError.
    """
    try:
        damage.check_names(path)
        mode = "mode=ro" if log_of(path).exists() or os.access(path.parent, os.W_OK) else "immutable=1"
        return _readable(connect(path, mode))
    except Exception as error:
        if tells_damage(error):
            raise damage.refused_reading(path, error) from error
        raise


def _readable(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        formats.check(connection)
        connection.execute("SELECT count(*) FROM sqlite_schema")
        if formats.version(connection) in (0, formats.known()):
            return connection
    except BaseException:
        connection.close()
        raise
    with closing(connection):
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(copy)
    formats.migrate(copy, lambda _: None)
    return copy
