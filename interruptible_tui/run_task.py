"""The asyncio task of one run, what the agent in it knows of its session, and its two ways to be cancelled."""

import asyncio
from collections.abc import Callable

from interruptible_tui.conversation import Message
from interruptible_tui.events import BoundaryReached, Recorded, RunEnded, Streamed

FORCE_DELAY = 0.05
"""Seconds between the two cancellations that make a stop at once: the first is seen before the second."""


class RunTask:
    """The task of one run, and what the agent in it knows of the session."""

    def __init__(
        self,
        number: int,
        post: Callable[[BoundaryReached | Recorded], asyncio.Future[None]],
        hear: Callable[[Streamed], None],
    ) -> None:
        self.number = number
        self.inbox: asyncio.Queue[tuple[Message, ...]] = asyncio.Queue()
        self.task: asyncio.Task[RunEnded] | None = None
        self._post = post
        self._hear = hear
        self._cancelled = False
        self._forced = False

    async def record(self, event: BoundaryReached | Recorded) -> None:
        await self._post(event)

    def emit(self, event: Streamed) -> None:
        self._hear(event)

    def cancel(self, *, force: bool) -> None:
        """Cancel once; a second cancellation of the task ends the grace of its tools, and only `force` asks for it."""
        if not self.task or self.task.done():
            return
        if not self._cancelled:
            self._cancelled = True
            self.task.cancel()
            if force:
                asyncio.get_running_loop().call_later(FORCE_DELAY, self._force)
        elif force:
            self._force()

    def _force(self) -> None:
        if self.task and not self.task.done() and not self._forced:
            self._forced = True
            self.task.cancel()
