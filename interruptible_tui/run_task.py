"""The asyncio task of one run, what the agent in it knows of its session, and its two ways to be cancelled."""

import asyncio
from collections.abc import Callable

from interruptible_tui.conversation import Message
from interruptible_tui.events import BoundaryReached, Recorded, RunEnded, Streamed, ToolStarted

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
        self.not_begun: set[str] = set()
        """Ids of calls whose start was recorded, but which were cancelled before they started."""
        self._post = post
        self._hear = hear
        self._cancelled_at: float | None = None
        self._forced = False

    @property
    def alive(self) -> bool:
        return self.task is not None and not self.task.done()

    async def record(self, event: BoundaryReached | Recorded) -> None:
        try:
            await self._post(event)
        except asyncio.CancelledError:
            if isinstance(event, ToolStarted):
                self.not_begun.add(event.call_id)
            raise

    def emit(self, event: Streamed) -> None:
        self._hear(event)

    def cancel(self, *, force: bool) -> None:
        """Cancel once; a second cancellation of the task ends the grace of its tools, and only `force` asks for it."""
        if not self.task or self.task.done():
            return
        loop = asyncio.get_running_loop()
        if self._cancelled_at is None:
            self._cancelled_at = loop.time()
            self.task.cancel()
        if force and not self._forced:
            self._forced = True
            loop.call_at(self._cancelled_at + FORCE_DELAY, self.task.cancel)
