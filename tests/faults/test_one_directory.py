"""Several processes with sessions of their own hammer one data directory: nobody is locked out, nothing is lost."""

import asyncio
import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from interruptible_tui.arguments import Command, Format
from interruptible_tui.commands import listing
from tests.engine.driver import query

PROMPTS = 60
"""Of each writer; each is about six transactions."""
SLOWER = 2.0
"""How many times its fair share of the time a writer may take that is not alone."""
_LISTINGS = (Command.SESSIONS, Command.HISTORY, Command.RUNS, Command.PENDING)
_ROOT = Path(__file__).parents[2]
_PATIENCE = 60.0
"""Seconds."""


class Writer:
    """A process, which begins to write when it is told to."""

    def __init__(self, directory: Path, session: str, prompts: int) -> None:
        self.session = session
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writing", str(directory), session, str(prompts)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n", self._complaint()

    def begin(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.stdin = None

    def read(self, prompts: int) -> list[str]:
        """The next prompts that it was told are accepted."""
        assert self._process.stdout
        return [self._process.stdout.readline().rstrip("\n") for _ in range(prompts)]

    def ends(self) -> tuple[list[str], float]:
        """The rest of the accepted prompts, and how many seconds all of them took."""
        said, complaint = self._process.communicate(timeout=_PATIENCE)
        assert (self._process.returncode, complaint) == (0, "")
        *accepted, seconds = said.splitlines()
        return accepted, float(seconds)

    def kill(self) -> list[str]:
        """`kill -9`; the rest of the accepted prompts."""
        self._process.kill()
        said, complaint = self._process.communicate(timeout=_PATIENCE)
        assert (self._process.returncode, complaint) == (-signal.SIGKILL, "")
        return str(said).splitlines()

    def _complaint(self) -> str:
        return self._process.communicate()[1]

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def writers(directory: Path, *sessions: str, prompts: int = PROMPTS) -> Iterator[list[Writer]]:
    started: list[Writer] = []
    try:
        started += (Writer(directory, session, prompts) for session in sessions)
        yield started
    finally:
        for writer in started:
            writer.close()


@pytest.mark.alone
def test_two_writers_share_the_time_of_one_and_lose_nothing(tmp_path: Path) -> None:
    alone, _ = _written(tmp_path / "a", "first")
    together, accepted = _written(tmp_path / "b", "first", "second")
    print(f"\n{PROMPTS} prompts: alone {alone:.2f} s, each of two {together:.2f} s")
    assert together < 2 * SLOWER * alone
    for session, prompts in accepted.items():
        assert _stored(tmp_path / "b", session) == prompts
    assert query(tmp_path / "b", "PRAGMA quick_check") == ["ok"]


def _written(directory: Path, *sessions: str) -> tuple[float, dict[str, list[str]]]:
    """The seconds that the slowest of the writers took, and what each was told is accepted."""
    with writers(directory, *sessions) as started:
        for writer in started:
            writer.begin()
        ends = [writer.ends() for writer in started]
    return max(seconds for _, seconds in ends), dict(zip(sessions, (accepted for accepted, _ in ends), strict=True))


@pytest.mark.parametrize("prompts", [pytest.param(600, marks=pytest.mark.slow), PROMPTS])
def test_writers_readers_and_kills_in_one_directory_lock_nobody_out_and_lose_nothing(
    tmp_path: Path, prompts: int
) -> None:
    seed = random.randrange(2**32)
    print(f"\nseed {seed}")
    chance = random.Random(seed)
    accepted: dict[str, list[str]] = {}
    with writers(tmp_path, "steady", "other", prompts=prompts) as started, reading(tmp_path) as readings:
        for writer in started:
            writer.begin()
        victims = [_killed(tmp_path, chance.randint(1, prompts // 3)) for _ in range(3)]
        accepted = {writer.session: writer.ends()[0] for writer in started}
    accepted["victim"] = [prompt for victim in victims for prompt in victim]
    print({session: len(texts) for session, texts in accepted.items()}, f"prompts, {len(readings)} readings")
    for session, texts in accepted.items():
        found = _stored(tmp_path, session)
        assert len(found) == len(set(found)), "doubled"
        assert set(texts) <= set(found), "lost"
    assert query(tmp_path, "PRAGMA quick_check") == ["ok"]


def _killed(directory: Path, prompts: int) -> list[str]:
    """What a writer that was killed after so many prompts had been told is accepted."""
    with writers(directory, "victim", prompts=10_000) as (victim,):
        victim.begin()
        return victim.read(prompts) + victim.kill()


@contextmanager
def reading(directory: Path) -> Iterator[list[str]]:
    """Listings, one after the other, while the block runs; all that were printed. Raises what a reader raised."""
    readings: list[str] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            readings.extend(asyncio.run(listing(command, Format.JSON, directory, None)) for command in _LISTINGS)

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read)
        try:
            yield readings
        finally:
            over.set()
        reader.result()
    assert readings


def _stored(directory: Path, session: str) -> list[str]:
    """The texts of the prompts that are in the conversation or pending."""
    history, pending = (
        json.loads(asyncio.run(listing(command, Format.JSON, directory, session)))
        for command in (Command.HISTORY, Command.PENDING)
    )
    return [entry["text"] for entry in history if entry["role"] == "user"] + [prompt["text"] for prompt in pending]
