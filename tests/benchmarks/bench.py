"""One run of the benchmarks: its model, its directories, how often things are measured."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.databases import build
from tests.benchmarks.figures import Samples
from tests.benchmarks.model import Model
from tests.benchmarks.programs import FLOOR, OURS, Program
from tests.benchmarks.watched import Watched

BESIDE = (OURS, FLOOR)
"""What is measured one after the other, again and again."""


@dataclass
class Bench:
    model: Model
    directory: Path
    runs: int | None = None
    """How often each thing is measured; None: as often as its measure thinks right."""
    quick: bool = False
    samples: Samples = field(default_factory=Samples)
    measure: str = ""
    """The name of the one that is under way, which finds none of the conversation that others have left."""

    def times(self, usual: int) -> int:
        return self.runs or (min(usual, 3) if self.quick else usual)

    def rounds(self, usual: int, programs: tuple[Program, ...] = BESIDE) -> Iterator[Program]:
        """Each program in turn, for as many rounds as wanted."""
        for _ in range(self.times(usual)):
            yield from programs

    def add(self, row: str, program: Program, value: float) -> None:
        self.samples.add(row, program.name, value)

    def home(self, messages: int = 0) -> Path:
        """A home in which the program was used before, whose session has so many messages: the same one each time.

        One without messages is the measure's own.
        """
        home = self.directory / f"home-{messages or self.measure}"
        if not home.exists():
            home.mkdir()
            if messages:
                build(home, messages)
            for program in (OURS,) if messages else BESIDE:
                with self.opened(program, home) as used:
                    used.ready()
        return home

    @contextmanager
    def opened(
        self, program: Program, home: Path | None = None, *options: str, kitty: bool = False
    ) -> Iterator[Watched]:
        """The program, from its start until it was left as a user leaves it."""
        with Watched(program, self.model, home or self.home(), *options, kitty=kitty) as watched:
            yield watched
            watched.leave()

    @contextmanager
    def both(self, home: Path | None = None, *, kitty: bool = False) -> Iterator[dict[Program, Watched]]:
        """All that are measured, ready."""
        with ExitStack() as stack:
            found = {program: stack.enter_context(self.opened(program, home, kitty=kitty)) for program in BESIDE}
            for watched in found.values():
                watched.ready()
            yield found


Measure = Callable[[Bench], None]
