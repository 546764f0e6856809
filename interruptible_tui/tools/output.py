"""Text of any length in bounded memory: its head and its tail, and how much is missing between them."""

import codecs
from collections.abc import Callable

from interruptible_tui.text import storable

KEPT_OUTPUT = 32 * 1024
"""Characters of a tool's output kept at each end."""
LIVE_OUTPUT = 1024 * 1024
"""Characters of a tool's output passed on as they appear."""


class Ends:
    """The head and the tail of a text that arrives piece by piece."""

    def __init__(self, each: int) -> None:
        """Keep at most `each` characters at either end."""
        self._each = each
        self._head = ""
        self._tail = ""
        self._length = 0

    def add(self, piece: str) -> None:
        self._length += len(piece)
        room = self._each - len(self._head)
        self._head += piece[:room]
        self._tail = (self._tail + piece[room:][-self._each :])[-self._each :]

    def __str__(self) -> str:
        left_out = self._length - len(self._head) - len(self._tail)
        note = f"\n... {left_out:,} characters left out ...\n" if left_out else ""
        return self._head + note + self._tail


def shortened(text: str, each: int) -> str:
    """`text`, or its two ends of `each` characters with a note between them."""
    ends = Ends(each)
    ends.add(text)
    return str(ends)


class Output:
    """What a tool prints: decoded, passed on as it appears, and kept in bounds."""

    def __init__(self, printed: Callable[[str], None]) -> None:
        self._printed = printed
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._live = LIVE_OUTPUT
        self.kept = Ends(KEPT_OUTPUT)

    def take(self, output: bytes) -> None:
        """Take the next bytes; none at all mean the end, which settles a character cut in the middle."""
        text = storable(self._decoder.decode(output, final=not output))
        self.kept.add(text)
        if text and self._live > 0:
            self._pass_on(text)

    def _pass_on(self, text: str) -> None:
        shown = text[: self._live]
        self._live -= len(text)
        self._printed(shown if self._live > 0 else shown + "\n... more output follows; it is not shown live ...\n")
