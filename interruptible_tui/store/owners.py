"""Who runs a session: the one owner, those who wait to be the next, and those who look on.

All of it is files in the folder `locks` of the data directory, `session-<id>` and an ending: `.lock` is held by the
owner, `.bell` is heard by it, `.<random>.follower` is heard by one who looks on.
"""

import asyncio
import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from interruptible_tui.store.bells import Bell, ring
from interruptible_tui.store.locks import Owner, OwnerLock, owner_of
from interruptible_tui.store.private import make_private, open_private


class Places:
    """The files of one session."""

    def __init__(self, directory: Path, session: int) -> None:
        """`directory` is the data directory."""
        self._folder = directory / "locks"
        self._name = f"session-{session}"

    def make(self) -> None:
        make_private(self._folder)

    @property
    def lock(self) -> Path:
        return self._folder / f"{self._name}.lock"

    @property
    def bell(self) -> Path:
        return self._folder / f"{self._name}.bell"

    def new_follower(self) -> Path:
        return self._folder / f"{self._name}.{uuid4().hex}.follower"

    def followers(self) -> set[Path]:
        return set(self._folder.glob(f"{self._name}.*.follower"))

    def owner(self) -> Owner | None:
        """None where nobody runs it. OSError."""
        return owner_of(self.lock)


class Ownership:
    """Held by the one process that runs a session."""

    def __init__(self, places: Places) -> None:
        """Raises BlockingIOError where another process runs it, OSError."""
        self._places = places
        self._lock = OwnerLock(places.lock)
        try:
            self._bell = Bell(places.bell)
        except OSError:
            self._lock.close()
            raise
        self._followers = places.followers()

    def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` when others have sent something, or have begun to look on."""

        def look() -> None:
            self._followers = self._places.followers()
            heard()

        self._bell.listen(look)

    def tell_followers(self) -> None:
        """Something new is in the database. Bells of those who have gone are taken away."""
        for bell in tuple(self._followers):
            if not ring(bell):
                self._followers.discard(bell)
                with suppress(OSError):  # it is only tidied up
                    bell.unlink()

    def close(self) -> None:
        self._bell.close()
        self._lock.close()


class Following:
    """Held by a process that looks on while another one runs the session."""

    def __init__(self, places: Places, heard: Callable[[], None], freed: Callable[[], None]) -> None:
        """Call `heard` when there is something new, and `freed` when nobody runs the session any more. OSError."""
        self._loop = asyncio.get_running_loop()
        lock = open_private(places.lock, os.O_RDWR)
        try:
            self._bell = Bell(places.new_follower())
        except OSError:
            os.close(lock)
            raise
        self._bell.listen(heard)
        self._freed = freed
        self._closed = False
        ring(places.bell)
        threading.Thread(target=self._wait, args=(lock,), name="waiting for a session", daemon=True).start()

    def _wait(self, lock: int) -> None:
        """Sleep in the kernel until the owner has gone; the lock itself is left to whoever opens the session next."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:  # whether it has gone cannot be told
            return
        finally:
            os.close(lock)
        with suppress(RuntimeError):  # the event loop has ended
            self._loop.call_soon_threadsafe(self._tell_freed)

    def _tell_freed(self) -> None:
        if not self._closed:
            self._freed()

    def close(self) -> None:
        """Twice is fine."""
        if not self._closed:
            self._closed = True
            self._bell.close()
