"""Signals end `run` with their exit status, and what was said is kept."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.program import DEMO, Running, model, started, stored
from tests.e2e.kitchen import Kitchen
from tests.server import Call, Gate, Reply, serving

STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
EACH = pytest.mark.parametrize("number", STATUSES, ids=lambda number: number.name)
MORE_THAN_A_PIPE_HOLDS = 256 * 1024


@contextmanager
def speaking(home: Path, *options: str) -> Iterator[Running]:
    """The program in the middle of an answer, of which it has got "Hello"."""
    with (
        serving([Reply("Hello there", chunk=5, gate=Gate(), gate_at=2)]) as server,
        started(home, "run", *model(server), *options, "Hi") as running,
    ):
        running.reads("Hello")
        yield running


@EACH
def test_a_signal_stops_the_run_and_keeps_what_was_said(tmp_path: Path, number: signal.Signals) -> None:
    with speaking(tmp_path) as running:
        running.process.send_signal(number)
        assert running.ends() == STATUSES[number]
        assert (running.said, running.complaints) == ("Hello\n", "")
    user, answer = stored(tmp_path, "history")
    assert (user["text"], user["status"]) == ("Hi", "complete")
    assert (answer["text"], answer["status"]) == ("Hello", "partial")
    assert [run["status"] for run in stored(tmp_path, "runs")] == ["cancelled"]
    assert stored(tmp_path, "pending") == []
    assert [session["open"] for session in stored(tmp_path, "sessions")] == [False]


def test_stopped_in_json_it_still_prints_one_object(tmp_path: Path) -> None:
    gate = Gate()
    with (
        serving([Reply("Hello there", gate=gate)]) as server,
        started(tmp_path, "run", *model(server), "--format", "json", "Hi") as running,
    ):
        gate.reached.wait_here()
        running.process.send_signal(signal.SIGINT)
        assert running.ends() == 130
    assert json.loads(running.said)["status"] == "cancelled"


def test_a_signal_ends_the_tool_that_runs_and_says_so(tmp_path: Path) -> None:
    call = Call("execute_task", {"description": "a burger"})
    with (
        Kitchen(tmp_path) as kitchen,
        serving([Reply("First.", calls=[call])]) as server,
        started(tmp_path, "run", *model(server), "--tools", kitchen.tools, "Hi") as running,
    ):
        order = kitchen.order("burger")
        running.process.send_signal(signal.SIGINT)
        order.wait_gone()
        assert running.ends() == 130
        assert running.said == "First.\n"
        assert "Traceback" not in running.complaints
    (called,) = stored(tmp_path, "history")[1]["tool_calls"]
    assert called["status"] == "interrupted"


def test_killed_while_a_tool_runs_its_outcome_is_unknown_and_the_run_has_crashed(tmp_path: Path) -> None:
    call = Call("execute_task", {"description": "a burger"})
    with (
        Kitchen(tmp_path) as kitchen,
        serving([Reply(calls=[call])]) as server,
        started(tmp_path, "run", *model(server), "--tools", kitchen.tools, "Hi") as running,
    ):
        order = kitchen.order("burger")
        assert [run["status"] for run in stored(tmp_path, "runs")] == ["running"]
        assert [session["open"] for session in stored(tmp_path, "sessions")] == [True]
        running.process.kill()
        running.process.wait()
        order.wait_gone()
    assert [run["status"] for run in stored(tmp_path, "runs")] == ["crashed"]
    (called,) = stored(tmp_path, "history")[1]["tool_calls"]
    assert (called["arguments"], called["status"]) == ({"description": "a burger"}, "unknown")
    assert [session["open"] for session in stored(tmp_path, "sessions")] == [False]


@EACH
def test_a_signal_while_the_prompt_is_read_from_standard_input_ends_it_at_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    with started(tmp_path, "run", *DEMO, "-", stdin=subprocess.PIPE) as running:
        running.takes(b"x" * MORE_THAN_A_PIPE_HOLDS)
        running.process.send_signal(number)
        assert running.ends() == STATUSES[number]
        assert (running.said, running.complaints) == ("", "")
    assert stored(tmp_path, "sessions") == []
