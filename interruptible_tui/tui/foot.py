"""What stands below the conversation: what waits, the composer, what the keys do now, and the status line."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.containers import Vertical

from interruptible_tui.machine import SessionState
from interruptible_tui.text import clean_line
from interruptible_tui.tui.actions import described
from interruptible_tui.tui.composer import COMMAND, Composer
from interruptible_tui.tui.hints import HintLine, hints
from interruptible_tui.tui.pending import PendingPanel, forecast
from interruptible_tui.tui.status import Piece, StatusLine, doing, name, note

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from interruptible_tui.live import LiveRun

TICK = 0.5
"""Seconds between two looks at the clock while a run is active."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at a moment."""

    state: SessionState = field(default_factory=SessionState)
    live: LiveRun | None = None
    names: tuple[str, ...] = ()
    """The session's, as soon as it is known, and the model's."""
    sending: tuple[str, ...] = ()
    """Texts that are not yet known to be accepted."""
    just_stopped: bool = False
    """Whether an Esc counts as the second one."""
    read_only: str = ""
    """Why nothing can be asked for; empty where everything can."""


class Foot(Vertical):
    DEFAULT_CSS = """
    Foot { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts()
        self._clock: Timer | None = None
        self._complained_about = ""

    def compose(self) -> ComposeResult:
        yield PendingPanel()
        yield Composer()
        yield HintLine()
        yield StatusLine()

    def show(self, facts: Facts) -> None:
        self.facts = facts
        self._show_status()
        self._show_pending()
        self.show_hints()
        self._set_clock(needed=facts.state.run is not None)

    def _show_status(self) -> None:
        """The part in which time goes by."""
        state, live, now = self.facts.state, self.facts.live, time.time()
        status = self.query_one(StatusLine)
        status.left = doing(state, live, now)
        status.right = [Piece(name(text), rank=4) for text in self.facts.names]
        status.note = note(state, live, now) or clean_line(self.facts.read_only)

    def _show_pending(self) -> None:
        """The part that changes with what the run is at."""
        panel = self.query_one(PendingPanel)
        panel.pending = self.facts.state.pending
        panel.forecasts = tuple(forecast(self.facts.state, self.facts.live))
        panel.sending = self.facts.sending

    def show_hints(self) -> None:
        """The part that changes with the draft."""
        composer, line = self.query_one(Composer), self.query_one(HintLine)
        if composer.draft.startswith(COMMAND):
            line.said = described(composer.draft)
        else:
            line.said = (
                ["read-only: what you write stays here", "/new: another session", "/quit"]
                if self.facts.read_only
                else hints(self.facts.state, empty=composer.is_blank, just_stopped=self.facts.just_stopped)
            )

    def complain(self, text: str) -> None:
        """Say what is wrong with the draft, until it changes."""
        self._complained_about = self.query_one(Composer).text
        self.query_one(HintLine).complaint = text

    def draft_changed(self) -> None:
        if self.query_one(Composer).text != self._complained_about:
            self.complain("")
        self.show_hints()

    def _set_clock(self, *, needed: bool) -> None:
        if needed and not self._clock:
            self._clock = self.set_interval(TICK, self._tick)
        elif self._clock and not needed:
            self._clock.stop()
            self._clock = None

    def _tick(self) -> None:
        self._show_status()
        self._show_pending()
