"""The chat on a terminal, as the end-to-end tests drive it: with a server, a home of its own, and what people read.

with serving([Reply("Hello")]) as server, chatting(server, tmp_path) as chat:
    chat.say("Hi")
    chat.wait_for("Hello")
    chat.wait_status("idle")
assert listing(tmp_path, "history")[0]["text"] == "Hi"
"""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from interruptible_tui.arguments import parse
from interruptible_tui.commands import listing as printed
from tests.e2e.terminal import PROGRAM, Terminal, clean_environment
from tests.server import Server
from tests.signals import PATIENCE

MARK = "▸"
"""Stands before the selected pending prompt."""
STATES = ("idle", "running", "stopping", "held")
Listed = list[dict[str, Any]]


class Chat(Terminal):
    """A terminal with the chat in it."""

    def say(self, text: str, key: str = "enter") -> None:
        """Write `text`, and send it with `key`."""
        self.send(text)
        self.wait_for(lambda screen: last_words(text) in composer(screen))
        self.key(key)

    def wait_status(self, *words: str, timeout: float = PATIENCE) -> str:
        """The status line as soon as all of `words` stand on it."""
        return status(self.wait_for(lambda screen: all(word in status(screen) for word in words), timeout))

    def wait_empty(self) -> None:
        """Until the composer is empty: what was sent is accepted or on its way."""
        self.wait_for(lambda screen: not composer(screen) or composer(screen).startswith("Write to the agent"))

    def quit(self) -> None:
        self.key("ctrl+q")
        assert self.wait_exit() == 0
        assert self.unrestored == set()

    @property
    def status(self) -> str:
        return status(self.screen)

    @property
    def composer(self) -> str:
        return composer(self.screen)

    @property
    def text(self) -> str:
        return "\n".join(self.screen)


@contextmanager
def chatting(server: Server, home: Path, *options: str | Path, ready: str = "default", **named: Any) -> Iterator[Chat]:
    """The chat with `server`, as soon as its session is open and `ready` is on the status line."""
    with Chat("--base-url", server.base_url, "--model", "scripted", *map(str, options), home=home, **named) as chat:
        chat.wait_status(ready)
        yield chat


def status(screen: list[str]) -> str:
    """The last row."""
    return screen[-1] if screen else ""


def composer(screen: list[str]) -> str:
    """What stands between the borders of the composer, without blanks around its lines."""
    tops = [row for row, line in enumerate(screen) if line.startswith("╭")]
    bottoms = [row for row, line in enumerate(screen) if line.startswith("╰")]
    if not tops or not bottoms:
        return ""
    return "\n".join(line.strip("│ ") for line in screen[tops[-1] + 1 : bottoms[-1]])


def last_words(text: str) -> str:
    """The end of `text`, as short as to stand on one row wherever it is wrapped."""
    return text.split()[-1][-20:]


def pending_rows(screen: list[str]) -> list[str]:
    """The rows of the pending panel: those right above the composer that begin with a number and a mode.

    The selected one has its mark before that.
    """
    top = max((row for row, line in enumerate(screen) if line.startswith("╭")), default=0)
    rows = [row.strip() for row in screen[max(0, top - 8) : top]]
    modes = ("interrupt", "incorporate", "queue")
    return [row for row in rows if row.lstrip(MARK)[:1].isdigit() and any(f" {mode}" in row for mode in modes)]


def data_dir(home: Path) -> Path:
    return home / ".local/share/interruptible-chat"


def is_pending(*rows: str) -> Callable[[list[str]], bool]:
    """Whether the pending panel has these rows, each given by words of it in their order."""

    def holds(screen: list[str]) -> bool:
        shown = pending_rows(screen)
        return len(shown) == len(rows) and all(
            words in " ".join(row.split()) for words, row in zip(rows, shown, strict=True)
        )

    return holds


def said(home: Path) -> list[tuple[str, str]]:
    """Role and text of each message, but for results of tools."""
    return [(entry["role"], entry["text"]) for entry in listing(home, "history") if entry["role"] != "tool"]


def listing(home: Path, name: str, *options: str) -> Listed:
    """What `interruptible-chat NAME --format json` prints, without the time that starting it takes."""
    arguments = parse([name, "--format", "json", *options])
    session = arguments.options.get("session")
    values: Listed = json.loads(asyncio.run(printed(arguments.command, arguments.format, data_dir(home), session)))
    return values


def program(
    home: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The program without a terminal."""
    return subprocess.run(
        [PROGRAM, *arguments],
        env=clean_environment(home) | dict(environment or {}),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
