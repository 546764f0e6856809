"""Leaving is bounded: a terminal that has stopped reading must not keep the program."""

import os
import sys
import termios
import threading
from contextlib import suppress


class Deadline:
    """Ends the process, if it is started and then not cancelled in time. What was accepted is on the disk by then."""

    def __init__(self, seconds: float) -> None:
        """Remembers how the terminal is set at this moment."""
        self._seconds = seconds
        self._terminal = termios.tcgetattr(sys.stdin)
        self._timer: threading.Timer | None = None

    def start(self, status: int) -> None:
        """From now on the process has its seconds to end; after them it ends with `status`."""
        if not self._timer:
            self._timer = threading.Timer(self._seconds, self._end, (status,))
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _end(self, status: int) -> None:
        with suppress(termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSANOW, self._terminal)
        os._exit(status)
