"""The compensations of one rollback, carried out one after the other, the newest call first.

Each is written down before it begins and after it has ended, so that one that was cut by a crash is known to be of
unknown outcome. Nothing is begun after something could not be written down, or once the program is being closed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from interruptible_tui.conversation import CallStatus, Compensation, CompensationStatus, parse_arguments
from interruptible_tui.events import CompensationEnded, CompensationStarted
from interruptible_tui.text import storable
from interruptible_tui.tools import Toolbox, ToolResult
from interruptible_tui.tools.refusals import was_refused

LIMIT = 60.0
"""Seconds that a compensation is given."""
LAST = 2.0
"""Seconds that the one that runs is given once the program is being closed."""
FORCE_DELAY = 0.05
"""Seconds between the two cancellations that then leave it no grace: the first is seen before the second."""
PATIENCE = 2.5
"""Seconds after which one that was cancelled and has not ended is given up: more than the grace of its process."""

Record = Callable[[CompensationStarted | CompensationEnded], Awaitable[None]]
"""Returns when the event is durable; StoreError if it is not."""
Verdict = tuple[CompensationStatus, str]
_UNDECIDED = {CompensationStatus.FAILED, CompensationStatus.UNKNOWN}


class Saga:
    """One rollback's. To be made where the event loop runs."""

    def __init__(self, rollback: int, toolbox: Toolbox, record: Record, limit: float = LIMIT) -> None:
        """`limit`: seconds that each compensation is given."""
        self._rollback = rollback
        self._toolbox = toolbox
        self._record = record
        self._limit = limit
        self._hurried: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def undo(self, compensations: Sequence[Compensation], *, again: bool = False) -> None:
        """Carry out those of `compensations` that wait. They are given oldest first, and carried out from the end.

        `again`: also those that have failed or are of unknown outcome; until it begins, each keeps its old verdict.
        Raises what `record` raises. Only what gives up the whole session may cancel this: it ends the one that runs,
        of which no end is recorded, so that it is unknown.
        """
        for compensation in reversed(compensations):
            due = compensation.status is CompensationStatus.WAITING or (again and compensation.status in _UNDECIDED)
            if due and not self._hurried.done():
                await self._settle(compensation)

    def hurry(self) -> None:
        """The program is being closed: nothing more is begun, and what runs is ended after LAST seconds."""
        if not self._hurried.done():
            self._hurried.set_result(None)

    async def _settle(self, compensation: Compensation) -> None:
        where = (self._rollback, compensation.run, compensation.turn, compensation.call.id)
        verdict = self._without_calling(compensation)
        if verdict is None:
            await self._record(CompensationStarted(*where, compensation.call))
            hurried = self._hurried.done()  # while that was written down: this one is left as it was
            as_it_was = (compensation.status, compensation.text)
            verdict = as_it_was if hurried else await self._called(compensation)
        status, text = verdict
        await self._record(CompensationEnded(*where, status, storable(text)))

    def _without_calling(self, compensation: Compensation) -> Verdict | None:
        """The verdict on a call for which there is nothing to be called."""
        call = compensation.call
        if was_refused(call, compensation.result) or parse_arguments(call.arguments) is None:
            return CompensationStatus.NEEDLESS, ""
        if not self._toolbox.is_compensated(call):
            return CompensationStatus.NOT_DECLARED, ""
        return None

    async def _called(self, compensation: Compensation) -> Verdict:
        """Raises CancelledError only if it is itself cancelled."""
        work = self._toolbox.compensate(compensation.call, compensation.result, lambda _: None)
        call = asyncio.create_task(work, name=f"compensation of {compensation.call.name}")
        try:
            why = await self._bounded(call)
        except asyncio.CancelledError:
            call.cancel()
            await asyncio.wait({call}, timeout=PATIENCE)
            raise
        if call.done() and not call.cancelled():
            return _judged(compensation, call.result())
        return why

    async def _bounded(self, call: "asyncio.Task[ToolResult]") -> Verdict:
        """Wait for `call`, and end it when its time is over; what is to be said of it then."""
        either: set[asyncio.Future[Any]] = {call, self._hurried}
        await asyncio.wait(either, timeout=self._limit, return_when=asyncio.FIRST_COMPLETED)
        if not self._hurried.done():
            call.cancel()
            await asyncio.wait({call}, timeout=PATIENCE)
            return CompensationStatus.FAILED, f"it took longer than {self._limit:g} s"
        await asyncio.wait({call}, timeout=LAST)
        call.cancel()
        await asyncio.wait({call}, timeout=FORCE_DELAY)
        call.cancel()
        await asyncio.wait({call}, timeout=PATIENCE)
        return CompensationStatus.UNKNOWN, "it was ended with the program"


def _judged(compensation: Compensation, result: ToolResult) -> Verdict:
    """Arguments that the tool refuses now, but did not then, are those of a tool that has changed."""
    has_run = compensation.call.status in {CallStatus.DONE, CallStatus.FAILED}
    if result.refused and not has_run:
        return CompensationStatus.NEEDLESS, ""
    return CompensationStatus.FAILED if result.failed else CompensationStatus.DONE, result.text
