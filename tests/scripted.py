"""A model and tools that play a script in this process: real implementations of `Provider` and `Tool`.

    gate = Gate()
    model = Scripted(says("Hel", gate, "lo"), calls(("work", {"what": "burger"})), says(too_many()))
    await gate.reached()        # the reply is between "Hel" and "lo"
    gate.open()

A reply is a list of steps: a string is streamed, a gate waited at, an exception raised, a float slept (seconds), a
delta sent as it is. After the script the model says "Done." for ever.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Any

from interruptible_tui.conversation import ToolSpec, Usage
from interruptible_tui.providers import CallDelta, Delta, Finish, Finished, ProviderError, TextDelta
from interruptible_tui.request import Request
from interruptible_tui.tools import ToolResult

LIMIT = 5.0
"""Seconds after which waiting for something in a test fails."""


class Gate:
    """A place where a script waits until the test opens it; the test can wait until the script is there."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def reached(self) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(LIMIT):
            await self._reached.wait()

    @property
    def is_reached(self) -> bool:
        return self._reached.is_set()

    def open(self) -> None:
        self._opened.set()

    async def passed(self) -> None:
        self._reached.set()
        await self._opened.wait()


Step = str | Gate | Exception | float | Delta
Reply = list[Step]


def says(*steps: Step, finish: Finish | None = Finish.STOP, usage: Usage | None = None) -> Reply:
    """A reply of text; `finish` None is a stream that ends without having been finished."""
    return [*steps, *([Finished(finish, usage)] if finish else [])]


def calls(*wanted: tuple[str, dict[str, Any]], text: str = "") -> Reply:
    """A reply with tool calls, each a name and its arguments; their ids are call-0, call-1, ..."""
    deltas = [CallDelta(at, f"call-{at}", name, json.dumps(given)) for at, (name, given) in enumerate(wanted)]
    return says(text, *deltas) if text else says(*deltas)


def too_many(retry_after: float | None = None, *, retryable: bool = True) -> ProviderError:
    return ProviderError("HTTP 429: too many requests", status=429, retryable=retryable, retry_after=retry_after)


class Scripted:
    """The provider. The script is a list of replies, or a function from a request to a reply."""

    def __init__(self, *replies: Reply, script: Callable[[Request], Reply] | None = None) -> None:
        self.requests: list[Request] = []
        self.cut = 0
        """How many streams were closed before their end."""
        self._replies = list(replies)
        self._script = script
        self._asked = asyncio.Condition()

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        self.requests.append(request)
        reply = self._next(request)
        async with self._asked:
            self._asked.notify_all()
        try:
            for step in reply:
                if isinstance(step, Gate | Exception | float):
                    await _play(step)
                else:
                    yield TextDelta(step) if isinstance(step, str) else step
        except (asyncio.CancelledError, GeneratorExit):
            self.cut += 1
            raise

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def request(self, number: int) -> Request:
        """Request `number`, from 1, as soon as it is there. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT), self._asked:
            await self._asked.wait_for(lambda: len(self.requests) >= number)
        return self.requests[number - 1]

    def _next(self, request: Request) -> Reply:
        if self._script:
            return self._script(request)
        return self._replies.pop(0) if self._replies else says("Done.")


async def _play(step: Gate | Exception | float) -> None:
    match step:
        case Gate():
            await step.passed()
        case Exception():
            raise step
        case float():
            await asyncio.sleep(step)


class Work:
    """A tool that prints what it is told to, waits at its gate, and returns; it counts what happens to it."""

    def __init__(
        self,
        name: str = "work",
        *,
        gate: Gate | None = None,
        gates: Sequence[Gate] = (),
        prints: str = "",
        result: str = "done",
        failed: bool = False,
        idempotent: bool = False,
        compensated: bool = False,
    ) -> None:
        """`gates`: one for each call in turn, then `gate` for all others."""
        schema = {"type": "object", "properties": {"what": {"type": "string"}}}
        self.spec = ToolSpec(name, "Do some work.", schema, idempotent, compensated)
        self.started: list[dict[str, Any]] = []
        self.finished: list[dict[str, Any]] = []
        self.cancelled = 0
        self.undone: list[tuple[dict[str, Any], str | None]] = []
        """Arguments and result of each call that was compensated."""
        self._gate = gate
        self._gates = list(gates)
        self._prints = prints
        self._result = ToolResult(result, failed)

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        gate = self._gates.pop(0) if self._gates else self._gate
        self.started.append(arguments)
        if self._prints:
            printed(self._prints)
        try:
            if gate:
                await gate.passed()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.finished.append(arguments)
        return self._result

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        self.undone.append((arguments, result))
        return ToolResult("undone")


class Undoable(Work):
    """A tool with a compensation that waits at `undo_gate`, and fails as often as `failures` says."""

    def __init__(self, name: str = "work", *, undo_gate: Gate | None = None, failures: int = 0) -> None:
        super().__init__(name, compensated=True)
        self._undo_gate = undo_gate
        self._failures = failures

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        if self._undo_gate:
            await self._undo_gate.passed()
        if self._failures:
            self._failures -= 1
            return ToolResult("no refund", failed=True)
        return await super().compensate(arguments, result, printed)


class Stubborn(Work):
    """A tool that swallows `swallows` cancellations, and goes on waiting at `gate`: for LIMIT seconds at most."""

    def __init__(self, gate: Gate, swallows: int, name: str = "stubborn", prints: str = "") -> None:
        super().__init__(name, prints=prints)
        self.gate = gate
        self.swallowed = 0
        self._swallows = swallows

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        await super().call(arguments, printed)
        with suppress(TimeoutError):
            await self._dig(time.monotonic() + LIMIT)
        printed("written late")
        return ToolResult("late")

    async def _dig(self, deadline: float) -> None:
        while True:
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await self.gate.passed()
            except asyncio.CancelledError:
                self.swallowed += 1
                if self.swallowed > self._swallows:
                    raise
