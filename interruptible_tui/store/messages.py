"""The rows of the conversation: messages, their calls, and the pieces of a reply that is being written."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from interruptible_tui.conversation import CallStatus, Cut, Message, MessageStatus, Mode, Role, ToolCall
from interruptible_tui.events import CallStreamed, TextStreamed
from interruptible_tui.store.index import IndexTables

HIDDEN = (
    "SELECT message_id FROM hidden JOIN rollbacks"
    " ON rollbacks.session_id = hidden.session_id AND rollbacks.number = hidden.rollback"
    " WHERE hidden.session_id = ?1 AND message_id > ?2 AND message_id <= ?3 AND state <> 'restored'"
    " UNION ALL SELECT message_id FROM notes"
    " WHERE session_id = ?1 AND message_id > ?2 AND message_id <= ?3 AND outdated_after IS NOT NULL"
)
"""The ids of the messages of session ?1 behind the message ?2, up to ?3, that are read as rolled back."""

SEEN = f"CASE WHEN id IN ({HIDDEN}) THEN 'rolled_back' ELSE status END"
"""How they are seen."""

LAST = 2**63 - 1
"""Behind every message."""

Streams = dict[tuple[int, int | None], str]
"""What the pieces of replies say together: by message, and by the position of the call; None is the text."""


class StoredMessage(Struct, frozen=True):
    id: int
    message: Message


class MessageTables(IndexTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.added: dict[Message, int] = {}
        """What was added, with its id."""

    def messages(self, session: int, after: int = 0) -> list[StoredMessage]:
        """The conversation behind the message `after`, oldest first, with what was trimmed or rolled back.

        A reply that is being written is among them, as far as it is written down.
        """
        return self._messages(SEEN, session, after, LAST)

    def written_messages(self, session: int) -> list[StoredMessage]:
        """The conversation as it was written: what is rolled back is as it was before."""
        return self._messages("status", session, 0, LAST)

    def _messages(self, status: str, session: int, after: int, until: int) -> list[StoredMessage]:
        streams = self._streams(session, after, until)
        calls = self._calls(session, after, until, streams)
        rows = self._execute(
            f"SELECT id, role, text, run, turn, {status},"
            " cut, tool_call_id, prompt_id, mode, receipt, created_at"
            " FROM messages WHERE session_id = ?1 AND id > ?2 AND id <= ?3 ORDER BY id",
            (session, after, until),
        )
        return [StoredMessage(row[0], _message(row, calls.get(row[0], []), streams)) for row in rows]

    def messages_of_run(self, session: int, run: int) -> list[StoredMessage]:
        """Those of one run, as they were written, and what was noted after it."""
        first, last = self._execute(
            "SELECT min(id), max(id) FROM messages WHERE session_id = ? AND run = ?", (session, run)
        ).fetchone()
        return self._messages("status", session, first - 1, last) if first is not None else []

    def run_before(self, session: int, run: int) -> int | None:
        """The last one before `run` in which anything was said."""
        row = self._execute(
            "SELECT run FROM messages WHERE session_id = ? AND run < ? AND role <> 'note' ORDER BY run DESC LIMIT 1",
            (session, run),
        ).fetchone()
        return row[0] if row else None

    def _streams(self, session: int, after: int, until: int) -> Streams:
        streams: dict[tuple[int, int | None], list[str]] = defaultdict(list)
        for message, call, text in self._execute(
            "SELECT message_id, call, pieces.text FROM pieces JOIN messages ON messages.id = message_id"
            " WHERE session_id = ? AND message_id > ? AND message_id <= ? ORDER BY message_id, number",
            (session, after, until),
        ):
            streams[message, call].append(text)
        return {place: "".join(texts) for place, texts in streams.items()}

    def _calls(self, session: int, after: int, until: int, streams: Streams) -> dict[int, list[ToolCall]]:
        calls: dict[int, list[ToolCall]] = defaultdict(list)
        for message, position, id_, name, arguments, status in self._execute(
            "SELECT message_id, position, call_id, name, arguments, calls.status FROM messages"
            " JOIN calls ON calls.message_id = messages.id"
            " WHERE session_id = ? AND messages.id > ? AND messages.id <= ? ORDER BY message_id, position",
            (session, after, until),
        ):
            written = arguments + streams.get((message, position), "")
            calls[message].append(ToolCall(id_, name, written, CallStatus(status)))
        return calls

    def add_message(self, session: int, message: Message) -> None:
        """A reply takes the place of its pieces."""
        id_ = self._drop_draft(session, message) if message.role is Role.ASSISTANT else None
        self._add_calls(self._insert(id_, session, message), message.tool_calls)
        if message.role is not Role.USER:
            self.index_batch()

    def _insert(self, id_: int | None, session: int, message: Message) -> int | None:
        """Returns the id, which is a new one where it is not given."""
        row = self._execute(
            "INSERT INTO messages (id, session_id, role, text, run, turn, status, cut, tool_call_id, prompt_id, mode,"
            " receipt, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                id_,
                session,
                message.role,
                message.text,
                message.run,
                message.turn,
                message.status,
                message.cut and message.cut.name,
                message.tool_call_id,
                message.prompt_id,
                message.mode,
                message.receipt,
                message.created_at,
            ),
        ).lastrowid
        if row is not None:
            self.added[message] = row
        return row

    def _add_calls(self, message: int | None, calls: Iterable[ToolCall]) -> None:
        self._executemany(
            "INSERT INTO calls (message_id, position, call_id, name, arguments, status) VALUES (?, ?, ?, ?, ?, ?)",
            [(message, at, call.id, call.name, call.arguments, call.status) for at, call in enumerate(calls)],
        )

    def last_turn(self, session: int, run: int) -> int:
        """That of the newest message of a run; 1 where it has none."""
        last: int = self._execute(
            "SELECT coalesce(max(turn), 1) FROM messages WHERE session_id = ? AND run = ?", (session, run)
        ).fetchone()[0]
        return last

    # -- a reply that is being written

    def add_pieces(self, session: int, pieces: Iterable[TextStreamed | CallStreamed], at: float) -> None:
        """Continue a reply, which is a partial one that a crash has cut until its message is added."""
        for piece in pieces:
            message = self._draft(session, piece.run, piece.turn) or self._begin_draft(session, piece, at)
            match piece:
                case TextStreamed(text=text):
                    self._add_piece(message, None, text)
                case CallStreamed(index=index, arguments=arguments):
                    self._name_call(message, piece)
                    self._add_piece(message, index, arguments)

    def _draft(self, session: int, run: int, turn: int) -> int | None:
        """The id of a reply that has pieces."""
        row = self._execute(
            "SELECT id FROM messages WHERE session_id = ? AND run = ? AND turn = ? AND role = ?"
            " AND EXISTS (SELECT 1 FROM pieces WHERE message_id = messages.id)",
            (session, run, turn, Role.ASSISTANT),
        ).fetchone()
        return row[0] if row else None

    def _begin_draft(self, session: int, piece: TextStreamed | CallStreamed, at: float) -> int | None:
        return self._insert(
            None,
            session,
            Message(
                role=Role.ASSISTANT,
                text="",
                run=piece.run,
                turn=piece.turn,
                status=MessageStatus.PARTIAL,
                cut=Cut.CRASH,
                created_at=at,
            ),
        )

    def _add_piece(self, message: int | None, call: int | None, text: str) -> None:
        self._execute(
            "INSERT INTO pieces (message_id, number, call, text)"
            " SELECT ?1, 1 + coalesce(max(number), 0), ?2, ?3 FROM pieces WHERE message_id = ?1",
            (message, call, text),
        )

    def _name_call(self, message: int | None, piece: CallStreamed) -> None:
        """A server may tell the id and the name of a call late, or again."""
        self._execute(
            "INSERT INTO calls (message_id, position, call_id, name, arguments, status) VALUES (?, ?, ?, ?, '', ?)"
            " ON CONFLICT (message_id, position) DO UPDATE SET call_id = excluded.call_id, name = excluded.name",
            (message, piece.index, piece.call_id, piece.name, CallStatus.NOT_STARTED),
        )

    def _drop_draft(self, session: int, reply: Message) -> int | None:
        """Make room for `reply`; returns the id that it had while it was being written."""
        message = self._draft(session, reply.run, reply.turn)
        if message is not None:
            for rows in ("pieces", "calls"):
                self._execute(f"DELETE FROM {rows} WHERE message_id = ?", (message,))
            self._execute("DELETE FROM messages WHERE id = ?", (message,))
        return message

    # -- calls

    def start_call(self, session: int, run: int, turn: int, call: str, at: float) -> None:
        self._execute(
            "UPDATE calls SET status = ?, started_at = ? WHERE call_id = ? AND message_id IN"
            " (SELECT id FROM messages WHERE session_id = ? AND run = ? AND turn = ?)",
            (CallStatus.RUNNING, at, call, session, run, turn),
        )

    def end_call(self, session: int, run: int, turn: int, call: str, status: CallStatus, at: float) -> None:
        self._execute(
            "UPDATE calls SET status = ?, ended_at = ? WHERE call_id = ? AND message_id IN"
            " (SELECT id FROM messages WHERE session_id = ? AND run = ? AND turn = ?)",
            (status, at, call, session, run, turn),
        )


def _message(row: tuple[Any, ...], calls: list[ToolCall], streams: Streams) -> Message:
    id_, role, text, run, turn, status, cut, tool_call_id, prompt_id, mode, receipt, created_at = row
    return Message(
        role=Role(role),
        text=text + streams.get((id_, None), ""),
        run=run,
        turn=turn,
        status=MessageStatus(status),
        tool_calls=tuple(calls),
        cut=Cut[cut] if cut else None,
        tool_call_id=tool_call_id,
        prompt_id=prompt_id,
        mode=Mode(mode) if mode else None,
        receipt=receipt,
        created_at=created_at,
        id=id_,
    )
