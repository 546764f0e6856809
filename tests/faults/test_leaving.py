"""Signals at any moment: the exit status is right, the terminal is restored, and nobody is left behind."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.chat import Chat, chatting, data_dir, listing
from tests.e2e.kitchen import Kitchen, Watchman
from tests.engine.driver import query as rows
from tests.engine.driver import write_lock
from tests.faults.processes import processor_time
from tests.server import Call, Gate, Reply, Server, serving

STATUSES = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}
EACH = pytest.mark.parametrize("number", STATUSES, ids=lambda number: number.name)
BOUND = 3.0
"""Seconds that leaving may take, beyond a tool's grace."""
GRACE = 2.0
"""Seconds."""


def caught(chat: Chat) -> bool:
    """Whether the program has taken over its signals."""
    lines = Path(f"/proc/{chat.process.pid}/status").read_text().splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
    return bool(mask & 1 << (signal.SIGTERM - 1)) and bool(mask & 1 << (signal.SIGHUP - 1))


def begun(server: Server, home: Path) -> Chat:
    """The program right after its start, as soon as it has taken over its signals."""
    chat = Chat("--base-url", server.base_url, "--model", "scripted", home=home)
    deadline = time.monotonic() + 10
    while not caught(chat):
        assert time.monotonic() < deadline
    return chat


MOMENTS: dict[str, Callable[[Chat], object]] = {
    "at once": lambda chat: None,
    "when the screen is taken": lambda chat: chat.wait_for(lambda _: b"\x1b[?1049h" in chat.raw),
    "with the first frame": lambda chat: chat.wait_for("Write to the agent"),
    "when the session is open": lambda chat: chat.wait_status("default"),
}


@EACH
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_during_the_start_ends_the_program_with_its_status(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    with serving() as server, begun(server, tmp_path) as chat:
        MOMENTS[moment](chat)
        chat.kill(number)
        assert chat.wait_exit() == STATUSES[number]
        assert chat.unrestored == set()
        assert "error" not in chat.text and "Traceback" not in chat.text


@pytest.mark.slow
def test_a_signal_at_a_random_moment_of_the_start_ends_the_program_with_its_status(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    with serving() as server:
        for _ in range(40):
            with begun(server, tmp_path) as chat:
                chat.watch(dice.uniform(0, 1))
                number = dice.choice(list(STATUSES))
                chat.kill(number)
                assert chat.wait_exit() == STATUSES[number]
                assert chat.unrestored == set()


def test_a_signal_while_the_database_is_waited_for_ends_the_program(tmp_path: Path) -> None:
    with serving() as server:
        with chatting(server, tmp_path) as chat:
            chat.quit()
        with write_lock(data_dir(tmp_path)), begun(server, tmp_path) as chat:
            chat.kill(signal.SIGTERM)
            assert chat.wait_exit(BOUND) == 143
            assert chat.unrestored == set()


@EACH
def test_signals_without_end_while_a_tool_runs_change_nothing(tmp_path: Path, number: signal.Signals) -> None:
    script = [Reply("Working on it.", calls=[Call("execute_task", {"description": "a burger"})])]
    with (
        Kitchen(tmp_path) as kitchen,
        Watchman(tmp_path) as watchman,
        serving(script) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools, "--tools", watchman.tools) as chat,
    ):
        watchman.wait_for_the_first()
        chat.say("Work.")
        order = kitchen.order("burger")
        while chat.process.poll() is None:
            chat.kill(number)
            chat.watch(0.005)
        assert chat.process.returncode == STATUSES[number]
        order.wait_gone()
        watchman.wait_all_gone()
        chat.wait_exit()
        assert chat.unrestored == set()
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled"]
    assert [entry["text"] for entry in listing(tmp_path, "history")][:2] == ["Work.", "Working on it."]


def test_with_the_terminal_gone_and_a_stubborn_tool_the_program_waits_for_the_grace_and_computes_nothing(
    tmp_path: Path,
) -> None:
    script = [Reply("Working on it.", calls=[Call("stubborn_task", {"description": "a burger"})])]
    with (
        Kitchen(tmp_path) as kitchen,
        serving(script) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Work.")
        order = kitchen.order("burger")
        computed, began = processor_time(chat), time.monotonic()
        chat.hang_up()
        _, status, usage = os.wait4(chat.process.pid, 0)
        chat.process.returncode = os.waitstatus_to_exitcode(status)
        order.wait_gone()
        assert chat.process.returncode == 129
        assert GRACE <= time.monotonic() - began < GRACE + BOUND
        assert usage.ru_utime + usage.ru_stime - computed < GRACE  # what leaving itself takes is about half of it
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled"]


@pytest.mark.parametrize("number", [None, *STATUSES], ids=lambda number: number.name if number else "a key")
def test_leaving_while_a_call_is_compensated_ends_that_after_two_seconds_and_says_what_is_unknown(
    tmp_path: Path, number: signal.Signals | None
) -> None:
    dishes = [Call("execute_task", {"description": dish}) for dish in ("a burger", "a salad")]
    with (
        Kitchen(tmp_path) as kitchen,
        serving([Reply(calls=dishes), Reply("Served.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Cook.")
        for order in [kitchen.order("a "), kitchen.order("a ")]:
            order.finish()
        chat.wait_for("Served.")
        chat.wait_status("idle")
        chat.say("/rollback")
        undoing = kitchen.order("undo")
        began = time.monotonic()
        with write_lock(data_dir(tmp_path)):
            if number:
                chat.kill(number)
            else:
                chat.key("ctrl+q")
            chat.watch(GRACE + 0.8)  # a disk that is slow as well
        assert chat.wait_exit(GRACE + BOUND) == (STATUSES[number] if number else 0)
        assert time.monotonic() - began < GRACE + BOUND
        assert chat.unrestored == set()
        undoing.wait_gone()
    query = "SELECT status, text FROM compensations ORDER BY status"
    assert rows(data_dir(tmp_path), query) == [("unknown", "it was ended with the program"), ("waiting", "")]
    assert rows(data_dir(tmp_path), "SELECT state FROM rollbacks") == ["done"]


@pytest.mark.parametrize("times", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_resizes_without_end_during_an_answer_change_nothing_in_the_end(tmp_path: Path, times: int) -> None:
    gate = Gate()
    text = "\n\n".join(f"verse {line}: bottles of beer" for line in range(300))
    sizes = [(1, 1), (80, 24), (200, 60), (2, 40), (120, 3), (40, 12), (1, 60), (200, 1)]
    script = [Reply(text, chunk=30, delay=0.002, gate=gate, gate_at=3), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Sing.")
        chat.wait_for("verse 0:")
        gate.open()
        for turn in range(times):
            chat.resize(*sizes[turn % len(sizes)])
            chat.watch(0.005)
        chat.resize(80, 24)
        chat.wait_for("verse 299:")
        chat.wait_status("idle", "default")
        chat.say("Again.")
        chat.wait_for("Heard.")
        chat.quit()
    assert [entry["text"] for entry in listing(tmp_path, "history")] == ["Sing.", text, "Again.", "Heard."]
