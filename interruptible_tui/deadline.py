"""Leaving is bounded: neither a disk that hangs nor a terminal that has stopped reading may keep the program."""

import os
import sys
import termios
import threading
from contextlib import suppress


class Deadline:
    """Ends the process, if it is started and the process then does not end in time by itself.

    What was accepted is on the disk by then.
    """

    def __init__(self) -> None:
        """Remembers how the terminal is set at this moment."""
        self._terminal = termios.tcgetattr(sys.stdin)
        self._timer: threading.Timer | None = None

    def start(self, status: int, seconds: float) -> None:
        """From now on the process has `seconds` to end; after them it ends with `status`."""
        if not self._timer:
            self._timer = threading.Timer(seconds, self._end, (status,))
            self._timer.daemon = True
            self._timer.start()

    def _end(self, status: int) -> None:
        with suppress(termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSANOW, self._terminal)
        os._exit(status)
