"""A home without settings."""

from pathlib import Path

import pytest

from interruptible_tui.sources import VARIABLES


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and no variable that the program reads."""
    for name in [name for names in VARIABLES.values() for name in names] + ["XDG_CONFIG_HOME", "XDG_DATA_HOME"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path
