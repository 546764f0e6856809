"""Looking for words in all messages, the newest first, a stretch at a time."""

import sqlite3
from heapq import merge
from itertools import islice

from msgspec import Struct

from interruptible_tui.conversation import Message
from interruptible_tui.store.messages import LAST, SEEN
from interruptible_tui.store.sessions import Session, SessionTables
from interruptible_tui.store.soundness import tells_damage
from interruptible_tui.words import Excerpt, Words, excerpt

LIKELY = 50
"""Messages of the index that are looked at in one go; most of them are hits."""
POSSIBLE = 200
"""Messages that are looked at in one go where nothing is known of them."""


class Hit(Struct, frozen=True):
    session: Session
    """As it was when this was found."""
    message: Message
    excerpt: Excerpt


class SearchTables(SessionTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def search(self, words: Words, session: int | None = None, before: int = LAST) -> tuple[list[Hit], int]:
        """The hits among the next messages before `before`, newest first, and what to go on before; 0: that was all.

        `session` None: in all of them. What is deleted is not found.
        """
        limit = LIKELY if words.grams else POSSIBLE
        try:
            ids = self._likely(words, session, before) if words.grams else self._possible("messages", session, before)
        except sqlite3.DatabaseError as error:
            if not tells_damage(error):
                raise
            ids = self._possible("messages", session, before, limit)  # the index is damaged: all is looked through
        found = [hit for id_ in ids if (hit := self._hit(id_, words))]
        return found, ids[-1] if len(ids) == limit else 0

    def _likely(self, words: Words, session: int | None, before: int) -> list[int]:
        """Those in which the index knows the words to be, and those that it does not know."""
        condition = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in sorted(words.grams))
        indexed = self._execute(
            "SELECT found.rowid FROM found JOIN messages ON messages.id = found.rowid"
            f" WHERE found MATCH ?1 AND found.rowid < ?2 AND {_OF_SESSION}"
            " ORDER BY found.rowid DESC LIMIT ?4",
            (condition, before, session, LIKELY),
        )
        others = self._possible("unindexed JOIN messages ON messages.id = message_id", session, before, LIKELY)
        return list(islice(merge((id_ for (id_,) in indexed), others, reverse=True), LIKELY))

    def _possible(self, place: str, session: int | None, before: int, limit: int = POSSIBLE) -> list[int]:
        rows = self._execute(
            f"SELECT messages.id FROM {place} WHERE messages.id < ?2 AND {_OF_SESSION}"
            " ORDER BY messages.id DESC LIMIT ?4",
            (None, before, session, limit),
        )
        return [id_ for (id_,) in rows]

    def _hit(self, id_: int, words: Words) -> Hit | None:
        shown = excerpt(self.told(id_), words)
        if shown is None:
            return None
        number: int = self._execute("SELECT session_id FROM messages WHERE id = ?", (id_,)).fetchone()[0]
        session = self.session_of(number)
        return Hit(session, self._messages(SEEN, number, id_ - 1, id_)[0].message, shown) if session else None


_OF_SESSION = (
    "(?3 IS NULL OR messages.session_id = ?3)"
    " AND messages.session_id NOT IN (SELECT id FROM sessions WHERE deleted_at IS NOT NULL)"
)
