"""A terminal that stops reading keeps nobody: the agent, the store and the signals go on, at no cost.

The tests stop reading by not waiting for the screen; the kernel then holds a few kilobytes, and each write waits.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.chat import Chat, chatting, composer, listing
from tests.faults.processes import memory, processor_time
from tests.server import Gate, Reply, Server, serving

SONG = [f"verse {line}: {' bottle of beer' * 12}" for line in range(500)]
HINTS = "  Enter: send · Ctrl+J: new line"
EXIT = 3.0
"""Seconds that leaving may take where no tool runs."""


@contextmanager
def stalled(home: Path) -> Iterator[tuple[Server, Chat]]:
    """A chat that has sung its whole song to a terminal that stopped reading at its beginning."""
    gate = Gate()
    song = Reply("\n\n".join(SONG), chunk=400, delay=0.012, gate=gate, gate_at=3)
    with serving([song, Reply("Heard.")]) as server, chatting(server, home, cols=200, rows=60) as chat:
        chat.say("Sing.")
        chat.wait_for("verse 0:")
        gate.open()
        server.request_here(1).answered.wait_here(30)
        wait_completed(home)
        yield server, chat


def wait_completed(home: Path) -> None:
    wait_until(lambda: [run["status"] for run in listing(home, "runs")] == ["completed"])


def wait_until(true: Callable[[], bool]) -> None:
    """Until what is read from the disk makes it so; the screen tells nothing meanwhile."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it does not come about"


def test_the_run_completes_keys_are_heard_and_a_signal_ends_the_program_and_it_costs_nothing(tmp_path: Path) -> None:
    with stalled(tmp_path) as (server, chat):
        assert listing(tmp_path, "history")[1]["text"] == "\n\n".join(SONG)
        chat.send_blindly(b"Again.\r")
        server.request_here(2).answered.wait_here()
        assert memory(chat) < 200 * 2**20
        before = processor_time(chat)
        with pytest.raises(subprocess.TimeoutExpired):
            chat.process.wait(1)
        assert processor_time(chat) - before < 0.2
        chat.kill(signal.SIGTERM)
        assert chat.process.wait(EXIT) == 143
        chat.wait_exit()
        assert chat.unrestored == set()
    assert [entry["text"] for entry in listing(tmp_path, "history")][2:] == ["Again.", "Heard."]


def test_what_is_typed_meanwhile_is_kept_and_esc_stops_the_run_at_once(tmp_path: Path) -> None:
    endless = Reply("\n\n".join(SONG * 20), chunk=400, delay=0.012)
    with serving([endless]) as server, chatting(server, tmp_path, cols=200, rows=60) as chat:
        chat.say("Sing.")
        chat.wait_for("verse 0:")
        chat.send_blindly(b"Later\t")
        wait_until(lambda: [each["text"] for each in listing(tmp_path, "pending")] == ["Later"])
        chat.send_blindly(b"a draft\x1b")
        server.request_here(1).closed.wait_here()
        wait_until(lambda: [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled"])
        chat.wait_status("held")
        assert chat.composer == "a draft"
        chat.key("ctrl+q")
        assert chat.wait_exit() == 0


def test_when_it_reads_again_the_screen_is_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    with stalled(tmp_path) as (_, chat):
        chat.wait_for("verse 499:")
        chat.wait_status("idle")
        chat.send("a draft")
        seen = list(chat.wait_for(lambda screen: composer(screen) == "a draft" and screen[-2] == HINTS))
        chat.resize(199, 59)
        chat.resize(200, 60)
        chat.send("!")
        chat.wait_for(lambda screen: [line.replace("a draft!", "a draft ") for line in screen] == seen)
