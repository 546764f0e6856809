"""What the two wire formats have in common, and what servers that are only nearly compatible make of them.

Servers put null, or nothing, where the specification promises an object, a list or a text. The readers here take that
for empty, so that the decoders need no case for it.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Protocol

from interruptible_tui.conversation import Usage
from interruptible_tui.providers import Delta, Finished, ProviderError
from interruptible_tui.providers.failures import error_in_stream
from interruptible_tui.providers.sse import ServerEvent


class ReplyDecoder(Protocol):
    """One reply: what each event says, and what it all amounts to when the stream ends."""

    def decode(self, event: ServerEvent) -> Iterator[Delta]:
        """Raises ProviderError where the server reports a failure, or writes what is not JSON."""
        ...

    def end(self) -> Finished | None:
        """The end of the reply, if the stream may end here; None if something is missing."""
        ...


_COUNT_LIMIT = 2**53
"""JSON numbers are exact below it (RFC 8259, section 6)."""


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """A count; 0 for what cannot be one."""
    return value if isinstance(value, int) and 0 <= value < _COUNT_LIMIT else 0


def payload(event: ServerEvent) -> dict[str, Any]:
    """The JSON object of an event. Raises ProviderError if it reports an error, or is no JSON object."""
    try:
        value = json.loads(event.data)
    except (ValueError, RecursionError):
        value = event.data
    if event.name == "error" or mapping(value).get("error"):
        raise error_in_stream(value)
    if not isinstance(value, dict):
        raise ProviderError(f"the server sent an event that is no JSON object: {event.data[:1000]}", retryable=True)
    return value


def usage(value: object, read: str, written: str) -> Usage | None:
    """Tokens of a reply, under the names that a format has for them; None if the server does not say."""
    counts = mapping(value)
    return Usage(number(counts.get(read)), number(counts.get(written))) if counts else None


def call_id(id: str | None, limit: int) -> str:  # noqa: A002 - the word of the format
    """`id` where the format accepts it, else one made of it: a session may go on with another server than it began."""
    if id and len(id) <= limit:
        return id
    return "call_" + hashlib.sha256((id or "").encode(errors="replace")).hexdigest()[: limit - 5]
