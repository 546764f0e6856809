"""Which session is opened: the named one, the one last used, or a new one."""

import time
from dataclasses import dataclass, replace

from interruptible_tui.conversation import Mode
from interruptible_tui.store import Session, Store
from interruptible_tui.store.tables import Tables

DEFAULT_SESSION = "default"


@dataclass(frozen=True, slots=True)
class Choice:
    name: str | None
    """None: the one last used."""
    seed_mode: Mode
    """For a session that does not exist yet, as the other seed."""
    seed_model: str
    mode: Mode | None = None
    """Replaces the session's own, as the other one does; None leaves it."""
    model: str | None = None
    new: bool = False
    """A session that does not exist yet, named "chat 2", "chat 3", ..."""


async def choose(store: Store, choice: Choice) -> Session:
    """The chosen session, made if need be, as it will be once it is opened. StoreError."""

    def find(tables: Tables) -> Session:
        name = _new_name(tables) if choice.new else choice.name or tables.last_used() or DEFAULT_SESSION
        tables.create_session(name, choice.seed_mode, choice.seed_model, time.time())
        return tables.session(name)

    session = await store.write(find)
    return replace(session, mode=choice.mode or session.mode, model=choice.model or session.model)


def _new_name(tables: Tables) -> str:
    taken = {session.name for session in tables.sessions()}
    number = len(taken) + 1
    while f"chat {number}" in taken:
        number += 1
    return f"chat {number}"
