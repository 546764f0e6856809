"""The report of a crash: a file in the data directory that can be shown to others.

It has the program, the system and the traceback; no local variables, and no secret wherever it may stand.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from importlib.metadata import version
from itertools import count
from pathlib import Path
from textwrap import shorten
from traceback import TracebackException
from urllib.parse import quote

from interruptible_tui.text import clean, clean_line

_SUMMARY = 200
"""Characters."""
_SCRUBBED = "[key]"


def summary(error: BaseException, secrets: Collection[str]) -> str:
    """`error` in a few words, on one line."""
    last = "".join(TracebackException.from_exception(error).format_exception_only()).strip()
    return clean_line(shorten(_scrub(last, secrets), _SUMMARY, placeholder=" …"))


def write_report(error: BaseException, directory: Path, program: str, secrets: Collection[str]) -> Path:
    """Write the report (0600) to a new file in `directory`, and return its path. OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = clean(_scrub(_report(error, program), secrets))
    path, handle = _create(directory / f"crash-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.txt")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    return path


def _report(error: BaseException, program: str) -> str:
    head = [
        f"{program} {version(program)}",
        f"Python {platform.python_version()} ({sys.executable})",
        f"{platform.platform()}, TERM={os.environ.get('TERM', '')}",
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    ]
    return "\n".join([*head, "", *TracebackException.from_exception(error).format()])


def _scrub(text: str, secrets: Collection[str]) -> str:
    """`text` without `secrets`, also as they stand in quoted strings and in addresses."""
    for secret in filter(None, secrets):
        for spelling in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")):
            text = text.replace(spelling, _SCRUBBED)
    return text


def _create(path: Path) -> tuple[Path, int]:
    """A new file at `path`, or beside it with a number in its name; never one that is there, nor through a link."""
    for number in count(2):
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            os.fchmod(handle, 0o600)  # under any umask
            break
        path = path.with_stem(f"{path.stem.partition('_')[0]}_{number}")
    return path, handle
