"""What is said, beside a session that is shown, of those that are open and not shown. Pure.

Other words than for the one that is shown: whoever looks for its state must find only that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from interruptible_tui.text import clean_line
from interruptible_tui.tui.status import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interruptible_tui.machine import SessionState

_NAME_WIDTH = 12
_RANK = 3
_STYLES = {"at work": "$text-success", "on hold": "$text-warning", "ended": "$text-accent"}


class Other(Struct, frozen=True):
    name: str
    state: SessionState
    unseen: bool = False
    """Whether a run of it has ended since it was shown last."""


def badge(others: Iterable[Other]) -> list[Piece]:
    """One piece for each thing that is the case: of which session, or of how many."""
    names: dict[str, list[str]] = {word: [] for word in _STYLES}
    for other in others:
        if word := _word(other):
            names[word].append(other.name)
    return [Piece(f"{_who(said)} {word}", _STYLES[word], _RANK) for word, said in names.items() if said]


def _word(other: Other) -> str:
    if other.state.run:
        return "at work"
    if other.state.held:
        return "on hold"
    return "ended" if other.unseen else ""


def _who(names: list[str]) -> str:
    if len(names) > 1:
        return f"{len(names)} others"
    line = clean_line(names[0])
    return line if cell_len(line) <= _NAME_WIDTH else f"{set_cell_size(line, _NAME_WIDTH - 1)}…"
