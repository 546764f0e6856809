"""The program in pipes: run to its end, or started and driven while it runs.

    with serving([Reply("Hello", gate=gate)]) as server, started(tmp_path, "run", *model(server), "Hi") as running:
        running.reads("Hello")
        running.process.send_signal(signal.SIGINT)
        assert running.ends() == 130

Nothing here sleeps: what is waited for is what the program writes, what it closes, or its end.
"""

import asyncio
import fcntl
import json
import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from interruptible_tui.arguments import Command, Format
from interruptible_tui.commands import listing
from tests.e2e.chat import data_dir
from tests.e2e.terminal import PROGRAM, clean_environment
from tests.server import Server

PATIENCE = 20.0
"""Seconds after which a test fails instead of waiting on."""
DEMO = ("--demo", "--demo-speed", "1000")
ORDER = "Prepare a burger."
"""A prompt for which the demo uses its tool."""
ONE_LINE = re.compile(r"interruptible-chat: error: [^\n]+\n")
"""All that wrong usage and an unusable database leave on standard error."""

Ended = subprocess.CompletedProcess[str]


def model(server: Server) -> tuple[str, ...]:
    """The options that name `server`."""
    return "--base-url", server.base_url, "--model", "scripted"


def ended(
    home: Path,
    *arguments: str | Path,
    environment: dict[str, str] | None = None,
    program: Sequence[str | Path] = (PROGRAM,),
    **named: Any,
) -> Ended:
    """The program, run to its end. `named` is for the process: by default it is given nothing and both are piped."""
    pipes = {"stdin": subprocess.DEVNULL} if "input" not in named else {}
    return subprocess.run(
        [*map(str, program), *map(str, arguments)],
        env=clean_environment(home) | (environment or {}),
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
        **{"cwd": home} | pipes | {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | named,
    )


def stored(home: Path, command: str, session: str | None = None) -> list[dict[str, Any]]:
    """What the listing `command` has as JSON, made in this process: several times as fast as a new one."""
    printed = asyncio.run(listing(Command(command), Format.JSON, data_dir(home), session))
    values: list[dict[str, Any]] = json.loads(printed)
    return values


def closing(*handles: int) -> Callable[[], None]:
    """For `preexec_fn`: the program starts with these standard streams closed."""

    def close() -> None:
        for handle in handles:
            os.close(handle)

    return close


class Running:
    """The program while it runs."""

    def __init__(self, process: subprocess.Popen[Any]) -> None:
        self.process = process
        self.said = ""
        """What was read of its standard output so far."""

    def reads(self, words: str) -> None:
        """Wait until it has written `words` to standard output."""
        while words not in self.said:
            self.said += _piece(self.process.stdout)

    def takes(self, piece: bytes) -> None:
        """Write to its standard input more than a pipe holds; returns when it has read that, and waits for more."""
        stdin = self.process.stdin
        assert stdin
        stdin.write(piece)
        stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while _unread(stdin.fileno()) or not _sleeps(self.process.pid):
            assert time.monotonic() < deadline, "it does not read on"

    def ends(self) -> int:
        """Wait for its end; the rest of its output is read. Returns the status, as `Popen` has it."""
        status = self.process.wait(PATIENCE)
        assert self.process.stdout and self.process.stderr
        self.said += self.process.stdout.read().decode()
        self.complaints = self.process.stderr.read().decode()
        return status


@contextmanager
def started(home: Path, *arguments: str | Path, **named: Any) -> Iterator[Running]:
    """The program, which is killed at the end of the block if it still runs."""
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | named
    words = [str(PROGRAM), *map(str, arguments)]
    process = subprocess.Popen(words, env=clean_environment(home), cwd=home, start_new_session=True, **pipes)
    with process:
        try:
            yield Running(process)
        finally:
            process.kill()


def _unread(pipe: int) -> int:
    """Bytes that wait in `pipe`."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def _sleeps(process: int) -> bool:
    """Whether it waits for something, as /proc tells."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def _piece(stream: IO[bytes] | None) -> str:
    assert stream
    readable, _, _ = select.select([stream], [], [], PATIENCE)
    piece = os.read(stream.fileno(), 65536) if readable else b""
    assert piece, "it has written nothing more"
    return piece.decode()
