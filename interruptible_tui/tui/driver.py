"""Textual's driver for terminals, for one that goes away while the program still has something to keep.

When a terminal is closed, the thread that writes to it ends with an error, and nobody empties its queue any more:
whoever then writes one thing too many waits for ever. And the kernel sends SIGCONT, on which Textual would start all
of its threads a second time.
"""

import os
import selectors
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste
from textual.message import Message

from interruptible_tui.tui.pastes import Pasted, Pastes

_READ = 64 * 1024
"""Bytes at once, at most."""
_TICK = 0.1
"""Seconds between two looks at what has been begun and not finished, such as a lone ESC."""


class TerminalDriver(LinuxDriver):
    def write(self, data: str) -> None:
        """Write `data`, unless there is no terminal any more."""
        if self._writer_thread is None or self._writer_thread.is_alive():
            super().write(data)

    def run_input_thread(self) -> None:
        """Textual's ends the program at bytes that are not UTF-8 (here they become U+FFFD) and reads keys in pastes."""
        parser, pastes, decoder = XTermParser(self._debug), Pastes(), getincrementaldecoder("utf-8")(errors="replace")
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK) and not self._read(parser, pastes, decoder):
                    return  # the terminal has gone, a signal says so too
                self._pass_on(parser.tick())
        with suppress(EOFError, ParseError):
            self._pass_on(parser.feed(""))

    def _read(self, parser: XTermParser, pastes: Pastes, decoder: IncrementalDecoder) -> bool:
        """Take in what is there to be read; whether there was anything."""
        try:
            found = os.read(self.fileno, _READ)
        except OSError:
            return False
        for piece in pastes.feed(decoder.decode(found)):
            if isinstance(piece, Pasted):
                self.process_message(Paste(piece.text))
            else:
                self._pass_on(parser.feed(piece))
        return bool(found)

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """Go back to the screen, if it was left for a suspension."""
        if self._must_signal_resume:
            super()._sigcont_application()

    def close(self) -> None:
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()
