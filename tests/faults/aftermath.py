"""What a killed program left behind: reopened, looked at, and driven on until nothing is left to do."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from interruptible_tui.conversation import RunStatus
from interruptible_tui.host import Refused
from interruptible_tui.store import Store
from tests.engine.driver import Chat, chatting, query
from tests.faults.checked import Checked
from tests.scripted import LIMIT, Scripted, Work

_RESUMES = 20
"""More than there are prompts: after as many a session that still holds some does not go on."""


@dataclass
class Aftermath:
    """What is wrong. Prompts by their texts; all empty where everything held."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Rules of the API that requests broke."""
    broken: list[str] = field(default_factory=list)
    """Why the session could not go on, or was not what it should be."""

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.refused or self.broken)

    def count(self, found: Iterable[str], accepted: Sequence[str]) -> None:
        """Each of `accepted` has to be in `found`, and nothing more than once."""
        times = Counter(found)
        self.lost += [text for text in accepted if not times[text] and text not in self.lost]
        self.doubled += [text for text, number in times.items() if number > 1 and text not in self.doubled]


def reopen(directory: Path, accepted: Sequence[str]) -> Aftermath:
    """Open what is in `directory` and let all of it run; `accepted` are the texts that it must have."""
    aftermath = Aftermath()
    try:
        asyncio.run(_reopen(directory, accepted, aftermath))
    except Exception as error:  # noqa: BLE001 - whatever it is, the session does not go on
        aftermath.broken.append(f"{type(error).__name__}: {error}")
    return aftermath


async def _reopen(directory: Path, accepted: Sequence[str], aftermath: Aftermath) -> None:
    await _look(directory)
    model = Checked(Scripted())
    async with chatting(directory, model, Work()) as chat:
        aftermath.count([*await chat.users(), *chat.waiting], accepted)
        _judge(directory, aftermath)
        aftermath.broken += await _disagreements(chat)
        await _go_on(chat)
        aftermath.count(await chat.users(), accepted)
        aftermath.broken += [f"still pending: {text}" for text in chat.waiting]
    aftermath.refused += model.refusals
    _judge(directory, aftermath)


async def _look(directory: Path) -> None:
    """A reader can open it, before any owner has put it in order."""
    if store := await Store.open_for_reading(directory):
        await store.read(lambda tables: tables.sessions())
        await store.close()


def _judge(directory: Path, aftermath: Aftermath) -> None:
    aftermath.broken += [f"quick_check: {row}" for row in query(directory, "PRAGMA quick_check") if row != "ok"]


async def _disagreements(chat: Chat) -> list[str]:
    """What is stored has to be what the session says, and nothing runs in a session that has just been opened."""
    running = [f"run {run.number} is still running" for run in await chat.runs() if run.status is RunStatus.RUNNING]
    if await chat.stored() != list(chat.engine.state.pending):
        running.append("what is stored as pending is not what is pending")
    return running


async def _go_on(chat: Chat) -> None:
    """What a person does after a crash: go on with the run that was cut, then with what waits, until nothing does."""
    with suppress(Refused):  # there may have been no run yet
        await chat.engine.continue_run()
    async with asyncio.timeout(LIMIT):
        await chat.idle()
        for _ in range(_RESUMES):
            if chat.waiting:
                await chat.engine.resume()
                await chat.idle()
