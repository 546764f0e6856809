"""A terminal that is read cheaply: for marks in what a program writes, without drawing a screen meanwhile.

The one thread there is reads it, whatever it waits for; each read is timed, so that a mark can be looked for later.
"""

import os
import select
import termios
import time
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.model import Model
from tests.benchmarks.programs import Program
from tests.e2e.terminal import SUPPORTS_KITTY, Terminal

SIZE: dict[str, Any] = {"cols": 120, "rows": 40}
PATIENCE = 60.0
"""Seconds after which a measure fails."""


class NotShownError(AssertionError):
    """A mark was waited for in vain."""


class Clocked(Terminal):
    """See the head of this module. What is drawn is drawn when the screen is asked for."""

    def __init__(
        self,
        program: Program,
        model: Model,
        home: Path,
        *options: str,
        kitty: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.started_at = time.monotonic()
        """Before the fork."""
        self.model = model
        self._drawn = 0
        self._ends: list[int] = []
        """How much was written up to each read, and when that was read."""
        self._times: list[float] = []
        super().__init__(
            *program.arguments(model.base_url, *options),
            home=home,
            program=program.command,
            environment={**dict(program.environment), **(environment or {})},
            kitty=kitty,
            answers=SUPPORTS_KITTY if kitty else None,
            **SIZE,
        )
        self._silence()

    def _silence(self) -> None:
        """The kernel must not echo what the program has not read."""
        attributes = termios.tcgetattr(self._master)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self._master, termios.TCSANOW, attributes)

    @property
    def screen(self) -> list[str]:
        self._emulator.feed(bytes(self.raw[self._drawn :]))
        self._drawn = len(self.raw)
        return super().screen

    def _read(self, deadline: float) -> bool:
        """As the terminal's own, without drawing."""
        if not select.select([self._master], [], [], max(deadline - time.monotonic(), 0))[0]:
            return False
        at = time.monotonic()
        try:
            received = os.read(self._master, 65536)
        except OSError:  # EIO: on Linux, the end
            return False
        self.raw += received
        self._ends.append(len(self.raw))
        self._times.append(at)
        self._answer(len(received))
        return bool(received)

    # -- moments

    def press(self, keys: str | bytes) -> float:
        """Type `keys`; the moment before."""
        at = time.monotonic()
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)
        return at

    def shown(self, mark: str, since: int = 0, timeout: float = PATIENCE) -> float:
        """When `mark` was whole among what was written behind the first `since` bytes."""
        sought, deadline = mark.encode(), time.monotonic() + timeout
        searched = since
        while (found := self.raw.find(sought, max(since, searched - len(sought)))) < 0:
            searched = len(self.raw)
            if time.monotonic() > deadline or not self._read(deadline):
                raise NotShownError(self._report(f"{mark!r} was not shown"))
        return self.written_at(found + len(sought))

    def written_at(self, size: int) -> float:
        """When the first `size` bytes had been written."""
        return self._times[bisect_left(self._ends, size)]

    def moment(self, number: int, what: str) -> float:
        """When request `number` "arrived", was "answered" or "closed"; the program is read meanwhile."""
        self.model.ask(number, what)
        deadline = time.monotonic() + 2 * PATIENCE
        while not self.model.connection.poll():
            select.select([self._master, self.model.connection.fileno()], [], [], 1)
            self._read(0)
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(self._report(f"request {number} was not {what}"))
        return self.model.told()

    def settle(self, quiet: float = 0.25, timeout: float = PATIENCE) -> None:
        """Until nothing has been written for `quiet` seconds."""
        deadline = time.monotonic() + timeout
        while self._read(time.monotonic() + quiet) and time.monotonic() < deadline:
            pass

    # -- what it costs

    @property
    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        return processes.cpu(self.process.pid)

    @property
    def pss(self) -> float:
        """MiB."""
        return processes.pss(self.process.pid)
