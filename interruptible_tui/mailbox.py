"""What is on its way to a session, and the state after all of it."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from typing import Any

from msgspec import Struct

from interruptible_tui.effects import CancelRun, CutReply
from interruptible_tui.events import SessionEvent
from interruptible_tui.machine import SessionState, step


class Entry(Struct, frozen=True):
    event: SessionEvent
    done: asyncio.Future[None]
    """Done when the effects of `event` are, or when it is known that it did not happen."""

    def succeed(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Mailbox:
    """First in, first out. What is to be cancelled or cut by an event is told at once, when that is posted."""

    def __init__(self, state: SessionState, end_early: Callable[[CancelRun | CutReply], None]) -> None:
        self._ahead = state
        """After all that is here."""
        self._end_early = end_early
        self._entries: deque[Entry] = deque()
        self._wake = asyncio.Event()
        self._has_ended = False
        """Something has been ended early since this was last waited for."""

    def __bool__(self) -> bool:
        return bool(self._entries)

    def post(self, event: SessionEvent) -> asyncio.Future[None]:
        """As `Entry.done`."""
        self._ahead, effects = step(self._ahead, event)
        for effect in effects:
            if isinstance(effect, CancelRun | CutReply):
                self._end_early(effect)
                self._has_ended = True
        entry = Entry(event, asyncio.get_running_loop().create_future())
        self._entries.append(entry)
        self.ring()
        return entry.done

    def insert(self, event: SessionEvent) -> None:
        """Put `event` before all others."""
        done = asyncio.get_running_loop().create_future()
        unattended(done)
        self.put_back(Entry(event, done))

    def put_back(self, entry: Entry) -> None:
        self._entries.appendleft(entry)
        self.ring()

    def take(self) -> Entry:
        """IndexError if there is none."""
        return self._entries.popleft()

    def ring(self) -> None:
        """End the wait."""
        self._wake.set()

    async def wait(self) -> None:
        """Until something is here, or it rings; or it has rung since this was last waited for.

        What was cancelled or cut has its turn first: its connection is to be closed at once.
        """
        if not self._entries:
            await self._wake.wait()
        self._wake.clear()
        if self._has_ended:
            self._has_ended = False
            await asyncio.sleep(0)

    def follow(self, state: SessionState) -> None:
        """The state before the first of these events is another one than it was thought to become."""
        self._ahead = reduce(lambda before, entry: step(before, entry.event)[0], self._entries, state)

    def fail(self, error: Exception) -> None:
        """Fail all that is here."""
        with suppress(IndexError):
            while True:
                self.take().fail(error)


def unattended(future: asyncio.Future[Any]) -> None:
    """Nobody waits for this one; what it fails of is dealt with where it happens."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
