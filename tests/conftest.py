"""How tests share the machine: two at a time, and by themselves those marked `alone`, which measure time."""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOM = Path(__file__)
"""Locked by every test while it runs, and by one that is `alone` against all others."""
DOOR = ROOM.parent
"""Locked while the room is waited for, so that others do not pass a test that waits until it is empty."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with _in_the_room(alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _in_the_room(*, alone: bool) -> Iterator[None]:
    with _opened(ROOM) as room:
        with _opened(DOOR) as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A handle on `path`; its lock is given back at the end, even if a process that was forked has the handle too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
