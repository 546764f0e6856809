"""The screen of runs: what keys ask of its session, and when what is shown is read again.

All of it is read from the store when it is shown, and again when the session tells that something has happened. There
is a timer only while a run that is shown is active, or all sessions are shown: nobody tells what happens in others.
What is asked is asked of the run that is chosen when the key is pressed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from interruptible_tui.events import (
    CompensationEnded,
    CompensationStarted,
    ContinueRequested,
    HistoryChanged,
    Published,
    RetryRequested,
    RollbackEnded,
    RunStarted,
    Streamed,
)
from interruptible_tui.host import Refused
from interruptible_tui.store import StoreError
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.ledger import Ledger, is_active
from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.lines import LinesView
from interruptible_tui.tui.request_view import RequestScreen
from interruptible_tui.tui.run_wishes import WISHES, NotNow, RunWish
from interruptible_tui.tui.runs_pane import RunsPane, Shown
from interruptible_tui.tui.turns import InTurn

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.timer import Timer

    from interruptible_tui.archive import ListedRun, RunDetails
    from interruptible_tui.host import Host
    from interruptible_tui.machine import SessionState

TICK = 0.5
"""Seconds between two looks at the clock while a run of the session is active."""
FIRST_LOOK = 0.5
"""Seconds that keys wait at most for the runs, or the request, that they are meant for."""
LOOK = 1.0
"""Seconds between two looks at the store while all sessions are shown."""
_SEEN_DIFFERENTLY = (HistoryChanged, CompensationStarted, CompensationEnded, RollbackEnded)


class RunsScreen(PutUp, Screen[None]):
    AUTO_FOCUS = "#list"
    DEFAULT_CSS = """
    RunsScreen { background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f2", "dismiss", "Back to the chat", id="runs.back"),
        Binding("ctrl+c,super+c", "dismiss", "Back to the chat", show=False, id="runs.leave"),
        Binding("tab,shift+tab,f6", "app.focus_next", "Other part", show=False, id="runs.focus_next"),
        Binding("a", "all_sessions", "All sessions", id="runs.all"),
        Binding("r", "request", "Request", id="runs.request"),
        *(Binding(wish.key, f"wish({at})", wish.name, id=f"runs.{wish.word}") for at, wish in enumerate(WISHES)),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self._ledger = Ledger(host.archive)
        self._all = False
        self._background = Background(self)
        self._unobserve: Callable[[], None] = lambda: None
        self._clock: Timer | None = None
        self._stale = self._anew = False
        self._reading: asyncio.Task[None] | None = None
        self._goes_on = False
        """Whether the run that starts next was asked for here, and is to be chosen."""
        self._wanted: tuple[int, int] | None = None
        """Key of a run that is to be chosen as soon as it is listed."""

    def compose(self) -> ComposeResult:
        yield RunsPane()

    async def on_mount(self) -> None:
        self.become(self.host)
        if self._reading:
            await asyncio.wait({self._reading}, timeout=FIRST_LOOK)

    def on_unmount(self) -> None:
        self._unobserve()

    def become(self, host: Host) -> None:
        """Show the runs of the session of `host`, in place of the one before."""
        self._unobserve()
        self.host = host
        self._unobserve = host.observe(self._hear)
        self._look(anew=True)

    # -- what has happened --------------------------------------------------------------------------------------------

    def _hear(self, event: Published, _: SessionState) -> None:
        if isinstance(event, RunStarted) and self._goes_on:
            self._goes_on, self._wanted = False, (self.host.session.id, event.run)
        if not isinstance(event, Streamed):
            self._look(anew=isinstance(event, _SEEN_DIFFERENTLY))

    def _look(self, *, anew: bool = False) -> None:
        """Read what there is now. What is asked for while it is being read makes one more reading."""
        self._stale, self._anew = True, self._anew or anew
        if not self._reading:
            self._reading = self._background.begin(self._read_all())

    async def _read_all(self) -> None:
        try:
            while self._stale:
                anew, self._stale, self._anew = self._anew, False, False
                shown = await self._read(anew=anew)
                if not self.is_attached:
                    return
                self._pane.show(shown)
                if shown.chosen == self._wanted:
                    self._wanted = None
                self._set_clock(needed=self._all or is_active(shown.runs))
        except StoreError as error:
            self._complain(str(error))
        finally:
            self._reading = None

    async def _read(self, *, anew: bool) -> Shown:
        """What there is to be shown, of the run that is chosen by now; where none is, of the last one."""
        session, every = self.host.session, self._all
        runs = await (self._ledger.of_all(anew=anew) if every else self._ledger.of_session(session, anew=anew))
        run = self._in(runs)
        details = await self.host.archive.details(run) if run else None
        now = self._in(runs)
        key = now.key if now else None
        whole = every or self._ledger.is_whole(session)
        return Shown(session, self.host.state, runs, key, details, every, bool(self.host.read_only), whole)

    def _in(self, runs: list[ListedRun]) -> ListedRun | None:
        """The chosen one of `runs`."""
        chosen = self._pane.chosen if self.is_attached else None
        kept = {run.key: run for run in runs if run.key == self._wanted or (chosen and run.key == chosen.key)}
        if self._wanted in kept:
            return kept[self._wanted]
        return next(iter(kept.values()), runs[-1] if runs else None)

    def _set_clock(self, *, needed: bool) -> None:
        if needed and not self._clock:
            self._clock = self.set_interval(LOOK, self._look) if self._all else self.set_interval(TICK, self._tick)
        elif self._clock and not needed:
            self._clock.stop()
            self._clock = None

    def _tick(self) -> None:
        self._pane.paint()

    def on_resize(self) -> None:
        self.call_after_refresh(self._tick)

    def _complain(self, text: str) -> None:
        if self.is_attached:
            self._pane.complain(text)

    # -- keys ---------------------------------------------------------------------------------------------------------

    @on(events.Key)
    @on(InTurn.Deferred)
    @on(LinesView.Chosen)
    @on(LinesView.Opened)
    def forget_complaint(self) -> None:
        self._complain("")

    @on(LinesView.Chosen, "#list")
    def show_run(self) -> None:
        self._goes_on, self._wanted = False, None
        session = self.host.session
        if self._pane.is_at_first and not self._all and not self._ledger.is_whole(session):
            self._ledger.look_back(session)
            self._look(anew=True)
        else:
            self._look()

    @on(LinesView.Opened, "#list")
    def go_to_turns(self, event: LinesView.Opened) -> None:
        self.set_focus(self.query_one("#story"))
        event.view.take_back()

    def action_all_sessions(self) -> None:
        self._all = not self._all
        self._set_clock(needed=False)
        self._look(anew=True)

    @on(LinesView.Opened, "#story")
    def go_to_request(self, event: LinesView.Opened) -> None:
        self.action_request()
        event.view.take_back()

    def action_request(self) -> None:
        """The keys that follow are for the request already."""
        self._of_chosen(self._show_request)

    def _show_request(self, run: RunDetails) -> None:
        asked = [turn.number for turn in run.turns if turn.asked]
        shown = self._pane.shown
        same = shown and shown.details and shown.details.listed.key == run.listed.key
        if asked:
            turn = self._pane.turn if same and self._pane.turn in asked else asked[-1]
            screen = RequestScreen(self.host.archive, run, turn or asked[-1])
            screen.take_keys(self._view)
            self.app.push_screen(screen)

    def action_wish(self, at: int) -> None:
        """Ask the session for something, or say why that cannot be."""
        self._of_chosen(lambda details: self._wish(WISHES[at], details))

    def _of_chosen(self, then: Callable[[RunDetails], None]) -> None:
        if run := self._pane.chosen:
            self._view.let_go()
            self._background.begin(self._with_details(run, then, self._view))
        else:
            self._complain("the runs are still being read" if self._reading else "there is no run yet")

    def _wish(self, wish: RunWish, run: RunDetails) -> None:
        if self.host.read_only:
            self._complain(self.host.read_only)
        elif run.listed.session.id != self.host.session.id:
            self._complain("it is of another session: /new NAME opens that")
        else:
            self._background.begin(self._ask(wish, run))

    async def _ask(self, wish: RunWish, run: RunDetails) -> None:
        try:
            event = wish.asked(run, self.host.state)
            self._goes_on = isinstance(event, ContinueRequested | RetryRequested)
            await self.host.ask(event)
        except NotNow as refusal:
            self._complain(f"{wish.name}: {refusal}")
        except (Refused, StoreError) as error:
            self._goes_on = False
            self._complain(str(error))
        else:
            self._look()

    async def _with_details(self, run: ListedRun, then: Callable[[RunDetails], None], view: LinesView) -> None:
        """Go on with all that is known of `run` now. Keys, for which `view` has let go, wait for that, but not long."""
        patience = self.set_timer(FIRST_LOOK, view.take_back)
        try:
            details = await self.host.archive.details(run)
        except StoreError as error:
            self._complain(str(error))
        else:
            if self.is_attached:
                then(details)
        finally:
            patience.stop()
            view.take_back()

    @property
    def _view(self) -> LinesView:
        """The part that keys are for."""
        return self.focused if isinstance(self.focused, LinesView) else self.query_one("#list", LinesView)

    @property
    def _pane(self) -> RunsPane:
        return self.query_one(RunsPane)
