"""The thread that writes to the terminal, so that nobody else ever waits for a terminal that does not read.

What is written is written in order, and nothing is dropped before the end. That the backlog stays small is up to
whoever paints: while the terminal is `behind`, no frame is worth painting, and `when_caught_up` says when one is again.
"""

import os
import select
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TextIO

_BACKLOG = 8
"""Writes that may wait before the terminal counts as behind: a few frames."""
_PIECE = 64 * 1024
"""Bytes that are written at once, at most."""
_PATIENCE = 0.2
"""Seconds that a terminal has, at the end, to take what it was sent; then once more for what restores it."""
_RESET = "\x1b\\\x1b[?2026l\x1b[m"
"""Ends a string, a synchronized update and colours, wherever a frame was cut."""


class TerminalWriter(Thread):
    """Writes are taken from any thread and from signal handlers, and never wait."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__(name="terminal-writer", daemon=True)
        self._descriptor = terminal.fileno()
        self._encoding = terminal.encoding
        self._queue: SimpleQueue[str | Callable[[], None]] = SimpleQueue()  # its `put` may interrupt another one
        self._ended = False
        self._gone = False
        self._discards = False

    def write(self, text: str) -> None:
        """Write `text` soon; nothing happens once the terminal has gone."""
        if not self._gone:
            self._queue.put(text)

    @property
    def behind(self) -> bool:
        return self._queue.qsize() > _BACKLOG

    def when_caught_up(self, then: Callable[[], None]) -> None:
        """Call `then`, in this thread, when all that was written so far has been taken by the terminal."""
        self._queue.put(then)

    def settle(self) -> None:
        """Wait briefly until all is written; a terminal that does not take it loses it, and has room again.

        For the main thread, before `stop`.
        """
        if self._catches_up(_PATIENCE):
            return
        self._discards = True
        self._interrupt()
        with suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        self._discards = False
        self.write(_RESET)

    def stop(self) -> None:
        """Write what waits and end. Bounded: after that it is up to the terminal, and the thread is a daemon."""
        self._queue.put(self._end)
        self.join(_PATIENCE)

    def run(self) -> None:
        while not self._ended:
            self._write(self._take())

    def _take(self) -> list[str | Callable[[], None]]:
        """All that waits, which is waited for."""
        taken = [self._queue.get()]
        with suppress(Empty):
            while True:
                taken.append(self._queue.get_nowait())
        return taken

    def _write(self, items: list[str | Callable[[], None]]) -> None:
        """As few pieces as possible: after each, this thread has to wait for its turn."""
        texts: list[str] = []
        for item in items:
            if isinstance(item, str):
                texts.append(item)
            else:
                self._put("".join(texts))
                texts.clear()
                item()
        self._put("".join(texts))

    def _put(self, text: str) -> None:
        rest = text.encode(self._encoding, "replace")
        while rest and not self._discards and not self._gone:
            try:
                rest = rest[os.write(self._descriptor, rest[:_PIECE]) :]
            except BlockingIOError:  # another program has made the terminal so
                select.select([], [self._descriptor], [])
            except OSError:  # a signal says so too
                self._gone = True

    def _catches_up(self, seconds: float) -> bool:
        caught_up = Event()
        self.when_caught_up(caught_up.set)
        return caught_up.wait(seconds)

    def _interrupt(self) -> None:
        """End a write that waits: the kernel then says how much of it was taken.

        A signal does that if it has a handler. The thread is there, since it ends by `stop` alone.
        """
        if self.ident:
            before = signal.signal(signal.SIGWINCH, lambda *_: None)
            signal.pthread_kill(self.ident, signal.SIGWINCH)
            self._catches_up(_PATIENCE)
            signal.signal(signal.SIGWINCH, before)

    def _end(self) -> None:
        self._ended = True
