"""Whether a database is sound: what SQLite finds in its pages, and which of its errors say that it is damaged."""

import sqlite3

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Damaged(Exception):  # noqa: N818 - it says what is the case
    """The database is not as it was written; the text says what was found, on one line."""


def tells_damage(error: BaseException) -> bool:
    """Whether `error` says that the database is damaged, and not that it could not be reached."""
    if isinstance(error, Damaged):
        return True
    code = getattr(error, "sqlite_errorcode", 0)  # the extended code, whose last byte is the code
    unsupported = isinstance(error, sqlite3.Error) and "unsupported file format" in str(error)
    return code & 0xFF in _DAMAGE or unsupported


def check(connection: sqlite3.Connection, *, thorough: bool = False) -> None:
    """Raise Damaged if a page is not as it should be; `thorough` compares the indexes with the tables as well.

    Reads the whole file. sqlite3.Error.
    """
    for problem in _problems(connection, "integrity_check(1)" if thorough else "quick_check(1)"):
        raise Damaged(problem)


def problems(connection: sqlite3.Connection) -> list[str]:
    """All that is wrong, one line for each; empty for a sound database. Reads the whole file. sqlite3.Error."""
    return _problems(connection, "integrity_check")


def _problems(connection: sqlite3.Connection, pragma: str) -> list[str]:
    found: list[str] = []
    try:
        for (text,) in connection.execute(f"PRAGMA {pragma}"):
            found += [line for line in text.splitlines() if line != "ok" and not line.startswith("***")]
    except sqlite3.Error as error:
        if not tells_damage(error):
            raise
        found.append(str(error))
    return found
