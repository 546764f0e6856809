"""A terminal that is closed, that suspends the program, or that stops reading: nothing is lost or left behind."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.chat import Chat, chatting, composer, is_pending, listing
from tests.e2e.kitchen import Kitchen, Watchman
from tests.server import Call, Gate, Reply, serving

WHILE = ["idle", "an answer", "a tool", "a stubborn tool"]
COOKS = {"a tool": "execute_task", "a stubborn tool": "stubborn_task"}


def begin(chat: Chat, kitchen: Kitchen, work: str) -> None:
    """Up to the moment in which the run is in the middle of `work`, with a prompt in the queue."""
    if work == "idle":
        return
    chat.say("Work.")
    chat.wait_for("Working on it")
    if work in COOKS:
        kitchen.order("burger")
    chat.say("Queued", "tab")
    chat.wait_for(is_pending("1 queue Queued"))


def script(work: str) -> list[Reply]:
    if work in COOKS:
        return [Reply("Working on it", calls=[Call(COOKS[work], {"description": "a burger"})])]
    return [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]


@pytest.mark.parametrize("work", WHILE)
def test_when_the_terminal_is_closed_the_program_ends_in_time_keeps_everything_and_leaves_no_process(
    tmp_path: Path, work: str
) -> None:
    """The kernel sends SIGHUP and SIGCONT then, and each write to the terminal fails."""
    with ExitStack() as stack:
        kitchen, watchman = stack.enter_context(Kitchen(tmp_path)), stack.enter_context(Watchman(tmp_path))
        server = stack.enter_context(serving(script(work)))
        with chatting(server, tmp_path, "--tools", kitchen.tools, "--tools", watchman.tools) as chat:
            watchman.wait_for_the_first()
            begin(chat, kitchen, work)
            chat.hang_up()
            assert chat.process.wait(5) == 129
            watchman.wait_all_gone()
        with chatting(server, tmp_path, "--session", "default") as chat:
            chat.quit()
    if work != "idle":
        said = [(entry["text"], entry["status"]) for entry in listing(tmp_path, "history") if entry["role"] != "tool"]
        assert said == [("Work.", "complete"), ("Working on it", "complete" if work in COOKS else "partial")]
        assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled"]
        assert [prompt["text"] for prompt in listing(tmp_path, "pending")] == ["Queued"]


def wait_stopped(chat: Chat) -> None:
    _, status = os.waitpid(chat.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)


@pytest.mark.parametrize("numbers", [[signal.SIGCONT], [signal.SIGSTOP, signal.SIGCONT]], ids=["CONT", "STOP and CONT"])
def test_a_stray_sigcont_changes_nothing(tmp_path: Path, numbers: list[signal.Signals]) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        for turn in ("One ", "two ", "three "):
            for number in numbers:
                chat.kill(number)
                if number is signal.SIGSTOP:
                    wait_stopped(chat)
            chat.send(turn * 20)
        whole = "One " * 20 + "two " * 20 + "three " * 20
        chat.wait_for(lambda screen: composer(screen).replace("\n", " ") == whole.strip())
        chat.key("enter")
        chat.wait_for("Heard.")
        chat.quit()
    assert listing(tmp_path, "history")[0]["text"] == whole


def test_suspended_it_gives_the_terminal_back_and_resumed_it_goes_on(tmp_path: Path) -> None:
    gate = Gate()
    answer = [Reply("Working on it, and done.", chunk=13, gate=gate, gate_at=2), Reply("Heard.")]
    with serving(answer) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.send("a draft")
        chat.wait_for(lambda screen: composer(screen) == "a draft")
        for _ in range(2):
            chat.kill(signal.SIGTSTP)
            wait_stopped(chat)
            chat.wait_for(lambda _: chat.unrestored == set())
            chat.kill(signal.SIGCONT)
            chat.wait_for(lambda screen: composer(screen) == "a draft")
        gate.open()
        chat.wait_for("and done.")
        chat.say(" goes on")
        chat.wait_for("Heard.")
        chat.quit()
    assert listing(tmp_path, "history")[2]["text"] == "a draft goes on"


def test_a_terminal_that_stops_reading_does_not_keep_the_program(tmp_path: Path) -> None:
    lines = [f"{line} {'bottle of beer ' * 12}" for line in range(800)]
    with (
        serving([Reply("\n\n".join(lines), chunk=200, delay=0.004)]) as server,
        chatting(server, tmp_path, cols=200, rows=60) as chat,
    ):
        chat.say("Sing.")
        chat.wait_for("9 bottle of beer")
        server.request_here(1).answered.wait_here()
        chat.kill(signal.SIGTERM)
        assert chat.process.wait(8) == 143
    sung = listing(tmp_path, "history")[1]["text"]
    assert sung.startswith("\n\n".join(lines[:9]))
