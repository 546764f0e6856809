"""Work in a thread that nobody waits for when the program ends, unlike those of `asyncio.to_thread`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_passing(work: Callable[[], T]) -> "asyncio.Future[T]":
    """What `work` returns or raises. Cancelling leaves it to itself."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if ended.done():
            return
        if error:
            ended.set_exception(error)
        else:
            ended.set_result(result)  # type: ignore[arg-type]  # it is a T where there is no error

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as failure:  # noqa: BLE001 - it is raised where the work is waited for
            error = failure
        with suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(settle, result, error)

    Thread(target=run, daemon=True).start()
    return ended
