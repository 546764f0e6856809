"""What ends the program before its work is done: a signal, or an error that nobody has handled.

Both cancel the task of the work, unless the work has said how it is left. Signals are caught from the first moment to
the last, so that the exit status is right whenever one comes: with asyncio's own handlers, one that comes between the
end of the loop and the end of the program would kill. Before the work has begun there is nothing to be kept, and the
program ends at once: raised in the midst of an import, an exception becomes whatever is made of it there.

Little is imported here before the signals are caught.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    Leave = Callable[[int], None]
    """Begins to leave with an exit status; called in the event loop, once for each signal and each error."""

CRASHED = 1
"""Exit status."""
DATABASE_UNUSABLE = 4
"""Likewise."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The exit status is 128 and the signal's number."""


class Guard:
    """Made by the main thread when the program starts."""

    def __init__(self) -> None:
        self.on_signal: Leave = self.cancel
        """How the work is left when a signal asks for it. Whoever sets it has to see to it that the work ends."""
        self.on_error: Leave = self.cancel
        """How it is left after an error that nobody has handled."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._status: int | None = None
        self._error: Exception | None = None
        for number in _SIGNALS:
            signal.signal(number, self._catch)

    def carry_out(self, work: Coroutine[Any, Any, int]) -> int:
        """Do `work` in an event loop; returns the exit status. Raises what it raises, and what nobody handled."""
        import asyncio
        import threading

        before = threading.excepthook
        threading.excepthook = lambda failed: self._call(self._fail, failed.exc_value)
        try:
            with asyncio.Runner() as runner:
                status = runner.run(self._watch(work))
        except Exception:
            if not self._error:
                raise
        finally:
            self._loop = None
            threading.excepthook = before
        if self._error:
            raise self._error
        return status

    def end(self) -> None:
        """From now on signals change nothing: the interpreter would end by them while it shuts down."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    async def _watch(self, work: Coroutine[Any, Any, int]) -> int:
        import asyncio

        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._hear)
        try:
            status = await work
            self.on_signal = self.on_error = self.cancel
            await asyncio.sleep(0)  # for a signal that has come while the work did not wait for anything
        except asyncio.CancelledError:
            if self._error:
                return CRASHED
            if self._status is None:
                raise
            return self._status
        else:
            return status
        finally:
            self.on_signal = self.on_error = self.cancel

    def _catch(self, number: int, _: object) -> None:
        if self._loop is None or self._loop.is_closed():
            os._exit(128 + number)
        self._call(self._end_by, 128 + number)

    def _call(self, what: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # it has been closed
            if self._loop:
                self._loop.call_soon_threadsafe(what, *arguments)

    def _end_by(self, status: int) -> None:
        self._status = status
        self.on_signal(status)

    def _hear(self, _: object, context: dict[str, Any]) -> None:
        """In place of asyncio's, which prints. Advice has no exception, and a future's may be of no interest."""
        import asyncio

        future = context.get("future")
        if future is None or isinstance(future, asyncio.Task):
            self._fail(context.get("exception"))

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, Exception) and self._error is None:
            self._error = error
            self.on_error(CRASHED)

    def cancel(self, _: int) -> None:
        """Cancel the work, once."""
        if self._task and not self._task.cancelling():
            self._task.cancel()
