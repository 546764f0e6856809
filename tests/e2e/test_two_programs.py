"""Two programs on one session: one looks on, told who has it, and takes over; `send` reaches the first."""

import signal
import time
from pathlib import Path

import pytest

from tests.asked import users
from tests.commands.program import ended, stored
from tests.e2e.chat import chatting, composer, is_pending, listing
from tests.e2e.kitchen import Kitchen
from tests.server import Call, Gate, Reply, serving

SOON = 0.2
"""Seconds from the commit of what is sent until its owner shows it."""


def test_a_second_program_is_told_who_has_the_session_and_shows_live_what_happens_there(tmp_path: Path) -> None:
    gate = Gate()
    script = [Reply("Working on it, and done.", chunk=13, gate=gate, gate_at=2), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path) as first:
        first.say("Work.")
        first.wait_for("Working on it")
        with chatting(server, tmp_path, "--session", "default") as second:
            second.wait_for(f"pid {first.process.pid}, since 20")
            second.wait_for("❯ Work.")
            second.wait_for("Working on it")
            second.wait_status("INCORPORATE", "running")
            first.say("Queued", "tab")
            second.wait_for(is_pending("1 queue Queued next run"))
            second.say("Not here")
            second.wait_for("Not sent")
            second.wait_for(lambda screen: composer(screen) == "Not here")
            second.key("ctrl+c")
            for command in ("/rewind", "/restore"):
                second.say(command)
                second.wait_for("nothing can be edited here")
                second.key("ctrl+c")
                second.wait_gone("nothing can be edited here")
            second.key("escape", "shift+tab")
            gate.open()
            second.wait_for("Heard.")
            second.wait_status("INCORPORATE", "idle")
            second.quit()
        first.wait_status("INCORPORATE", "idle")
        first.quit()
    assert [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "user"] == ["Work.", "Queued"]


@pytest.mark.parametrize("way", ["quit", "kill -9"])
def test_when_the_owner_has_gone_the_second_program_takes_over_with_what_was_written_there(
    tmp_path: Path, way: str
) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path) as first:
        first.say("Work.")
        first.wait_for("Working on it")
        with chatting(server, tmp_path, "--session", "default") as second:
            second.wait_for("read-only")
            second.send("A draft")
            second.wait_for(lambda screen: composer(screen) == "A draft")
            if way == "quit":
                first.quit()
            else:
                first.kill(signal.SIGKILL)
                first.process.wait()
            second.wait_gone("read-only: what you write")
            second.wait_status("idle")
            second.wait_for(lambda screen: composer(screen) == "A draft")
            second.key("enter")
            second.wait_for("Heard.")
            second.wait_status("idle")
            assert server.refusals == []
            assert users(server.requests[-1].body)[-1] == "A draft"
            second.quit()
    statuses = [run["status"] for run in listing(tmp_path, "runs")]
    assert statuses == ["cancelled" if way == "quit" else "crashed", "completed"]
    assert [entry["status"] for entry in listing(tmp_path, "history")] == [
        "complete",
        "partial",
        "complete",
        "complete",
    ]


@pytest.mark.parametrize(("mode", "runs"), [("incorporate", 1), ("queue", 2), ("interrupt", 2)])
def test_what_is_sent_from_another_terminal_does_in_the_open_chat_what_its_mode_says(
    tmp_path: Path, mode: str, runs: int
) -> None:
    script = [
        Reply("First.", calls=[Call("execute_task", {"description": "a burger"})]),
        Reply("Two."),
        Reply("Three."),
    ]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.say("Work.")
            order = kitchen.order("burger")
            sent = ended(tmp_path, "send", "--mode", mode, "Croutons, please.")
            assert (sent.returncode, sent.stdout) == (0, "")
            assert sent.stderr == f"sent to default, which is open (pid {chat.process.pid})\n"
            chat.wait_for("Croutons, please.")
            if mode == "interrupt":
                order.wait_gone()
            else:
                order.finish()
            chat.wait_for("Two.")
            chat.wait_status("idle")
            chat.quit()
        assert server.refusals == []
    history = listing(tmp_path, "history")
    assert [entry["text"] for entry in history if entry["role"] == "user"] == ["Work.", "Croutons, please."]
    assert len(listing(tmp_path, "runs")) == runs
    assert history[-1]["mode" if history[-1]["role"] == "user" else "status"] == "complete"


def test_what_is_sent_is_on_the_screen_within_200_ms_of_its_commit(tmp_path: Path) -> None:
    delays = []
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path, "--mode", "queue") as chat:
        for number in range(5):
            text = f"Sent-{number}"
            assert ended(tmp_path, "send", text).returncode == 0
            chat.wait_for(text)
            seen = time.time()
            chat.wait_status("idle")
            (row,) = [entry for entry in listing(tmp_path, "history") if entry["text"] == text]
            delays.append(seen - committed_at(row["created_at"]))
        chat.quit()
    print(f"from the commit of a run's start to the screen, in s: {[round(delay, 3) for delay in delays]}")


def committed_at(rfc_3339: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(rfc_3339).timestamp()


def test_what_is_sent_to_a_session_that_nobody_has_open_waits_there_held(tmp_path: Path) -> None:
    sent = ended(tmp_path, "send", "--session", "later", "--mode", "queue", "Hello")
    assert (sent.returncode, sent.stdout) == (0, "")
    assert sent.stderr == "later is not open: the prompt waits there, held; the chat resumes it\n"
    (waiting,) = stored(tmp_path, "pending", "later")
    assert (waiting["text"], waiting["mode"], waiting["position"], waiting["hold"]) == ("Hello", "queue", 1, "restart")
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path, "--session", "later", ready="later") as chat:
        chat.wait_for(is_pending("1 queue Hello held: restart"))
        chat.key("enter")
        chat.wait_for("Heard.")
        chat.quit()
    assert [entry["text"] for entry in listing(tmp_path, "history", "--session", "later")] == ["Hello", "Heard."]


def test_who_looks_on_neither_sees_nor_changes_the_draft_and_has_it_beside_its_own_when_it_takes_over(
    tmp_path: Path,
) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as first:
        first.send("mine")
        first.wait_for(lambda screen: composer(screen) == "mine")
        with chatting(server, tmp_path, "--session", "default") as second:
            second.wait_for("read-only")
            second.send("theirs")
            second.wait_for(lambda screen: composer(screen) == "theirs")
            first.quit()
            second.wait_gone("read-only:")
            assert composer(second.screen) == "theirs"
            second.key("enter")
            second.wait_for("Heard.")
            second.wait_for(lambda screen: composer(screen) == "mine")
            second.wait_status("idle")
            second.quit()
