"""Standard output and standard error, which may be full, or closed from the start or at any moment."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path


class OutputClosed(Exception):  # noqa: N818 - it says what is the case
    """Nobody reads standard output any more."""


class OutputFailed(Exception):  # noqa: N818
    """What was asked for cannot be written; the text is one line and says why."""


def prepare() -> None:
    """Make the standard streams usable, whatever the program was started with.

    One that is closed gets a place that takes everything and holds nothing: else the next file that is opened would
    get its number, and with it what is printed. One that cannot spell a character prints a question mark.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def write(text: str) -> None:
    """Print `text` at once. Raises OutputClosed or OutputFailed."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        raise OutputFailed(f"cannot write to standard output: {error.strerror}") from None


def write_error(text: str) -> None:
    """Print `text` on standard error, as far as that is possible."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def finish() -> None:
    """Leave nothing for the interpreter to flush: where that fails it would change the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
