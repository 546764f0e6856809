"""What stands below the conversation: what waits, the composer, what the keys do now, and the status line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct, field
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from interruptible_tui.machine import SessionState
from interruptible_tui.text import clean_line
from interruptible_tui.tui.actions import described
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.find_bar import FindBar
from interruptible_tui.tui.hints import HintLine, hints
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.offer import Offer
from interruptible_tui.tui.panel import KEYS, PendingPanel
from interruptible_tui.tui.pending import forecast
from interruptible_tui.tui.sheets import short_title
from interruptible_tui.tui.status import Piece, StatusLine, doing, filled, named, note

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from interruptible_tui.live import LiveRun

TICK = 0.5
"""Seconds between two looks at the clock while a run is active."""
BRIEF = 0.1
"""Seconds for which a prompt that a stop is about to make way for is not listed: else a row would come and go."""
REMARK = 4.0
"""Seconds for which it is said what was done, in place of what the keys do."""


class Facts(Struct, frozen=True):
    """What is so at a moment."""

    state: SessionState = field(default_factory=SessionState)
    live: LiveRun | None = None
    names: tuple[str, ...] = ()
    """The session's, as soon as it is known, and the model's."""
    sending: tuple[str, ...] = ()
    """Texts that have not been accepted for some time."""
    just_stopped: bool = False
    """Whether an Esc counts as the second one."""
    read_only: str = ""
    """Why nothing can be asked for; empty where everything can."""
    undoing: str = ""
    """What a rollback is undoing, for people."""
    context: int = 0
    """Tokens of the last model call and its reply; 0 where they are not known."""
    window: int | None = None
    """Tokens that the model takes in; None where nobody has told."""


class Foot(Vertical):
    DEFAULT_CSS = """
    Foot { height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [  # of the composer, where its own are mapped to other keys
        Binding("up", "move_cursor(-1)", "Line above", show=False, id="composer.cursor_up"),
        Binding("down", "move_cursor(1)", "Line below", show=False, id="composer.cursor_down"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts()
        self._clock: Timer | None = None
        self._remark: Timer | None = None
        self._brief: Timer | None = None
        """While something that waits is not listed yet."""
        self._complained_about = ""
        self._others: list[Piece] = []

    def compose(self) -> ComposeResult:
        yield PendingPanel()
        yield Offer()
        yield Composer()
        yield HintLine()
        yield StatusLine()

    def action_move_cursor(self, step: int) -> None:
        composer = self.query_one(Composer)
        if composer.has_focus:
            (composer.action_cursor_up if step < 0 else composer.action_cursor_down)()

    def show(self, facts: Facts) -> None:
        self.facts = facts
        self._show_status()
        self._show_pending()
        self.show_hints()
        self._set_clock(needed=facts.state.run is not None)

    def show_others(self, said: list[Piece]) -> None:
        """What goes on in sessions that are not shown."""
        if said != self._others:
            self._others = said
            self._show_status()

    def _show_status(self) -> None:
        """The part in which time goes by. On a low screen it says in place of the mode what is being written."""
        state, live, now = self.facts.state, self.facts.live, time.time()
        status = self.query_one(StatusLine)
        mode, *others = doing(state, live, now)
        purpose = short_title(self.query_one(Composer).purpose) if self.screen.has_class("-low") else ""
        status.left = [Piece(purpose, "$text-warning bold") if purpose else mode, *others]
        status.right = [*self._others, *filled(self.facts.context, self.facts.window), *named(self.facts.names)]
        status.note = self.facts.undoing or note(state, live, now) or clean_line(self.facts.read_only)

    def _show_pending(self) -> None:
        """The part that changes with what the run is at."""
        panel = self.query_one(PendingPanel)
        state = self.facts.state
        if self._lands_soon(state) and not panel.display:
            self._brief = self._brief or self.set_timer(BRIEF, self.list_pending)
        else:
            self.list_pending()
        panel.edited = state.editing or ""
        waiting = () if self.facts.read_only else tuple(each.prompt for each in state.pending)
        self.query_one(Composer).pending = waiting

    @staticmethod
    def _lands_soon(state: SessionState) -> bool:
        """Whether all that waits is taken as soon as a stop that is under way has ended its run."""
        stopping = state.run is not None and state.run.stop is not None
        return stopping and bool(state.next) and len(state.next) == len(state.pending)

    def list_pending(self) -> None:
        """List what waits, at once."""
        if self._brief:
            self._brief.stop()
            self._brief = None
        panel, state = self.query_one(PendingPanel), self.facts.state
        panel.forecasts = tuple(forecast(state, self.facts.live))
        panel.pending = state.pending
        panel.sending = self.facts.sending

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def show_hints(self) -> None:
        """The part that changes with the draft, and with where the keys go."""
        line = self.query_one(HintLine)
        line.places = self._places()
        line.said = self._hints()

    def _places(self) -> tuple[str, ...]:
        """Where the keys are bound that go where they go now."""
        if self.query_one(PendingPanel).has_focus:
            return ("pending",)
        writes_anew = self.query_one(Composer).purpose is not None
        return ("composer", "chat") if writes_anew else ("chat", "composer")

    def _hints(self) -> list[str]:
        composer, facts = self.query_one(Composer), self.facts
        if self.query_one(PendingPanel).has_focus:
            return [hint for hint, _ in KEYS]
        if isinstance(self.screen.focused, FindBar):
            return []  # it says itself what the keys do
        if composer.is_offering:
            return self._choices(composer)
        if composer.is_command:
            return described(composer.attachments.labelled(composer.written))
        if facts.read_only:
            return ["read-only: what you write stays here", "/new: another session", "/quit"]
        empty, purpose = composer.is_blank, composer.purpose
        said = hints(facts.state, empty=empty, just_stopped=facts.just_stopped, purpose=purpose)
        return [*said[:1], *(["Ctrl+O: write out"] if composer.has_chips else []), *said[1:]]

    def _choices(self, composer: Composer) -> list[str]:
        """While something is offered; what Enter and Esc will do comes first as ever."""
        if chosen := composer.chosen:
            return [f"Enter, Tab: {'attach' if chosen.file else 'write'} {clean_line(chosen.shown)}", "Esc: close"]
        enter = described(composer.attachments.labelled(composer.written)) if composer.is_command else []
        sends = [] if composer.is_command else hints(self.facts.state, empty=False, purpose=composer.purpose)[:1]
        return [*sends, "Tab: complete", "Down: choose", "Esc: close", *(enter if len(enter) == 1 else [])]

    @on(Composer.Offered)
    def show_offer(self, event: Composer.Offered) -> None:
        self.query_one(Offer).show(event.candidates, event.chosen)
        self.show_hints()

    @on(Offer.Clicked)
    def take_clicked(self, event: Offer.Clicked) -> None:
        composer = self.query_one(Composer)
        self.screen.set_focus(composer)
        composer.call_later(composer.take_candidate, event.candidate)  # among its keys, in its turn

    @on(HintLine.Clicked)
    def do_as_hinted(self, event: HintLine.Clicked) -> None:
        """The hints about the panel can be clicked. It acts itself: what its parent sends does not bubble to that."""
        panel = self.query_one(PendingPanel)
        if panel.has_focus:
            panel.call_later(panel.run_action, KEYS[event.hint][1])

    def complain(self, text: str) -> None:
        """Say what is wrong with the draft, until it changes."""
        self._complained_about = self.query_one(Composer).text
        self.query_one(HintLine).remark = ""
        self.query_one(HintLine).complaint = names_in(self.app).sentence(text, "composer", "chat", "app")

    def remark(self, text: str) -> None:
        """Say what was done, for a while or until the draft changes."""
        self.complain("")
        line = self.query_one(HintLine)
        line.remark = text
        if self._remark:
            self._remark.stop()
        self._remark = self.set_timer(REMARK, lambda: setattr(line, "remark", ""))

    def draft_changed(self) -> None:
        if self.query_one(Composer).text != self._complained_about:
            self.complain("")
        self.show_hints()
        self._show_status()

    def on_resize(self) -> None:
        self._show_status()

    def _set_clock(self, *, needed: bool) -> None:
        if needed and not self._clock:
            self._clock = self.set_interval(TICK, self._tick)
        elif self._clock and not needed:
            self._clock.stop()
            self._clock = None

    def _tick(self) -> None:
        self._show_status()
        self._show_pending()
