"""Whether what people do costs more in longer sessions: opening, typing, streaming, interrupting."""

from contextlib import ExitStack

from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import LAST
from tests.benchmarks.echoing import typed
from tests.benchmarks.interrupting import ENDLESS
from tests.benchmarks.model import opening as begun
from tests.benchmarks.programs import OURS
from tests.benchmarks.watched import Watched

SIZES = (10, 1_000, 10_000, 100_000)


def opening(bench: Bench) -> None:
    for _ in range(bench.times(7)):
        for size in SIZES:
            with bench.opened(OURS, bench.home(size)) as watched:
                shown = watched.shown(LAST)
                bench.samples.add("growth-opening", str(size), (shown - watched.started_at) * 1000)
                watched.ready()


def work(bench: Bench) -> None:
    """All sessions are open at once and take turns."""
    with ExitStack() as stack:
        found = {size: stack.enter_context(bench.opened(OURS, bench.home(size), kitty=True)) for size in SIZES}
        for watched in found.values():
            watched.ready()
        for _ in range(bench.times(4)):
            for size, watched in found.items():
                for taken in typed(watched, keys=15):
                    bench.samples.add("growth-typing", str(size), taken)
        for _ in range(bench.times(3)):
            for size, watched in found.items():
                bench.samples.add("growth-streaming", str(size), _streaming(watched))
        for _ in range(bench.times(12)):
            for size, watched in found.items():
                _interrupting(bench, str(size), watched)


def _streaming(watched: Watched) -> float:
    """Seconds of CPU from the first token of an answer to the last one: the request, which has all, is before."""
    number = watched.streams("markdown 1000 500")
    before = watched.cpu
    watched.finished(number)
    taken = watched.cpu - before
    watched.settle()
    return taken


def _interrupting(bench: Bench, size: str, watched: Watched) -> None:
    number = watched.model.answered() + 1
    pressed = watched.press(f"{ENDLESS}\r")
    bench.samples.add("growth-request", size, (watched.moment(number, "arrived") - pressed) * 1000)
    watched.shown(begun(number))
    pressed = watched.press(b"\x1b[27u")
    bench.samples.add("growth-interrupting", size, (watched.moment(number, "closed") - pressed) * 1000)
    watched.settle(0.45)
