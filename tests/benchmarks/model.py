"""The model that is measured against: the tests' server, in a process of its own so that it distorts nothing.

What it answers stands in the prompt: "markdown 5000 500" is an answer in Markdown of 5,000 tokens, of which 500 are
sent each second (0: as fast as they are taken); "code 100000 10000 10" has ten tokens in each event. Anything else is
answered at once. The first token of answer N is `opening(N)`, the last one `closing(N)`: each comes in one event, and
so is shown in one piece.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from tests.asked import users
from tests.benchmarks.answers import ANSWERS, TOKEN
from tests.server import Reply, serving
from tests.wire import Scripted

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def opening(number: int) -> str:
    return f"Ω{_digits(number)}Ω"


def closing(number: int) -> str:
    return f"Ψ{_digits(number)}Ψ"


def _digits(number: int) -> str:
    return _DIGITS[number // 36 % 36] + _DIGITS[number % 36]


def answer(prompt: str, number: int) -> Reply:
    """What `prompt` asks for, as answer `number`."""
    kind, _, rest = prompt.partition(" ")
    if kind not in ANSWERS:
        return Reply("Done.")
    tokens, rate, *more = (int(figure) for figure in rest.split() if figure.isascii())
    size = TOKEN * (more[0] if more else 1)
    text = ANSWERS[kind](tokens) + "\n\n"
    text += "\n" * (-len(text) % size)
    whole = f"{opening(number)}.".ljust(2 * size, "\n") + text + closing(number)
    return Reply(whole, chunk=size, delay=size / TOKEN / rate if rate else 0.0)


class Model:
    """The server's process, as the measures see it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.base_url: str = connection.recv()

    def answered(self) -> int:
        """How many requests have arrived so far."""
        self.connection.send(None)
        number: int = self.connection.recv()
        return number

    def ask(self, number: int, moment: str) -> None:
        """Let it say on `connection`, once it knows, when request `number` "arrived", was "answered" or "closed"."""
        self.connection.send((number, moment))

    def told(self) -> float:
        moment: float = self.connection.recv()
        return moment


@contextmanager
def modelling() -> Iterator[Model]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Model(ours)
    finally:
        ours.close()
        process.join(5)
        process.kill()


def _serve(connection: Connection) -> None:
    numbers = count(1)

    def script(body: dict[str, Any]) -> Scripted:
        return answer(users(body)[-1], next(numbers))

    with serving(script) as server:
        connection.send(server.base_url)
        while True:
            try:
                asked = connection.recv()
            except EOFError:
                return
            if asked is None:
                connection.send(len(server.requests))
                continue
            received = server.request_here(asked[0])
            if asked[1] != "arrived":
                getattr(received, asked[1]).wait_here(timeout=120)
            connection.send(getattr(received, f"{asked[1]}_at"))
