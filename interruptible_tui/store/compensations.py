"""The rows of compensations: what becomes of each call that is rolled back and had begun."""

from interruptible_tui.conversation import CallStatus, Compensation, CompensationStatus, ToolCall
from interruptible_tui.store.runs import RunTables

_OF_CALL = (
    "session_id = ? AND rollback = ? AND (message_id, position) IN"
    " (SELECT message_id, position FROM messages JOIN calls ON message_id = messages.id"
    "  WHERE session_id = ? AND run = ? AND turn = ? AND call_id = ?)"
)


class CompensationTables(RunTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def add_compensations(self, session: int, rollback: int) -> None:
        """For the calls that a rollback has hidden.

        What was done for an earlier one, which is restored since, is done; what is unknown of it stays so: nothing is
        repeated on its own.
        """
        self._execute(
            "INSERT INTO compensations (session_id, rollback, message_id, position, status, text)"
            " SELECT hidden.session_id, hidden.rollback, calls.message_id, calls.position,"
            "  coalesce(earlier.status, ?3), coalesce(earlier.text, '')"
            " FROM hidden JOIN calls ON calls.message_id = hidden.message_id"
            " LEFT JOIN compensations AS earlier"
            "  ON earlier.message_id = calls.message_id AND earlier.position = calls.position"
            "  AND earlier.status IN (?4, ?5) AND earlier.rollback = (SELECT max(rollback) FROM compensations"
            "   WHERE message_id = calls.message_id AND position = calls.position)"
            " WHERE hidden.session_id = ?1 AND hidden.rollback = ?2"
            "  AND calls.started_at IS NOT NULL AND calls.status <> ?6",
            (
                session,
                rollback,
                CompensationStatus.WAITING,
                CompensationStatus.UNKNOWN,
                CompensationStatus.DONE,
                CallStatus.NOT_STARTED,
            ),
        )

    def start_compensation(self, session: int, rollback: int, run: int, turn: int, call: str, at: float) -> None:
        self._execute(
            f"UPDATE compensations SET status = ?, started_at = ? WHERE {_OF_CALL}",
            (CompensationStatus.RUNNING, at, session, rollback, session, run, turn, call),
        )

    def end_compensation(
        self,
        session: int,
        rollback: int,
        run: int,
        turn: int,
        call: str,
        status: CompensationStatus,
        text: str,
        at: float,
    ) -> None:
        self._execute(
            f"UPDATE compensations SET status = ?, text = ?, ended_at = ? WHERE {_OF_CALL}",
            (status, text, at, session, rollback, session, run, turn, call),
        )

    def end_cut_compensations(self, session: int, rollback: int, at: float) -> None:
        """Nobody knows what those did that nobody carries out any more."""
        self._execute(
            "UPDATE compensations SET status = ?, text = ?, ended_at = ?"
            " WHERE session_id = ? AND rollback = ? AND status = ?",
            (CompensationStatus.UNKNOWN, "it was cut", at, session, rollback, CompensationStatus.RUNNING),
        )

    def compensations(self, session: int, rollback: int) -> list[Compensation]:
        """Of the calls that `rollback` has hidden, in the order in which they began."""
        rows = self._execute(
            "SELECT replies.run, replies.turn, call_id, name, arguments, calls.status, results.text,"
            "  compensations.status, compensations.text"
            " FROM compensations JOIN calls USING (message_id, position)"
            " JOIN messages AS replies ON replies.id = message_id"
            " LEFT JOIN messages AS results ON results.session_id = replies.session_id AND results.run = replies.run"
            "  AND results.turn = replies.turn AND results.tool_call_id = call_id"
            " WHERE compensations.session_id = ? AND rollback = ?"
            " ORDER BY calls.started_at, message_id, position",
            (session, rollback),
        )
        return [
            Compensation(
                run, turn, ToolCall(id_, name, arguments, CallStatus(call)), result, CompensationStatus(status), text
            )
            for run, turn, id_, name, arguments, call, result, status, text in rows
        ]
