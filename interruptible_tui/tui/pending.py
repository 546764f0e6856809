"""The prompts that wait: where each will land, and how it is shown on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from interruptible_tui.conversation import CallStatus, Mode
from interruptible_tui.text import clean_line
from interruptible_tui.tui.excerpt import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.conversation import Pending
    from interruptible_tui.live import LiveRun
    from interruptible_tui.machine import SessionState

MODE_STYLES = {Mode.INTERRUPT: "$text-error", Mode.INCORPORATE: "$text-success", Mode.QUEUE: "$text-primary"}
_MODE_WIDTH = max(len(mode) for mode in Mode)
_LEAST_ROOM = 10
"""Cells for a prompt's text, below which it is left out."""
FAINT = "$text-muted"
CHOSEN = "▸"
"""Marks the selected prompt, beside its colours."""


def forecast(state: SessionState, live: LiveRun | None) -> list[str]:
    """Where each of `state.pending` will land, in its order, as people read it."""
    stopping = state.run is not None and state.run.stop is not None
    landing = "opens the next run" if stopping else _next_boundary(live)
    first = 1 if stopping else len(state.next) + 1
    said = [
        landing
        if position <= len(state.next)
        else f"held: {waiting.hold}"
        if waiting.hold
        else "next run"
        if position == first
        else f"after #{position - 1}"
        for position, waiting in enumerate(state.pending, 1)
    ]
    return [
        _edited(where, held=bool(waiting.hold)) if waiting.prompt.id == state.editing else where
        for where, waiting in zip(said, state.pending, strict=True)
    ]


def _edited(where: str, *, held: bool) -> str:
    return "being edited" if held else f"being edited; {where}"


def _next_boundary(live: LiveRun | None) -> str:
    """When the run looks into its inbox again."""
    if live and (live.draft_calls or any(call.call.status in _UNFINISHED for call in live.calls.values())):
        return "lands after this tool batch"
    return "lands after this reply" if live and live.text else "lands at the next step"


_UNFINISHED = {CallStatus.RUNNING, CallStatus.NOT_STARTED}


def rows(pending: Sequence[Pending], forecasts: Sequence[str], width: int) -> list[Content]:
    """One line of `width` cells for each, without the cell for its mark."""
    said = max((cell_len(where) for where in forecasts), default=0)
    number = len(str(len(pending)))
    room = width - number - _MODE_WIDTH - said - 6
    return [
        Content.assemble(
            (f"{position:>{number}} ", FAINT),
            (f"{waiting.prompt.mode:<{_MODE_WIDTH}}  ", MODE_STYLES[waiting.prompt.mode]),
            f"{_fitting(waiting.prompt.text, room)}  " if room >= _LEAST_ROOM else "",
            (where, FAINT),
        )
        for position, (waiting, where) in enumerate(zip(pending, forecasts, strict=False), 1)
    ]


def window(count: int, at: int, first: int, room: int) -> int:
    """The first of `room` rows out of `count` that shows row `at`, as near to `first` as can be."""
    return max(0, min(max(min(first, at), at - room + 1), count - room))


def _fitting(text: str, width: int) -> str:
    """`text` on one line of exactly `width` cells."""
    line = shown(text)
    return set_cell_size(line, width) if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…"


def shown(text: str) -> str:
    """The first line of `text`, with a sign that there are more."""
    return clean_line(first_line(text))
