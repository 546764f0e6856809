"""A conversation without a screen, as a program that is killed: the real engine, a real file, a scripted model.

    python -m tests.faults.conversation DIRECTORY MODE

It sends prompts in MODE while a reply streams and while a tool runs, stops, resumes, edits and withdraws what is
pending, rolls runs back and brings one back, and closes in the middle of a run. Each prompt is a line on standard
output once it is accepted, and so is each call, behind UNDONE, once it is compensated. It does the same each time.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interruptible_tui.conversation import Mode, OnInterrupt, Role
from interruptible_tui.events import (
    EditSaved,
    RestoreRequested,
    RollbackRequested,
    UndoRequested,
    Withdrawn,
)
from interruptible_tui.request import Request
from interruptible_tui.tools import ToolResult
from tests.engine.driver import Chat, chatting
from tests.scripted import Gate, Reply, Scripted, Work, calls, says

PAUSE = 0.25
"""Seconds for which the model is silent in the middle of a long reply: longer than what it has said stays unwritten."""


UNDONE = "undone: "
EDITED = " (edited)"
"""Behind the text of a prompt that was edited."""


class Kitchen(Work):
    """Tells what it compensates, and cannot make a cake undone."""

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        tell(UNDONE + arguments["what"])
        return ToolResult("too late", failed=arguments["what"] == "cake")


class Model:
    """Answers by the newest prompt: a long one waits at its gate, work is two calls, anything else is done at once."""

    def __init__(self) -> None:
        self.gates: defaultdict[str, Gate] = defaultdict(Gate)

    def reply(self, request: Request) -> Reply:
        newest = [message.text for message in request.messages if message.role is Role.USER][-1]
        if newest.startswith("work") and request.messages[-1].role is Role.USER:
            return calls(("work", {"what": "burger"}), ("work", {"what": "salad"}), text="First the burger.")
        if newest.startswith("bake") and request.messages[-1].role is Role.USER:
            return calls(("work", {"what": "cake"}))
        if newest.startswith("bake"):
            return says("The cake is ", self.gates[newest], "ready.")
        if newest.startswith("long"):
            pause: Reply = [PAUSE] if "thoughtful" in newest else []
            return says("Half of it, ", *pause, self.gates[newest], "and the rest.")
        return says("Done.")


async def converse(chat: Chat, mode: Mode, model: Model, burger: Gate) -> None:
    await say(chat, "long and thoughtful")
    await model.gates["long and thoughtful"].reached()
    await asyncio.gather(say(chat, "while it streams", mode), say(chat, "and more", mode))
    model.gates["long and thoughtful"].open()
    await chat.idle()
    await say(chat, "work")
    await burger.reached()
    cooking = await chat.active()
    await say(chat, "while it works", mode)
    burger.open()
    await chat.idle()
    await stop_and_resume(chat, mode, model)
    await change_what_waits(chat, model)
    await roll_back(chat, model, cooking)
    await say(chat, "long at the end, thoughtful")
    await model.gates["long at the end, thoughtful"].reached()
    await asyncio.gather(say(chat, "at the end", mode), say(chat, "after the end", Mode.QUEUE))


async def stop_and_resume(chat: Chat, mode: Mode, model: Model) -> None:
    await say(chat, "long")
    await model.gates["long"].reached()
    await asyncio.gather(say(chat, "for later", Mode.QUEUE), say(chat, "before the stop", mode))
    await chat.engine.stop()
    await chat.idle()
    await chat.engine.resume()
    await chat.idle()


async def change_what_waits(chat: Chat, model: Model) -> None:
    await say(chat, "long again")
    await model.gates["long again"].reached()
    edited, back, gone = [await say(chat, text, Mode.QUEUE) for text in ("to be edited", "to come back", "to be gone")]
    await chat.engine.ask(EditSaved(edited, "to be edited" + EDITED))
    await chat.engine.ask(Withdrawn(back))
    await chat.engine.ask(UndoRequested())
    await chat.engine.ask(Withdrawn(gone))
    model.gates["long again"].open()
    await chat.idle()


async def roll_back(chat: Chat, model: Model, ended: int) -> None:
    """A run that has ended, which is brought back, and one that is interrupted; both have compensations."""
    await chat.engine.ask(RollbackRequested(ended))
    await chat.idle()
    await chat.engine.ask(RestoreRequested(1))
    await say(chat, "bake")
    await model.gates["bake"].reached()
    await say(chat, "instead of the cake", Mode.INTERRUPT, OnInterrupt.ROLLBACK)
    await chat.idle()


async def say(chat: Chat, text: str, mode: Mode | None = None, wish: OnInterrupt | None = None) -> str:
    """Returns its id."""
    id_ = await chat.engine.submit(text, mode, on_interrupt=wish)
    tell(text)
    return id_


def tell(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


async def main(directory: Path, mode: Mode) -> None:
    model, burger = Model(), Gate()
    work = Kitchen(gates=[burger], compensated=True)
    async with chatting(directory, Scripted(script=model.reply), work, mode=mode) as chat:
        await converse(chat, mode, model, burger)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Mode(sys.argv[2])))
