"""Textual's driver for terminals, for one that stops reading or goes away while the program has something to keep.

Textual's own writer keeps whoever writes one thing too many waiting: for as long as the terminal does not read, and
for ever if it has gone. And when a terminal is closed the kernel sends SIGCONT, on which Textual would start all of
its threads a second time.
"""

import os
import re
import selectors
import signal
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TextIO

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Paste, Resize
from textual.geometry import Size
from textual.message import Message

from interruptible_tui.tui.clipboard import sequences
from interruptible_tui.tui.pastes import Pasted, Pastes
from interruptible_tui.tui.terminal_writer import TerminalWriter

_READ = 64 * 1024
"""Bytes at once, at most."""
_TICK = 0.1
"""Seconds between two looks at what has been begun and not finished; nobody looks where there is nothing."""
ESCAPE_DELAY = 0.015
"""Seconds after which an ESC that nothing has followed is the Escape key, unless the user has chosen others."""
_UNFINISHED = re.compile(rb"\x1b(?:\x1b?\[[0-?]*[ -/]*|O[0-9;]*)?\Z")
"""The beginning of a key at the end of what was read: ESC, CSI or SS3 and what may follow them (ECMA-48, 5.4)."""
_LONGEST = 32
"""Bytes of a key, at most."""
_MORE_KEYS, _USUAL_KEYS = "\x1b[>4;1m", "\x1b[>4m"
"""xterm's ctlseqs, "XTMODKEYS": modifyOtherKeys. tmux heeds it where its option `extended-keys` is on."""
_ALT = re.compile("\x1b([a-zA-MQ-WYZ])")
"""A letter with Alt; N, O, P and X begin longer sequences (ECMA-48, 8.3: SS2, SS3, DCS, SOS)."""


class TerminalDriver(LinuxDriver):
    _writer: TerminalWriter | None = None
    """None while the terminal is not used."""
    escape_delay = ESCAPE_DELAY
    """Seconds in which the rest of a key must have come."""
    _reading: int | None = None
    """The end of a pipe that is closed when no more is to be read. Textual's Event is looked at ten times a second."""
    _read_on: int
    """The other end of it."""

    def write(self, data: str) -> None:
        """Write `data` soon, in order, without waiting; nothing happens where there is no terminal any more."""
        if self._writer:
            self._writer.write(data)

    @property
    def behind(self) -> bool:
        """Whether the terminal does not take what is written as fast as it is written."""
        return self._writer is not None and self._writer.behind

    def copy(self, text: str) -> None:
        """Put `text` into the terminal's clipboard, as the user asked."""
        self.write(sequences(text, os.environ))

    def when_caught_up(self, then: Callable[[], None]) -> None:
        """Call `then`, in the event loop, when the terminal has taken all that was written so far."""
        if self._writer:
            self._writer.when_caught_up(lambda: self._tell_loop(then))

    def start_application_mode(self) -> None:
        self.close()
        self._writer = TerminalWriter(_terminal())
        self._writer.start()
        if self._reading is None:
            self._read_on, self._reading = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGWINCH, self._window_changed)
        if self._asks_for_more_keys:
            self.write(_MORE_KEYS)
        if self._writer_thread:  # Textual's, to which nothing was written
            self._writer_thread.stop()
            self._writer_thread = None

    def stop_application_mode(self) -> None:
        if self._writer:
            self._writer.settle()
        if self._asks_for_more_keys:
            self.write(_USUAL_KEYS)
        super().stop_application_mode()

    def disable_input(self) -> None:
        if self._reading is not None:
            os.close(self._reading)
            self._reading = None
        super().disable_input()

    @property
    def _asks_for_more_keys(self) -> bool:
        """tmux and xterm send Ctrl+Enter and Shift+Enter to who asks; others might take the question for a style."""
        return bool(os.environ.get("TMUX") or os.environ.get("XTERM_VERSION"))

    def close(self) -> None:
        if self._writer:
            self._writer.stop()
            self._writer = None

    def _window_changed(self, *_: object) -> None:
        """Textual reads the size here already; where a newer signal interrupts that, the older size is told last."""
        if not self._in_band_window_resize:
            self._tell_loop(self._tell_size)

    def _tell_size(self) -> None:
        size = Size(*self._get_terminal_size())
        self._app.post_message(Resize(size, size))

    def _tell_loop(self, what: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # it has been closed
            self._loop.call_soon_threadsafe(what, *arguments)

    def _run_input_thread(self) -> None:
        """Textual's shows local variables when it fails."""
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the app
            self._tell_loop(self._app._handle_exception, error)  # noqa: SLF001 - as Textual does it

    def run_input_thread(self) -> None:
        """Textual's ends the program at bytes that are not UTF-8 (here they become U+FFFD) and reads keys in pastes."""
        parser, pastes, decoder = _Parser(self._debug), Pastes(), getincrementaldecoder("utf-8")(errors="replace")
        with selectors.SelectSelector() as selector, os.fdopen(self._read_on) as read_on:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(read_on, selectors.EVENT_READ)
            while read_on not in (ready := _ready(selector, _TICK if parser.has_begun else None)):
                if ready:
                    found = self._read(selector)
                    if not found:
                        return  # the terminal has gone, a signal says so too
                    self._take_in(decoder.decode(found), pastes, parser)
                self._pass_on(parser.tick())
        with suppress(EOFError, ParseError):
            self._pass_on(parser.feed(""))

    def _read(self, selector: selectors.BaseSelector) -> bytes:
        """What is there; if it ends where a key or a mark may have been cut, with what follows soon."""
        found = b""
        with suppress(OSError):
            found = os.read(self.fileno, _READ)
            while _UNFINISHED.search(found, len(found) - _LONGEST) and self.fileno in _ready(
                selector, self.escape_delay
            ):
                more = os.read(self.fileno, _READ)
                if not more:
                    break
                found += more
        return found

    def _take_in(self, text: str, pastes: Pastes, parser: XTermParser) -> None:
        for piece in pastes.feed(text):
            if isinstance(piece, Pasted):
                self.process_message(Paste(piece.text))
                continue
            keys = _ALT.sub(_with_alt, piece)
            others = keys.rstrip("\x1b")
            if others:  # feeding nothing says that there is no more
                self._pass_on(parser.feed(others))
            self._pass_on(Key("escape", None) for _ in range(len(keys) - len(others)))

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """Go back to the screen, if it was left for a suspension."""
        if self._must_signal_resume:
            super()._sigcont_application()


def terminal_driver(escape_delay: float) -> type[TerminalDriver]:
    """The driver that waits so many seconds for the rest of a key; Textual makes it."""
    return type(TerminalDriver.__name__, (TerminalDriver,), {"escape_delay": escape_delay})


class _Parser(XTermParser):
    @property
    def has_begun(self) -> bool:
        """Whether it waits for the rest of a sequence, and not for ever."""
        return self._timeout_time is not None


def _ready(selector: selectors.BaseSelector, seconds: float | None) -> list[object]:
    """What can be read within so many seconds; None: wait for it."""
    return [key.fileobj for key, _ in selector.select(seconds)]


def _terminal() -> TextIO:
    """Standard error, as Textual has it, unless that is something else than the terminal."""
    streams = [stream for stream in (sys.__stderr__, sys.__stdout__) if stream]
    return next((stream for stream in streams if stream.isatty()), sys.stderr)


def _with_alt(found: re.Match[str]) -> str:
    """A letter with Alt as the kitty protocol spells it: Textual waits to see what follows the legacy form."""
    letter = found[1]
    return found[0] if found[0] in ANSI_SEQUENCES_KEYS else f"\x1b[{ord(letter)};3u"
