"""Rows and values: with the modules that this one builds upon, every SQL statement of the program. Synchronous; for
the connection's thread.
"""

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt, Pending, Prompt
from interruptible_tui.store.messages import StoredMessage
from interruptible_tui.store.runs import CallRecord, RunRecord
from interruptible_tui.store.searching import SearchTables
from interruptible_tui.store.sessions import Session

__all__ = ["CallRecord", "RunRecord", "Session", "StoredMessage", "Tables"]


class Tables(SearchTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def policies(self, session: int) -> tuple[Mode, OnInterrupt, IncorporateAt]:
        """What the session does with what is typed."""
        mode, on_interrupt, incorporate_at = self._execute(
            "SELECT mode, on_interrupt, incorporate_at FROM sessions WHERE id = ?", (session,)
        ).fetchone()
        return Mode(mode), OnInterrupt(on_interrupt), IncorporateAt(incorporate_at)

    def set_mode(self, session: int, mode: Mode) -> None:
        self._execute("UPDATE sessions SET mode = ? WHERE id = ?", (mode, session))

    def set_policy(self, session: int, policy: OnInterrupt | IncorporateAt) -> None:
        column = "on_interrupt" if isinstance(policy, OnInterrupt) else "incorporate_at"
        self._execute(f"UPDATE sessions SET {column} = ? WHERE id = ?", (policy, session))

    def revision(self, session: int) -> int:
        """Another one whenever earlier messages have come to be seen differently."""
        revision: int = self._execute("SELECT revision FROM sessions WHERE id = ?", (session,)).fetchone()[0]
        return revision

    def draft(self, session: int) -> str:
        """What stands in its composer, as it was written down; empty if nothing."""
        row = self._execute("SELECT content FROM drafts WHERE session_id = ?", (session,)).fetchone()
        return row[0] if row else ""

    def set_draft(self, session: int, content: str) -> None:
        if content:
            self._execute("INSERT OR REPLACE INTO drafts (session_id, content) VALUES (?, ?)", (session, content))
        else:
            self._execute("DELETE FROM drafts WHERE session_id = ?", (session,))

    def waiting(self, session: Session) -> list[Pending]:
        """What is pending, and behind it what will be as soon as somebody runs the session."""
        sent = [Prompt(each.id, each.text, each.mode or session.mode, each.at) for each in self.sent(session.id)]
        return [*self.pending(session.id), *(Pending(prompt, None) for prompt in sent)]
