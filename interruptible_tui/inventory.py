"""`paths`: every file and directory that the program uses, and whether it is there. Nothing is made by looking."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from interruptible_tui.arguments import Format
from interruptible_tui.settings import Settings
from interruptible_tui.store import DATABASE
from interruptible_tui.text import clean_line


class Place(Struct, frozen=True):
    name: str
    path: Path
    exists: bool


def places(settings: Settings, theme_file: Path) -> list[Place]:
    """`theme_file`: the one that remembers the theme."""
    data = settings.data_dir
    named = {
        "data directory": data,
        "database": data / DATABASE,
        "database log": data / f"{DATABASE}-wal",
        "database log index": data / f"{DATABASE}-shm",
        "backups": data / "backups",
        "locks": data / "locks",
        "write lock": data / "write.lock",
        "users lock": data / "users.lock",
        "drafts in editors": data / "editing",
        "chosen theme": theme_file,
        "config file": settings.config,
    }
    found = [Place(name, path, os.path.lexists(path)) for name, path in named.items()]
    found += [Place("crash report", path, exists=True) for path in sorted(data.glob("crash-*.txt"))]
    tools = [Path(tool) for tool in settings.tools if os.sep in tool]
    return found + [Place("tools", path, os.path.lexists(path)) for path in tools]


def rendered(found: Sequence[Place], format_: Format) -> str:
    if format_ is Format.JSON:
        values = [{"name": each.name, "path": str(each.path), "exists": each.exists} for each in found]
        return json.dumps(values, indent=2) + "\n"
    width = max(len(each.name) for each in found)
    return "".join(
        f"{each.name:<{width}}  {clean_line(str(each.path))}{'' if each.exists else '  (not there)'}\n"
        for each in found
    )
