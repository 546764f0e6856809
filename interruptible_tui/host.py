"""What a screen talks to: something that has a session, be it the engine that runs it or a follower of another one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from interruptible_tui.conversation import Message, Mode
from interruptible_tui.events import Published
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import SessionState
from interruptible_tui.store import Session

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
    model: str
    """As people are shown it."""
    read_only: str
    """Why nothing can be asked for here, on one line; empty where everything can."""

    @property
    def state(self) -> SessionState:
        """The durable state."""
        ...

    @property
    def live(self) -> LiveRun | None:
        """The active run as far as it has told."""
        ...

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Tell `observer` everything that is not in `history`, from now on; returns what ends that."""
        ...

    async def history(self) -> list[Message]:
        """All stored messages, oldest first. StoreError."""
        ...

    # What the user does. Each returns when it is durable, and raises StoreError or Refused if it did not happen.

    async def submit(self, text: str, mode: Mode | None = None) -> str: ...
    async def switch(self, mode: Mode) -> None: ...
    async def stop(self, *, everything: bool = False) -> None: ...
    async def resume(self) -> None: ...
    async def continue_run(self) -> None: ...

    async def close(self) -> None:
        """Let go of the session."""
        ...
