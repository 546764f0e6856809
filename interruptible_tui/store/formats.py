"""The format of the database: a number in the file, and for each number a script that leads to it."""

import sqlite3
from collections.abc import Callable
from importlib.resources import files
from typing import Any


def version(connection: sqlite3.Connection) -> int:
    """The number of the format; 0 for a database that is still to be made."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def known() -> int:
    """The number of the format that this version of the program writes."""
    return len(_migrations())


def check(connection: sqlite3.Connection) -> None:
    """ValueError for a format that this version of the program does not know."""
    if (found := version(connection)) > known():
        raise ValueError(f"it is of a newer version of the program (format {found}, this one knows {known()})")


def migrate(connection: sqlite3.Connection, back_up: Callable[[int], object]) -> None:
    """Bring the database up to date, each script in one transaction. One with anything in it is backed up before.

    `back_up` is given the number of its format; what it raises leaves the database as it is.
    """
    found = version(connection)
    if found < known() and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        back_up(found)
    for number, script in enumerate(_migrations()[found:], found + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")


def _migrations() -> list[str]:
    """The scripts in the order of their numbers."""
    folder: Any = files(__package__) / "migrations"
    return [script.read_text() for script in sorted(folder.iterdir(), key=lambda each: each.name)]
