"""Interrupts: from the key to what the server sees."""

from tests.benchmarks.bench import Bench
from tests.benchmarks.model import opening
from tests.benchmarks.programs import OURS
from tests.benchmarks.watched import Watched

ENDLESS = "plain 100000 50"
"""An answer that goes on until it is cut."""
_ESCAPE = {True: b"\x1b[27u", False: b"\x1b"}
"""The key with the kitty keyboard protocol, and without."""


def escapes_with_kitty(bench: Bench) -> None:
    _escapes(bench, "escape-kitty", kitty=True)


def escapes_without_kitty(bench: Bench) -> None:
    _escapes(bench, "escape-legacy", kitty=False)


def _escapes(bench: Bench, row: str, *, kitty: bool) -> None:
    with bench.both(kitty=kitty) as found:
        for program in bench.rounds(30):
            bench.add(row, program, escape(found[program]))


def escape(watched: Watched) -> float:
    """Milliseconds from Esc in the middle of an answer until the server sees that the connection is closed."""
    number = watched.streams(ENDLESS)
    pressed = watched.press(_ESCAPE[watched.kitty])
    taken = (watched.moment(number, "closed") - pressed) * 1000
    watched.settle(0.45)
    return taken


def prompts(bench: Bench) -> None:
    """A prompt that interrupts, again and again, each the answer to the one before."""
    with bench.both() as found:
        for watched in found.values():
            watched.streams(ENDLESS)
        for program in bench.rounds(30):
            bench.add("prompt", program, prompt(found[program]))
        for watched in found.values():
            watched.press(b"\x1b")
            watched.settle()


def prompt(watched: Watched) -> float:
    """Milliseconds from Enter until the new run's first request arrives; its answer goes on."""
    watched.draft(ENDLESS)
    number = watched.model.answered() + 1
    pressed = watched.press("\r")
    taken = (watched.moment(number, "arrived") - pressed) * 1000
    watched.shown(opening(number))
    return taken


def messages_now(bench: Bench) -> None:
    """A message that is taken in at once cuts the answer that is being written. The floor has nothing like it."""
    options = ("--session", "now", "--mode", "incorporate", "--incorporate-at", "now")
    with bench.opened(OURS, None, *options) as watched:
        watched.ready()
        number = watched.streams(ENDLESS)
        for _ in bench.rounds(30, (OURS,)):
            watched.draft(ENDLESS)
            pressed = watched.press("\r")
            bench.add("now", OURS, (watched.moment(number, "closed") - pressed) * 1000)
            number += 1
            watched.shown(opening(number))
        watched.press(b"\x1b")
        watched.settle()
