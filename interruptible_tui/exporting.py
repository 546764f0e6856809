"""A whole session as a file: Markdown for people, or JSON, which is what `history` prints.

It is read and written a stretch at a time, however long it is. A file is 0600, is made anew, and is removed again when
not all of it could be written.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from textwrap import indent

from interruptible_tui.conversation import Message, Role, ToolCall, parse_arguments
from interruptible_tui.output import OutputFailed
from interruptible_tui.plain import WHO, call_status, fate, message_values, time_of
from interruptible_tui.request import Setup
from interruptible_tui.store import Session, Store, StoredMessage, Tables
from interruptible_tui.store.messages import LAST
from interruptible_tui.store.private import open_private
from interruptible_tui.text import clean, clean_line

STRETCH = 200
"""Messages that are read at once."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def place(name: str) -> Path:
    """The file that is meant by `name`: `~` is the home directory. OutputFailed."""
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise OutputFailed(str(error)) from None


async def write_new(path: Path, pieces: AsyncIterator[str]) -> None:
    """Write all of `pieces` to a file that was not there before. OutputFailed, and what `pieces` raises."""
    try:
        handle = await asyncio.to_thread(open_private, path, os.O_WRONLY | os.O_EXCL)
    except FileExistsError:
        raise OutputFailed(f"{path} is there already, and is not overwritten: choose another name") from None
    except (OSError, ValueError) as error:
        raise OutputFailed(f"cannot write {path}: {_why(error)}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece.encode(errors="replace"))
            await asyncio.to_thread(_settle, file.fileno(), file.flush)
    except BaseException as error:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - also where it is cancelled
        if isinstance(error, OSError):
            raise OutputFailed(f"cannot write {path}: {_why(error)}; nothing is left of it") from None
        raise


def _settle(handle: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(handle)


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


async def exported(store: Store, session: Session, *, as_json: bool) -> AsyncIterator[str]:
    """The text of the file, piece by piece. What has been switched since `session` was read counts. StoreError."""
    orphaned = store.owner(session) is None
    if not as_json:
        yield await store.read(lambda tables: _title(tables.session_of(session.id) or session, tables))
    end, begun = 0, False
    while end < LAST:
        read = partial(Tables.page_after, session=session.id, after=end, limit=STRETCH)
        page = await store.read(read)
        end = page.before - 1 if page.before < LAST else LAST
        stored = [StoredMessage(each.id or 0, each) for each in page.messages]
        if not as_json:
            yield "".join(_sections(page.messages, orphaned))
        elif stored:
            values = (indent(json.dumps(message_values(each, orphaned), indent=2), "  ") for each in stored)
            yield (",\n" if begun else "[\n") + ",\n".join(values)
            begun = True
    if as_json:
        yield "\n]\n" if begun else "[]\n"


# -- Markdown ---------------------------------------------------------------------------------------------------------


def _title(session: Session, tables: Tables) -> str:
    """The model is the one that answered last: what the session has chosen need not have been asked."""
    last = tables.last_run(session.id)
    setup = tables.setup(session.id, last[0]) if last else None
    model = Setup.decode(setup).model if setup else session.model
    return f"# {_literal(session.name)}\n\nModel {_literal(model)}, mode {session.mode}.\n\n"


def _sections(messages: Sequence[Message], orphaned: bool) -> Iterable[str]:
    """A call is told with what came of it, which stands behind it. Servers give ids anew at each turn."""
    results = {(each.run, each.turn, each.tool_call_id): each for each in messages if each.role is Role.TOOL}
    calls = {(each.run, each.turn, call.id) for each in messages for call in each.tool_calls}
    for message in messages:
        if message.role is Role.TOOL and (message.run, message.turn, message.tool_call_id) in calls:
            continue
        text = _fenced(message.text) if message.role is Role.TOOL else _closed(clean(message.text))
        yield f"## {WHO[message.role]} · {_moment(message)}{escape(fate(message), quote=False)}\n\n"
        yield f"{text}\n\n" if text.strip() else ""
        for call in message.tool_calls:
            yield _call(call, results.get((message.run, message.turn, call.id)), orphaned)


def _moment(message: Message) -> str:
    return f"{time_of(message.created_at)[:19].replace('T', ' ')} UTC"


def _call(call: ToolCall, result: Message | None, orphaned: bool) -> str:
    status = call_status(call, orphaned).replace("_", " ")
    known = parse_arguments(call.arguments)
    arguments = call.arguments if known is None else json.dumps(known, indent=2, ensure_ascii=False)
    told = f"Result:\n\n{_fenced(result.text)}\n\n" if result else ""
    return (
        f"<details><summary>{_literal(call.name)}: {status}</summary>\n\n"
        f"Arguments:\n\n{_fenced(arguments, 'json' if known is not None else '')}\n\n{told}</details>\n\n"
    )


def _literal(text: str) -> str:
    """One line in which no HTML is read."""
    return escape(clean_line(text), quote=False)


def _fenced(text: str, language: str = "") -> str:
    """In a fence that nothing in it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{clean(text).rstrip()}\n{fence}"


def _closed(text: str) -> str:
    """`text`, with the block of code closed in which it was cut: what follows would be in it else."""
    fence = ""
    for line in text.split("\n"):
        if found := _FENCE.fullmatch(line):
            run, rest = found.groups()
            if not fence:
                fence = run
            elif run.startswith(fence) and not rest.strip():
                fence = ""
    return f"{text}\n{fence}" if fence else text
