"""What is found, taken away and told without a screen: `search`, `export`, `paths`, `config`. Each imports its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interruptible_tui.arguments import Command, Format, UsageError, no_session
from interruptible_tui.output import write
from interruptible_tui.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from interruptible_tui.arguments import Arguments
    from interruptible_tui.host import Host
    from interruptible_tui.origins import Origin
    from interruptible_tui.settings import Settings


async def run_errand(settings: Settings, arguments: Arguments) -> int:
    """Returns the exit status. UsageError, StoreError, OutputClosed, OutputFailed."""
    match arguments.command:
        case Command.SEARCH:
            await _search(settings, arguments)
        case Command.EXPORT:
            await _export(settings, arguments)
        case Command.PATHS:
            from interruptible_tui import inventory

            write(inventory.rendered(inventory.places(settings, _theme_file(settings)), arguments.format))
        case _:
            from interruptible_tui import origins

            write(origins.rendered(await _at_a_start(settings), arguments.format))
    return 0


async def _search(settings: Settings, arguments: Arguments) -> None:
    from interruptible_tui.finding import found

    name = settings.session if "session" in settings.flags else None
    write(await found(arguments.prompt or "", arguments.format, settings.data_dir, name))


async def _export(settings: Settings, arguments: Arguments) -> None:
    from interruptible_tui.exporting import exported, place, write_new
    from interruptible_tui.store import Store
    from interruptible_tui.store.choice import stored

    missing = UsageError("there is no session yet") if settings.session is None else no_session(settings.session)
    store = await Store.open_for_reading(settings.data_dir)
    if store is None:
        raise missing
    try:
        session = await stored(store, settings.session)
        if session is None:
            raise missing
        pieces = exported(store, session, as_json=arguments.format is Format.JSON)
        if arguments.output is not None:
            await write_new(place(arguments.output), pieces)
        else:
            async for piece in pieces:
                write(clean(piece))
    finally:
        await store.close()


async def _at_a_start(settings: Settings) -> list[Origin]:
    from interruptible_tui import opening, origins
    from interruptible_tui.store.choice import changed

    stored = await origins.session_of(settings)
    opened = stored and changed(stored, opening.choice(settings, settings))
    return origins.origins(settings, stored, opened, settings.flags, _chosen(settings))


def told(settings: Settings, what: str, host: Host) -> str:
    """The "paths", or the "config" as it is for the session of `host`, which has taken what flags said of it."""
    from interruptible_tui import inventory, origins

    if what == "paths":
        return inventory.rendered(inventory.places(settings, _theme_file(settings)), Format.TEXT)
    state = host.state
    session = replace(
        host.session, mode=state.mode, on_interrupt=state.on_interrupt, incorporate_at=state.incorporate_at
    )
    flags = settings.flags - origins.OF_SESSIONS
    try:
        return origins.rendered(origins.origins(settings, session, session, flags, _chosen(settings)), Format.TEXT)
    except UsageError as error:
        return str(error)


def _chosen(settings: Settings) -> dict[str, tuple[str, Path]]:
    """What was chosen on the screen and is stronger than the config file, by the name of the setting."""
    from interruptible_tui.tui.preferences import Preferences

    file = _theme_file(settings)
    theme = Preferences(configured=settings.theme, remembers=file).theme
    return {} if theme == settings.theme else {"theme": (theme, file)}


def _theme_file(settings: Settings) -> Path:
    from interruptible_tui.tui.preferences import THEME_FILE

    return settings.data_dir / THEME_FILE
