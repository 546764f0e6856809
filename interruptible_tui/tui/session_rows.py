"""Sessions as the rows of a list. Pure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len

from interruptible_tui.text import clean_line
from interruptible_tui.tui.calls import fitted
from interruptible_tui.tui.lines import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.catalogue import Listed

ELSEWHERE = "open elsewhere"
SHOWN = "● "
"""Stands before the session that is on the screen."""
STATE_STYLES = {"running": "good", "stopping": "busy", "held": "busy"}
_GAP = "  "
_WIDEST_NAME = 24
_LEAST_ROOM = 16
"""Cells for what a session is about, for which columns are left out."""


class Row(Struct, frozen=True):
    listed: Listed
    state: str
    """In one word, or ELSEWHERE."""
    shown: bool = False
    """Whether it is on the screen."""

    def matches(self, words: str) -> bool:
        """Whether all of `words` are found in what is shown of it, in any case."""
        session = self.listed.session
        text = f"{session.name}\n{session.title}\n{self.listed.last_line}\n{self.state}".lower()
        return all(word in text for word in words.lower().split())


class _Column(Struct, frozen=True):
    name: str
    width: int
    rank: int
    """The higher, the earlier it is left out where there is no room; 0 stays."""


_COLUMNS = (
    _Column("session", 14, 0),
    _Column("state", len(ELSEWHERE), 1),
    _Column("pending", 7, 2),
    _Column("used", 10, 3),
)
"""Behind them stands what it is about: its title, then the last line."""


def heading(width: int) -> str:
    columns = _columns(width)
    return fitted(
        " " * len(SHOWN) + "".join(_cell(column.name, column) for column in columns) + "title, last line", width
    )


def row(of: Row, width: int, now: float) -> tuple[Piece, ...]:
    session = of.listed.session
    values = {
        "session": clean_line(session.name),
        "state": of.state,
        "pending": str(session.pending) if session.pending else "",
        "used": ago(session.last_used_at, now),
    }
    styles = {"session": "strong", "state": STATE_STYLES.get(of.state, "dim"), "used": "dim"}
    pieces = [Piece(SHOWN if of.shown else " " * len(SHOWN), "good")]
    pieces += [Piece(_cell(values[each.name], each), styles.get(each.name, "text")) for each in _columns(width)]
    return (*pieces, *_about(of.listed, width - sum(cell_len(piece.text) for piece in pieces)))


def _about(listed: Listed, room: int) -> tuple[Piece, ...]:
    """The title, and behind it the last line where that says more and has room."""
    title, last = clean_line(listed.session.title), clean_line(listed.last_line)
    if room <= 0:
        return ()
    if not last or last == title or room < 2 * _LEAST_ROOM:
        return (Piece(fitted(title or "–", room)),)
    said = fitted(title, min(cell_len(title), room // 2))
    return (Piece(said + _GAP), Piece(fitted(last, room - cell_len(said) - len(_GAP)), "dim"))


def _columns(width: int) -> Sequence[_Column]:
    name = max(_COLUMNS[0].width, min(width // 5, _WIDEST_NAME))
    shown = [replace(_COLUMNS[0], width=name), *_COLUMNS[1:]]
    while len(SHOWN) + sum(column.width + len(_GAP) for column in shown) + _LEAST_ROOM > width:
        last = max(shown, key=lambda column: column.rank)
        if not last.rank:
            break
        shown.remove(last)
    return shown


def _cell(text: str, column: _Column) -> str:
    text = fitted(text, column.width)
    return text + " " * (column.width - cell_len(text)) + _GAP


def ago(at: float, now: float) -> str:
    """How long ago, as people say it; from a month on the day, in local time."""
    seconds = max(0.0, now - at)
    for unit, size, until in (("min", 60, 3600), ("h", 3600, 86_400), ("d", 86_400, 30 * 86_400)):
        if seconds < 60:
            return "now"
        if seconds < until:
            return f"{int(seconds // size)} {unit}"
    return time.strftime("%Y-%m-%d", time.localtime(at))
