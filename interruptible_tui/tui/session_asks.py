"""What can be asked for of a whole session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interruptible_tui.store import Session


class What(StrEnum):
    NEW = "new"
    SWITCH = "switch"
    RENAME = "rename"
    FORK = "fork"
    DELETE = "delete"
    BRING_BACK = "undelete"


@dataclass(frozen=True, slots=True)
class Asked:
    what: What
    words: str = ""
    """A name: which one is meant, or what it is to be called."""
    session: Session | None = None
    """Which one is meant; None: as `words` say, else the one that is shown."""
