"""Textual's driver for terminals, for one that goes away while the program still has something to keep.

When a terminal is closed, the thread that writes to it ends with an error, and nobody empties its queue any more:
whoever then writes one thing too many waits for ever. And the kernel sends SIGCONT, on which Textual would start all
of its threads a second time.
"""

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    def write(self, data: str) -> None:
        """Write `data`, unless there is no terminal any more."""
        if self._writer_thread is None or self._writer_thread.is_alive():
            super().write(data)

    def _sigcont_application(self, *_: object) -> None:
        """Go back to the screen, if it was left for a suspension."""
        if self._must_signal_resume:
            super()._sigcont_application()

    def close(self) -> None:
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()
