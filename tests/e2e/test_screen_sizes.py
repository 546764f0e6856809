"""The chat in terminals of any size, and of changing size."""

import random
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chat import chatting, pending_rows
from tests.server import Gate, Reply, serving


@pytest.mark.parametrize(("cols", "rows"), [(20, 5), (40, 10), (200, 60)])
def test_a_prompt_is_answered_at_any_size(tmp_path: Path, cols: int, rows: int) -> None:
    named: dict[str, Any] = {"cols": cols, "rows": rows}
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path, ready="INCORPORATE", **named) as chat:
        chat.send("Hi")
        chat.wait_for("Hi")
        chat.key("enter")
        chat.wait_for("Heard.")
        chat.wait_status("INCORPORATE", "idle")
        chat.quit()


def test_at_20x5_the_status_line_says_that_a_prompt_is_being_edited(tmp_path: Path) -> None:
    named: dict[str, Any] = {"cols": 20, "rows": 5}
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server, chatting(server, tmp_path, ready="INCORPORATE", **named) as chat:
        chat.send("Work.")
        chat.wait_for("Work.")
        chat.key("enter")
        chat.wait_status("running")
        chat.send("One\t")
        chat.wait_for("1 queue")
        chat.key("alt+up")
        chat.wait_status("editing #1", "running")
        chat.resize(80, 24)
        chat.wait_for("editing #1")
        chat.wait_status("INCORPORATE", "running")
        chat.resize(20, 5)
        chat.wait_status("editing #1")
        chat.key("escape")
        chat.wait_status("INCORPORATE")
        chat.quit()


def test_at_80x24_status_line_pending_panel_composer_and_answer_are_all_on_the_screen(tmp_path: Path) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        for number in range(10):
            chat.send(f"Queued {number}")
            chat.key("tab")
        chat.wait_for("+4 more")
        chat.wait_for(lambda screen: len(pending_rows(screen)) == 6)
        chat.wait_status("INCORPORATE", "running", "default", "scripted")
        chat.wait_for("Working on it")
        chat.quit()


def test_a_storm_of_resizes_while_an_answer_streams_loses_nothing(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    gate = Gate()
    with (
        serving([Reply("Word " * 200 + "end.", chunk=20, delay=0.002, gate=gate)]) as server,
        chatting(server, tmp_path) as chat,
    ):
        chat.say("Work.")
        server.request_here(1)
        for _ in range(60):
            chat.resize(chance.randint(1, 150), chance.randint(1, 50))
        chat.resize(1, 1)
        gate.reached.wait_here()
        chat.resize(80, 24)
        gate.open()
        chat.wait_for("end.")
        chat.wait_status("idle")
        chat.say("Again.")
        chat.wait_for("Done.")
        chat.quit()


def test_news_of_a_size_that_comes_while_older_news_is_taken_in_is_not_overtaken(tmp_path: Path) -> None:
    """Windows that are dragged send many signals, one of which may come while another is handled."""
    with serving([]) as server, chatting(server, tmp_path) as chat:
        whole = list(chat.screen)
        for _ in range(40):
            for width in range(60, 80, 2):
                chat.resize(width, 24)
                chat.kill(signal.SIGWINCH)
            chat.resize(80, 24)
            chat.wait_for(lambda screen: screen == whole)
        chat.quit()
