"""Which session is opened: the named one, the one last used, or a new one."""

import time
from dataclasses import dataclass

from interruptible_tui.conversation import Mode
from interruptible_tui.store import Session, SessionOwned, Store
from interruptible_tui.store.tables import Tables

DEFAULT_SESSION = "default"


@dataclass(frozen=True, slots=True)
class Choice:
    name: str | None
    """None: the one last used, or a new one if another process runs that."""
    seed_mode: Mode
    """For a new session, as the other seed."""
    seed_model: str
    mode: Mode | None = None
    """Replaces the session's own, as the other one does; None leaves it."""
    model: str | None = None


async def open_session(store: Store, choice: Choice) -> Session:
    """The chosen session, run by this process from now on. SessionOwned where a named one is another's; StoreError."""
    name = choice.name or await store.read(_last_used) or DEFAULT_SESSION
    try:
        return await _own(store, name, choice)
    except SessionOwned:
        if choice.name:
            raise
        return await open_new_session(store, choice)


async def open_new_session(store: Store, choice: Choice) -> Session:
    """A session that did not exist, named "chat 2", "chat 3", ... StoreError."""
    taken = {session.name for session in await store.read(Tables.sessions)}
    number = len(taken) + 1
    while f"chat {number}" in taken:
        number += 1
    return await _own(store, f"chat {number}", choice)


async def _own(store: Store, name: str, choice: Choice) -> Session:
    def find(tables: Tables) -> Session:
        tables.create_session(name, choice.seed_mode, choice.seed_model, time.time())
        return tables.session(name)

    session = await store.write(find)
    store.own(session)

    def use(tables: Tables) -> Session:
        tables.use_session(session.id, choice.mode or session.mode, choice.model or session.model, time.time())
        return tables.session(name)

    return await store.write(use)


def _last_used(tables: Tables) -> str | None:
    return next((session.name for session in tables.sessions()), None)
