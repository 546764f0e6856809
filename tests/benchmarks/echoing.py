"""From a key to its character on the screen: while nothing else happens, and while answers stream."""

import random
import time

from tests.benchmarks.bench import Bench
from tests.benchmarks.model import closing
from tests.benchmarks.watched import Watched

_PACE = 0.08
"""Seconds between two keys, on average: a fast typist."""

_LONGEST = 180
"""Seconds."""


def idle(bench: Bench) -> None:
    with bench.both() as found:
        for program in bench.rounds(3):
            for taken in typed(found[program], keys=10 if bench.quick else 40):
                bench.add("echo-idle", program, taken)


def while_200_tokens_stream(bench: Bench) -> None:
    with bench.both() as found:
        for program in bench.rounds(3):
            watched = found[program]
            number = watched.streams("markdown 400 200" if bench.quick else "markdown 1200 200")
            for taken in typed(watched, until=closing(number)):
                bench.add("echo-streaming", program, taken)
            watched.settle()


def while_huge_things_stream(bench: Bench) -> None:
    """Of what a model may write, the largest; 10 tokens in each event, but for the table's."""
    share = 10 if bench.quick else 1
    huge = {
        "code": f"code {100_000 // share} 10000 10",
        "table": f"table {5_000 // share} 500",
        "line": f"line {250_000 // share} 25000 10",
        "answer": f"markdown {100_000 // share} 10000 10",
    }
    for name, prompt in huge.items():
        for program in bench.rounds(1):
            with bench.opened(program) as watched:
                watched.ready()
                number = watched.submit(prompt)
                watched.moment(number, "arrived")  # its beginning may be out of sight in the first frame
                for taken in typed(watched, until=closing(number)):
                    bench.add(f"huge-{name}", program, taken)
                sent = watched.moment(number, "answered")
                bench.add(f"huge-{name}-lag", program, (watched.finished(number) - sent) * 1000)
                watched.settle()


def typed(watched: Watched, keys: int | None = None, until: str = "") -> list[float]:
    """Milliseconds for each of so many keys, or of those that are typed until a mark is shown."""
    taken: list[float] = []
    wait = random.Random(1)  # for keys must not fall into step with frames
    since, deadline = len(watched.raw), time.monotonic() + _LONGEST
    while len(taken) != keys and not (until and watched.raw.find(until.encode(), since) >= 0):
        assert time.monotonic() < deadline, f"{until!r} was not shown"
        taken.append(watched.echo(len(taken)))
        watched.watch(_PACE * wait.uniform(0.5, 1.5))
    watched.clear()
    watched.watch(0.1)
    return taken
