"""What the next runs of a session are made with, as it is switched: in its turn among all else that is asked for."""

import asyncio
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from interruptible_tui.agent import Agent
from interruptible_tui.store import Session

Change = Callable[[Session], tuple[Session, Agent]]
"""The session as it asks models from now on, and the agent that is made of it."""


class Switch(Struct, frozen=True):
    change: Change
    behind: "asyncio.Future[None] | None"
    """Done when what was asked for before has happened, or has not; None: nothing was."""
    done: "asyncio.Future[None]"

    def succeed(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Switches:
    """First in, first out."""

    def __init__(self) -> None:
        self._waiting: deque[Switch] = deque()

    def add(self, change: Change, behind: "asyncio.Future[None] | None") -> "asyncio.Future[None]":
        """As `Switch.done`."""
        switch = Switch(change, behind, asyncio.get_running_loop().create_future())
        self._waiting.append(switch)
        return switch.done

    def due(self, *, alone: bool) -> Switch | None:
        """The next one whose turn it is. `alone`: nothing else waits."""
        if not self._waiting:
            return None
        behind = self._waiting[0].behind
        return self._waiting.popleft() if alone or behind is None or behind.done() else None

    def fail(self, error: Exception) -> None:
        """Fail all that wait."""
        while self._waiting:
            self._waiting.popleft().fail(error)
