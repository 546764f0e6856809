"""What a screen talks to: something that has a session, be it the engine that runs it or a follower of another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from interruptible_tui.events import Published
from interruptible_tui.machine import SessionState

if TYPE_CHECKING:
    from interruptible_tui.archive import Archive
    from interruptible_tui.conversation import Mode, OnInterrupt
    from interruptible_tui.drafts import Drafts
    from interruptible_tui.events import UserEvent
    from interruptible_tui.live import LiveRun
    from interruptible_tui.store import Page, Session
    from interruptible_tui.switching import Change

Observer = Callable[[Published, SessionState], None]
"""Told what has happened, after it is stored, with the state since then. What it raises goes to the event loop's
exception handler."""


def publish(observers: Sequence[Observer], event: Published, state: SessionState) -> None:
    """Tell all of `observers`; the fault of one must not keep the others, or what comes next, from happening."""
    for observer in tuple(observers):
        try:
            observer(event, state)
        except Exception as error:  # noqa: BLE001 - it goes on to whoever answers for faults of the program
            context = {"message": f"an observer failed on {type(event).__name__}", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)


class Refused(Exception):  # noqa: N818 - it says what is the case
    """What was asked for was not done; nothing has changed. The text is for people."""


class Host(Protocol):
    session: Session
    archive: Archive
    """What it has, and all other sessions have: their messages and runs."""
    drafts: Drafts
    """What stands in its composer."""
    read_only: str
    """Why nothing can be asked for here, on one line; empty where everything can."""

    @property
    def freed(self) -> asyncio.Event | None:
        """Set when nobody runs the session any more; None where it is run here."""
        ...

    @property
    def state(self) -> SessionState:
        """The durable state."""
        ...

    @property
    def live(self) -> LiveRun | None:
        """The active run as far as it has told."""
        ...

    @property
    def model(self) -> str:
        """As people are shown it."""
        ...

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Tell `observer` what happens from now on; returns what ends that."""
        ...

    async def last_page(self) -> Page:
        """The last messages, before anything is observed: an observer is told what follows them. StoreError."""
        ...

    # What the user does. Each returns when it is durable, and raises StoreError or Refused if it did not happen.

    async def submit(self, text: str, mode: Mode | None = None, *, on_interrupt: OnInterrupt | None = None) -> str: ...
    async def rewind(self, text: str, to: str) -> str: ...
    async def switch(self, mode: Mode) -> None: ...
    async def stop(self, *, everything: bool = False) -> None: ...
    async def resume(self) -> None: ...
    async def continue_run(self) -> None: ...
    async def ask(self, wish: UserEvent) -> None:
        """Anything else: what is done to what is pending, and to runs."""
        ...

    async def equip(self, change: Change) -> None:
        """From the next run on, the session asks models with what `change` makes of it."""
        ...

    async def close(self) -> None:
        """Let go of the session."""
        ...
