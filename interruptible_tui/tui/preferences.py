"""What the config file says of keys and looks, and which theme was chosen on the screen since.

The later wish counts: a theme that was chosen on the screen holds at the next start, until the config file says
something else than it did then.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

THEME_FILE = "theme.json"
"""In the data directory."""


class Preferences(Struct, frozen=True):
    keys: Mapping[str, Any] = field(default_factory=dict)
    """By the ids of bindings, as they stand in the config file; `keymap` checks them."""
    file: Path = field(default_factory=Path)
    """The config file."""
    configured: str = "dark"
    """The theme that the config file names, or the usual one."""
    remembers: Path | None = None
    """The file that remembers the theme that was chosen; None: nothing does."""

    @property
    def theme(self) -> str:
        """What is wished for, whether there is such a theme or not. What cannot be read is nobody's wish."""
        try:
            chosen = json.loads(self.remembers.read_bytes()) if self.remembers else {}
        except (OSError, ValueError):
            return self.configured
        if isinstance(chosen, dict) and chosen.get("configured") == self.configured:
            return str(chosen.get("theme", self.configured))
        return self.configured

    def remember(self, theme: str) -> None:
        """OSError."""
        if self.remembers:
            draft = self.remembers.with_suffix(".new")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump({"theme": theme, "configured": self.configured}, file)
            draft.replace(self.remembers)
