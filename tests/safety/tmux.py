"""The chat in a real tmux, of a server of its own, which is driven and read through the terminal that tmux is in."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.chat import Chat
from tests.e2e.terminal import PROGRAM

_SETTINGS = """
set -g set-clipboard on
set -s extended-keys on
set -s escape-time 0
set -g status off
set -g allow-rename on
set -g default-terminal tmux-256color
set -gw allow-passthrough on
"""


class Tmux:
    def __init__(self, home: Path) -> None:
        self._socket = home / "tmux.socket"
        self._settings = home / "tmux.conf"
        self._settings.write_text(_SETTINGS)

    @property
    def command(self) -> list[str | Path]:
        return ["tmux", "-S", self._socket, "-f", self._settings]

    def ask(self, *words: str) -> str:
        """What tmux says to a command of its own; also why it does not."""
        done = subprocess.run([*self.command, *words], capture_output=True, encoding="utf-8", check=False)
        return (done.stdout + done.stderr).strip()


@contextmanager
def within_tmux(home: Path, *arguments: str, **named: Any) -> Iterator[tuple[Tmux, Chat]]:
    tmux = Tmux(home)
    program = [*tmux.command, "new-session", "-n", "ours", PROGRAM, *arguments]
    try:
        with Chat(home=home, program=program, **named) as chat:
            chat.wait_status("default")
            yield tmux, chat
    finally:
        tmux.ask("kill-server")
