"""A terminal with the installed program in it: a real PTY, read as a person would, and driven by keys.

Nothing here sleeps: `wait_for` reads what the program writes until the screen shows what is waited for.

    with Terminal("--demo", home=tmp_path) as terminal:
        terminal.wait_for("idle")
        terminal.send("Prepare a burger")
        terminal.key("enter")
        terminal.wait_for("running")
        terminal.key("ctrl+q")
        assert terminal.wait_exit() == 0
        assert terminal.unrestored == set()
"""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.e2e import keys, picture
from tests.e2e.emulator import Emulator, left_on
from tests.signals import PATIENCE

PROGRAM = Path(sys.executable).parent / "interruptible-chat"
SUPPORTS_KITTY = {b"\x1b[?u": b"\x1b[?0u", b"\x1b[c": b"\x1b[?62c"}
"""Answers of a terminal with the kitty keyboard protocol."""

Condition = str | Callable[[list[str]], bool]
"""A text on the screen, or what is asked of its lines."""


class Terminal:
    """See the head of this module. A context manager; leaving it ends the program if that has not ended."""

    def __init__(
        self,
        *arguments: str,
        home: Path,
        cols: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        answers: Mapping[bytes, bytes] | None = None,
        kitty: bool = False,
        program: Sequence[str | Path] = (PROGRAM,),
        cwd: Path | None = None,
    ) -> None:
        """`environment` is added to a clean one in `home`. `kitty` sends keys in that protocol.

        `answers` has the queries (none by default) that the terminal answers, such as SUPPORTS_KITTY.
        """
        self.raw = bytearray()
        """All that the program wrote."""
        self.kitty = kitty
        self._answers = dict(answers or {})
        self._emulator = Emulator(cols, rows)
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self._open = True
        self._set_size(cols, rows)
        self._attributes = termios.tcgetattr(slave)
        self._device = os.ttyname(slave)
        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=clean_environment(home) | dict(environment or {}),
            cwd=cwd or home,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()

    # -- what a person does -------------------------------------------------------------------------------------------

    def send(self, text: str | bytes, timeout: float = PATIENCE) -> None:
        """Type `text` as it is. Reads what the program writes meanwhile."""
        rest = text.encode() if isinstance(text, str) else text
        deadline = time.monotonic() + timeout
        while rest:
            _, writable, _ = select.select([self._master], [self._master], [], max(deadline - time.monotonic(), 0))
            if time.monotonic() > deadline:
                raise AssertionError(self._report(f"{len(rest)} bytes could not be sent"))
            self._read(deadline=0)
            if writable:
                rest = rest[os.write(self._master, rest) :]

    def send_blindly(self, keys: bytes) -> None:
        """Type `keys` without reading what the program writes."""
        os.write(self._master, keys)

    def key(self, *names: str) -> None:
        """Press keys one after the other: "enter", "ctrl+enter", "alt+s", "shift+tab", "f4", "escape", "x"."""
        for name in names:
            self.send(keys.kitty(name) if self.kitty else keys.legacy(name))

    def paste(self, text: str) -> None:
        """Paste in brackets."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def wait_taken(self, timeout: float = PATIENCE) -> None:
        """Wait until the program has taken what was sent, so that what is sent next is read as a piece of its own."""
        deadline = time.monotonic() + timeout
        while self._read(time.monotonic() + 0.002) or self._untaken():
            if time.monotonic() > deadline:
                raise AssertionError(self._report("the program does not take what was sent"))

    def resize(self, cols: int, rows: int) -> None:
        self._emulator.resize(cols, rows)
        self._set_size(cols, rows)

    def kill(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as closing its window does."""
        if self._open:
            self._open = False
            os.close(self._master)

    # -- what a person sees -------------------------------------------------------------------------------------------

    @property
    def screen(self) -> list[str]:
        """The rows as they were when the terminal was last waited for, without blanks at their ends."""
        return self._emulator.lines

    @property
    def unrestored(self) -> set[str]:
        """What the program, after its end, left other than it found it: "alternate screen", "mouse", ..."""
        attributes = {"terminal attributes"} if termios.tcgetattr(self._master) != self._attributes else set()
        return left_on(self.raw) | attributes

    def wait_for(self, condition: Condition, timeout: float = PATIENCE) -> list[str]:
        """Read until `condition` holds for the screen, which is returned. AssertionError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not _holds(condition, self.screen):
            if not self._read(deadline):
                raise AssertionError(self._report(f"{condition!r} did not come about"))
        return self.screen

    def wait_gone(self, text: str, timeout: float = PATIENCE) -> list[str]:
        """Read until `text` is not on the screen, which is returned."""
        deadline = time.monotonic() + timeout
        while _holds(text, self.screen):
            if not self._read(deadline):
                raise AssertionError(self._report(f"{text!r} did not go"))
        return self.screen

    def watch(self, seconds: float) -> None:
        """Read for so long what the program writes, or until it ends."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass

    def wait_exit(self, timeout: float = 10) -> int:
        """Read until the program and all that it left in the terminal ended; its exit code, negative for a signal."""
        deadline = time.monotonic() + timeout
        while self._open and self._read(deadline):
            pass
        try:
            return self.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            raise AssertionError(self._report("the program did not end")) from None

    def png(self, path: Path) -> None:
        """Save a picture of the screen. Needs rsvg-convert."""
        picture.save(self._emulator.cells, path)

    # -- the wire -----------------------------------------------------------------------------------------------------

    def _read(self, deadline: float) -> bool:
        """Wait for the program to write and show it. False if it wrote nothing until `deadline`, or ended."""
        readable, _, _ = select.select([self._master], [], [], max(deadline - time.monotonic(), 0))
        try:
            received = os.read(self._master, 65536) if readable else b""
        except OSError:  # EIO: on Linux, the end
            return False
        self.raw += received
        self._emulator.feed(received)
        self._answer(len(received))
        return bool(received)

    def _answer(self, new: int) -> None:
        """Answer the queries that ended within the last `new` bytes."""
        for query, reply in self._answers.items():
            recent = self.raw[-(new + len(query) - 1) :] if new else b""
            for _ in re.findall(re.escape(query), recent):
                os.write(self._master, reply)

    def _untaken(self) -> int:
        """Bytes that were sent and that the program has not read."""
        slave = os.open(self._device, os.O_RDWR | os.O_NOCTTY)
        try:
            return int.from_bytes(fcntl.ioctl(slave, termios.FIONREAD, bytes(4)), sys.byteorder)
        finally:
            os.close(slave)

    def _set_size(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def _report(self, problem: str) -> str:
        state = "running" if (code := self.process.poll()) is None else f"ended with {code}"
        edge = "-" * self._emulator.screen.columns
        return "\n".join([f"{problem}; the program is {state}, its screen:", edge, *self.screen, edge])


def clean_environment(home: Path) -> dict[str, str]:
    """An environment without keys and settings, whose home is `home`."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }


def _take_terminal() -> None:
    """Be what a shell starts: Ctrl+C and hanging up reach it, although the tests may run where both are ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _holds(condition: Condition, screen: list[str]) -> bool:
    return condition in "\n".join(screen) if isinstance(condition, str) else condition(screen)
