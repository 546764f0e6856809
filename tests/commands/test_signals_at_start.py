"""A signal that comes while the program starts ends it at once and quietly, whatever is being imported."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.program import DEMO, PATIENCE
from tests.e2e.terminal import clean_environment

LAUNCHER = """
import os, sys
from interruptible_tui.__main__ import main

number, moment = int(sys.argv.pop(1)), sys.argv.pop(1)

class Moment:
    @staticmethod
    def find_spec(name, *_):
        if name == moment:
            os.kill(os.getpid(), number)

sys.meta_path.insert(0, Moment)
main()
"""
MOMENTS = ["interruptible_tui.arguments", "pydantic", "datetime", "decimal", "asyncio", "interruptible_tui.store"]
"""What is being imported then; `datetime` and `decimal` by the Rust code of pydantic, which takes no exception."""
HEAVY = {"asyncio", "argparse", "dataclasses", "threading", "subprocess", "pydantic"}


def started(home: Path, number: int, moment: str) -> subprocess.CompletedProcess[str]:
    launcher = home / "launcher.py"
    launcher.write_text(LAUNCHER)
    return subprocess.run(
        [sys.executable, launcher, str(number), moment, "run", *DEMO, "Hi"],
        env=clean_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("moment", [*MOMENTS, "interruptible_tui.headless"])
def test_a_signal_ends_the_start_quietly_whatever_is_being_imported(tmp_path: Path, moment: str) -> None:
    ended = started(tmp_path, signal.SIGTERM, moment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, "", "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_each_signal_has_its_status_while_the_program_starts(tmp_path: Path, number: int, status: int) -> None:
    ended = started(tmp_path, number, "decimal")
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")


def test_next_to_nothing_is_imported_before_signals_are_caught(tmp_path: Path) -> None:
    known = "import sys, interruptible_tui.__main__; print(*sys.modules)"
    names = subprocess.check_output([sys.executable, "-c", known], env=clean_environment(tmp_path), text=True).split()
    assert HEAVY.intersection(names) == set()
