"""The rows of prompts: those that are pending, those that were sent by others, those that were taken back."""

import sqlite3
from collections.abc import Sequence

from interruptible_tui.conversation import Hold, IncorporateAt, Mode, OnInterrupt, Pending, Prompt
from interruptible_tui.events import Submitted
from interruptible_tui.store.rollbacks import RollbackTables


class PromptTables(RollbackTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def pending(self, session: int) -> list[Pending]:
        """What waits, in landing order."""
        rows = self._execute(
            "SELECT id, text, mode, created_at, hold FROM prompts WHERE session_id = ? ORDER BY position", (session,)
        )
        return [
            Pending(Prompt(id_, text, Mode(mode), at), Hold(hold) if hold else None)
            for id_, text, mode, at, hold in rows
        ]

    def save_prompt(self, session: int, prompt: Prompt) -> None:
        """Make it pending, the last in landing order; it is no longer among what was sent, or withdrawn."""
        for rows in ("sent", "withdrawn"):
            self._execute(f"DELETE FROM {rows} WHERE id = ?", (prompt.id,))
        self._execute(
            "INSERT INTO prompts (id, session_id, text, mode, position, created_at)"
            " SELECT ?, ?, ?, ?, 1 + coalesce(max(position), 0), ? FROM prompts WHERE session_id = ?",
            (prompt.id, session, prompt.text, prompt.mode, prompt.created_at, session),
        )

    def rewrite_prompt(self, prompt: Prompt) -> None:
        self._execute("UPDATE prompts SET text = ? WHERE id = ?", (prompt.text, prompt.id))

    def arrange(self, pending: Sequence[Pending]) -> None:
        self._executemany(
            "UPDATE prompts SET mode = ?, position = ?, hold = ? WHERE id = ?",
            [(each.prompt.mode, position, each.hold, each.prompt.id) for position, each in enumerate(pending, 1)],
        )

    def take_prompt(self, prompt: str) -> None:
        """Raises sqlite3.IntegrityError where it is not pending: a prompt is delivered once."""
        if self._execute("DELETE FROM prompts WHERE id = ?", (prompt,)).rowcount != 1:
            raise sqlite3.IntegrityError(f"prompt {prompt} is not pending")

    def withdraw_prompt(self, prompt: str, at: float) -> None:
        """It is kept, but no longer pending. Raises sqlite3.IntegrityError where it is not."""
        self._execute(
            "INSERT INTO withdrawn (id, session_id, text, mode, created_at, withdrawn_at)"
            " SELECT id, session_id, text, mode, created_at, ? FROM prompts WHERE id = ?",
            (at, prompt),
        )
        self.take_prompt(prompt)

    def last_withdrawn(self, session: int) -> tuple[Prompt, float] | None:
        """The prompt that was withdrawn last, and when."""
        row = self._execute(
            "SELECT id, text, mode, created_at, withdrawn_at FROM withdrawn WHERE session_id = ?"
            " ORDER BY number DESC LIMIT 1",
            (session,),
        ).fetchone()
        return (Prompt(row[0], row[1], Mode(row[2]), row[3]), row[4]) if row else None

    # -- what other processes send

    def sent(self, session: int) -> list[Submitted]:
        """What other processes have sent and is not pending yet, oldest first."""
        rows = self._execute(
            "SELECT id, text, mode, created_at, on_interrupt, incorporate_at FROM sent WHERE session_id = ?"
            " ORDER BY number",
            (session,),
        )
        return [
            Submitted(
                id_,
                text,
                Mode(mode) if mode else None,
                at,
                OnInterrupt(on_interrupt) if on_interrupt else None,
                IncorporateAt(incorporate_at) if incorporate_at else None,
            )
            for id_, text, mode, at, on_interrupt, incorporate_at in rows
        ]

    def add_sent(self, session: int, sent: Submitted) -> None:
        self._execute(
            "INSERT INTO sent (id, session_id, text, mode, created_at, on_interrupt, incorporate_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sent.id, session, sent.text, sent.mode, sent.at, sent.on_interrupt, sent.incorporate_at),
        )
