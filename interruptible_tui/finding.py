"""`search`: in which messages words stand, of all sessions or of one, the newest first."""

import json
from pathlib import Path
from typing import Any

from interruptible_tui.archive import Archive
from interruptible_tui.arguments import Format, UsageError, no_session
from interruptible_tui.plain import time_of
from interruptible_tui.store import Store
from interruptible_tui.store.choice import stored
from interruptible_tui.store.searching import Hit
from interruptible_tui.text import clean_line
from interruptible_tui.words import Words, parsed


async def found(text: str, format_: Format, data_dir: Path, name: str | None) -> str:
    """What `search` prints; `name` None: of all sessions. UsageError for an unknown one, StoreError."""
    words = parsed(text)
    if words is None:
        raise UsageError('words are missing: "search WORDS"')
    store = await Store.open_for_reading(data_dir)
    if store is None:
        if name is not None:
            raise no_session(name)
        return _rendered([], format_)
    try:
        return _rendered(await _hits(store, words, name), format_)
    finally:
        await store.close()


async def _hits(store: Store, words: Words, name: str | None) -> list[Hit]:
    session = None if name is None else await stored(store, name)
    if name is not None and session is None:
        raise no_session(name)
    return [hit async for hits in Archive(store).search(words, session) for hit in hits]


def _rendered(hits: list[Hit], format_: Format) -> str:
    match format_:
        case Format.JSON:
            return json.dumps([_values(hit) for hit in hits], indent=2) + "\n"
        case Format.MARKDOWN:
            return "".join(f"- {_place(hit)}: {hit.excerpt.marked('**', '**')}\n" for hit in hits)
        case _:
            return "".join(f"{_place(hit)}  {hit.excerpt.marked('[', ']')}\n" for hit in hits)


def _place(hit: Hit) -> str:
    return f"{time_of(hit.message.created_at)}  {clean_line(hit.session.name)}  {hit.message.role}"


def _values(hit: Hit) -> dict[str, Any]:
    message = hit.message
    return {
        "session": hit.session.name,
        "id": message.id,
        "role": message.role,
        "status": message.status,
        "run": message.run,
        "turn": message.turn,
        "created_at": time_of(message.created_at),
        "excerpt": hit.excerpt.text,
        "matches": [list(each) for each in hit.excerpt.matches],
    }
