"""Files that are attached: the names in a folder, and the text in a file. All of this is for a thread."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

from msgspec import Struct

from interruptible_tui.text import clean_line, storable
from interruptible_tui.tui.excerpt import size
from interruptible_tui.tui.operands import Complaint

NAMES = 10_000
"""Names that are kept of a folder, at most; of a larger one, those that begin as what was typed."""
_LOOKED_AT = 300_000
"""Names in a folder, after which the others are not looked at."""
_BREATH = 500
"""Names, after which whoever waits for the interpreter comes first."""
LARGEST = 1_000_000
"""Bytes of a file that is attached."""
_SHOWN = 40
"""Characters of a path on a chip."""


class Listing(Struct, frozen=True):
    """Names in a folder."""

    folder: str
    """As it was typed."""
    prefix: str
    """What they begin with."""
    names: tuple[tuple[str, bool], ...] = ()
    """Each with whether it is a folder, in their order."""
    is_whole: bool = True
    """Whether these are all that begin so."""

    def covers(self, folder: str, prefix: str) -> bool:
        """Whether it says what begins with `prefix`."""
        if self.folder != folder or not (self.is_whole or prefix == self.prefix):
            return False
        hidden = prefix.startswith(".") and not self.prefix.startswith(".")
        return not hidden and _begins(prefix, self.prefix)

    def matching(self, prefix: str) -> list[tuple[str, bool]]:
        return [each for each in self.names if _begins(each[0], prefix)]


def _begins(name: str, prefix: str) -> bool:
    """Case counts only where the prefix has a capital letter."""
    return (name.lower() if prefix == prefix.lower() else name).startswith(prefix)


def listing(folder: str, prefix: str) -> Listing:
    """What is in `folder`; nothing where it cannot be read. Hidden names only for a prefix with a dot."""
    names: list[tuple[str, bool]] = []
    try:
        with os.scandir(Path(folder).expanduser()) as entries:
            for number, entry in enumerate(entries):
                if number % _BREATH == 0:
                    time.sleep(0)
                if number >= _LOOKED_AT or len(names) >= NAMES:
                    return Listing(folder, prefix, tuple(sorted(names)), is_whole=False)
                if _begins(entry.name, prefix) and (not entry.name.startswith(".") or prefix.startswith(".")):
                    names.append((entry.name, entry.is_dir()))
    except (OSError, RuntimeError, ValueError):  # a home that is not known; a name with NUL
        pass
    return Listing(folder, prefix, tuple(sorted(names)))


def attached(path: str) -> tuple[str, str]:
    """The text that is attached for the file at `path`, and the label of its chip. Complaint."""
    name = clean_line(path)
    content = _read(path, name)
    closed = "" if content.endswith("\n") or not content else "\n"
    lines = content.count("\n") + bool(closed)
    shown = name if len(name) <= _SHOWN else f"…{name[1 - _SHOWN :]}"
    label = f"[{shown}, {lines:,} line{'s' * (lines != 1)}, {size(content)}]"
    return f"<file path={json.dumps(storable(path), ensure_ascii=False)}>\n{content}{closed}</file>", label


def _read(path: str, name: str) -> str:
    try:
        handle = os.open(Path(path).expanduser(), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Complaint(f"{name} is not attached: it is no file")
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Complaint(f"{name} is not attached: {clean_line(reason)}") from None
    if len(content) > LARGEST:
        raise Complaint(f"{name} is not attached: it has more than {size(' ' * LARGEST)}")
    if b"\0" in content:
        raise Complaint(f"{name} is not attached: it is no text")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Complaint(f"{name} is not attached: it is no text in UTF-8") from None
