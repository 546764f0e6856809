"""Keys and slash commands: which mode a prompt gets, live switching, and what stays in the composer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, is_pending, listing
from tests.e2e.terminal import SUPPORTS_KITTY
from tests.server import Gate, Reply, Server, serving

KITTY: dict[str, Any] = {"kitty": True, "answers": SUPPORTS_KITTY}


@contextmanager
def working(tmp_path: Path, *replies: Reply, **named: Any) -> Iterator[tuple[Chat, Server, Gate]]:
    """A chat whose first run is in the middle of its answer until the gate is opened."""
    gate = Gate()
    script = [Reply("Working on it, and done.", chunk=13, gate=gate, gate_at=2), *replies]
    with serving(script) as server, chatting(server, tmp_path, **named) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        yield chat, server, gate
        assert server.refusals == []


def own(server: Server, number: int) -> list[str]:
    """The user's texts in a request, without the markers."""
    return [text for text in users(server.request_here(number).body) if not text.startswith("[")]


@pytest.mark.parametrize("named", [{}, KITTY], ids=["legacy keys", "kitty protocol"])
def test_tab_queues_alt_s_incorporates_and_ctrl_enter_interrupts_whatever_the_mode(
    tmp_path: Path, named: dict[str, Any]
) -> None:
    with working(tmp_path, Reply("Heard you."), Reply("Queue done."), **named) as (chat, server, _):
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued next run"))
        chat.key("shift+tab")
        chat.wait_status("QUEUE")
        chat.say("Steered", "alt+s")
        chat.wait_for(is_pending("1 incorporate Steered", "2 queue Queued"))
        chat.say("Now", "ctrl+enter")
        server.request_here(1).closed.wait_here()
        chat.wait_for("Queue done.")
        chat.wait_status("idle")
        assert own(server, 2) == ["Work.", "Steered", "Now"]
        assert own(server, 3) == ["Work.", "Steered", "Now", "Queued"]
        chat.quit()
    assert [run["trigger"] for run in listing(tmp_path, "runs")] == ["prompt", "interrupt", "queue"]


def test_slash_commands_send_with_their_mode(tmp_path: Path) -> None:
    with working(tmp_path, Reply("Heard you."), Reply("Queue done.")) as (chat, server, _):
        chat.say("/queue Queued")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.say("/steer Steered")
        chat.wait_for(is_pending("1 incorporate Steered", "2 queue Queued"))
        chat.say("/now Now")
        chat.wait_for("Queue done.")
        assert own(server, 2) == ["Work.", "Steered", "Now"]
        assert own(server, 3)[-1] == "Queued"
        chat.quit()


def test_the_mode_is_switched_live_by_shift_tab_f4_and_slash_mode_and_pending_prompts_keep_theirs(
    tmp_path: Path,
) -> None:
    with working(tmp_path, Reply("Heard you."), Reply("Queue done.")) as (chat, server, gate):
        chat.say("A correction")
        chat.wait_for(is_pending("1 incorporate A correction"))
        chat.key("shift+tab")
        chat.wait_status("QUEUE", "running")
        chat.say("For later")
        chat.wait_for(is_pending("1 incorporate A correction", "2 queue For later"))
        chat.key("f4")
        chat.wait_status("INTERRUPT", "running")
        chat.say("/mode")
        chat.wait_status("INCORPORATE")
        chat.say("/mode QUEUE")
        chat.wait_status("QUEUE", "running")
        chat.wait_for(is_pending("1 incorporate A correction", "2 queue For later"))
        assert len(server.requests) == 1
        gate.open()
        chat.wait_for("Queue done.")
        assert own(server, 2) == ["Work.", "A correction"]
        chat.quit()
    with serving() as server, chatting(server, tmp_path) as chat:
        chat.wait_status("QUEUE", "idle")
        chat.quit()


def test_the_status_line_says_what_is_the_case(tmp_path: Path) -> None:
    with working(tmp_path) as (chat, _, gate):
        said = chat.wait_status("running", "run 1", "turn 1", "tokens", "default", "scripted", "INCORPORATE")
        assert "idle" not in said
        gate.open()
        said = chat.wait_status("idle", "default", "scripted", "INCORPORATE")
        assert "running" not in said
        chat.quit()


def test_a_slash_command_that_cannot_be_carried_out_stays_in_the_composer_and_is_explained(tmp_path: Path) -> None:
    complaints = {"/nonsense at all": "no command", "/mode sideways": "no mode", "/quit please": "stands alone"}
    with serving() as server, chatting(server, tmp_path) as chat:
        for line, complaint in complaints.items():
            chat.say(line)
            chat.wait_for(complaint)
            assert composer(chat.screen) == line
            chat.key("ctrl+c")
            chat.wait_gone(line)
        chat.say("/continue")
        chat.wait_for("no unfinished")
        assert server.requests == []
        chat.quit()


def test_a_text_that_begins_with_a_space_and_a_slash_is_sent_as_text_and_newlines_are_kept(tmp_path: Path) -> None:
    with serving([Reply("Heard you.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(" /etc/hosts")
        chat.key("ctrl+j")
        chat.paste("second\r\nthird")
        chat.key("enter")
        chat.wait_for("Heard you.")
        assert own(server, 1) == [" /etc/hosts\nsecond\nthird"]
        chat.quit()


def test_up_brings_an_earlier_prompt_back(tmp_path: Path) -> None:
    with serving() as server, chatting(server, tmp_path) as chat:
        chat.say("The first prompt")
        chat.wait_for("Done.")
        chat.wait_status("idle")
        chat.key("up")
        chat.wait_for(lambda screen: composer(screen) == "The first prompt")
        chat.quit()
