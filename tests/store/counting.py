"""How much SQLite has to do, whatever the machine."""

import sqlite3
from collections.abc import Callable


def steps(connection: sqlite3.Connection, work: Callable[[], object]) -> int:
    """How many instructions SQLite needs for `work`."""
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    connection.set_progress_handler(count, 1)
    work()
    connection.set_progress_handler(None, 0)
    return counted
