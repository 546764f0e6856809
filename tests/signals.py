"""Things that happen once, waited for from any thread or event loop."""

import asyncio
from concurrent.futures import Future

PATIENCE = 30.0
"""Seconds after which a test fails instead of waiting on; a start alone takes ten on a machine that is very busy."""


class Signal:
    """Set once; waited for with a timeout, by coroutines and by threads."""

    def __init__(self) -> None:
        self._future: Future[None] = Future()

    def set(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    def is_set(self) -> bool:
        return self._future.done()

    async def wait(self, timeout: float | None = PATIENCE) -> None:
        """Raises TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            await asyncio.shield(asyncio.wrap_future(self._future))

    def wait_here(self, timeout: float | None = PATIENCE) -> None:
        """`wait` for threads without an event loop. Raises TimeoutError."""
        self._future.result(timeout)


class Gate:
    """A place where the server waits until the test opens it; the test can wait until the server is there."""

    def __init__(self) -> None:
        self.reached = Signal()
        self._opened = Signal()

    def open(self) -> None:
        self._opened.set()

    async def passed(self) -> None:
        self.reached.set()
        await self._opened.wait(timeout=None)
