"""A model and a tool that do nothing until they are told to, one step at a time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from interruptible_tui.conversation import ToolSpec
from interruptible_tui.providers import Delta, Finish, Finished, TextDelta
from interruptible_tui.request import Request
from interruptible_tui.tools import ToolResult

Step = Delta | Exception


class PuppetModel:
    """The provider. Once `is_let_go` it answers everything by itself."""

    def __init__(self) -> None:
        self.is_waiting = False
        """Whether a request is open, and all that it was told to say is said."""
        self.is_let_go = False
        self._steps: asyncio.Queue[Step] | None = None

    def play(self, *steps: Step) -> None:
        """Say this; nothing happens where there is no request."""
        if self._steps:
            self.is_waiting = False
            for step in steps:
                self._steps.put_nowait(step)

    def let_go(self) -> None:
        self.is_let_go = True
        self.play(TextDelta("Done."), Finished(Finish.STOP))

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        self._steps = steps = asyncio.Queue[Step]()
        if self.is_let_go:
            self.let_go()
        try:
            step: Step | None = None
            while not isinstance(step, Finished):
                self.is_waiting = steps.empty()
                step = await steps.get()
                if isinstance(step, Exception):
                    raise step
                yield step
        finally:
            self._steps, self.is_waiting = None, False

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


class PuppetTool:
    def __init__(self) -> None:
        self.spec = ToolSpec("work", "Do some work.", {"type": "object", "properties": {}})
        self._running: list[asyncio.Future[ToolResult]] = []

    @property
    def running(self) -> int:
        """How many calls wait for being told to finish."""
        return sum(not call.done() for call in self._running)

    def finish(self, number: int, *, failed: bool = False) -> None:
        """Let one of the calls return; nothing happens where there is none."""
        waiting = [call for call in self._running if not call.done()]
        if waiting:
            waiting[number % len(waiting)].set_result(ToolResult("done", failed))

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        call: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
        self._running.append(call)
        printed("working")
        try:
            return await call
        finally:
            self._running.remove(call)

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        return ToolResult("undone")
