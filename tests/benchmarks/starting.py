"""Starts: from before the fork to what is seen, and to what reaches the server."""

import tempfile
from contextlib import suppress

from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import LAST
from tests.benchmarks.programs import OURS, Program, oterm
from tests.benchmarks.watched import Watched

SESSIONS = {"short": 4, "2000": 2_000, "10000": 10_000}
"""By the name in their rows: how many messages they have."""


def starts(bench: Bench) -> None:
    """The same start gives both figures: what was typed is sent as soon as it is seen."""
    bench.home()
    for program in bench.rounds(15):
        with bench.opened(program) as watched:
            bench.add("start-echo", program, (watched.first_echo() - watched.started_at) * 1000)
            arrived = watched.moment(watched.submit(""), "arrived")
            bench.add("start-request", program, (arrived - watched.started_at) * 1000)
            watched.settle()


def starts_of_others(bench: Bench) -> None:
    """As far as a program without our model can be measured: one that asks for its own first echoes nothing."""
    if (other := oterm()) is None:
        return
    with suppress(AssertionError):
        for program in bench.rounds(5, (other,)):
            with Watched(program, bench.model, bench.home()) as watched:
                bench.add("start-echo", program, (watched.first_echo() - watched.started_at) * 1000)


def cold_starts(bench: Bench) -> None:
    """With no bytecode of anything, the standard library included."""
    for program in bench.rounds(5):
        with tempfile.TemporaryDirectory() as nowhere:
            cold = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": nowhere}
            with Watched(program, bench.model, bench.home(), environment=cold) as watched:
                bench.add("start-echo-cold", program, (watched.first_echo() - watched.started_at) * 1000)
                watched.leave()


def starts_with_sessions(bench: Bench) -> None:
    """Beside each of them, in turn, a start with a short session and one of the floor."""
    for size in SESSIONS.values():
        bench.home(size)
    for program in bench.rounds(10):
        for name, size in SESSIONS.items() if program is OURS else [("short", 0)]:
            _start(bench, program, f"start-session-{name}", size)


def _start(bench: Bench, program: Program, row: str, size: int) -> None:
    """To the first echo, and to the last message."""
    with bench.opened(program, bench.home(size)) as watched:
        bench.add(f"{row}-echo", program, (watched.first_echo() - watched.started_at) * 1000)
        if size:
            bench.add(f"{row}-shown", program, (watched.shown(LAST) - watched.started_at) * 1000)
        watched.settle()
