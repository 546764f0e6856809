"""The rows of runs, and of what each was made with."""

from collections import defaultdict

from msgspec import Struct

from interruptible_tui.conversation import CallStatus, RunStatus, ToolCall, Trigger, Usage
from interruptible_tui.store.messages import HIDDEN, LAST
from interruptible_tui.store.pages import PageTables


class RunRecord(Struct, frozen=True):
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
    rolled_back: bool = False
    """All that it has said is hidden from the model; where it has said nothing, all of its prompts are."""


class CallRecord(Struct, frozen=True):
    """A tool call, and when its tool worked."""

    turn: int
    call: ToolCall
    started_at: float | None
    ended_at: float | None


class RunTables(PageTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def runs(self, session: int, after: int = 0) -> list[RunRecord]:
        """The runs of the session behind the one numbered `after`, oldest first."""
        prompts = self._prompts_taken(session, after)
        rolled_back = self._rolled_back(session, after)
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
                number in rolled_back,
            )
            for number, status, trigger, turns, reason, read, written, start, end in rows
        ]

    def _prompts_taken(self, session: int, after: int) -> dict[int, list[str]]:
        """By run."""
        prompts = defaultdict(list)
        for run, prompt in self._execute(
            "SELECT run, prompt_id FROM messages"
            " WHERE session_id = ? AND run > ? AND prompt_id IS NOT NULL ORDER BY id",
            (session, after),
        ):
            prompts[run].append(prompt)
        return prompts

    def first_prompts(self, session: int, after: int, length: int) -> dict[int, str]:
        """The beginnings, of `length` characters, of what the runs behind the one numbered `after` took first."""
        return dict(
            self._execute(
                "SELECT run, substr(text, 1, ?) FROM messages WHERE id IN (SELECT min(id) FROM messages"
                " WHERE session_id = ? AND run > ? AND prompt_id IS NOT NULL GROUP BY run)",
                (length, session, after),
            )
        )

    def _rolled_back(self, session: int, after: int) -> set[int]:
        """The numbers of runs that are, as `RunRecord.rolled_back` says."""
        (first,) = self._execute(
            "SELECT coalesce(min(id), 0) FROM messages WHERE session_id = ? AND run > ?", (session, after)
        ).fetchone()
        rows = self._execute(
            f"SELECT run, role = 'user' AS asked, min(id IN ({HIDDEN})) FROM messages"
            f" WHERE session_id = ?1 AND run > ?4 AND role <> 'note'"
            f" AND run IN (SELECT run FROM messages WHERE id IN ({HIDDEN})) GROUP BY run, asked ORDER BY run, asked",
            (session, first - 1, LAST, after),
        )
        decisive: dict[int, bool] = {}
        for run, _, hidden in rows:
            decisive.setdefault(run, bool(hidden))
        return {run for run, hidden in decisive.items() if hidden}

    def calls_of_run(self, session: int, run: int) -> list[CallRecord]:
        """In the order in which the model made them."""
        rows = self._execute(
            "SELECT turn, call_id, name, arguments, calls.status, started_at, ended_at FROM messages"
            " JOIN calls ON message_id = messages.id WHERE session_id = ? AND run = ? ORDER BY message_id, position",
            (session, run),
        )
        return [
            CallRecord(turn, ToolCall(id_, name, arguments, CallStatus(status)), start, end)
            for turn, id_, name, arguments, status, start, end in rows
        ]

    def last_run(self, session: int) -> tuple[int, RunStatus] | None:
        row = self._execute(
            "SELECT number, status FROM runs WHERE session_id = ? ORDER BY number DESC LIMIT 1", (session,)
        ).fetchone()
        return (row[0], RunStatus(row[1])) if row else None

    def begin_run(self, session: int, run: int, trigger: Trigger, at: float, setup: str | None = None) -> None:
        """`setup` is what its requests are made of besides messages, as JSON."""
        self._execute(
            "INSERT INTO runs (session_id, number, status, trigger, started_at, setup) VALUES (?, ?, ?, ?, ?, ?)",
            (session, run, RunStatus.RUNNING, trigger, at, setup and self._setup_id(setup)),
        )
        self._execute("UPDATE sessions SET last_used_at = ? WHERE id = ?", (at, session))

    def _setup_id(self, content: str) -> int:
        """It is stored once."""
        self._execute("INSERT INTO setups (content) VALUES (?) ON CONFLICT (content) DO NOTHING", (content,))
        id_: int = self._execute("SELECT id FROM setups WHERE content = ?", (content,)).fetchone()[0]
        return id_

    def setup(self, session: int, run: int) -> str | None:
        """As it was given to `begin_run`; None for a run from before setups were kept. KeyError."""
        row = self._execute(
            "SELECT content FROM runs LEFT JOIN setups ON setups.id = setup WHERE session_id = ? AND number = ?",
            (session, run),
        ).fetchone()
        if row is None:
            raise KeyError(run)
        content: str | None = row[0]
        return content

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
            " (SELECT messages.id FROM runs INDEXED BY runs_under_way CROSS JOIN messages"
            "  ON messages.session_id = runs.session_id AND messages.run = runs.number"
            "  WHERE runs.session_id = ? AND runs.status = 'running')",
            (CallStatus.UNKNOWN, CallStatus.RUNNING, session),
        )
        self._execute(
            "UPDATE runs INDEXED BY runs_under_way SET status = ?, reason = ?, ended_at = ?"
            " WHERE session_id = ? AND status = 'running'",
            (RunStatus.CRASHED, "the program ended without ending the run", at, session),
        )
