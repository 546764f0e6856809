"""Every way out keeps what was said and what is pending, restores the terminal, and has its exit status."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.chat import Chat, chatting, is_pending, listing, program
from tests.e2e.kitchen import Kitchen
from tests.server import Call, Gate, Reply, serving

Leave = Callable[[Chat], None]


def by_slash_quit(chat: Chat) -> None:
    chat.say("/quit")


def by_ctrl_c(chat: Chat) -> None:
    """The first one stops the run, the second one arms, the third one quits."""
    chat.key("ctrl+c")
    chat.wait_status("held")
    chat.key("ctrl+c")
    chat.wait_for("Ctrl+C again quits")
    chat.key("ctrl+c")


WAYS: dict[str, tuple[Leave, int]] = {
    "ctrl+q": (lambda chat: chat.key("ctrl+q"), 0),
    "/quit": (by_slash_quit, 0),
    "ctrl+c": (by_ctrl_c, 0),
    "SIGTERM": (lambda chat: chat.kill(signal.SIGTERM), 143),
    "SIGHUP": (lambda chat: chat.kill(signal.SIGHUP), 129),
    "SIGINT": (lambda chat: chat.kill(signal.SIGINT), 130),
}


@pytest.mark.parametrize("way", WAYS)
def test_leaving_while_a_run_streams_keeps_the_partial_answer_and_the_pending_prompts_and_restores_the_terminal(
    tmp_path: Path, way: str
) -> None:
    leave, code = WAYS[way]
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        leave(chat)
        assert chat.wait_exit() == code
        assert chat.unrestored == set()
        server.request_here(1).closed.wait_here()
    assert [(entry["text"], entry["status"]) for entry in listing(tmp_path, "history")] == [
        ("Work.", "complete"),
        ("Working on it", "partial"),
    ]
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled"]
    assert [(prompt["text"], prompt["hold"]) for prompt in listing(tmp_path, "pending")] == [("Queued", "restart")]


def test_closing_the_terminal_ends_the_program_and_keeps_everything(tmp_path: Path) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.hang_up()
        assert chat.process.wait(10) == 129
    assert [entry["status"] for entry in listing(tmp_path, "history")] == ["complete", "partial"]
    assert [prompt["text"] for prompt in listing(tmp_path, "pending")] == ["Queued"]


def test_leaving_while_a_stubborn_tool_runs_is_bounded_and_leaves_no_process(tmp_path: Path) -> None:
    script = [Reply(calls=[Call("stubborn_task", {"description": "a burger"})])]
    with (
        Kitchen(tmp_path) as kitchen,
        serving(script) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Cook.")
        burger = kitchen.order("burger")
        chat.key("ctrl+q")
        assert chat.wait_exit(timeout=6) == 0
        assert chat.unrestored == set()
        burger.wait_gone()
    [call] = listing(tmp_path, "history")[1]["tool_calls"]
    assert call["status"] == "interrupted"


def test_ctrl_c_clears_the_draft_first_and_twice_on_an_empty_line_quits(tmp_path: Path) -> None:
    with serving() as server, chatting(server, tmp_path) as chat:
        chat.send("a draft")
        chat.wait_for("a draft")
        chat.key("ctrl+c")
        chat.wait_gone("a draft")
        assert "again quits" not in chat.text
        chat.key("ctrl+c")
        chat.wait_for("Ctrl+C again quits")
        chat.key("ctrl+c")
        assert chat.wait_exit() == 0
        assert chat.unrestored == set()


@pytest.mark.parametrize("keys", ["One\rTwo\r\x11", "One\rTwo\r/quit\r"], ids=["ctrl+q", "/quit"])
def test_what_was_sent_right_before_the_end_is_not_lost_even_if_it_all_arrives_at_once(
    tmp_path: Path, keys: str
) -> None:
    with serving([Reply("Never.", head_gate=Gate())]) as server, chatting(server, tmp_path) as chat:
        chat.send(keys)
        assert chat.wait_exit() == 0
    texts = [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "user"]
    assert texts + [prompt["text"] for prompt in listing(tmp_path, "pending")] == ["One", "Two"]


def test_without_a_terminal_the_chat_ends_with_status_2_and_one_line_that_names_run(tmp_path: Path) -> None:
    ended = program(tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "interruptible-chat: error: " in ended.stderr and " run " in ended.stderr


def test_a_second_program_without_a_name_gets_a_new_session(tmp_path: Path) -> None:
    with serving() as server, chatting(server, tmp_path) as first:
        with chatting(server, tmp_path, ready="chat 2") as third:
            third.say("Hello")
            third.wait_for("Done.")
            third.quit()
        first.say("Still here")
        first.wait_for("Done.")
        first.quit()


def test_a_session_whose_owner_was_killed_is_free_at_once(tmp_path: Path) -> None:
    with serving() as server:
        with chatting(server, tmp_path) as chat:
            os.kill(chat.process.pid, signal.SIGKILL)
            chat.process.wait()
        with chatting(server, tmp_path, "--session", "default") as chat:
            chat.quit()
