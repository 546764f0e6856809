"""A data directory in which everything that can hold text holds hostile text, as after a long and bad conversation."""

import json
from pathlib import Path

from msgspec import to_builtins

from interruptible_tui.conversation import (
    CallStatus,
    Message,
    Mode,
    Prompt,
    Role,
    RunStatus,
    ToolCall,
    ToolSpec,
    Trigger,
    Usage,
)
from interruptible_tui.request import Setup
from interruptible_tui.store import Store, Tables
from interruptible_tui.text import storable
from tests.safety.payloads import run_on, told

WAITING = 6
"""Prompts that wait, one for each of the first payloads."""


async def fill(directory: Path, payloads: dict[str, str]) -> None:
    """One session, with one run."""
    lines = [storable(line) for line in told(payloads)]
    text, name = "\n".join(lines), run_on(payloads)
    fenced = f"~~~~\n{text}\n~~~~"

    def write(tables: Tables) -> None:
        tables.create_session(name, Mode.QUEUE, name, 1.0)
        number = tables.session(name).id
        call = ToolCall("call-0", name, json.dumps({"asked": text, name: text}, ensure_ascii=False), CallStatus.DONE)
        setup = Setup(
            name, text, (ToolSpec(name, text, {"type": "object", name: {"description": text}}),), "chat", {name: text}
        )
        tables.begin_run(number, 1, Trigger.PROMPT, 1.0, json.dumps(to_builtins(setup)))
        tables.advance_run(number, 1, 1, Usage())
        tables.add_message(number, Message(role=Role.USER, text=text, run=1, turn=1, prompt_id="u", receipt=name))
        tables.add_message(number, Message(role=Role.ASSISTANT, text=fenced, run=1, turn=1, tool_calls=(call,)))
        tables.add_message(number, Message(role=Role.TOOL, text=text, run=1, turn=1, tool_call_id="call-0"))
        tables.add_message(number, Message(role=Role.NOTE, text=text, run=1, turn=1))
        tables.end_run(number, 1, RunStatus.FAILED, text, 2.0)
        for at, line in enumerate(lines[:WAITING]):
            tables.save_prompt(number, Prompt(f"p{at}", line, Mode.QUEUE, 3.0 + at))

    store = await Store.open(directory)
    try:
        await store.write(write)
    finally:
        await store.close()
