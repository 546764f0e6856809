"""`kill -9` at every write of a conversation, by strace's injection, and what is left after each.

    python -m tests.faults.kill_sweep [--jobs 2] [--output FILE]

A kill point is the moment before a call that changes a file of the data directory: nothing after it happens. Strace
counts calls for each thread by itself, so they are counted for each file, and a file that two threads change in the
same way is an error here. The table goes to standard output, JSON to FILE. Status 1 if anything is wrong.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from interruptible_tui.conversation import Mode
from tests.faults.aftermath import Aftermath, reopen
from tests.faults.conversation import UNDONE

CALLS = ("pwrite64", "fdatasync", "ftruncate", "unlink")
_ROOT = Path(__file__).parents[2]
_CALLED = re.compile(r"(\d+) +(\w+)\((?:\d+<|\")([^>\"]+)[>\"]")
_RARE = 4
"""Calls of which there are no more in a conversation are all in a sample."""
_PATIENCE = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class KillPoint:
    mode: Mode
    call: str
    file: str
    """Within the data directory."""
    number: int
    """Which of these calls on this file, from 1."""

    def __str__(self) -> str:
        return f"{self.mode.value} {self.call} {self.number} on {self.file}"


@dataclass(frozen=True, slots=True)
class Kill:
    point: KillPoint
    killed: bool
    """False where the program had fewer of these calls, and ended by itself."""
    accepted: int
    """Prompts."""
    aftermath: Aftermath


def installed_strace() -> str:
    strace = shutil.which("strace")
    assert strace, "strace is needed for this and is not there: install it (apt-get install strace)"
    return strace


def survey(mode: Mode) -> list[KillPoint]:
    """All kill points of the conversation in `mode`, in the order of their calls."""
    with tempfile.TemporaryDirectory() as scratch:
        home, trace = Path(scratch) / "data", Path(scratch) / "trace"
        ended = _converse(home, mode, "-y", "-o", str(trace), "-e", f"trace={','.join(CALLS)}")
        assert ended.returncode == 0, ended.stderr
        return list(_points(mode, home, trace.read_text()))


def _points(mode: Mode, home: Path, trace: str) -> Iterator[KillPoint]:
    numbers: Counter[tuple[str, str]] = Counter()
    threads: dict[tuple[str, str], str] = {}
    for thread, call, path in _CALLED.findall(trace):
        if not Path(path).is_relative_to(home):
            continue
        kind = (call, str(Path(path).relative_to(home)))
        assert threads.setdefault(kind, thread) == thread, f"two threads {call} {kind[1]}: strace counts them apart"
        numbers[kind] += 1
        yield KillPoint(mode, *kind, numbers[kind])


def sample(points: Sequence[KillPoint], size: int, phase: float) -> list[KillPoint]:
    """About `size` of `points`: all of the rare calls, the rest spread evenly. `phase`, from 0 to 1, shifts them."""
    by_call = {call: [point for point in points if point.call == call] for call in CALLS}
    chosen = [point for each in by_call.values() if len(each) <= _RARE for point in each]
    frequent = [each for each in by_call.values() if len(each) > _RARE]
    share = (size - len(chosen)) // len(frequent)
    spread = [each[int((at + phase) * len(each) / share)] for each in frequent for at in range(min(share, len(each)))]
    return [*chosen, *spread]


def kill(point: KillPoint) -> Kill:
    """Have the conversation up to `point`, and see what is left."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "data"
        inject = f"inject={point.call}:signal=KILL:when={point.number}"
        only = ("-P", str(home / point.file), "-e", f"trace={point.call}", "-e", inject)
        ended = _converse(home, point.mode, "-o", "/dev/null", *only)
        assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
        told = ended.stdout.splitlines()
        accepted = sum(not line.startswith(UNDONE) for line in told)
        return Kill(point, ended.returncode != 0, accepted, reopen(home, told))


def _converse(home: Path, mode: Mode, *options: str) -> subprocess.CompletedProcess[str]:
    """Without --seccomp-bpf, with which strace 6.1 does not inject what it is told to."""
    return subprocess.run(
        [
            *(installed_strace(), "-f", "-q", "-e", "signal=none", *options),
            *(sys.executable, "-m", "tests.faults.conversation", str(home), mode.value),
        ],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def kill_all(points: Iterable[KillPoint], jobs: int) -> list[Kill]:
    """`jobs` at a time; a conversation mostly waits."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(kill, points))


def sweep(mode: Mode, jobs: int) -> list[Kill]:
    """Every kill point of the conversation in `mode`: for each call on each file, until the program survives."""
    points = survey(mode)
    kills = kill_all(points, jobs)
    for (call, file), number in Counter((point.call, point.file) for point in points).items():
        for more in count(number + 1):
            kills.append(kill(KillPoint(mode, call, file, more)))
            if not kills[-1].killed:
                break
    return kills


def table(kills: Iterable[Kill]) -> list[dict[str, str | int]]:
    """One row for each mode and call."""
    rows: dict[tuple[Mode, str], Counter[str]] = {}
    for each in kills:
        row = rows.setdefault((each.point.mode, each.point.call), Counter())
        row["kills"] += each.killed
        row["survived"] += not each.killed
        row["accepted"] += each.accepted
        row["lost"] += len(each.aftermath.lost)
        row["doubled"] += len(each.aftermath.doubled)
        row["refused"] += len(each.aftermath.refused)
        row["broken"] += bool(each.aftermath.broken)
    return [{"mode": mode.value, "call": call, **row} for (mode, call), row in rows.items()]


def told(kills: Sequence[Kill]) -> str:
    """The table for people, and what is wrong."""
    rows = table(kills)
    lines = ["  ".join(f"{name:>11}" for name in rows[0])]
    lines += ["  ".join(f"{value:>11}" for value in row.values()) for row in rows]
    lines += [f"{each.point}: {each.aftermath}" for each in kills if not each.aftermath.is_good]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    kills = [each for mode in Mode for each in sweep(mode, options.jobs)]
    print(told(kills))
    if options.output:
        options.output.write_text(json.dumps(table(kills), indent=2) + "\n")
    sys.exit(any(not each.aftermath.is_good for each in kills))


if __name__ == "__main__":
    main()
