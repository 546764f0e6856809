"""The rows of rollbacks: which messages each of them hides, and what becomes of the calls in those.

Nothing is deleted, and no message is changed: one is read as rolled back as long as a rollback that is not restored
hides it. A note of a rollback is read so as soon as it is not true any more.
"""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from interruptible_tui.conversation import LastAnswer, Message, MessageStatus, Role, Scope, Since, WholeRun
from interruptible_tui.store.revisions import RevisionTables


class RollbackState(StrEnum):
    UNDER_WAY = "under way"
    """Its compensations are not over, or a crash has ended the program before they were."""
    DONE = "done"
    RESTORED = "restored"
    """It hides nothing any more."""


class RollbackRecord(Struct, frozen=True):
    number: int
    state: RollbackState
    at: float


class RollbackTables(RevisionTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    # -- rolling back

    def begin_rollback(self, session: int, rollback: int, scope: Scope, at: float) -> None:
        """Hide what is visible of `scope`; the calls in it wait for their compensation."""
        self._execute(
            f"INSERT INTO rollbacks (session_id, number, state, at, after) VALUES (?1, ?2, ?3, ?4, ({_NEWEST}))",
            (session, rollback, RollbackState.UNDER_WAY, at),
        )
        condition, value = _of_scope(scope)
        self._execute(
            "INSERT INTO hidden (session_id, rollback, message_id) SELECT session_id, ?2, id FROM messages"
            f" WHERE session_id = ?1 AND role <> 'note' AND {condition} AND NOT EXISTS ({_HIDES})",
            (session, rollback, value),
        )
        self.add_compensations(session, rollback)
        self._outdate_notes(session, rollback, f"rollback IN ({_RESTORED_BEFORE})")
        self._revise(session, rollback=rollback)

    def reopen_rollback(self, session: int, rollback: int) -> None:
        """It is under way once more. One that is restored stays so."""
        reopened = self._execute(
            "UPDATE rollbacks SET state = ? WHERE session_id = ? AND number = ? AND state = ?",
            (RollbackState.UNDER_WAY, session, rollback, RollbackState.DONE),
        ).rowcount
        if reopened:
            self._outdate_notes(session, rollback)

    def close_rollback(self, session: int, rollback: int, note: Message | None) -> None:
        """It is done; `note` is what the model and people are told of it. Nothing happens to one that is restored."""
        closed = self._execute(
            "UPDATE rollbacks SET state = ? WHERE session_id = ? AND number = ? AND state = ?",
            (RollbackState.DONE, session, rollback, RollbackState.UNDER_WAY),
        ).rowcount
        if closed and note:
            self._add_note(session, rollback, note)

    def restore_rollback(self, session: int, rollback: int, note: Message | None, at: float) -> None:
        """It hides nothing any more; `note` takes the place of its own. Nothing happens to one that is restored."""
        restored = self._execute(
            "UPDATE rollbacks SET state = ?3, restored_at = ?4,"
            f" restored_after = ({_NEWEST}) WHERE session_id = ?1 AND number = ?2 AND state <> ?3",
            (session, rollback, RollbackState.RESTORED, at),
        ).rowcount
        if restored:
            self._outdate_notes(session, rollback)
            self._revise(session, rollback=rollback)
            if note:
                self._add_note(session, rollback, note)

    def _add_note(self, session: int, rollback: int, note: Message) -> None:
        message = self._insert(None, session, note)
        self._execute(
            "INSERT INTO notes (session_id, message_id, rollback) VALUES (?, ?, ?)", (session, message, rollback)
        )
        self._revise(session, [(message,)])

    def _outdate_notes(self, session: int, rollback: int, condition: str = "rollback = ?2") -> None:
        outdated = self._execute(
            f"UPDATE notes SET outdated_after = ({_NEWEST})"
            f" WHERE session_id = ?1 AND outdated_after IS NULL AND {condition} RETURNING message_id",
            (session, rollback),
        ).fetchall()
        self._revise(session, outdated)

    # -- trimming

    def trim_turn(self, session: int, run: int, turn: int) -> None:
        """Drop what a run has said and done in a turn, for the model. What the user said stays."""
        trimmed = self._execute(
            "UPDATE messages SET status = ? WHERE session_id = ? AND run = ? AND turn = ? AND role IN (?, ?)"
            " RETURNING id",
            (MessageStatus.TRIMMED, session, run, turn, Role.ASSISTANT, Role.TOOL),
        ).fetchall()
        self._revise(session, trimmed)

    # -- looking

    def rollback(self, session: int, number: int | None = None) -> RollbackRecord | None:
        """The one with this number; without one the newest."""
        row = self._execute(
            "SELECT number, state, at FROM rollbacks WHERE session_id = ?1 AND number = coalesce(?2,"
            " (SELECT max(number) FROM rollbacks WHERE session_id = ?1))",
            (session, number),
        ).fetchone()
        return RollbackRecord(row[0], RollbackState(row[1]), row[2]) if row else None

    def rollback_under_way(self, session: int) -> int | None:
        row = self._execute(
            "SELECT number FROM rollbacks INDEXED BY rollbacks_under_way WHERE session_id = ? AND state = 'under way'",
            (session,),
        ).fetchone()
        return row[0] if row else None

    def hidings(self, session: int) -> list[tuple[int, int, int | None]]:
        """Each time that a message was hidden: its id, the newest run then, and the newest when it was shown again."""
        return self._execute(
            "SELECT message_id, after, restored_after FROM hidden JOIN rollbacks"
            "  ON rollbacks.session_id = hidden.session_id AND number = rollback WHERE hidden.session_id = ?1"
            " UNION ALL SELECT message_id, outdated_after, NULL FROM notes"
            "  WHERE session_id = ?1 AND outdated_after IS NOT NULL",
            (session,),
        ).fetchall()

    def rollback_of(self, session: int, run: int) -> int | None:
        """The first rollback that hides anything of a run now."""
        first: int | None = self._execute(
            "SELECT min(rollback) FROM messages CROSS JOIN hidden"
            "  ON hidden.session_id = messages.session_id AND message_id = messages.id"
            " JOIN rollbacks ON rollbacks.session_id = messages.session_id AND number = rollback"
            " WHERE messages.session_id = ? AND run = ? AND state <> 'restored'",
            (session, run),
        ).fetchone()[0]
        return first


_NEWEST = "SELECT coalesce(max(number), 0) FROM runs WHERE session_id = ?1"
"""The number of the newest run."""

_RESTORED_BEFORE = (
    "SELECT earlier.rollback FROM hidden AS now"
    " CROSS JOIN hidden AS earlier ON earlier.session_id = now.session_id AND earlier.message_id = now.message_id"
    " CROSS JOIN rollbacks ON rollbacks.session_id = earlier.session_id AND number = earlier.rollback"
    " WHERE now.session_id = ?1 AND now.rollback = ?2 AND state = 'restored'"
)
"""The rollbacks that have hidden the same before: what they tell of having been restored is not true any more."""
_HIDES = (
    "SELECT 1 FROM hidden JOIN rollbacks USING (session_id) WHERE hidden.session_id = messages.session_id"
    " AND message_id = messages.id AND number = rollback AND state <> 'restored'"
)
"""Something, where a message is hidden."""


def _of_scope(scope: Scope) -> tuple[str, int | str]:
    """A condition on messages, and the value of its parameter ?3."""
    match scope:
        case WholeRun(run):
            return "run = ?3", run
        case LastAnswer(run):
            prompts = "SELECT max(id) FROM messages WHERE session_id = ?1 AND run = ?3 AND role = 'user'"
            last = f"{prompts} AND NOT EXISTS ({_HIDES})"
            return f"run = ?3 AND id > coalesce(({last}), 0)", run
        case Since(prompt):
            return "id >= (SELECT id FROM messages WHERE session_id = ?1 AND prompt_id = ?3)", prompt
        case _:
            assert_never(scope)
