"""Rows and values: with `messages`, every SQL statement of the program. Synchronous; for the connection's thread."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from interruptible_tui.conversation import (
    CallStatus,
    Hold,
    Mode,
    Pending,
    Prompt,
    RunStatus,
    Trigger,
    Usage,
)
from interruptible_tui.events import Submitted
from interruptible_tui.store.messages import MessageTables, StoredMessage

__all__ = ["RunRecord", "Session", "StoredMessage", "Tables"]


@dataclass(frozen=True, slots=True)
class Session:
    """A named conversation."""

    id: int
    name: str
    mode: Mode
    model: str
    last_used_at: float
    messages: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    number: int
    status: RunStatus
    trigger: Trigger
    turns: int
    reason: str
    usage: Usage
    started_at: float
    ended_at: float | None
    prompts: tuple[str, ...]
    """Ids of the prompts it took, in order."""


class Tables(MessageTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    # -- sessions

    def session(self, name: str) -> Session:
        """KeyError where there is none."""
        for session in self._sessions(name):
            return session
        raise KeyError(name)

    def last_used(self) -> str | None:
        """Name of the session that was used last."""
        row = self._execute("SELECT name FROM sessions ORDER BY last_used_at DESC, id DESC LIMIT 1").fetchone()
        return row[0] if row else None

    def sessions(self) -> list[Session]:
        """All sessions, the last used first."""
        return self._sessions(None)

    def _sessions(self, name: str | None) -> list[Session]:
        rows = self._execute(
            "SELECT id, name, mode, model, last_used_at,"
            " (SELECT count(*) FROM messages WHERE session_id = sessions.id),"
            " (SELECT count(*) FROM prompts WHERE session_id = sessions.id)"
            " + (SELECT count(*) FROM sent WHERE session_id = sessions.id)"
            " FROM sessions WHERE ?1 IS NULL OR name = ?1 ORDER BY last_used_at DESC, id DESC",
            (name,),
        )
        return [Session(id_, name, Mode(mode), *others) for id_, name, mode, *others in rows]

    def create_session(self, name: str, mode: Mode, model: str, at: float) -> None:
        """Does nothing where it exists."""
        self._execute(
            "INSERT INTO sessions (name, mode, model, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO NOTHING",
            (name, mode, model, at, at),
        )

    def use_session(self, session: int, mode: Mode, model: str, at: float) -> None:
        self._execute(
            "UPDATE sessions SET mode = ?, model = ?, last_used_at = ? WHERE id = ?", (mode, model, at, session)
        )

    def mode(self, session: int) -> Mode:
        return Mode(self._execute("SELECT mode FROM sessions WHERE id = ?", (session,)).fetchone()[0])

    def set_mode(self, session: int, mode: Mode) -> None:
        self._execute("UPDATE sessions SET mode = ? WHERE id = ?", (mode, session))

    # -- prompts

    def pending(self, session: int) -> list[Pending]:
        """What waits, in landing order."""
        rows = self._execute(
            "SELECT id, text, mode, created_at, hold FROM prompts WHERE session_id = ? ORDER BY position", (session,)
        )
        return [
            Pending(Prompt(id_, text, Mode(mode), at), Hold(hold) if hold else None)
            for id_, text, mode, at, hold in rows
        ]

    def sent(self, session: int) -> list[Submitted]:
        """What other processes have sent and is not pending yet, oldest first."""
        rows = self._execute(
            "SELECT id, text, mode, created_at FROM sent WHERE session_id = ? ORDER BY number", (session,)
        )
        return [Submitted(id_, text, Mode(mode) if mode else None, at) for id_, text, mode, at in rows]

    def add_sent(self, session: int, sent: Submitted) -> None:
        self._execute(
            "INSERT INTO sent (id, session_id, text, mode, created_at) VALUES (?, ?, ?, ?, ?)",
            (sent.id, session, sent.text, sent.mode, sent.at),
        )

    def waiting(self, session: Session) -> list[Pending]:
        """What is pending, and behind it what will be as soon as somebody runs the session."""
        sent = [Prompt(each.id, each.text, each.mode or session.mode, each.at) for each in self.sent(session.id)]
        return [*self.pending(session.id), *(Pending(prompt, None) for prompt in sent)]

    def save_prompt(self, session: int, prompt: Prompt) -> None:
        """Make it pending, the last in landing order; it is no longer among what was sent."""
        self._execute("DELETE FROM sent WHERE id = ?", (prompt.id,))
        self._execute(
            "INSERT INTO prompts (id, session_id, text, mode, position, created_at)"
            " SELECT ?, ?, ?, ?, 1 + coalesce(max(position), 0), ? FROM prompts WHERE session_id = ?",
            (prompt.id, session, prompt.text, prompt.mode, prompt.created_at, session),
        )

    def arrange(self, pending: Sequence[Pending]) -> None:
        self._executemany(
            "UPDATE prompts SET mode = ?, position = ?, hold = ? WHERE id = ?",
            [(each.prompt.mode, position, each.hold, each.prompt.id) for position, each in enumerate(pending, 1)],
        )

    def take_prompt(self, prompt: str) -> None:
        """Raises sqlite3.IntegrityError where it is not pending: a prompt is delivered once."""
        if self._execute("DELETE FROM prompts WHERE id = ?", (prompt,)).rowcount != 1:
            raise sqlite3.IntegrityError(f"prompt {prompt} is not pending")

    # -- runs

    def runs(self, session: int, after: int = 0) -> list[RunRecord]:
        """The runs of the session behind the one numbered `after`, oldest first."""
        prompts = defaultdict(list)
        for run, prompt in self._execute(
            "SELECT run, prompt_id FROM messages"
            " WHERE session_id = ? AND run > ? AND prompt_id IS NOT NULL ORDER BY id",
            (session, after),
        ):
            prompts[run].append(prompt)
        rows = self._execute(
            "SELECT number, status, trigger, turns, reason, input_tokens, output_tokens, started_at, ended_at"
            " FROM runs WHERE session_id = ? AND number > ? ORDER BY number",
            (session, after),
        )
        return [
            RunRecord(
                number,
                RunStatus(status),
                Trigger(trigger),
                turns,
                reason,
                Usage(read, written),
                start,
                end,
                tuple(prompts[number]),
            )
            for number, status, trigger, turns, reason, read, written, start, end in rows
        ]

    def last_run(self, session: int) -> tuple[int, RunStatus] | None:
        row = self._execute(
            "SELECT number, status FROM runs WHERE session_id = ? ORDER BY number DESC LIMIT 1", (session,)
        ).fetchone()
        return (row[0], RunStatus(row[1])) if row else None

    def begin_run(self, session: int, run: int, trigger: Trigger, at: float) -> None:
        """Also ends, as crashed, a run whose end could not be written."""
        self.end_crashed_runs(session, at)
        self._execute(
            "INSERT INTO runs (session_id, number, status, trigger, started_at) VALUES (?, ?, ?, ?, ?)",
            (session, run, RunStatus.RUNNING, trigger, at),
        )
        self._execute("UPDATE sessions SET last_used_at = ? WHERE id = ?", (at, session))

    def advance_run(self, session: int, run: int, turns: int, usage: Usage) -> None:
        self._execute(
            "UPDATE runs SET turns = ?, input_tokens = ?, output_tokens = ? WHERE session_id = ? AND number = ?",
            (turns, usage.input, usage.output, session, run),
        )

    def end_run(self, session: int, run: int, status: RunStatus, reason: str, at: float) -> None:
        self._execute(
            "UPDATE runs SET status = ?, reason = ?, ended_at = ? WHERE session_id = ? AND number = ?",
            (status, reason, at, session, run),
        )

    def end_crashed_runs(self, session: int, at: float) -> None:
        """A run that nobody runs any more has crashed; what its tools did is not known."""
        self._execute(
            "UPDATE calls SET status = ? WHERE status = ? AND message_id IN"
            " (SELECT messages.id FROM runs CROSS JOIN messages ON messages.session_id = runs.session_id"
            "  AND messages.run = runs.number WHERE runs.session_id = ? AND runs.status = ?)",
            (CallStatus.UNKNOWN, CallStatus.RUNNING, session, RunStatus.RUNNING),
        )
        self._execute(
            "UPDATE runs SET status = ?, reason = ?, ended_at = ? WHERE session_id = ? AND status = ?",
            (RunStatus.CRASHED, "the program ended without ending the run", at, session, RunStatus.RUNNING),
        )
