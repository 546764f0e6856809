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
from tests.faults.conversation import EDITED, UNDONE
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


def reopen(directory: Path, told: Sequence[str]) -> Aftermath:
    """Open what is in `directory` and let all of it run; `told` is what the program has told of itself."""
    aftermath = Aftermath()
    accepted = [line for line in told if not line.startswith(UNDONE)]
    undone = [line.removeprefix(UNDONE) for line in told if line.startswith(UNDONE)]
    try:
        asyncio.run(_reopen(directory, accepted, undone, aftermath))
    except Exception as error:  # noqa: BLE001 - whatever it is, the session does not go on
        aftermath.broken.append(f"{type(error).__name__}: {error}")
    return aftermath


async def _reopen(directory: Path, accepted: Sequence[str], undone: Sequence[str], aftermath: Aftermath) -> None:
    await _look(directory)
    model, tool = Checked(Scripted()), Work(compensated=True)
    async with chatting(directory, model, tool) as chat:
        aftermath.count(await _prompts(chat, directory), accepted)
        aftermath.broken += _half_done(directory, undone)
        _judge(directory, aftermath)
        aftermath.broken += await _disagreements(chat)
        await _go_on(chat)
        aftermath.count(await _prompts(chat, directory), accepted)
        aftermath.broken += [f"compensated again: {arguments}" for arguments, _ in tool.undone]
        aftermath.broken += [f"still pending: {text}" for text in chat.waiting]
    aftermath.refused += model.refusals
    _judge(directory, aftermath)


async def _prompts(chat: Chat, directory: Path) -> list[str]:
    """The texts of all that were ever sent, as they were before they were edited."""
    texts = [*await chat.users(), *chat.waiting, *query(directory, "SELECT text FROM withdrawn")]
    return [text.removesuffix(EDITED) for text in texts]


def _half_done(directory: Path, undone: Sequence[str]) -> list[str]:
    """No rollback is under way in a session that has just been opened, and what was compensated is not waiting."""
    under_way = query(directory, "SELECT number FROM rollbacks WHERE state = 'under way'")
    begun = query(
        directory,
        "SELECT json_extract(arguments, '$.what') FROM compensations JOIN calls USING (message_id, position)"
        " WHERE compensations.status IN ('done', 'failed', 'unknown')",
    )
    return [
        *[f"rollback {number} is still under way" for number in under_way],
        *[f"nobody knows that {what} was compensated" for what in undone if what not in begun],
    ]


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
