"""Textual's driver for terminals, for one that goes away while the program still has something to keep.

When a terminal is closed, the thread that writes to it ends with an error, and nobody empties its queue any more:
whoever then writes one thing too many waits for ever.
"""

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    def write(self, data: str) -> None:
        """Write `data`, unless there is no terminal any more."""
        if self._writer_thread is None or self._writer_thread.is_alive():
            super().write(data)

    def close(self) -> None:
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()
