"""Which session is opened: the named one, the one last used, or a new one."""

import time

from msgspec import Struct
from msgspec.structs import replace

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.store import Session, Store
from interruptible_tui.store.tables import Tables

DEFAULT_SESSION = "default"


class Choice(Struct, frozen=True):
    name: str | None
    """None: the one last used."""
    seed_mode: Mode
    """For a session that does not exist yet, as the other seeds."""
    seed_model: str
    seed_on_interrupt: OnInterrupt = OnInterrupt.KEEP
    seed_incorporate_at: IncorporateAt = IncorporateAt.BOUNDARY
    seed_endpoint: str = ""
    """Also for a session that has named none; it brings `seed_model` with it."""
    mode: Mode | None = None
    """Replaces the session's own, as those below do; None leaves it."""
    model: str | None = None
    on_interrupt: OnInterrupt | None = None
    incorporate_at: IncorporateAt | None = None
    endpoint: str | None = None
    """Another one than the session's own brings `seed_model` with it."""
    system: str | None = None
    new: bool = False
    """A session that does not exist yet, named "chat 2", "chat 3", ..."""


async def choose(store: Store, choice: Choice) -> Session:
    """The chosen session, made if need be, as it will be once it is opened. StoreError."""

    def find(tables: Tables) -> Session:
        name = _new_name(tables) if choice.new else choice.name or tables.last_used() or DEFAULT_SESSION
        seeds = (choice.seed_on_interrupt, choice.seed_incorporate_at, choice.seed_endpoint)
        tables.create_session(name, choice.seed_mode, choice.seed_model, time.time(), *seeds)
        return tables.session(name)

    return changed(await store.write(find), choice)


def changed(session: Session, choice: Choice) -> Session:
    """`session` as it is where `choice` has its way. A model and parameters are those of an endpoint."""
    endpoint = (session.endpoint or choice.seed_endpoint) if choice.endpoint is None else choice.endpoint
    if endpoint != session.endpoint:
        session = replace(session, endpoint=endpoint, model=choice.seed_model, parameters={})
    return replace(
        session,
        mode=choice.mode or session.mode,
        model=choice.model or session.model,
        on_interrupt=choice.on_interrupt or session.on_interrupt,
        incorporate_at=choice.incorporate_at or session.incorporate_at,
        system=session.system if choice.system is None else choice.system,
    )


async def stored(store: Store, name: str | None) -> Session | None:
    """The session of that name, or the one last used; None where there is none. StoreError."""
    sessions = await store.read(lambda tables: tables.sessions())
    return next((each for each in sessions if name is None or each.name == name), None)


def _new_name(tables: Tables) -> str:
    taken = set(tables.session_names().values())
    number = len(taken) + 1
    while f"chat {number}" in taken:
        number += 1
    return f"chat {number}"
