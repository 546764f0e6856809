"""The file that an editor is given to write in: private, in the data directory, and gone when the editor has ended.

What is there after a crash is found at the next start. A lock beside it says that somebody uses it.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from interruptible_tui.store.private import make_private, open_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGEST = 10_000_000
"""Bytes of it that are read."""


class Scratch:
    def __init__(self, directory: Path, session: int) -> None:
        self._folder = directory / "editing"
        self._session = session

    @contextmanager
    def holding(self, text: str) -> Iterator[Path]:
        """A file with `text`; it is left where it is if this ends by an exception. OSError."""
        path = make_private(self._folder) / f"{self._session}-{uuid4().hex}.md"
        with _locked(_lock_of(path)):
            with os.fdopen(open_private(path, os.O_WRONLY | os.O_EXCL), "wb") as file:
                file.write(text.encode())
            yield path
            _remove(path)

    def left(self) -> list[Path]:
        """Files of the session that nobody uses any more. OSError."""
        try:
            found = sorted(self._folder.glob(f"{self._session}-*.md"))
        except FileNotFoundError:
            return []
        return [path for path in found if _is_free(path)]

    def remove(self, path: Path) -> None:
        _remove(path)


def read(path: Path) -> str:
    """What stands in it. OSError."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(_LARGEST).decode(errors="replace")


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """BlockingIOError where somebody has it."""
    handle = open_private(lock, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _is_free(path: Path) -> bool:
    try:
        with _locked(_lock_of(path)):
            return True
    except BlockingIOError:
        return False


def _remove(path: Path) -> None:
    for each in (path, _lock_of(path)):
        with suppress(FileNotFoundError):
            each.unlink()
