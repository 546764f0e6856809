"""The prompts that wait: where each will land, and the panel that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.conversation import CallStatus, Mode, Pending
from interruptible_tui.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interruptible_tui.live import LiveRun
    from interruptible_tui.machine import SessionState

ROWS = 6
"""Prompts listed at most; the rest is counted."""
MODE_STYLES = {Mode.INTERRUPT: "$text-error", Mode.INCORPORATE: "$text-success", Mode.QUEUE: "$text-primary"}
_MODE_WIDTH = max(len(mode) for mode in Mode)
_LEAST_ROOM = 10
"""Cells for a prompt's text, below which it is left out."""
_FAINT = "$foreground 60%"


def forecast(state: SessionState, live: LiveRun | None) -> list[str]:
    """Where each of `state.pending` will land, in its order, as people read it."""
    stopping = state.run is not None and state.run.stop is not None
    landing = "opens the next run" if stopping else _next_boundary(live)
    first = 1 if stopping else len(state.next) + 1
    return [
        landing
        if position <= len(state.next)
        else f"held: {waiting.hold}"
        if waiting.hold
        else "next run"
        if position == first
        else f"after #{position - 1}"
        for position, waiting in enumerate(state.pending, 1)
    ]


def _next_boundary(live: LiveRun | None) -> str:
    """When the run looks into its inbox again."""
    if live and (live.draft_calls or any(call.call.status in _UNFINISHED for call in live.calls.values())):
        return "lands after this tool batch"
    return "lands after this reply" if live and live.text else "lands at the next step"


_UNFINISHED = {CallStatus.RUNNING, CallStatus.NOT_STARTED}


class PendingPanel(Widget):
    """Lists what waits, in landing order; not there when nothing does."""

    DEFAULT_CSS = """
    PendingPanel {
        height: auto;
        padding: 0 2;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        display: none;
    }
    """

    pending: reactive[tuple[Pending, ...]] = reactive((), layout=True)
    forecasts: reactive[tuple[str, ...]] = reactive(())
    sending: reactive[tuple[str, ...]] = reactive((), layout=True)
    """Texts that are not yet known to be accepted."""

    def watch_pending(self) -> None:
        self._show_or_hide()

    def watch_sending(self) -> None:
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        self.display = bool(self.pending or self.sending)

    def render(self) -> Content:
        rows = [*self._pending_rows(), *(Content.styled(f"sending…  {_shown(text)}", "dim") for text in self.sending)]
        count = len(self.pending) + len(self.sending)
        if count > ROWS + 1:
            rows[ROWS:] = [Content.styled(f"+{count - ROWS} more", _FAINT)]
        return Content("\n").join(rows)

    def _pending_rows(self) -> Iterator[Content]:
        forecasts = self.forecasts[: ROWS + 1]
        width = max((cell_len(where) for where in forecasts), default=0)
        room = self.content_size.width - _MODE_WIDTH - width - 6
        for position, (waiting, where) in enumerate(zip(self.pending, forecasts, strict=False), 1):
            mode = waiting.prompt.mode
            text = f"{_fitting(waiting.prompt.text, room)}  " if room >= _LEAST_ROOM else ""
            yield Content.assemble(
                (f"{position} ", _FAINT), (f"{mode:<{_MODE_WIDTH}}  ", MODE_STYLES[mode]), text, (where, _FAINT)
            )


def _fitting(text: str, width: int) -> str:
    """`text` on one line of exactly `width` cells."""
    line = _shown(text)
    return set_cell_size(line, width) if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…"


def _shown(text: str) -> str:
    """The first line of `text`, with a sign that there are more."""
    first, _, rest = text.strip().partition("\n")
    return clean_line(f"{first} …" if rest else first)
