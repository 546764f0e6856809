"""A request as people read it: JSON that is exact, and harmless for a terminal all the same. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from interruptible_tui.text import clean

_PIECE = 4096
"""Characters that are drawn as one, at most."""


def pretty(body: dict[str, Any]) -> str:
    """`body` as JSON, with what could act on a terminal or hide in it spelled as JSON escapes."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    harmless = clean(text)
    if text == harmless:
        return text
    pairs = zip(text, harmless, strict=True)
    return "".join(shown if shown == written else json.dumps(written)[1:-1] for written, shown in pairs)


def pieces(text: str) -> Iterator[str]:
    """`text` in pieces that are drawn one by one: whole lines, as far as they are not too long themselves."""
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + _PIECE) if len(text) - start > _PIECE else len(text)
        if end <= start:
            end = start + _PIECE
            yield text[start:end]
            start = end
        else:
            yield text[start:end]
            start = end + 1
