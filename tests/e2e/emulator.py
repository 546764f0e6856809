"""What a terminal shows after the bytes it was sent: pyte, with what it does not know taken out or added.

pyte draws the rest of private sequences as text, has no alternate screen, and forgets which features are switched on.
"""

import re
from codecs import getincrementaldecoder
from collections import defaultdict
from copy import deepcopy
from typing import Any

import pyte
from pyte.screens import Char, Cursor, StaticDefaultDict

_UNKNOWN = re.compile(
    r"\x1b\[[<=>][0-?]*[ -/]*[@-~]"  # kitty's keyboard protocol, xterm's XTMODKEYS
    r"|\x1b\[\?[0-?]*[ -/]*[@-gi-km-~]"  # private ones other than set and reset mode
    r"|\x1b\[[0-?]*[ -/]+[@-~]"  # with intermediate bytes: cursor shape, mode queries
    r"|\x1b[PX^_].*?\x1b\\",  # DCS, SOS, PM, APC
    re.DOTALL,
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[PX^_\]](?:(?!\x1b\\)[^\x07])*)?\Z")
_STYLE = re.compile(r"\x1b\[([\d;:]*)m")
_SUBSTYLE = re.compile(r":\d*")
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[\d;]*u")

FEATURES = {
    1049: "alternate screen",
    1000: "mouse",
    1002: "mouse",
    1003: "mouse",
    1006: "mouse",
    1015: "mouse",
    1004: "focus events",
    2004: "bracketed paste",
    2026: "synchronized output",
    2048: "in-band resize",
}
"""Private modes that a program has to switch off again."""
KEPT = {7: "no line wrap", 25: "hidden cursor"}
"""Private modes that a program has to switch on again."""


class _Screen(pyte.Screen):
    """A screen with an alternate one, private mode 1049."""

    _main: tuple[dict[int, StaticDefaultDict[int, Char]], Cursor] | None = None

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        super().set_mode(*modes, **kwargs)
        if 1049 in modes and self._main is None:
            self._main = deepcopy(self.buffer), self.cursor
            self.cursor = Cursor(0, 0)
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if 1049 in modes and self._main is not None:
            (self.buffer, self.cursor), self._main = self._main, None
            self.dirty.update(range(self.lines))


class Emulator:
    def __init__(self, cols: int, rows: int) -> None:
        self.screen = _Screen(cols, rows)
        self._stream = pyte.Stream(self.screen)
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""
        self._lines: list[str] = []
        """As they were when they were last asked for; those that are dirty have changed since."""

    def feed(self, received: bytes) -> None:
        """Show `received`, which may end anywhere, within a character or a sequence too."""
        text = self._unfinished + self._decoder.decode(received)
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._unfinished = text[end:]
        known = _UNKNOWN.sub("", text[:end])
        self._stream.feed(_STYLE.sub(lambda style: _SUBSTYLE.sub("", style[0]), known))

    def resize(self, cols: int, rows: int) -> None:
        self.screen.resize(rows, cols)

    @property
    def lines(self) -> list[str]:
        """The rows of the screen, without blanks at their ends. A wide character stands for its two cells."""
        screen = self.screen
        if len(self._lines) != screen.lines:
            self._lines = [""] * screen.lines
            screen.dirty.update(range(screen.lines))
        for row in {*screen.dirty, *(row - 1 for row in screen.dirty)}:  # a combining mark may belong to the row above
            if 0 <= row < screen.lines:
                self._lines[row] = "".join(cell.data for cell in self._row(row)).rstrip()
        screen.dirty.clear()
        return list(self._lines)

    @property
    def cells(self) -> list[list[Char]]:
        """Rows of cells; the cell after a wide character is empty."""
        return [self._row(row) for row in range(self.screen.lines)]

    def _row(self, row: int) -> list[Char]:
        cells = self.screen.buffer[row]
        return [cells[column] for column in range(self.screen.columns)]


def left_on(raw: bytes | bytearray) -> set[str]:
    """What the bytes that a terminal received left switched on, or off, that was not so at the start."""
    state: dict[int, bool] = defaultdict(bool, dict.fromkeys(KEPT, True))
    for numbers, action in _MODE.findall(raw):
        state.update(dict.fromkeys(map(int, numbers.split(b";")), action == b"h"))
    left = {name for mode, name in FEATURES.items() if state[mode]} | {n for mode, n in KEPT.items() if not state[mode]}
    actions = _KITTY.findall(raw)
    return left | ({"kitty keyboard"} if actions.count(b">") > actions.count(b"<") else set())
