"""Tasks that go on after the handler that began them has returned."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from textual.message_pump import MessagePump


class Background:
    """Keeps its tasks alive; what one of them raises is raised in `pump`, as if a handler of it had."""

    def __init__(self, pump: MessagePump) -> None:
        self._pump = pump
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start `work`. What is begun first takes its first step first."""
        task = asyncio.create_task(work)
        self.keep(task)
        return task

    def keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._pump.call_later(task.result)
