"""What the terminal can do, as it says itself and as the environment says.

The terminal is asked for the kitty keyboard protocol (https://sw.kovidgoyal.net/kitty/keyboard-protocol/, "Detection
of support"): a terminal answers in order, and all of them answer what comes second, the primary device attributes.
While it is asked, the terminal neither echoes nor waits for a line; Ctrl+C still ends the program.
"""

import fcntl
import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from interruptible_tui.doctor.check import Trouble

_LIMIT = 0.5
"""Seconds for the terminal to answer."""
_QUESTION = b"\x1b[?u\x1b[c"
_KITTY = re.compile(rb"\x1b\[\?\d+u")
_ATTRIBUTES = re.compile(rb"\x1b\[\?[\d;]*c")
_REPORT = re.compile(rb"\x1b\[\?[\d;]*(?:[uc]|\Z)")
"""Either of them, or the beginning of one that came too late."""
_KEYS = "Ctrl+Enter and Shift+Enter"


def abilities() -> str:
    """Raises Trouble, OSError."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "not on a terminal"
    kind = os.environ.get("TERM", "")
    if kind == "dumb":
        raise Trouble("TERM is dumb: it cannot show the chat; use another terminal, or `interruptible-chat run`")
    size = os.get_terminal_size(sys.stdout.fileno())
    said = [kind or "TERM is not set", f"{size.columns}x{size.lines}", colours(os.environ), *_within(os.environ)]
    return ", ".join([*said, _keyboard(sys.stdin.fileno(), sys.stdout.fileno())])


def colours(environment: Mapping[str, str]) -> str:
    """As https://no-color.org and terminals have it."""
    if environment.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return "true colour"
    return "256 colours" if "256color" in environment.get("TERM", "") else "16 colours"


def _within(environment: Mapping[str, str]) -> list[str]:
    return [f"in {name}" for name, variable in (("tmux", "TMUX"), ("screen", "STY")) if environment.get(variable)]


def _keyboard(reading: int, writing: int) -> str:
    if _in_background(reading):
        return "not asked for its keyboard protocol: the program runs in the background"
    with _unbuffered(reading):
        if _readable(reading, 0):
            return "not asked for its keyboard protocol: something has been typed already"
        os.write(writing, _QUESTION)
        heard = _answer(reading)
    _give_back(reading, _REPORT.sub(b"", heard))
    if _KITTY.search(heard):
        return "kitty keyboard protocol"
    if _ATTRIBUTES.search(heard):
        return f"no kitty keyboard protocol: {_without(os.environ)}"
    return f"it does not say whether it has the kitty keyboard protocol; without it {_without(os.environ)}"


def _without(environment: Mapping[str, str]) -> str:
    """What becomes of the keys for which that protocol is needed; tmux and xterm have one of their own."""
    if environment.get("TMUX"):
        return f"{_KEYS} arrive if tmux is told `set -s extended-keys on`, else use /now and Ctrl+J"
    if environment.get("XTERM_VERSION"):
        return f"{_KEYS} arrive by xterm's own, if it allows that, else use /now and Ctrl+J"
    return f"{_KEYS} do not arrive, use /now and Ctrl+J"


def _in_background(terminal: int) -> bool:
    """Whether the program would be stopped if it changed how the terminal is set."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:  # it does not control the program
        return False


@contextmanager
def _unbuffered(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def _answer(terminal: int) -> bytes:
    """What arrives until the question is answered, or the time is up."""
    heard, deadline = b"", time.monotonic() + _LIMIT
    while not _ATTRIBUTES.search(heard) and _readable(terminal, deadline - time.monotonic()):
        piece = os.read(terminal, 1024)
        if not piece:
            break
        heard += piece
    return heard


def _readable(terminal: int, seconds: float) -> bool:
    return bool(select.select([terminal], [], [], max(seconds, 0))[0])


def _give_back(terminal: int, typed: bytes) -> None:
    """What was typed meanwhile becomes input again, where the system allows that (Linux since 6.2 mostly does not)."""
    with suppress(OSError):
        for byte in typed:
            fcntl.ioctl(terminal, termios.TIOCSTI, bytes([byte]))
