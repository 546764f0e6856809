"""What the settings make of a session: which one a start opens, and which server and model its requests go to.

Pure functions of both, for whoever makes requests and for whoever tells of them.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
    from interruptible_tui.endpoints import Endpoint
    from interruptible_tui.settings import Settings
    from interruptible_tui.store import Session
    from interruptible_tui.store.choice import Choice

WHERE = frozenset({"endpoint", "base_url"})
"""Options that beat the endpoint of a session."""


def choice(settings: Settings, seeds: Settings) -> Choice:
    """Which session is opened; a new one begins with what `seeds` say."""
    from interruptible_tui.store.choice import Choice

    mode, on_interrupt, incorporate_at = wishes(seeds)
    given = seeds.flags
    return Choice(
        name=settings.session,
        seed_mode=seeds.mode,
        seed_model=seeds.model,
        seed_on_interrupt=seeds.on_interrupt,
        seed_incorporate_at=seeds.incorporate_at,
        seed_endpoint=seeds.endpoint or "",
        mode=mode,
        model=seeds.model if "model" in given else None,
        on_interrupt=on_interrupt,
        incorporate_at=incorporate_at,
        endpoint=(seeds.endpoint or "") if given & WHERE else None,
        system=seeds.system if "system" in given else None,
    )


def wishes(settings: Settings) -> tuple[Mode | None, OnInterrupt | None, IncorporateAt | None]:
    """What the flags say of one prompt; None leaves it to the session."""
    given = settings.flags
    return (
        settings.mode if "mode" in given else None,
        settings.on_interrupt if "on_interrupt" in given else None,
        settings.incorporate_at if "incorporate_at" in given else None,
    )


def is_lost(settings: Settings, session: Session) -> bool:
    """Whether it has chosen an endpoint that is configured no more."""
    return session.endpoint not in {"", *settings.endpoints}


def current(settings: Settings, session: Session) -> Session:
    """`session` with the endpoint that it has now, and a model of that."""
    if is_lost(settings, session):
        return at(settings, session, "")
    return replace(session, endpoint=session.endpoint or settings.endpoint or "")


def at(settings: Settings, session: Session, endpoint: str) -> Session:
    """`session` at another endpoint, with the model of that; where it is empty, at the one of the settings."""
    model = server(settings, endpoint).model or settings.model
    return replace(session, endpoint=endpoint or settings.endpoint or "", model=model, parameters={})


def is_of_the_settings(settings: Settings, endpoint: str) -> bool:
    """Whether the settings' own server is meant: what flags and variables say of a server concerns that one."""
    return endpoint in {"", settings.endpoint}


def server(settings: Settings, endpoint: str) -> Endpoint:
    """A flag that names the API holds for all."""
    if is_of_the_settings(settings, endpoint):
        return settings.server
    found = settings.endpoints[endpoint]
    return dataclasses.replace(found, api=settings.api) if "api" in settings.flags else found
