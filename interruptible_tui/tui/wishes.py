"""What a screen asks of its host, which may still be opening.

Wishes are given to the host in the order in which they are made, and none waits for the disk before the next.
"""

import asyncio
from collections.abc import Awaitable, Callable

from interruptible_tui.conversation import Mode, OnInterrupt
from interruptible_tui.events import UserEvent
from interruptible_tui.host import Host, Refused
from interruptible_tui.store import StoreError
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.outbox import GiveBack, Outbox, Release, Sending

Wish = Callable[[Host], Awaitable[object]]
Fail = Callable[[Exception], None]
"""Told why something did not happen: Refused or StoreError."""


class Wishes:
    def __init__(self, background: Background, release: Release, give_back: GiveBack, deny: Fail) -> None:
        """`release` and `give_back` are told what became of prompts, `deny` of anything else that did not happen."""
        self._open: asyncio.Future[Host] = asyncio.get_running_loop().create_future()
        self._background = background
        self._outbox = Outbox(self._submit, release, give_back)
        self._writing: list[Sending] = []
        self._release = release
        self._deny = deny
        self._mode = Mode.INCORPORATE
        """The one asked for last: the session's may still be on its way to the disk."""

    @property
    def sending(self) -> tuple[Sending, ...]:
        """What is not yet known to be accepted: prompts, and what else was written."""
        return (*self._outbox.sending, *self._writing)

    def open(self, host: Host) -> None:
        """From now on, and first of all, `host` is told what was asked for; it may take the place of another one."""
        self._mode = host.state.mode
        if self._open.done():
            self._open = asyncio.get_running_loop().create_future()
        self._open.set_result(host)

    def drop(self) -> None:
        """No host will be told what is asked for."""
        self._open.cancel()

    def send(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None:
        self._background.keep(self._outbox.send(text, mode, on_interrupt))

    def write(self, text: str, wish: Wish, fail: Fail) -> None:
        """Ask for something that `text` is for. It is released when it is accepted; otherwise `fail` is told why."""
        sending = Sending(text)
        self._writing.append(sending)
        self._background.begin(self._write(sending, wish, fail))

    def ask(self, wish: UserEvent, fail: Fail | None = None) -> None:
        """Ask for anything that has no method here. `fail` is told in place of who is told usually."""
        self._ask(lambda host: host.ask(wish), fail)

    def stop(self, *, everything: bool) -> None:
        self._ask(lambda host: host.stop(everything=everything))

    def resume(self) -> None:
        self._ask(lambda host: host.resume())

    def continue_run(self) -> None:
        self._ask(lambda host: host.continue_run())

    def switch(self, mode: Mode) -> None:
        self._mode = mode
        self._ask(lambda host: host.switch(mode))

    def cycle_mode(self) -> None:
        modes = list(Mode)
        self.switch(modes[(modes.index(self._mode) + 1) % len(modes)])

    def _ask(self, wish: Wish, fail: Fail | None = None) -> None:
        self._background.begin(self._carry_out(wish, fail or self._deny))

    async def _carry_out(self, wish: Wish, fail: Fail) -> None:
        host = await self._open
        try:
            await wish(host)
        except (Refused, StoreError) as error:
            self._mode = host.state.mode
            fail(error)

    async def _write(self, sending: Sending, wish: Wish, fail: Fail) -> None:
        try:
            await wish(await self._open)
        except (Refused, StoreError) as error:
            self._writing.remove(sending)
            fail(error)
        else:
            self._writing.remove(sending)
            self._release(sending.text)

    async def _submit(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None) -> None:
        await (await self._open).submit(text, mode, on_interrupt=on_interrupt)
