"""What the tests of settings share."""

from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.arguments import UsageError, report
from interruptible_tui.settings import load

KEY = "sk-canary-0123456789"


def write_config(home: Path, content: str) -> Path:
    path = home / ".config/interruptible-chat/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def complaint(options: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that `options` end in."""
    with pytest.raises(UsageError) as raised:
        load(options)
    assert report(raised.value) == 2
    line = capsys.readouterr().err
    assert line.startswith("interruptible-chat: error: ")
    assert line.count("\n") == 1
    return line
