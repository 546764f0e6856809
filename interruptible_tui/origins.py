"""`config`: every setting, its value, and where that comes from. The key is never shown.

What a session has of its own is stronger than the environment and the config file, and weaker than a flag.
"""

import json
import os
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from interruptible_tui import opening
from interruptible_tui.arguments import Format
from interruptible_tui.endpoints import choose
from interruptible_tui.settings import Settings
from interruptible_tui.sources import config_file, environment, flag, variable
from interruptible_tui.store import Session, Store
from interruptible_tui.store.choice import stored
from interruptible_tui.text import clean_line

SHOWN = 100
"""Characters of a value that are listed for people."""
OF_SESSIONS = frozenset({"mode", "on_interrupt", "incorporate_at", "model", "endpoint", "system"})
"""What a session has of its own, once it is stored."""
_SECRET = "api_key"  # noqa: S105 - its name
_TABLES = ("endpoints", "prompts")
"""Of the config file; only the names in them are told."""
_UNSET = {"session": "the one last used", "base_url": "OpenAI's", _SECRET: "not set"}
"""What it means that there is no value."""


class Origin(Struct, frozen=True):
    name: str
    value: Any
    """As JSON has it; of the key only whether it is set."""
    source: str
    """"flag", "session", "chosen" (on the screen), "environment", "config file", "endpoint" or "default"."""
    where: str | None
    """The flag, the session's name, the variable, the path of the file, or the endpoint's name."""


async def session_of(settings: Settings) -> Session | None:
    """The session that the settings mean, as it is stored; None where it is still to be made. StoreError."""
    store = await Store.open_for_reading(settings.data_dir)
    if store is None:
        return None
    try:
        return await stored(store, settings.session)
    finally:
        await store.close()


def origins(
    settings: Settings,
    stored: Session | None,
    opened: Session | None,
    flags: Collection[str],
    chosen: Mapping[str, tuple[Any, Path]],
) -> list[Origin]:
    """UsageError.

    `opened`: `stored` as a start has it. `flags`: the settings that were given as such and hold whatever the session
    has. `chosen`: what was chosen on the screen, and the file that says so.
    """
    values = settings.model_dump(mode="json", exclude={"flags", *_TABLES})
    values |= {name: list(getattr(settings, name)) for name in _TABLES}
    values[_SECRET] = settings.api_key is not None
    given = {name: getattr(settings, name) for name in flags}
    sources = (given, *choose(given, environment(os.environ), config_file(settings.config, os.environ, required=False)))
    found = {name: _origin(name, value, settings, sources) for name, value in values.items()}
    found |= {name: Origin(name, value, "chosen", str(file)) for name, (value, file) in chosen.items()}
    if stored and opened:
        now = opening.current(settings, opened)
        found |= {each.name: each for each in _of_server(settings, now.endpoint)}
        found |= {each.name: each for each in _of_session(stored, now) if each.name not in flags}
    return list(found.values())


def _origin(name: str, value: Any, settings: Settings, sources: Sequence[Container[str]]) -> Origin:
    flags, variables, keys, of_endpoint = sources
    if name in flags:
        return Origin(name, value, "flag", flag(name))
    if name in variables:
        return Origin(name, value, "environment", variable(name, os.environ))
    if name in keys:
        return Origin(name, value, "config file", str(settings.config))
    if name in of_endpoint:
        return Origin(name, value, "endpoint", settings.endpoint)
    return Origin(name, value, "default", None)


def _of_server(settings: Settings, endpoint: str) -> Iterator[Origin]:
    """What is asked in place of the settings' own server."""
    if opening.is_of_the_settings(settings, endpoint):
        return
    server = settings.endpoints[endpoint]
    yield Origin("base_url", server.base_url, "endpoint", endpoint)
    yield Origin(_SECRET, server.api_key is not None, "endpoint", endpoint)
    if "api" not in settings.flags:
        yield Origin("api", server.api.value, "endpoint", endpoint)


def _of_session(stored: Session, now: Session) -> Iterator[Origin]:
    """A model is its own as long as the endpoint is that for which it was chosen."""
    for name in OF_SESSIONS - {"model", "endpoint", "system"}:
        yield Origin(name, str(getattr(now, name)), "session", stored.name)
    if now.system is not None:
        yield Origin("system", now.system, "session", stored.name)
    if now.endpoint == stored.endpoint:
        yield Origin("model", now.model, "session", stored.name)
        if now.endpoint:
            yield Origin("endpoint", now.endpoint, "session", stored.name)


def rendered(found: Sequence[Origin], format_: Format) -> str:
    if format_ is Format.JSON:
        values = [{name: each for name, each in asdict(one).items() if name != "where" or each} for one in found]
        return json.dumps(values, indent=2) + "\n"
    width = max(len(each.name) for each in found)
    return "".join(f"{each.name:<{width}}  {_value(each)}  ({_place(each)})\n" for each in found)


def _value(one: Origin) -> str:
    if one.value is None or (one.name == _SECRET and not one.value):
        return _UNSET.get(one.name, "none")
    if one.name == _SECRET:
        return "set, not shown"
    text = clean_line(one.value if isinstance(one.value, str) else json.dumps(one.value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _place(one: Origin) -> str:
    return f"{one.source} {clean_line(one.where)}" if one.where else one.source
