"""Standard streams that are full, closed, or of another encoding: one line at most, the right status, no hang."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.program import DEMO, ONE_LINE, ORDER, closing, ended, model, started, stored
from tests.e2e.chat import data_dir
from tests.engine.driver import query
from tests.server import Gate, Reply, serving

FORMATS = ("text", "json", "stream-json")


@pytest.fixture
def full() -> Iterator[int]:
    """A device on which nothing can be written."""
    handle = os.open("/dev/full", os.O_WRONLY)
    yield handle
    os.close(handle)


@pytest.mark.parametrize("form", FORMATS)
def test_an_answer_that_cannot_be_written_is_told_in_one_line_with_status_1(
    tmp_path: Path, full: int, form: str
) -> None:
    printed = ended(tmp_path, "run", *DEMO, "--format", form, "Hello", stdout=full)
    assert printed.returncode == 1
    assert ONE_LINE.fullmatch(printed.stderr) and "No space left" in printed.stderr


@pytest.mark.parametrize("words", [("runs", "--format", "json"), ("--version",), ("--help",)])
def test_what_is_printed_at_once_and_cannot_be_written_is_told_too(
    tmp_path: Path, full: int, words: tuple[str, ...]
) -> None:
    printed = ended(tmp_path, *words, stdout=full)
    assert printed.returncode == 1
    assert ONE_LINE.fullmatch(printed.stderr)


def test_complaints_that_cannot_be_written_change_nothing(tmp_path: Path, full: int) -> None:
    printed = ended(tmp_path, "run", *DEMO, ORDER, stderr=full)
    assert printed.returncode == 0 and "All done:" in printed.stdout
    assert ended(tmp_path, "run", stderr=full).returncode == 2


@pytest.mark.parametrize("form", ["text", "stream-json"])
def test_a_pipe_that_is_closed_ends_it_quietly_with_status_0(tmp_path: Path, form: str) -> None:
    gate = Gate()
    with (
        serving([Reply("Hello there", chunk=5, gate=gate, gate_at=2)]) as server,
        started(tmp_path, "run", *model(server), "--format", form, "Hi") as running,
    ):
        running.reads("Hello")
        assert running.process.stdout and running.process.stderr
        running.process.stdout.close()
        gate.open()
        assert running.process.wait(20) == 0
        assert running.process.stderr.read() == b""
    assert stored(tmp_path, "history")[0]["text"] == "Hi"


@pytest.mark.parametrize("words", [("runs", "--format", "json"), ("--version",), ("--help",)])
def test_what_is_printed_at_once_ends_quietly_where_nobody_reads(tmp_path: Path, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        printed = ended(tmp_path, *words, stdout=writing)
    finally:
        os.close(writing)
    assert (printed.returncode, printed.stderr) == (0, "")


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_standard_streams_that_are_closed_from_the_start_change_nothing(
    tmp_path: Path, closed: tuple[int, ...]
) -> None:
    printed = ended(tmp_path, "run", *DEMO, ORDER, preexec_fn=closing(*closed))
    assert printed.returncode == 0
    assert printed.stdout.endswith("What else?\n") != (1 in closed)
    assert ("done" in printed.stderr) != (2 in closed)
    assert query(data_dir(tmp_path), "PRAGMA integrity_check") == ["ok"]
    assert len(stored(tmp_path, "history")) == 4


def test_standard_input_that_is_closed_holds_no_prompt(tmp_path: Path) -> None:
    refused = ended(tmp_path, "run", *DEMO, "-", preexec_fn=closing(0))
    assert refused.returncode == 2
    assert ONE_LINE.fullmatch(refused.stderr)


def test_what_an_encoding_does_not_have_is_replaced_and_the_rest_is_printed(tmp_path: Path) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    printed = ended(tmp_path, "run", *DEMO, "Prepare a bürger.", environment=ascii_only)
    assert printed.returncode == 0
    assert "Traceback" not in printed.stderr
    assert "rger\n\nEnjoy!" in printed.stdout
    listed = ended(tmp_path, "history", environment=ascii_only)
    assert listed.returncode == 0 and "rger" in listed.stdout


def test_the_answer_is_flushed_while_it_streams(tmp_path: Path) -> None:
    """It is read although neither the answer nor its line has ended."""
    gate = Gate()
    with (
        serving([Reply("Hello there", chunk=5, gate=gate, gate_at=2)]) as server,
        started(tmp_path, "run", *model(server), "Hi", stderr=subprocess.DEVNULL) as running,
    ):
        running.reads("Hello")
        assert running.said == "Hello"
        gate.open()
        running.reads("Hello there\n")
        assert running.process.wait(20) == 0
