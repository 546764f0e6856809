"""What can be asked for of a whole session."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from interruptible_tui.store import Session


class What(StrEnum):
    NEW = "new"
    SWITCH = "switch"
    RENAME = "rename"
    FORK = "fork"
    DELETE = "delete"
    BRING_BACK = "undelete"


class Asked(Struct, frozen=True):
    what: What
    words: str = ""
    """A name: which one is meant, or what it is to be called."""
    session: Session | None = None
    """Which one is meant; None: as `words` say, else the one that is shown."""
