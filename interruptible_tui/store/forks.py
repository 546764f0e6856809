"""A copy of a conversation as a session of its own, in a few statements however long it is.

What is copied is what requests are made of: runs, messages, calls, and what hides any of them. What is pending is not,
nor is the turn that an active run is at. Messages get ids and prompts of their own, in the same order. When its tools
worked is not copied: the copy has done nothing, and rolling it back undoes nothing.
"""

from interruptible_tui.store.prompts import PromptTables

FORKED = "the session was forked while it was active"
"""Why a run has ended in the copy that has not ended where it was copied from."""


class ForkTables(PromptTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def copy_conversation(self, source: int, copy: int, at: float) -> None:
        """Into the session `copy`, which is empty."""
        last: int = self._execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
        run, turn = self._under_way(source)
        values = {"source": source, "copy": copy, "last": last, "run": run, "turn": turn, "at": at, "reason": FORKED}
        for statement in _COPIES:
            self._execute(statement, values)

    def _under_way(self, session: int) -> tuple[int, int]:
        """The run and the turn whose reply is being written, or whose calls have no results yet; 0 where none is."""
        row = self._execute(
            "SELECT run, turn FROM messages WHERE session_id = ?1"
            "  AND run = (SELECT max(number) FROM runs WHERE session_id = ?1 AND status = 'running')"
            "  AND (EXISTS (SELECT 1 FROM pieces WHERE message_id = messages.id) OR status = 'complete' AND EXISTS"
            "   (SELECT 1 FROM calls WHERE message_id = messages.id AND status IN ('running', 'not_started')))"
            " ORDER BY id DESC LIMIT 1",
            (session,),
        ).fetchone()
        return (row[0], row[1]) if row else (0, 0)


_IDS = (
    "WITH ids (old, new) AS MATERIALIZED (SELECT id, :last + row_number() OVER (ORDER BY id) FROM messages"
    " WHERE session_id = :source AND NOT (run = :run AND turn = :turn AND role IN ('assistant', 'tool')))"
)
_COPIES = (
    (
        "INSERT INTO runs (session_id, number, status, trigger, turns, reason, input_tokens, output_tokens, started_at,"
        "  ended_at, setup)"
        " SELECT :copy, number, iif(status = 'running', 'cancelled', status), trigger, turns,"
        "  iif(status = 'running', :reason, reason), input_tokens, output_tokens, started_at,"
        "  iif(status = 'running', :at, ended_at), setup FROM runs WHERE session_id = :source"
    ),
    (
        f"{_IDS} INSERT INTO messages (id, session_id, run, turn, role, text, status, cut, tool_call_id, prompt_id,"
        "  mode, receipt, created_at)"
        " SELECT new, :copy, run, turn, role, text, status, cut, tool_call_id,"
        "  iif(prompt_id IS NULL, NULL, lower(hex(randomblob(16)))), mode, receipt, created_at"
        " FROM ids CROSS JOIN messages ON id = old ORDER BY new"
    ),
    (
        f"{_IDS} INSERT INTO calls (message_id, position, call_id, name, arguments, status)"
        " SELECT new, position, call_id, name, arguments, status FROM ids CROSS JOIN calls ON message_id = old"
    ),
    (
        f"{_IDS} INSERT INTO pieces (message_id, number, call, text)"
        " SELECT new, number, call, text FROM ids CROSS JOIN pieces ON message_id = old"
    ),
    (
        "INSERT INTO rollbacks (session_id, number, state, at, after, restored_at, restored_after)"
        " SELECT :copy, number, state, at, after, restored_at, restored_after FROM rollbacks WHERE session_id = :source"
    ),
    (
        f"{_IDS} INSERT INTO notes (session_id, rollback, message_id, outdated_after)"
        " SELECT :copy, rollback, new, outdated_after"
        " FROM notes JOIN ids ON old = message_id WHERE session_id = :source"
    ),
    (
        f"{_IDS} INSERT INTO hidden (session_id, message_id, rollback)"
        " SELECT :copy, new, rollback FROM hidden JOIN ids ON old = message_id WHERE session_id = :source"
    ),
    (
        f"{_IDS} INSERT INTO compensations (session_id, rollback, message_id, position, status, text,"
        "  started_at, ended_at)"
        " SELECT :copy, rollback, new, position, status, text, started_at, ended_at"
        " FROM compensations JOIN ids ON old = message_id WHERE session_id = :source"
    ),
)
"""In the order in which they refer to one another."""
