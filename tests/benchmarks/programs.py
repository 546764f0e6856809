"""The programs that are measured side by side, and how each is started."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.terminal import PROGRAM

_ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    options: tuple[str, ...] = ()
    """`{url}` stands for the base URL of the model."""
    environment: tuple[tuple[str, str], ...] = ()

    def arguments(self, url: str, *more: str) -> list[str]:
        return [option.replace("{url}", url) for option in self.options] + list(more)


OURS = Program("ours", (str(PROGRAM),), ("--base-url", "{url}", "--model", "scripted", "--mode", "interrupt"))
FLOOR = Program(
    "floor",
    (sys.executable, "-c", "from tests.benchmarks.floor import main; main()"),
    ("{url}",),
    (("PYTHONPATH", _ROOT),),
)


def oterm() -> Program | None:
    """A Textual chat of others, where it is installed."""
    found = shutil.which("oterm")
    return Program("oterm", (found,)) if found else None
