"""Bells: one byte in a FIFO tells another process to look at the database. No polling, no port.

Whoever runs a session has a bell for those who send to it or follow it; each follower has one for whoever runs it. A
bell is of mode 0600, works for as long as its listener lives, however that ends, and is never inherited.
"""

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from errno import ELOOP, ENOENT, ENXIO
from pathlib import Path

_RINGS = 4096
"""Bytes read at once: however often it rang, it is heard once."""


class Bell:
    def __init__(self, path: Path) -> None:
        """Make it anew at `path`. Raises OSError."""
        self._path = path
        unheard = path.with_name(f".{path.name}.{os.getpid()}")  # until somebody listens
        unheard.unlink(missing_ok=True)
        os.mkfifo(unheard, 0o600)
        try:
            self._handle = _opened(unheard, path)
        except OSError:
            unheard.unlink(missing_ok=True)
            raise
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, heard: Callable[[], None]) -> None:
        """From now on, and if it rang before, `heard` is called in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._handle, self._hear, heard)

    def _hear(self, heard: Callable[[], None]) -> None:
        with suppress(BlockingIOError):
            os.read(self._handle, _RINGS)
        heard()

    def close(self) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.remove_reader(self._handle)
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def _opened(unheard: Path, path: Path) -> int:
    """A handle of the FIFO `unheard`, which is at `path` from then on. OSError."""
    unheard.chmod(0o600)  # whatever the umask took away
    # Its own writing end, too: without one, reading would find the end of the stream after the first ring.
    handle = os.open(unheard, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        unheard.replace(path)
    except OSError:
        os.close(handle)
        raise
    return handle


def ring(path: Path) -> bool:
    """Whether somebody may have heard; False where surely nobody listens."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        return error.errno not in {ENXIO, ENOENT, ELOOP}
    try:
        if not stat.S_ISFIFO(os.fstat(handle).st_mode):
            return False
        with suppress(BlockingIOError):  # it is full: it has been rung often enough
            os.write(handle, b"!")
    except BrokenPipeError:
        return False
    finally:
        os.close(handle)
    return True
