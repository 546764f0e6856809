"""Writes a text in the user's own editor, which has the terminal meanwhile. Runs go on, unseen."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from interruptible_tui.text import clean_line, storable
from interruptible_tui.tui.operands import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from textual.app import App

    from interruptible_tui.scratch import Scratch

_USUAL = ("vi", "nano")
PATIENCE = 0.3
"""Seconds that an editor has to end when the program is left."""


class Abandoned(Exception):  # noqa: N818 - it says what is the case
    """The program is left while the editor is open; the file stays, for the next start."""


class Failed(Complaint):
    """The editor has failed; `saved` is what it had written by then, if that is something else than before."""

    def __init__(self, why: str, saved: str = "") -> None:
        super().__init__(why)
        self.saved = saved


class Outside:
    """One editor at a time has the terminal."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._process: asyncio.subprocess.Process | None = None
        self._is_left = False

    async def edit(self, text: str, scratch: Scratch) -> str:
        """`text` as the editor leaves it. Complaint where there is no editor, Failed, Abandoned."""
        command = _command()
        try:
            with scratch.holding(_given(text)) as path:
                status = await self._run([*command, str(path)])
                if self._is_left:
                    raise Abandoned
                written = _as_left(path, text)
        except OSError as error:
            raise Failed(f"{_named(command)} cannot be used: {error.strerror or error}") from None
        except SuspendNotSupported:
            raise Failed("the terminal cannot be lent to an editor here") from None
        if status:
            how = f"was ended by signal {-status}" if status < 0 else f"has failed with status {status}"
            saved = written if written != text else ""
            kept = "; what it had saved is an earlier prompt: Up" if saved else ""
            raise Failed(f"{_named(command)} {how}: the draft is as it was{kept}", saved)
        return written

    async def _run(self, command: list[str]) -> int:
        """Returns its status. OSError, SuspendNotSupported."""
        error: OSError | None = None
        status = 0
        with self._app.suspend(), _uninterrupted():
            try:  # what is raised out of here would leave the terminal as it is
                self._process = await asyncio.create_subprocess_exec(*command)
                status = await self._process.wait()
            except OSError as found:
                error = found
            self._process = None
        if error:
            raise error
        return status

    def leave(self) -> None:
        """The program is being left: the editor is ended."""
        self._is_left = True
        if process := self._process:
            for number, delay in ((signal.SIGTERM, 0.0), (signal.SIGKILL, PATIENCE)):
                asyncio.get_running_loop().call_later(delay, _signal, process, number)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl+C is the editor's; the terminal sends it to all that have the terminal."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # what is ignored, the editor would ignore, too
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _command() -> list[str]:
    """The editor's, as the environment names it. Complaint."""
    for name in ("VISUAL", "EDITOR"):
        if chosen := os.environ.get(name, "").strip():
            try:
                return shlex.split(chosen)
            except ValueError as error:
                raise Complaint(f"${name} cannot be read: {clean_line(str(error))}") from None
    found = next(filter(None, map(shutil.which, _USUAL)), None)
    if not found:
        raise Complaint("there is no editor: name one in $VISUAL or $EDITOR")
    return [found]


def _named(command: list[str]) -> str:
    return clean_line(command[0])


def _given(text: str) -> str:
    """With a line end behind the last line, as editors have it."""
    return text if text.endswith("\n") or not text else f"{text}\n"


def _as_left(path: Path, text: str) -> str:
    """What stands in the file; without that line end. OSError."""
    from interruptible_tui.scratch import read

    written = storable(read(path))
    return written if text.endswith("\n") else written.removesuffix("\n")
