"""What a server says about a failure, as one line for people.

Servers report errors as `{"error": {"message": ...}}`, `{"error": "..."}`, `{"message": ...}` or `{"detail": ...}`.
Whatever they say, the line that leaves is short, storable, and without the key: a 401 can echo it.
"""

import email.utils
import math
from collections.abc import Iterator, Mapping

from interruptible_tui.providers import ProviderError
from interruptible_tui.text import storable

_LINE_LENGTH = 300
"""Characters of a message; servers have been seen to send a whole page."""
_RECOGNISABLE = 8
"""Characters in a row of a key that give it away."""
_PASSING = {408, 409, 429}
"""Besides 5xx: timeout, conflict, rate limit. As in the SDK's own retries."""
_PASSING_CODES = {"server_error", "rate_limit_exceeded", "overloaded_error", "timeout"}
"""The same, as servers name it inside a stream, where there is no status."""
_SPACIOUS = 10
"""How many times longer a message may be before it is put on one line; the rest of it is not looked at."""


def is_retryable(status: int) -> bool:
    """Whether the same request may succeed after this HTTP status."""
    return status in _PASSING or 500 <= status < 600


def reported(body: object) -> str:
    """The message in an error body of any of the known shapes; empty if there is none."""
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return ""
    return next(filter(None, map(reported, _candidates(body))), "")


def _candidates(body: dict[str, object]) -> Iterator[object]:
    return (body.get(key) for key in ("error", "message", "detail", "code", "type"))


def error_in_stream(body: object) -> ProviderError:
    """The failure that a server reports after it has answered with status 200."""
    error = body["error"] if isinstance(body, dict) and body.get("error") else body
    code = error.get("code") or error.get("type") if isinstance(error, dict) else None
    retryable = is_retryable(code) if isinstance(code, int) else str(code) in _PASSING_CODES
    return ProviderError(
        f"the server reported an error: {reported(body) or 'it does not say which'}", retryable=retryable
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the server asks to wait, in any of the three forms; None if it does not say.

    `now` is in seconds since the epoch: the third form is a date (RFC 9110, section 10.2.3).
    """
    seconds = _seconds(headers.get("retry-after-ms"), 0.001)
    if seconds is None:
        seconds = _seconds(headers.get("retry-after"), 1.0)
    if seconds is None:
        seconds = _until(headers.get("retry-after", ""), now)
    return seconds


def _seconds(value: str | None, unit: float) -> float | None:
    try:
        seconds = float(value or "") * unit
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: float) -> float | None:
    try:
        return max(0.0, email.utils.parsedate_to_datetime(date).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def presentable(error: ProviderError, key: str) -> ProviderError:
    """`error` as it may be shown and stored: one line of bounded length, without `key`."""
    beginning = str(error)[: _LINE_LENGTH * _SPACIOUS + len(key)]
    line = without_key(" ".join(storable(beginning).split()), key)
    if len(line) > _LINE_LENGTH:
        line = line[: _LINE_LENGTH - 1] + "…"
    return ProviderError(line, status=error.status, retryable=error.retryable, retry_after=error.retry_after)


def without_key(text: str, key: str) -> str:
    """`text` with each part of `key` that gives it away as `***`: a server may shorten the key that it echoes."""
    length = min(_RECOGNISABLE, len(key))
    parts = {key[at : at + length] for at in range(len(key) - length + 1)} if key else set()
    secret = {at + i for at in range(len(text)) if text[at : at + length] in parts for i in range(length)}
    return "".join(
        "***" if at in secret and at - 1 not in secret else "" if at in secret else character
        for at, character in enumerate(text)
    )
