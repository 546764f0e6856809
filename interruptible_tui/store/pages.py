"""Stretches of a conversation, read by index: what stands before or behind a message, and no more.

What is read does not depend on how long the conversation is. A page never parts a reply from the results of its calls.
"""

from collections.abc import Iterable

from msgspec import Struct

from interruptible_tui.conversation import Message, Role
from interruptible_tui.store.messages import LAST, SEEN, MessageTables

PAGE = 60
"""Messages that are read at once: more than most screens show."""
ROOM = 256 * 1024
"""Characters after which a page ends, however few messages that are."""


class Page(Struct, frozen=True):
    """All messages between two ids, oldest first."""

    messages: tuple[Message, ...]
    after: int = 0
    """They are all that stand behind this one; 0: there are none before them."""
    before: int = LAST
    """And before this one; LAST: there are none behind them."""


class PageTables(MessageTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def page_start(self, session: int, limit: int = PAGE) -> int:
        """What the last page stands behind."""
        return self._first(session, LAST, limit)

    def page_before(self, session: int, before: int = LAST, limit: int = PAGE) -> Page:
        """The last ones before `before`."""
        return self._page(session, self._first(session, before, limit), before)

    def page_after(self, session: int, after: int, limit: int = PAGE) -> Page:
        """The first ones behind `after`."""
        return self._page(session, after, self._last(session, after, limit))

    def page_around(self, session: int, message: int, limit: int = PAGE) -> Page:
        """`message`, and what stands around it."""
        half = max(1, limit // 2)
        return self._page(session, self._first(session, message + 1, half), self._last(session, message, half))

    def _page(self, session: int, after: int, before: int) -> Page:
        found = self._messages(SEEN, session, after, before - 1)
        return Page(tuple(each.message for each in found), after, before)

    def _first(self, session: int, before: int, limit: int) -> int:
        """What the last `limit` messages before `before` stand behind; 0 if they are all."""
        rows = self._execute(
            "SELECT id, role, length(text) FROM messages WHERE session_id = ? AND id < ? ORDER BY id DESC",
            (session, before),
        )
        return _edge(rows, limit, 0, upward=True)

    def _last(self, session: int, after: int, limit: int) -> int:
        """What the first `limit` messages behind `after` stand before; LAST if they are all."""
        rows = self._execute(
            "SELECT id, role, length(text) FROM messages WHERE session_id = ? AND id > ? ORDER BY id",
            (session, after),
        )
        return _edge(rows, limit, LAST, upward=False)

    def said(self, session: int, before: int = LAST, limit: int = PAGE) -> list[Message]:
        """The last messages of the user before `before`, oldest first, whether the model sees them or not."""
        ids = self._execute(
            "SELECT id FROM messages INDEXED BY messages_of_user"
            " WHERE session_id = ? AND role = 'user' AND id < ? ORDER BY id DESC LIMIT ?",
            (session, before, limit),
        ).fetchall()
        return [self._messages(SEEN, session, id_ - 1, id_)[0].message for (id_,) in reversed(ids)]


def _edge(rows: Iterable[tuple[int, str, int]], limit: int, end: int, *, upward: bool) -> int:
    """The id of the first of `rows` that is no longer in a page of `limit` messages; `end` where all of them are."""
    count = size = 0
    last = ""
    for id_, role, length in rows:
        result = last if upward else role  # what would be parted from its call
        if (count >= limit or size >= ROOM) and result != Role.TOOL:
            return id_
        count, size, last = count + 1, size + length, role
    return end
