"""The rows of sessions: what is known of each, and what is done to whole ones.

A session is known by its name, which no two have. One that is deleted stays as it is, is found by nothing but what
brings it back, and gives its name away when another one asks for it. Whoever runs a session brings it back by that.
"""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.store.forks import ForkTables

_LOOKED_AT = 400
"""Characters of a text in which its first or its last line is looked for."""


class Session(Struct, frozen=True):
    """A named conversation."""

    id: int
    name: str
    mode: Mode
    model: str
    on_interrupt: OnInterrupt
    incorporate_at: IncorporateAt
    last_used_at: float
    endpoint: str = ""
    """Name of the one that `model` and `parameters` were chosen for; empty: the one that the settings say."""
    system: str | None = None
    """System prompt; None: the one that the settings say."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Of model calls; they beat the endpoint's."""
    title: str = ""
    """What it is about: its name if it was renamed, else the first line of its first prompt. Where it was looked up."""
    messages: int = 0
    """How many it has, as `pending`, where they were counted."""
    pending: int = 0


_COLUMNS = "id, name, mode, model, on_interrupt, incorporate_at, last_used_at, endpoint, system, parameters"
_TITLE = (
    "coalesce(title,"
    f" (SELECT substr(text, 1, {_LOOKED_AT}) FROM messages INDEXED BY messages_of_user"
    "   WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1),"
    f" (SELECT substr(text, 1, {_LOOKED_AT}) FROM prompts WHERE session_id = sessions.id ORDER BY position LIMIT 1),"
    " '')"
)
_PENDING = (
    "(SELECT count(*) FROM prompts WHERE session_id = sessions.id)"
    " + (SELECT count(*) FROM sent WHERE session_id = sessions.id)"
)
_PIECES = "FROM pieces WHERE message_id = messages.id AND call IS NULL"
_LAST_SAID = (
    "(SELECT substr(text ||"
    f"   coalesce((SELECT group_concat(text, '') FROM (SELECT text {_PIECES} ORDER BY number)), ''), -{_LOOKED_AT})"
    " FROM messages WHERE session_id = sessions.id AND role IN ('user', 'assistant')"
    f"  AND (text <> '' OR EXISTS (SELECT 1 {_PIECES})) ORDER BY id DESC LIMIT 1)"
)
_THERE = "FROM sessions WHERE deleted_at IS NULL"
_LAST_USED_FIRST = "ORDER BY last_used_at DESC, id DESC"


class SessionTables(ForkTables):
    """The statements, on one connection. Raises sqlite3.Error; transactions are the caller's."""

    # -- looking

    def session(self, name: str) -> Session:
        """KeyError where there is none."""
        if found := self.find_session(name):
            return found
        raise KeyError(name)

    def find_session(self, name: str) -> Session | None:
        row = self._execute(f"SELECT {_COLUMNS} {_THERE} AND name = ?", (name,)).fetchone()
        return _session(row) if row else None

    def session_of(self, id_: int) -> Session | None:
        """None where it is deleted."""
        row = self._execute(f"SELECT {_COLUMNS} {_THERE} AND id = ?", (id_,)).fetchone()
        return _session(row) if row else None

    def last_used(self) -> str | None:
        """Name of the session that was used last."""
        row = self._execute(f"SELECT name {_THERE} {_LAST_USED_FIRST} LIMIT 1").fetchone()
        return row[0] if row else None

    def sessions(self) -> list[Session]:
        """All sessions, the last used first."""
        return [_session(row) for row in self._execute(f"SELECT {_COLUMNS} {_THERE} {_LAST_USED_FIRST}")]

    def counted_sessions(self) -> list[Session]:
        """The same with how much is in each, which takes the longer the more that is."""
        messages = "(SELECT count(*) FROM messages WHERE session_id = sessions.id)"
        rows = self._execute(f"SELECT {_COLUMNS}, {_TITLE}, {messages}, {_PENDING} {_THERE} {_LAST_USED_FIRST}")
        return [_session(row) for row in rows]

    def seen_sessions(self) -> list[tuple[Session, str]]:
        """All sessions, the last used first, each with its last line; messages are not counted."""
        rows = self._execute(
            f"SELECT {_COLUMNS}, {_TITLE}, 0, {_PENDING}, {_LAST_SAID} {_THERE} {_LAST_USED_FIRST}"
        ).fetchall()
        return [(_session(row[:-1]), _lines(row[-1] or "")[-1]) for row in rows]

    def session_names(self) -> dict[int, str]:
        """By id, with those that are deleted; from a database of any format."""
        return dict(self._execute("SELECT id, name FROM sessions"))

    def free_name(self, name: str, form: str = "{} ({})") -> str:
        """`name`, with a number if it is taken."""
        taken, number, free = set(self.session_names().values()), 2, name
        while free in taken:
            free, number = form.format(name, number), number + 1
        return free

    # -- making and using

    def create_session(
        self,
        name: str,
        mode: Mode,
        model: str,
        at: float,
        on_interrupt: OnInterrupt = OnInterrupt.KEEP,
        incorporate_at: IncorporateAt = IncorporateAt.BOUNDARY,
        endpoint: str = "",
    ) -> None:
        """Does nothing where it exists."""
        self._claim(name)
        self._execute(
            "INSERT INTO sessions (name, mode, model, on_interrupt, incorporate_at, endpoint, created_at, last_used_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
            (name, mode, model, on_interrupt, incorporate_at, endpoint, at, at),
        )

    def _claim(self, name: str) -> None:
        """One that is deleted gives the name away."""
        self._execute(
            "UPDATE sessions SET name = ? WHERE name = ? AND deleted_at IS NOT NULL", (self.free_name(name), name)
        )

    def use_session(self, session: Session, at: float) -> None:
        """What it says of itself is stored, and it is the last used."""
        self._execute(
            "UPDATE sessions SET mode = ?, on_interrupt = ?, incorporate_at = ?, last_used_at = ?, deleted_at = NULL"
            " WHERE id = ?",
            (session.mode, session.on_interrupt, session.incorporate_at, at, session.id),
        )
        self.equip_session(session)

    def equip_session(self, session: Session) -> None:
        """What it asks models with is stored."""
        self._execute(
            "UPDATE sessions SET endpoint = ?, model = ?, system = ?, parameters = ? WHERE id = ?",
            (session.endpoint, session.model, session.system, json.dumps(dict(session.parameters)), session.id),
        )

    def touch_session(self, session: int, at: float) -> None:
        """It is the last used."""
        self._execute("UPDATE sessions SET last_used_at = ? WHERE id = ?", (at, session))

    # -- what is done to whole sessions

    def rename_session(self, session: int, name: str) -> bool:
        """Returns whether it has the name now: no other one may have it."""
        self._claim(name)
        other = self.find_session(name)
        if other and other.id != session:
            return False
        self._execute("UPDATE sessions SET name = ?1, title = ?1 WHERE id = ?2", (name, session))
        return True

    def delete_session(self, session: int, at: float) -> None:
        self._execute("UPDATE sessions SET deleted_at = coalesce(deleted_at, ?) WHERE id = ?", (at, session))

    def bring_back_session(self, name: str | None) -> Session | None:
        """The deleted one of that name, or the one that was deleted last; None where there is none."""
        row = self._execute(
            "UPDATE sessions SET deleted_at = NULL WHERE id = (SELECT id FROM sessions WHERE deleted_at IS NOT NULL"
            f" AND name = coalesce(?, name) ORDER BY deleted_at DESC, id DESC LIMIT 1) RETURNING {_COLUMNS}",
            (name,),
        ).fetchone()
        return _session(row) if row else None

    def fork_session(self, session: int, name: str, at: float) -> Session | None:
        """A copy of that name, with nothing pending and no run active; None where there is one of that name."""
        if self.find_session(name):
            return None
        self._claim(name)
        self._execute(
            "INSERT INTO sessions (name, mode, model, on_interrupt, incorporate_at, endpoint, system, parameters,"
            " created_at, last_used_at, title)"
            " SELECT ?1, mode, model, on_interrupt, incorporate_at, endpoint, system, parameters, ?2, ?2,"
            " iif(title IS NULL, NULL, ?1)"
            " FROM sessions WHERE id = ?3",
            (name, at, session),
        )
        copy = self.session(name)
        self.copy_conversation(session, copy.id, at)
        return copy


def _session(row: tuple[Any, ...]) -> Session:
    id_, name, mode, model, on_interrupt, incorporate_at, last_used_at, endpoint, system, parameters, *others = row
    policies = OnInterrupt(on_interrupt), IncorporateAt(incorporate_at)
    outfit = endpoint, system, json.loads(parameters)
    title, *counts = others or [""]
    return Session(id_, name, Mode(mode), model, *policies, last_used_at, *outfit, _lines(title)[0], *counts)


def _lines(text: str) -> list[str]:
    """Those with anything on them; one that is empty where there is none."""
    return [line.strip() for line in text.splitlines() if line.strip()] or [""]
