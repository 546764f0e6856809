"""A check, and how a look at something becomes one whatever happens to it."""

import os
from collections.abc import Callable

from msgspec import Struct

from interruptible_tui.text import clean_line


class Trouble(Exception):  # noqa: N818 - what a person is told
    """What was looked at is not as it should be; the text is one line that says what to do."""


class Check(Struct, frozen=True):
    name: str
    ok: bool
    detail: str
    """One line, cleaned."""


def check(name: str, look: Callable[[], str]) -> Check:
    """`look` says what it found, and raises where something is wrong."""
    try:
        return Check(name, True, clean_line(look()))
    except Exception as error:  # noqa: BLE001 - whatever is wrong here must not keep the other checks from being made
        return Check(name, False, clean_line(_told(error)))


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"cannot look at {os.fsdecode(error.filename)}: {error.strerror}; check its permissions"
    return str(error) or type(error).__name__
