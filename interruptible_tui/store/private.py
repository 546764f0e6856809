"""Files and folders that only their owner can read, under any umask."""

import os
from pathlib import Path


def open_private(path: Path, flags: int) -> int:
    """Open `path` as a file of mode 0600, made if need be; never follows a link. No child process inherits it."""
    handle = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    os.fchmod(handle, 0o600)
    return handle


def make_private(folder: Path) -> Path:
    """Make `folder` if need be, and 0700 in any case."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    return folder


def settle(folder: Path) -> None:
    """Return when the names in `folder` are durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
