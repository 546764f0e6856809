"""Sessions of any length, written through the store's own tables as a conversation would have written them."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from interruptible_tui.conversation import (
    CallStatus,
    Message,
    Mode,
    Role,
    RunStatus,
    ToolCall,
    Trigger,
    Usage,
)
from interruptible_tui.store import Store
from interruptible_tui.store.tables import Tables
from tests.benchmarks.answers import markdown
from tests.e2e.chat import data_dir

LAST = "ΨlastΨ"
"""How the last message ends."""
_BEGAN = 1_700_000_000.0
_RUN = 4
"""Messages of each run: a prompt, a call, its result, an answer."""


def build(home: Path, messages: int) -> None:
    """The session "default" with so many messages, in the data directory of `home`."""
    asyncio.run(_build(data_dir(home), messages))


async def _build(directory: Path, messages: int) -> None:
    store = await Store.open(directory)
    try:
        await store.write(lambda tables: _fill(tables, messages))
    finally:
        await store.close()


def _fill(tables: Tables, messages: int) -> None:
    tables.create_session("default", Mode.INTERRUPT, "scripted", at=_BEGAN)
    session = tables.session("default").id
    answers = [markdown(tokens) for tokens in (20, 60, 150, 400)]
    for run, first in enumerate(range(0, messages, _RUN), 1):
        tables.begin_run(session, run, Trigger.PROMPT, at=_BEGAN + run)
        for message in _spoken(run, answers[run % len(answers)], short=messages - first < _RUN):
            tables.add_message(session, message)
        tables.advance_run(session, run, 2, Usage(100, 50))
        tables.end_run(session, run, RunStatus.COMPLETED, "", at=_BEGAN + run + 0.5)
    tables._execute("UPDATE messages SET text = text || ? WHERE id = (SELECT max(id) FROM messages)", (f"\n\n{LAST}",))


def _spoken(run: int, answer: str, *, short: bool) -> list[Message]:
    """A short run calls nothing: it has two messages."""
    call = ToolCall(f"call_{run}", "look_up", f'{{"word": "number {run}"}}', CallStatus.DONE)
    asked = Message(
        role=Role.USER,
        text=f"Question {run}: what is to be done with it, and in which order?",
        prompt_id=f"prompt-{run}",
        mode=Mode.QUEUE,
        receipt=f"started run {run}",
    )
    calling = Message(role=Role.ASSISTANT, text="", tool_calls=(call,))
    result = Message(role=Role.TOOL, text=f"It is number {run}.", tool_call_id=call.id)
    answered = Message(role=Role.ASSISTANT, text=answer)
    turns = [(1, asked), (1, answered)] if short else [(1, asked), (1, calling), (1, result), (2, answered)]
    return [replace(message, run=run, turn=turn, created_at=_BEGAN + run) for turn, message in turns]
