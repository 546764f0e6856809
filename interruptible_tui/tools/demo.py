"""The demo's slow task: a tool like any other, so that there is something to interrupt, and to roll back."""

import asyncio
import os

from interruptible_tui import tool

_STEPS = ("getting everything ready", "started", "half way there", "nearly done", "last touches")
_STEP_SECONDS = 1.0


async def _clear_away(description: str) -> str:
    """Undo a task, however far it came."""
    await asyncio.sleep(_pause())
    return f"cleared away: {description}"


@tool(compensate=_clear_away)
async def execute_task(description: str) -> str:
    """Carry out one task, for example to prepare one dish. It takes a few seconds."""
    for number, step in enumerate(_STEPS):
        print(f"{100 * number // len(_STEPS):3} %  {step}")  # noqa: T201 - what a tool prints is its progress
        await asyncio.sleep(_pause())
    return f"done: {description}"


def _pause() -> float:
    return _STEP_SECONDS / float(os.environ.get("INTERRUPTIBLE_CHAT_DEMO_SPEED", "1"))
