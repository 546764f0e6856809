"""The asyncio task of one run: how it is cancelled, and how its end is told, whatever ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from interruptible_tui.agent import ReplyCut
from interruptible_tui.conversation import Message
from interruptible_tui.events import (
    BoundaryReached,
    CallStreamed,
    Outcome,
    Recorded,
    RunEnded,
    Streamed,
    TextStreamed,
    ToolStarted,
)
from interruptible_tui.text import storable

PATIENCE = 2.5
"""Seconds after which a cancelled run that has not ended is given up: more than the grace of its tools."""
FORCE_DELAY = 0.05
"""Seconds between the two cancellations that make a stop at once: the first is seen before the second."""

FLUSH = 0.2
"""Seconds after which what a run has streamed is to be written down."""

Record = Callable[[BoundaryReached | Recorded], asyncio.Future[None]]


class RunTask:
    """The task, and what the agent in it knows of the session."""

    def __init__(
        self, number: int, record: Record, hear: Callable[[Streamed], None], flush_due: Callable[[int], None]
    ) -> None:
        self.number = number
        self.inbox: asyncio.Queue[tuple[Message, ...]] = asyncio.Queue()
        self.not_begun: set[str] = set()
        """Ids of calls whose start was recorded, but which were cancelled before they started."""
        self._record = record
        self._hear = hear
        self._flush_due = flush_due
        self._said: list[TextStreamed] = []
        """What the model has said since the event loop last had its turn."""
        self._flush: asyncio.TimerHandle | None = None
        """While something that was streamed is not written down."""
        self._task: asyncio.Task[RunEnded] | None = None
        self._tell: Callable[[RunEnded], None] = lambda _: None
        self._reply: asyncio.Timeout | None = None
        """How long the reply that is being generated may go on: without end, until it is cut."""
        self._cancelled_at: float | None = None
        self._forced = False

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, work: Coroutine[Any, Any, RunEnded], tell: Callable[[RunEnded], None]) -> None:
        """Do `work`. `tell` hears of the end, however it comes about; twice, if the run was given up before."""
        self._tell = tell
        self._task = asyncio.create_task(work, name=f"run {self.number}")
        self._task.add_done_callback(self._ended)

    async def record(self, event: BoundaryReached | Recorded) -> None:
        self.hear_out()
        try:
            await self._record(event)
        except asyncio.CancelledError:
            if isinstance(event, ToolStarted):
                self.not_begun.add(event.call_id)
            raise

    def emit(self, event: Streamed) -> None:
        """Tell of `event`. Text that comes in one go is told of once: a server may send it token by token."""
        if isinstance(event, TextStreamed):
            if not self._said:
                asyncio.get_running_loop().call_soon(self.hear_out)
            self._said.append(event)
        else:
            self.hear_out()
            self._hear(event)
        if not self._flush and isinstance(event, TextStreamed | CallStreamed):
            self._flush = asyncio.get_running_loop().call_later(FLUSH, self._flush_due, self.number)

    def hear_out(self) -> None:
        """Nothing of what the run has emitted is untold after this."""
        if said := self._said:
            self._said = []
            self._hear(said[-1] if len(said) == 1 else replace(said[-1], text="".join(each.text for each in said)))

    def flushed(self) -> None:
        """What has been streamed so far is about to be written down."""
        if self._flush:
            self._flush.cancel()
            self._flush = None

    @asynccontextmanager
    async def generating(self) -> AsyncIterator[None]:
        """See `Port`. A timeout tells its own cancellation of the task from any other."""
        try:
            async with asyncio.timeout(None) as self._reply:
                yield
        except TimeoutError:
            if self._reply and self._reply.expired():
                raise ReplyCut from None
            raise
        finally:
            self._reply = None

    def cut(self) -> None:
        """End the reply that is being generated, if one is; a run that was cancelled is left to that."""
        if self._reply and not self._reply.expired() and self._cancelled_at is None:
            self._reply.reschedule(asyncio.get_running_loop().time())

    def cancel(self, *, force: bool) -> None:
        """Cancel once; a second cancellation of the task ends the grace of its tools, and only `force` asks for it."""
        if not self._task or self._task.done():
            return
        loop = asyncio.get_running_loop()
        if self._cancelled_at is None:
            self._cancelled_at = loop.time()
            self._task.cancel()
            loop.call_later(PATIENCE, self._give_up)
        if force and not self._forced:
            self._forced = True
            loop.call_at(self._cancelled_at + FORCE_DELAY, self._task.cancel)

    def _give_up(self) -> None:
        """A cancelled run that does not end is ended without it; what it still does is fenced off by its number."""
        if self.alive:
            self._tell(RunEnded(self.number, Outcome.CANCELLED, "it did not end when it was cancelled"))

    def _ended(self, task: asyncio.Task[RunEnded]) -> None:
        if task.cancelled():
            end = RunEnded(self.number, Outcome.CANCELLED, "cancelled from outside")
        elif error := task.exception():
            reason = storable(f"internal error: {type(error).__name__}: {error}")
            end = RunEnded(self.number, Outcome.FAILED, reason)
        else:
            end = task.result()
        self.flushed()
        self.hear_out()
        self._tell(end)
