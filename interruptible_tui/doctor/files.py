"""The data directory: where it is, on what file system, and who may do what with its files.

Who may do what is read from the mode bits: for root, trying tells nothing.
"""

import os
import re
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from interruptible_tui.doctor.check import Trouble

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"orangefs", "pvfs2", "smb2", "smb3", "smbfs"}
    | {"fuse.ceph", "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
)
"""Types of file systems whose files other machines may change too, as /proc/self/mountinfo names them."""
_MOST_FILES = 10_000
"""Looked at, of a directory that holds many others."""
_NAMED = 3
"""Files that are named, where more are wrong."""


def place(directory: Path) -> str:
    """Raises Trouble, OSError."""
    try:
        mode = directory.stat().st_mode
    except FileNotFoundError:
        return f"{directory} is not there yet; the first start makes it"
    except NotADirectoryError:
        mode = 0
    if not stat.S_ISDIR(mode):
        raise Trouble(f"{directory} is not a directory; choose another with --data-dir")
    return str(directory)


def permissions(directory: Path) -> str:
    """Raises Trouble, OSError."""
    if not directory.is_dir():
        return "no files yet"
    wrong = list(filter(None, map(_complaint, islice(_below(directory), _MOST_FILES))))
    if wrong:
        more = f", and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise Trouble("; ".join(wrong[:_NAMED]) + more)
    return "all is yours, and yours alone"


def _below(directory: Path) -> Iterator[Path]:
    """The directory itself first."""
    yield directory
    for parent, directories, files in os.walk(directory):
        yield from (Path(parent) / name for name in sorted(directories + files))


def _complaint(path: Path) -> str:
    """What is wrong with `path` and how to mend it; empty where nothing is. A link has no permissions of its own."""
    try:
        found = path.lstat()
    except FileNotFoundError:  # a log goes when the chat is left
        return ""
    private = stat.S_IRWXU if stat.S_ISDIR(found.st_mode) else stat.S_IRUSR | stat.S_IWUSR
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != os.geteuid():
        return f"{path} belongs to another user (id {found.st_uid}): chown it to {os.geteuid()}"
    if stat.S_ISLNK(found.st_mode):
        return ""
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"{path} is open to others ({mode:04o}): chmod {private:o} it"
    if mode & private != private:
        return f"{path} is closed to yourself ({mode:04o}): chmod {private:o} it"
    return ""


def file_system(directory: Path, mounts: Path = _MOUNTS) -> str:
    """Of the directory, or of where it will be made. Raises Trouble, OSError."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    try:
        kind = mounted_at(there.resolve(), mounts.read_text(errors="surrogateescape"))
    except FileNotFoundError:
        return "unknown on this system"
    if kind in _NETWORK:
        raise Trouble(
            f"{kind} is a network file system, on which SQLite may lose what it wrote; choose another"
            " directory with --data-dir"
        )
    if os.statvfs(there).f_flag & os.ST_RDONLY:
        raise Trouble(f"{kind} is mounted read-only; choose another directory with --data-dir")
    return kind


def mounted_at(path: Path, mountinfo: str) -> str:
    """The type of the file system that holds `path`, which is absolute and leads through no link.

    `mountinfo` is what /proc/self/mountinfo has (see proc_pid_mountinfo(5)); of two mounts on one point the later
    hides the earlier.
    """
    kind, longest = "unknown", -1
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        point = Path(_unescaped(mount.split(" ")[4]))
        if path.is_relative_to(point) and len(point.parts) >= longest:
            kind, longest = source.split(" ")[0], len(point.parts)
    return kind


def _unescaped(text: str) -> str:
    r"""Blanks, tabs, line feeds and backslashes stand there as \040 and so on."""
    return re.sub(r"\\([0-7]{3})", lambda escape: chr(int(escape[1], 8)), text)
