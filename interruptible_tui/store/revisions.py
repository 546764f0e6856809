"""What has come to be seen differently: noted while it is written, or found out by whoever only reads."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from interruptible_tui.conversation import Message, MessageStatus, Role
from interruptible_tui.events import HistoryChanged, Seen
from interruptible_tui.store.compensations import CompensationTables
from interruptible_tui.store.messages import SEEN


class Hiding(Struct, frozen=True):
    """What makes messages be seen as rolled back, at one moment."""

    rollbacks: frozenset[int]
    """The numbers of those that are not restored."""
    outdated: frozenset[int]
    """The ids of notes that are not true any more."""


class RevisionTables(CompensationTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    _rollbacks: frozenset[int] = frozenset()
    """Those whose messages have been hidden, or shown again, through this."""
    _messages_revised: frozenset[int] = frozenset()
    """The ids of what else has come to be seen differently through this."""

    def _revise(self, session: int, messages: Iterable[tuple[int | None]] = (), rollback: int | None = None) -> None:
        self._execute("UPDATE sessions SET revision = revision + 1 WHERE id = ?", (session,))
        self._messages_revised |= {id_ for (id_,) in messages if id_ is not None}
        self._rollbacks |= {rollback} if rollback is not None else set()

    def revised(self, session: int) -> HistoryChanged | None:
        """What has come to be seen differently through this, as it is seen now; None where nothing has."""
        return self.seen_anew(session, self._rollbacks, self._messages_revised)

    def seen_anew(self, session: int, rollbacks: Collection[int], messages: Collection[int]) -> HistoryChanged | None:
        """How those messages, and what those rollbacks hide or have hidden, are seen now; None if there are none."""
        hidden = "id IN (SELECT message_id FROM hidden WHERE session_id = ?1 AND rollback = ?2)"
        seen = [one for rollback in rollbacks for one in self._seen(session, hidden, rollback)]
        seen += [one for message in messages for one in self._seen(session, "id = ?2", message)]
        seen = sorted(set(seen), key=lambda one: one.id)
        notes = [self._note(session, one.id) for one in seen if one.role is Role.NOTE]
        return HistoryChanged(tuple(seen), tuple(notes)) if seen else None

    def _seen(self, session: int, condition: str, value: int) -> list[Seen]:
        rows = self._execute(
            f"SELECT id, run, turn, role, {_SEEN_EACH} FROM messages WHERE session_id = ?1 AND {condition}",
            (session, value),
        )
        return [Seen(id_, run, turn, Role(role), MessageStatus(status)) for id_, run, turn, role, status in rows]

    def _note(self, session: int, id_: int) -> Message:
        return self._messages(SEEN, session, id_ - 1, id_)[0].message

    def hiding(self, session: int) -> Hiding:
        rollbacks = self._execute(
            "SELECT number FROM rollbacks WHERE session_id = ? AND state <> 'restored'", (session,)
        )
        outdated = self._execute(
            "SELECT message_id FROM notes WHERE session_id = ? AND outdated_after IS NOT NULL", (session,)
        )
        return Hiding(frozenset(each for (each,) in rollbacks), frozenset(each for (each,) in outdated))


_SEEN_EACH = (
    "CASE WHEN EXISTS (SELECT 1 FROM hidden JOIN rollbacks USING (session_id) WHERE session_id = ?1"
    "  AND message_id = messages.id AND number = rollback AND state <> 'restored')"
    " OR EXISTS (SELECT 1 FROM notes WHERE session_id = ?1 AND message_id = messages.id"
    "  AND outdated_after IS NOT NULL) THEN 'rolled_back' ELSE status END"
)
"""As `SEEN`, for single messages wherever they stand."""
