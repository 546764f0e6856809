"""The listings: what has been stored, printed without a screen and without becoming the owner of anything.

Each listing is turned into plain JSON values first; its text form is made of the same stored values. JSON is ASCII,
text is cleaned: nothing that was stored can act on the terminal.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from interruptible_tui.arguments import Command, Format, no_session
from interruptible_tui.conversation import Hold, Message, Pending, RunStatus
from interruptible_tui.plain import WHO, call_status, fate, message_values, time_of
from interruptible_tui.store import RunRecord, Session, Store
from interruptible_tui.text import clean, clean_line


async def listing(command: Command, format_: Format, data_dir: Path, name: str | None) -> str:
    """What `command` prints; `name` None is the session last used. UsageError for an unknown one, StoreError."""
    store = await Store.open_for_reading(data_dir)
    if store is None:
        if name is not None:
            raise no_session(name)
        return _rendered([], [], format_)
    try:
        return await _listing(command, format_, store, name)
    finally:
        await store.close()


async def _listing(command: Command, format_: Format, store: Store, name: str | None) -> str:
    sessions = await store.read(lambda tables: tables.counted_sessions())
    if command is Command.SESSIONS:
        opened = [store.owner(session) is not None for session in sessions]
        pairs = list(zip(sessions, opened, strict=True))
        return _rendered([_session(*pair) for pair in pairs], [_session_line(*pair) for pair in pairs], format_)
    session = next((each for each in sessions if name is None or each.name == name), None)
    if session is None:
        if name is not None:
            raise no_session(name)
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
            return _rendered([message_values(each, orphaned) for each in messages], texts, format_)


def _rendered(values: Sequence[dict[str, Any]], lines: Iterable[str], format_: Format) -> str:
    if format_ is Format.JSON:
        return json.dumps(values, indent=2) + "\n"
    return "".join(f"{line}\n" for line in lines)


# -- JSON; keys without a value are left out --------------------------------------------------------------------------


def _run(run: RunRecord, orphaned: bool) -> dict[str, Any]:
    values = {
        "run": run.number,
        "status": _run_status(run, orphaned),
        "trigger": run.trigger,
        "prompts": run.prompts,
        "turns": run.turns,
        "reason": run.reason or None,
        "rolled_back": run.rolled_back,
        "usage": {"input": run.usage.input, "output": run.usage.output},
        "started_at": time_of(run.started_at),
        "ended_at": None if run.ended_at is None else time_of(run.ended_at),
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
        "title": session.title,
        "mode": session.mode,
        "messages": session.messages,
        "pending": session.pending,
        "last_used": time_of(session.last_used_at),
        "open": opened,
    }


# -- the truth about what nobody runs any more ------------------------------------------------------------------------


def _run_status(run: RunRecord, orphaned: bool) -> RunStatus:
    return RunStatus.CRASHED if orphaned and run.status is RunStatus.RUNNING else run.status


def _held(pending: Pending, orphaned: bool) -> Pending:
    return Pending(pending.prompt, Hold.RESTART) if orphaned else pending


# -- text -------------------------------------------------------------------------------------------------------------


def _message_lines(message: Message, orphaned: bool) -> list[str]:
    first, *rest = clean(message.text).split("\n")
    calls = [
        f"    {clean_line(call.name)} {clean_line(call.arguments)}: {call_status(call, orphaned).replace('_', ' ')}"
        for call in message.tool_calls
    ]
    return [f"{message.role}{fate(message)}: {first}", *(f"    {line}" for line in rest), *calls]


def _heading(message: Message) -> str:
    return f"## {WHO[message.role]}{fate(message)}\n\n"


def _run_line(run: RunRecord, orphaned: bool) -> str:
    status = _run_status(run, orphaned)
    turns = f"{run.turns} turn{'' if run.turns == 1 else 's'}"
    reason = f": {clean_line(run.reason)}" if run.reason else ""
    rolled_back = ", rolled back" if run.rolled_back else ""
    return f"{run.number}  {time_of(run.started_at)}  {run.trigger}  {turns}  {status}{rolled_back}{reason}"


def _prompt_line(position: int, pending: Pending) -> str:
    hold = f"  held: {pending.hold}" if pending.hold else ""
    return f"{position}  {pending.prompt.mode}{hold}  {clean_line(pending.prompt.text)}"


def _session_line(session: Session, opened: bool) -> str:
    state = "  open" if opened else ""
    pending = f"  {session.pending} pending" if session.pending else ""
    title = "" if session.title in {"", session.name} else f"  {clean_line(session.title)}"
    return f"{clean_line(session.name)}  {session.mode}  {session.messages} messages{pending}{state}{title}"
