"""The listings: what has been stored, printed without a screen and without becoming the owner of anything.

Each listing is turned into plain JSON values first; its text form is made of the same stored values. JSON is ASCII,
text is cleaned: nothing that was stored can act on the terminal.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interruptible_tui.arguments import Command, Format, UsageError
from interruptible_tui.conversation import (
    CallStatus,
    Hold,
    Message,
    Pending,
    Role,
    RunStatus,
    ToolCall,
    parse_arguments,
)
from interruptible_tui.store import RunRecord, Session, Store, StoredMessage
from interruptible_tui.text import clean, clean_line


async def listing(command: Command, format_: Format, data_dir: Path, name: str | None) -> str:
    """What `command` prints; `name` None is the session last used. UsageError for an unknown one, StoreError."""
    store = await Store.open_for_reading(data_dir)
    if store is None:
        if name is not None:
            raise _unknown(name)
        return _rendered([], [], format_)
    try:
        return await _listing(command, format_, store, name)
    finally:
        await store.close()


async def _listing(command: Command, format_: Format, store: Store, name: str | None) -> str:
    sessions = await store.read(lambda tables: tables.sessions())
    if command is Command.SESSIONS:
        opened = [store.owner(session) is not None for session in sessions]
        pairs = list(zip(sessions, opened, strict=True))
        return _rendered([_session(*pair) for pair in pairs], [_session_line(*pair) for pair in pairs], format_)
    session = next((each for each in sessions if name is None or each.name == name), None)
    if session is None:
        if name is not None:
            raise _unknown(name)
        return _rendered([], [], format_)
    return await _of_session(command, format_, store, session)


async def _of_session(command: Command, format_: Format, store: Store, session: Session) -> str:
    orphaned = store.owner(session) is None
    match command:
        case Command.RUNS:
            runs = await store.read(lambda tables: tables.runs(session.id))
            return _rendered([_run(run, orphaned) for run in runs], [_run_line(run, orphaned) for run in runs], format_)
        case Command.PENDING:
            pending = [_held(each, orphaned) for each in await store.read(lambda tables: tables.waiting(session))]
            numbered = list(enumerate(pending, 1))
            return _rendered([_prompt(*each) for each in numbered], [_prompt_line(*each) for each in numbered], format_)
        case _:
            messages = await store.read(lambda tables: tables.messages(session.id))
            told = [each.message for each in messages]
            texts = (
                [_heading(each) + clean(each.text) + "\n" for each in told]
                if format_ is Format.MARKDOWN
                else [line for each in told for line in _message_lines(each, orphaned)]
            )
            return _rendered([_message(each, orphaned) for each in messages], texts, format_)


def _unknown(name: str) -> UsageError:
    return UsageError(f"there is no session named {name!r}; `interruptible-chat sessions` lists them")


def _rendered(values: Sequence[dict[str, Any]], lines: Iterable[str], format_: Format) -> str:
    if format_ is Format.JSON:
        return json.dumps(values, indent=2) + "\n"
    return "".join(f"{line}\n" for line in lines)


# -- JSON; keys without a value are left out --------------------------------------------------------------------------


def _message(stored: StoredMessage, orphaned: bool) -> dict[str, Any]:
    message = stored.message
    values = {
        "id": stored.id,
        "role": message.role,
        "text": message.text,
        "status": message.status,
        "run": message.run,
        "turn": message.turn,
        "tool_calls": [_call(call, orphaned) for call in message.tool_calls] or None,
        "tool_call_id": message.tool_call_id,
        "prompt_id": message.prompt_id,
        "mode": message.mode,
        "receipt": message.receipt,
        "created_at": _time(message.created_at),
    }
    return {key: value for key, value in values.items() if value is not None}


def _call(call: ToolCall, orphaned: bool) -> dict[str, Any]:
    return {
        "id": call.id,
        "name": call.name,
        "arguments": parse_arguments(call.arguments) or {},
        "status": _call_status(call, orphaned),
    }


def _run(run: RunRecord, orphaned: bool) -> dict[str, Any]:
    values = {
        "run": run.number,
        "status": _run_status(run, orphaned),
        "trigger": run.trigger,
        "prompts": run.prompts,
        "turns": run.turns,
        "reason": run.reason or None,
        "rolled_back": False,
        "usage": {"input": run.usage.input, "output": run.usage.output},
        "started_at": _time(run.started_at),
        "ended_at": None if run.ended_at is None else _time(run.ended_at),
    }
    return {key: value for key, value in values.items() if value is not None}


def _prompt(position: int, pending: Pending) -> dict[str, Any]:
    prompt = pending.prompt
    return {
        "id": prompt.id,
        "text": prompt.text,
        "mode": prompt.mode,
        "position": position,
        "hold": pending.hold,
    }


def _session(session: Session, opened: bool) -> dict[str, Any]:
    return {
        "name": session.name,
        "mode": session.mode,
        "messages": session.messages,
        "pending": session.pending,
        "last_used": _time(session.last_used_at),
        "open": opened,
    }


def _time(at: float) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- the truth about what nobody runs any more ------------------------------------------------------------------------


def _run_status(run: RunRecord, orphaned: bool) -> RunStatus:
    return RunStatus.CRASHED if orphaned and run.status is RunStatus.RUNNING else run.status


def _call_status(call: ToolCall, orphaned: bool) -> CallStatus:
    return CallStatus.UNKNOWN if orphaned and call.status is CallStatus.RUNNING else call.status


def _held(pending: Pending, orphaned: bool) -> Pending:
    return Pending(pending.prompt, Hold.RESTART) if orphaned else pending


# -- text -------------------------------------------------------------------------------------------------------------


def _message_lines(message: Message, orphaned: bool) -> list[str]:
    first, *rest = clean(message.text).split("\n")
    status = "" if message.status == "complete" else f" ({message.status.replace('_', ' ')})"
    calls = [
        f"    {clean_line(call.name)} {clean_line(call.arguments)}: {_call_status(call, orphaned).replace('_', ' ')}"
        for call in message.tool_calls
    ]
    return [f"{message.role}{status}: {first}", *(f"    {line}" for line in rest), *calls]


def _heading(message: Message) -> str:
    who = {Role.USER: "You", Role.ASSISTANT: "Assistant", Role.TOOL: "Tool", Role.NOTE: "Note"}[message.role]
    return f"## {who}\n\n"


def _run_line(run: RunRecord, orphaned: bool) -> str:
    status = _run_status(run, orphaned)
    turns = f"{run.turns} turn{'' if run.turns == 1 else 's'}"
    reason = f": {clean_line(run.reason)}" if run.reason else ""
    return f"{run.number}  {_time(run.started_at)}  {run.trigger}  {turns}  {status}{reason}"


def _prompt_line(position: int, pending: Pending) -> str:
    hold = f"  held: {pending.hold}" if pending.hold else ""
    return f"{position}  {pending.prompt.mode}{hold}  {clean_line(pending.prompt.text)}"


def _session_line(session: Session, opened: bool) -> str:
    state = "  open" if opened else ""
    pending = f"  {session.pending} pending" if session.pending else ""
    return f"{clean_line(session.name)}  {session.mode}  {session.messages} messages{pending}{state}"
