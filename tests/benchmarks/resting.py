"""What the program costs while nothing happens: memory, CPU, wake-ups."""

import time

from tests.benchmarks import processes
from tests.benchmarks.bench import Bench
from tests.benchmarks.programs import FLOOR, OURS
from tests.benchmarks.watched import Watched


def memory(bench: Bench) -> None:
    """When openai is imported; each program by itself, since two of the same share pages."""
    for program in bench.rounds(3):
        with bench.opened(program) as watched:
            watched.ready()
            bench.add("memory-idle", program, watched.pss)
    for _ in range(bench.times(3)):
        with bench.opened(FLOOR) as watched:
            watched.ready()
            bench.add("memory-session", FLOOR, watched.pss)
        with bench.opened(OURS, bench.home(2_000)) as watched:
            watched.ready()
            bench.add("memory-session", OURS, watched.pss)


def idle(bench: Bench) -> None:
    """Both at once, since they do nothing."""
    seconds = 3.0 if bench.quick else 20.0
    with bench.both() as found:
        before = {program: _spent(watched) for program, watched in found.items()}
        while time.monotonic() - before[OURS][0] < seconds:
            for watched in found.values():
                watched.watch(0.5)
        for program, watched in found.items():
            elapsed, cpu, woken = (now - then for now, then in zip(_spent(watched), before[program], strict=True))
            bench.add("idle-cpu", program, cpu / elapsed * 100)
            bench.add("idle-wakeups", program, woken / elapsed)


def _spent(watched: Watched) -> tuple[float, float, int]:
    """The time, the CPU time and the wake-ups so far."""
    return time.monotonic(), watched.cpu, processes.wakeups(watched.process.pid)
