"""Runs as the rows of a list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len

from interruptible_tui.conversation import RunStatus
from interruptible_tui.receipts import elapsed
from interruptible_tui.text import clean_line
from interruptible_tui.tui.calls import fitted
from interruptible_tui.tui.lines import Piece
from interruptible_tui.tui.status import count
from interruptible_tui.tui.timeline import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.archive import ListedRun

_GAP = "  "
_LEAST_ROOM = 14
"""Cells for the first prompt, for which other columns are left out."""


class Column(Struct, frozen=True):
    name: str
    width: int
    rank: int
    """The higher, the earlier it is left out where there is no room; 0 stays."""
    right: bool = False
    """Whether it is flush right."""


SESSION = Column("session", 14, 1)
STATE = Column("state", 11, 0)
COLUMNS = (
    Column("run", 4, 0, right=True),
    SESSION,
    STATE,
    Column("trigger", 11, 4),
    Column("turns", 5, 3, right=True),
    Column("took", 11, 2),
    Column("tokens", 6, 5, right=True),
)
"""Behind them stands the first prompt."""
STATE_STYLES = {
    "running": "busy",
    "stopping": "busy",
    "completed": "good",
    "cancelled": "dim",
    "failed": "error",
    "crashed": "error",
    "rolled back": "dim",
}


def columns(width: int, *, all_sessions: bool) -> list[Column]:
    """Those for which there is room in `width` cells."""
    shown = [column for column in COLUMNS if all_sessions or column is not SESSION]
    while sum(column.width + len(_GAP) for column in shown) + _LEAST_ROOM > width:
        last = max(shown, key=lambda column: column.rank)
        if not last.rank:
            break
        shown.remove(last)
    return shown


def heading(shown: Sequence[Column], width: int) -> str:
    return fitted("".join(_cell(column, column.name) for column in shown) + "first prompt", width)


def row(
    run: ListedRun, shown: Sequence[Column], width: int, now: float, *, stopping: bool = False
) -> tuple[Piece, ...]:
    values = _values(run, now, stopping=stopping)
    pieces = [Piece(_cell(column, values[column.name]), _style(column, values)) for column in shown]
    room = width - sum(cell_len(piece.text) for piece in pieces)
    said = clean_line(" ".join(run.said.split())) or "–"
    return (*pieces, Piece(fitted(said, room) if room > 0 else ""))


def _values(run: ListedRun, now: float, *, stopping: bool) -> dict[str, str]:
    record = run.record
    return {
        "run": str(record.number),
        "session": clean_line(run.session.name),
        "state": state(run, stopping=stopping),
        "trigger": record.trigger.value,
        "turns": str(record.turns),
        "took": took(run, now),
        "tokens": count(record.usage.input + record.usage.output),
    }


def _style(column: Column, values: dict[str, str]) -> str:
    return STATE_STYLES[values["state"]] if column is STATE else "text"


def _cell(column: Column, text: str) -> str:
    text = fitted(text, column.width)
    blanks = " " * (column.width - cell_len(text))
    return f"{blanks}{text}{_GAP}" if column.right else f"{text}{blanks}{_GAP}"


def state(run: ListedRun, *, stopping: bool = False) -> str:
    """In one or two words."""
    if run.record.rolled_back:
        return "rolled back"
    return "stopping" if stopping and run.status is RunStatus.RUNNING else run.status.value


def span(run: ListedRun, now: float) -> Span | None:
    """When it worked; None where its end is not known."""
    record = run.record
    if record.ended_at is None and run.status is not RunStatus.RUNNING:
        return None
    return Span(record.started_at, now if record.ended_at is None else record.ended_at)


def took(run: ListedRun, now: float) -> str:
    worked = span(run, now)
    return elapsed(worked.seconds) if worked else "?"
