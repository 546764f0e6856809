"""The full-text index: in which messages three characters stand beside each other, for every three of them.

Rules: a message waits to be indexed from the statement on that adds it, whoever does, and until then it is looked
through, so that nothing is ever missing from what is found. Indexing goes by batches, as one message at a time would
cost ten times as much; a user's message makes none, so that accepting a prompt costs no more than it did. The index
holds no texts, and says only where it is worth to look.
"""

import sqlite3
from contextlib import suppress

from interruptible_tui.store.connection import checkpoint
from interruptible_tui.store.soundness import tells_damage
from interruptible_tui.words import told

BATCH = 64
"""Messages that are indexed at once as soon as so many wait."""
_STRETCH = 2_000
"""Messages of one transaction where very many wait."""
_IS_DRAFT = (
    "EXISTS (SELECT 1 FROM pieces WHERE message_id = unindexed.message_id) AND EXISTS (SELECT 1 FROM messages"
    " JOIN runs ON runs.session_id = messages.session_id AND number = run"
    " WHERE messages.id = unindexed.message_id AND runs.status = 'running')"
)
"""Whether it is a reply that is still being written."""


class IndexTables:
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany

    def index_batch(self) -> int:
        """Index a batch, if so much waits; returns how many it has indexed."""
        return self.index(BATCH) if self.has_batch() else 0

    def has_batch(self) -> bool:
        count: int = self._execute("SELECT count(*) FROM (SELECT 1 FROM unindexed LIMIT ?)", (BATCH,)).fetchone()[0]
        return count == BATCH

    def index(self, limit: int) -> int:
        """Index the first that wait, at most so many; returns how many it has."""
        ids = self._execute(
            f"SELECT message_id FROM unindexed WHERE NOT ({_IS_DRAFT}) ORDER BY message_id LIMIT ?", (limit,)
        ).fetchall()
        self._execute("SAVEPOINT indexing")
        try:
            for (id_,) in ids:
                self._execute("INSERT INTO found (rowid, text) VALUES (?, ?)", (id_, self.told(id_)))
            self._executemany("DELETE FROM unindexed WHERE message_id = ?", ids)
            self._execute("RELEASE indexing")  # with this the index writes what it has to, not with the commit
        except sqlite3.DatabaseError as error:
            if not tells_damage(error):
                raise
            self._execute("ROLLBACK TO indexing")
            self._execute("RELEASE indexing")
            self._begin_anew()
            return 0
        return len(ids)

    def _begin_anew(self) -> None:
        """The index is damaged, which must not keep anybody from writing: all that is in it can be made again.

        Where not even that is possible, all messages are looked through from now on.
        """
        try:
            self._execute("INSERT INTO found (found) VALUES ('delete-all')")
            self._execute("INSERT OR IGNORE INTO unindexed SELECT id FROM messages")
        except sqlite3.DatabaseError as error:
            if not tells_damage(error):
                raise

    def told(self, message: int) -> str:
        """All of a message that can be found."""
        row = self._execute(f"SELECT text || {_pieces('NULL')} FROM messages WHERE id = ?1", (message,)).fetchone()
        calls = self._execute(
            f"SELECT name, arguments || {_pieces('calls.position')} FROM calls WHERE message_id = ?1 ORDER BY position",
            (message,),
        )
        return told(row[0] if row else "", calls)


def _pieces(call: str) -> str:
    """What has been written down of what is still being written, or was cut by a crash."""
    return (
        "coalesce((SELECT group_concat(text, '') FROM (SELECT pieces.text FROM pieces"
        f" WHERE message_id = ?1 AND call IS {call} ORDER BY number)), '')"
    )


def index_all(connection: sqlite3.Connection) -> None:
    """Index what waits, unless it is little, in transactions of a bounded size.

    Where the disk is full the rest is done some other time. Under the write lock.
    """
    tables = IndexTables(connection)
    with suppress(sqlite3.OperationalError):
        while tables.has_batch() and _index_stretch(connection, tables):
            checkpoint(connection)


def _index_stretch(connection: sqlite3.Connection, tables: IndexTables) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = tables.index(_STRETCH)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return found
