"""Python tools under test: files written for the test, and what they print as the gate that the test waits for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent

from interruptible_tui.tools.python import LOAD_SECONDS, PythonTool, python_tools

PATIENCE = 20.0
"""Seconds after which a test fails instead of waiting on."""


class Printed:
    """What a tool has printed; called with it as the screen would be."""

    def __init__(self) -> None:
        self.text = ""
        self._news = asyncio.Event()

    def __call__(self, text: str) -> None:
        self.text += text
        self._news.set()

    async def shows(self, part: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while part not in self.text:
                self._news.clear()
                await self._news.wait()

    async def number(self) -> int:
        """The number that the first line consists of."""
        await self.shows("\n")
        return int(self.text.splitlines()[0])


@asynccontextmanager
async def tools_in(
    folder: Path, code: str, environment: Mapping[str, str] | None = None, load_seconds: float = LOAD_SECONDS
) -> AsyncIterator[dict[str, PythonTool]]:
    """The tools of a file with `code`, by name."""
    file = folder / "mine.py"
    file.write_text(dedent(code))
    async with python_tools([str(file)], environment or {}, load_seconds) as tools:
        yield {tool.spec.name: tool for tool in tools}


def members(group: int) -> list[int]:
    """The living processes of a process group, as /proc tells."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, number = status.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(number) == group and state != "Z":
            found.append(int(status.parent.name))
    return found


async def cancelled(task: "asyncio.Task[object]") -> float:
    """Cancel `task`, wait until it is, and return the seconds that took."""
    clock = asyncio.get_running_loop().time
    before = clock()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    assert done and task.cancelled()
    return clock() - before
