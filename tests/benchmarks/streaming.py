"""Answers: when their last token is seen after it was sent, and what showing them costs."""

from tests.benchmarks.bench import Bench
from tests.benchmarks.watched import Watched

FULL_SPEED = "markdown 5000 0"
AT_500 = "markdown 5000 500"
AT_500_QUICK = "markdown 1000 500"


def at_full_speed(bench: Bench) -> None:
    _stream(bench, "full", FULL_SPEED, rounds=7)


def at_500_tokens(bench: Bench) -> None:
    _stream(bench, "500", AT_500_QUICK if bench.quick else AT_500, rounds=3)


def _stream(bench: Bench, row: str, prompt: str, rounds: int) -> None:
    with bench.both() as found:
        for program in bench.rounds(rounds):
            lag, cost = stream(found[program], prompt)
            bench.add(f"stream-{row}-lag", program, lag)
            bench.add(f"stream-{row}-cpu", program, cost)


def stream(watched: Watched, prompt: str) -> tuple[float, float]:
    """Milliseconds from the server's last byte to the last token's place on the screen; seconds of CPU for it all."""
    before = watched.cpu
    number = watched.submit(prompt)
    sent = watched.moment(number, "answered")
    lag = (watched.finished(number) - sent) * 1000
    watched.settle(0.4)
    return lag, watched.cpu - before
