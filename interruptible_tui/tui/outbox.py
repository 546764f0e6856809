"""Prompts between the composer and the disk.

A prompt is given to the engine at once, in the order of the keys, and waits here until it is durable. Until then it
stands in the composer, too. Those that were not accepted are given back together, when the last of them is decided.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from interruptible_tui.conversation import Mode, OnInterrupt
from interruptible_tui.host import Refused
from interruptible_tui.store import StoreError

Submit = Callable[[str, Mode | None, OnInterrupt | None], Awaitable[None]]
Release = Callable[[str], None]
"""Told a text that was accepted."""
GiveBack = Callable[[Sequence[str], Exception], None]
"""Told the texts that were not accepted, oldest first, and why the first of them was not."""


SLOW_DISK = 0.2
"""Seconds after which a prompt on its way to the disk is slow."""
TOLD = SLOW_DISK + 0.05
"""Seconds after which that is shown: a timer may be a little early."""


@dataclass(slots=True, eq=False)
class Sending:
    """A text that is not yet known to be accepted."""

    text: str
    error: Exception | None = None
    since: float = field(default_factory=time.monotonic)
    """In seconds of the steady clock."""

    @property
    def is_slow(self) -> bool:
        return time.monotonic() - self.since >= SLOW_DISK


class Outbox:
    def __init__(self, submit: Submit, release: Release, give_back: GiveBack) -> None:
        self._submit = submit
        self._release = release
        self._give_back = give_back
        self._sending: list[Sending] = []

    @property
    def sending(self) -> tuple[Sending, ...]:
        """What is on its way or about to go back, oldest first."""
        return tuple(self._sending)

    def send(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> asyncio.Task[None]:
        """Submit `text`. The task ends when it is known whether it was accepted."""
        sending = Sending(text)
        self._sending.append(sending)
        return asyncio.create_task(self._deliver(sending, mode, on_interrupt), name="submission")

    async def _deliver(self, sending: Sending, mode: Mode | None, on_interrupt: OnInterrupt | None) -> None:
        try:
            await self._submit(sending.text, mode, on_interrupt)
        except (StoreError, Refused) as error:
            sending.error = error
        else:
            self._sending.remove(sending)
            self._release(sending.text)
        self._settle()

    def _settle(self) -> None:
        errors = [each.error for each in self._sending if each.error]
        if errors and len(errors) == len(self._sending):
            texts = [each.text for each in self._sending]
            self._sending.clear()
            self._give_back(texts, errors[0])
