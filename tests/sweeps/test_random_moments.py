"""200 prompts at random moments in random modes, with Esc, switches, resumes and failures in between.

A failing run prints its seed; `CHAOS_SEED=<seed>` plays the same script again (moments still depend on the machine).
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interruptible_tui.conversation import CallStatus, Mode, RunStatus
from interruptible_tui.events import MessageAdded, RunEnded, RunStarted
from interruptible_tui.request import Request
from interruptible_tui.tools import ToolResult
from tests.engine.driver import Chat, chatting
from tests.scripted import Reply, Scripted, Work, calls, says, too_many

PROMPTS = 200
_LONGEST_PAUSE = 0.006
_OPEN = {CallStatus.RUNNING, CallStatus.UNKNOWN}


class Slow(Work):
    """A tool that takes a random short time."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        await asyncio.sleep(self._chance.uniform(0, _LONGEST_PAUSE))
        return await super().call(arguments, printed)


def replies(chance: random.Random) -> Scripted:
    def reply(request: Request) -> Reply:
        pause = chance.uniform(0, _LONGEST_PAUSE)
        match chance.choice(("text", "text", "calls", "failure", "retry")):
            case "calls":
                return [pause, *calls(("work", {}), ("work", {}))]
            case "failure" if chance.random() < 0.3:
                return says("half", pause, too_many())
            case "retry" if chance.random() < 0.3:
                return says(pause, too_many(0.001))
            case _:
                return says("an", pause, " answer")

    return Scripted(script=reply)


async def act(chat: Chat, chance: random.Random, number: int) -> None:
    """One prompt, perhaps with something else right before or after it."""
    sending = await chat.send(f"prompt {number}", chance.choice((*Mode, None)))
    if chance.random() < 0.25:
        await chat.engine.stop(everything=chance.random() < 0.2)
    if chance.random() < 0.2:
        await chat.engine.switch(chance.choice(list(Mode)))
    if chance.random() < 0.2:
        await chat.engine.resume()
    if chance.random() < 0.1:
        sending.cancel()
    await asyncio.wait({sending})
    if chance.random() < 0.05:
        await asyncio.gather(chat.engine.continue_run(), return_exceptions=True)


async def test_200_prompts_at_random_moments_each_end_delivered_once_or_pending(tmp_path: Path) -> None:
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(2**32)))
    print(f"\nCHAOS_SEED={seed}")
    chance = random.Random(seed)
    async with chatting(tmp_path, replies(random.Random(seed + 1)), Slow(random.Random(seed + 2))) as chat:
        for number in range(PROMPTS):
            await act(chat, chance, number)
            await asyncio.sleep(chance.uniform(0, _LONGEST_PAUSE))
        await chat.engine.stop(everything=True)
        await chat.idle()
        report(chat)
        await each_is_in_one_place(chat, tmp_path)
        await everything_can_still_be_delivered(chat)
        await each_is_in_one_place(chat, tmp_path)
        await nothing_overlapped_or_dangles(chat)


def report(chat: Chat) -> None:
    outcomes = Counter(event.outcome.name.lower() for event in chat.heard(RunEnded))
    receipts = Counter(
        event.message.receipt.rstrip("0123456789 ") for event in chat.heard(MessageAdded) if event.message.receipt
    )
    print(f"runs: {dict(outcomes)}; prompts: {dict(receipts)}, pending: {len(chat.waiting)}")


async def each_is_in_one_place(chat: Chat, directory: Path) -> None:
    fates = Counter(await chat.users()) + Counter(chat.waiting)
    assert fates == Counter(f"prompt {number}" for number in range(PROMPTS))
    assert await chat.stored() == list(chat.engine.state.pending)


async def everything_can_still_be_delivered(chat: Chat) -> None:
    while chat.waiting:
        await chat.engine.resume()
        await chat.idle()


async def nothing_overlapped_or_dangles(chat: Chat) -> None:
    turns = [(type(event), event.run) for event, _ in chat.events if isinstance(event, RunStarted | RunEnded)]
    assert turns == [(kind, run) for run in range(1, len(turns) // 2 + 1) for kind in (RunStarted, RunEnded)]
    unfinished = {RunStatus.RUNNING, RunStatus.CRASHED}
    assert not [run for run in await chat.runs() if run.status in unfinished]
    assert not [call for message in await chat.history() for call in message.tool_calls if call.status in _OPEN]
