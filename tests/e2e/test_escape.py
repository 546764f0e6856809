"""Escape without the kitty protocol: told from other keys by the time that passes, and heard at once."""

import sys
from pathlib import Path

import pytest

from interruptible_tui.tui.driver import ESCAPE_DELAY
from tests.e2e import keys
from tests.e2e.chat import Chat, chatting, data_dir, is_pending
from tests.e2e.terminal import Terminal
from tests.engine.driver import write_lock
from tests.server import Gate, Reply, Server, serving

DELAY = 3.0
"""Seconds within which a byte that was sent is surely followed by the next one, also on a busy machine."""
SLOW = 0.25
"""Seconds from one part of a key to the next, on a bad line; longer than Textual waits by itself."""
ECHO = """
import sys
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static
from interruptible_tui.tui.driver import terminal_driver

class Echo(App[int]):
    ENABLE_COMMAND_PALETTE = False
    count = 0

    def compose(self) -> ComposeResult:
        yield Static("ready", id="said", markup=False)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.count += 1
            self.query_one("#said", Static).update(f"{self.count} <{event.key}>")
        else:
            await super().on_event(event)

Echo(driver_class=terminal_driver(float(sys.argv[1]))).run()
"""
LEGACY = ["ctrl+enter", "shift+enter", "alt+s", "alt+enter", "shift+tab", "f2", "f4", "f6", "up", "alt+up", "pageup"]
KITTY = ["ctrl+enter", "escape", "alt+s", "shift+tab", "ctrl+c", "delete", "f4"]
SEQUENCES = [keys.legacy(key) for key in LEGACY] + [keys.kitty(key) for key in KITTY]


def echo(home: Path, delay: float) -> Terminal:
    """A terminal with a small program that shows how many keys it was told of, and the last one."""
    path = home / "echo.py"
    path.write_text(ECHO)
    return Terminal(str(delay), home=home, program=[sys.executable, path])


def test_a_key_that_comes_byte_by_byte_within_the_delay_is_one_key(tmp_path: Path) -> None:
    with echo(tmp_path, DELAY) as terminal:
        terminal.wait_for("ready")
        for number, sequence in enumerate(SEQUENCES):
            terminal.send(sequence)
            terminal.wait_for(f"{2 * number + 1} <")
            whole = terminal.screen[0].split()[1]
            for byte in sequence:
                terminal.send(bytes([byte]))
                terminal.wait_taken()
            terminal.wait_for(f"{2 * number + 2} {whole}")


def test_a_key_that_is_cut_anywhere_is_one_key_however_slow_the_link_is(tmp_path: Path) -> None:
    sequence = keys.legacy("ctrl+enter")
    with echo(tmp_path, DELAY) as terminal:
        terminal.wait_for("ready")
        for cut in range(1, len(sequence)):
            terminal.send(sequence[:cut])
            terminal.watch(SLOW)
            terminal.send(sequence[cut:])
            terminal.wait_for(f"{cut} <ctrl+")


def test_an_escape_that_nothing_follows_within_the_delay_is_a_key(tmp_path: Path) -> None:
    with echo(tmp_path, ESCAPE_DELAY) as terminal:
        terminal.wait_for("ready")
        terminal.key("escape")
        terminal.wait_for("1 <escape>")
        terminal.send("s")
        terminal.wait_for("2 <s>")


@pytest.mark.parametrize("by", ["environment", "config file"])
def test_the_user_sets_the_delay(tmp_path: Path, by: str) -> None:
    config = tmp_path / ".config/interruptible-chat/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("escape_delay = 3000\n" if by == "config file" else "")
    environment = {"INTERRUPTIBLE_CHAT_ESCAPE_DELAY": "3000"} if by == "environment" else {}
    gate = Gate()
    with (
        serving([Reply("Heard.", gate=gate), Reply("Both.")]) as server,
        chatting(server, tmp_path, environment=environment) as chat,
    ):
        chat.say("Work.")
        gate.reached.wait_here()
        chat.send("One")
        for byte in keys.legacy("alt+s"):
            chat.send(bytes([byte]))
            chat.wait_taken()
        chat.wait_for(is_pending("1 incorporate One"))
        chat.wait_status("running")
        gate.open()
        chat.wait_for("Both.")
        chat.quit()


def stop_blindly(chat: Chat, server: Server) -> None:
    """Press Esc on a terminal that does not read, and wait until the server sees it."""
    chat.send_blindly(b"\x1b")
    server.request_here(1).closed.wait_here()


def test_esc_waits_neither_for_the_disk_nor_for_a_frame(tmp_path: Path) -> None:
    gate = Gate()
    with serving([Reply("One. Two.", gate=gate, gate_at=1)]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        gate.reached.wait_here()
        chat.wait_status("running")
        with write_lock(data_dir(tmp_path)):
            stop_blindly(chat, server)
        chat.wait_for("Stopped")
        chat.quit()
