"""The chat on a terminal: put together from the settings, shown until it is left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from interruptible_tui import errands, opening
from interruptible_tui.deadline import Deadline
from interruptible_tui.store import SessionOwned, Store
from interruptible_tui.store.choice import choose
from interruptible_tui.text import storable
from interruptible_tui.workshop import Workshop, open_workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from interruptible_tui.guard import Guard
    from interruptible_tui.host import Host
    from interruptible_tui.settings import Settings
    from interruptible_tui.store.choice import Choice
    from interruptible_tui.tui.app import ChatApp

RESTORING = 1.5
"""Seconds, after the sessions have been closed, in which the terminal is restored and the database is closed."""


async def chat(settings: Settings, guard: Guard, started: Callable[[], None]) -> int:
    """Show the chat until it is left; returns the exit status. SessionOwned, StoreError, ToolsError.

    `started` is called when everything is imported that the first request needs.
    """
    deadline = Deadline()

    def give_up(status: int) -> None:
        deadline.start(status, RESTORING)
        guard.cancel(status)

    guard.on_signal = guard.on_error = give_up
    async with open_workshop(settings) as workshop:  # first, so that the tools are loaded while the screen is made
        store = await Store.open(settings.data_dir)
        try:
            return await _show(Sitting(settings, store, workshop), guard, deadline, started)
        finally:
            await store.close()


class Sitting:
    """What is open while the chat is shown."""

    def __init__(self, settings: Settings, store: Store, workshop: Workshop) -> None:
        self.settings = settings
        self.store = store
        self.workshop = workshop
        self._hosts: list[Host] = []

    async def open_first(self) -> Host:
        return await self._open(opening.choice(self.settings, self.settings))

    async def open_another(self, name: str | None) -> Host:
        """None: one with a new name. What the command line has chosen was for the first one."""
        choice = opening.choice(self.settings, self.settings)
        own = replace(choice, mode=None, model=None, on_interrupt=None, incorporate_at=None, endpoint=None, system=None)
        return await self._open(replace(own, name=name and storable(name), new=name is None))

    async def _open(self, choice: Choice) -> Host:
        """Run the chosen session, or follow it where another process runs it."""
        from interruptible_tui.follower import Follower

        try:
            host: Host = await self.workshop.open_engine(self.store, choice)
        except SessionOwned as owned:
            session = await choose(self.store, choice)
            host = Follower(self.store, session, owned.owner, self.workshop.model)
        self._hosts.append(host)
        return host

    async def close(self) -> None:
        await asyncio.gather(*(host.close() for host in self._hosts), return_exceptions=True)


async def _show(sitting: Sitting, guard: Guard, deadline: Deadline, started: Callable[[], None]) -> int:
    from interruptible_tui.guard import CRASHED

    app = _app(sitting, deadline, started)
    guard.on_signal = guard.on_error = app.leave
    try:
        refused = await app.run_async()
    finally:  # one that has broken down has told the guard, and must not keep the others from being closed
        await sitting.close()
    if failed := app.fault or refused:
        raise failed
    return CRASHED if app.return_code is None else app.return_code


def _app(sitting: Sitting, deadline: Deadline, started: Callable[[], None]) -> ChatApp:
    from interruptible_tui.catalogue import Catalogue
    from interruptible_tui.tui.app import ChatApp
    from interruptible_tui.tui.notices import DEMO, WELCOME
    from interruptible_tui.tui.preferences import THEME_FILE, Preferences

    settings, workshop = sitting.settings, sitting.workshop

    async def warm() -> None:
        await workshop.warm()
        started()

    return ChatApp(
        sitting.open_first,
        sitting.open_another,
        model=workshop.first_model,
        workshop=workshop,
        welcome=f"{WELCOME}\n\n{DEMO}" if settings.demo else WELCOME,
        catalogue=Catalogue(sitting.store),
        after_first_frame=warm,
        before_leaving=lambda status, closing: deadline.start(status, closing + RESTORING),
        escape_delay=settings.escape_delay / 1000,
        inquire=lambda what, host: errands.told(settings, what, host),
        preferences=Preferences(settings.keys, settings.config, settings.theme, settings.data_dir / THEME_FILE),
    )
