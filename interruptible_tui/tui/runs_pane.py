"""What the screen of runs shows: the list, all that is known of the chosen run, and what can be asked of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.containers import Vertical

from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.lines import Line, LinesView
from interruptible_tui.tui.run_rows import columns, heading, row
from interruptible_tui.tui.run_story import story
from interruptible_tui.tui.run_wishes import offered
from interruptible_tui.tui.title import TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from interruptible_tui.archive import ListedRun, RunDetails
    from interruptible_tui.machine import SessionState
    from interruptible_tui.store import Session


class Shown(Struct, frozen=True):
    """What is known at a moment."""

    session: Session
    """The one that is on the screen."""
    state: SessionState
    """Of that."""
    runs: Sequence[ListedRun] = ()
    chosen: tuple[int, int] | None = None
    """Key of the run that is chosen."""
    details: RunDetails | None = None
    """Of that run, as soon as they are read; until then of the one before."""
    all_sessions: bool = False
    read_only: bool = False
    whole: bool = True
    """Whether `runs` begin with the first one."""

    def is_ours(self, run: ListedRun) -> bool:
        return run.session.id == self.session.id

    def is_stopping(self, run: ListedRun) -> bool:
        active = self.state.run
        return self.is_ours(run) and active is not None and bool(active.stop) and active.number == run.record.number


class RunsView(LinesView):
    """Enter leads on; what comes behind it is for where."""

    def action_open(self) -> None:
        self.let_go()
        super().action_open()


class RunsPane(Vertical):
    DEFAULT_CSS = """
    RunsPane {
        & > TitleLine { padding: 0 1; }
        & > #heading { color: $text-muted; text-style: none; padding: 0 1 0 3; }
        & > LinesView { padding: 0 1; }
        & > #list { height: auto; min-height: 1; max-height: 40%; }
        & > #story { height: 1fr; border-top: solid $foreground 20%; }
    }
    """

    shown: Shown | None = None

    def compose(self) -> ComposeResult:
        yield TitleLine(id="title")
        yield TitleLine(id="heading")
        yield RunsView(id="list")
        yield RunsView(id="story")
        hints = HintLine()
        hints.places = ("runs",)
        yield hints

    def show(self, shown: Shown) -> None:
        self.shown = shown
        self.paint()

    def paint(self) -> None:
        """Show it again: time goes by."""
        if self.shown:
            now = time.time()
            self._paint_list(self.shown, now)
            self._paint_story(self.shown, now)
            self.query_one(HintLine).said = self._hints(self.shown)

    @property
    def chosen(self) -> ListedRun | None:
        """The run that the list has chosen, whatever has been read since."""
        at = self.query_one("#list", LinesView).chosen
        return self.shown.runs[at] if self.shown and at is not None else None

    @property
    def is_at_first(self) -> bool:
        """Whether the first run of the list is chosen."""
        return self.query_one("#list", LinesView).chosen == 0

    @property
    def turn(self) -> int | None:
        """The turn that is chosen."""
        return self.query_one("#story", LinesView).chosen

    def complain(self, text: str) -> None:
        self.query_one(HintLine).complaint = text

    def _paint_list(self, shown: Shown, now: float) -> None:
        view = self.query_one("#list", LinesView)
        width = view.line_width
        here = columns(width, all_sessions=shown.all_sessions)
        name = "all sessions" if shown.all_sessions else shown.session.name
        title = f"Runs of {name}" if shown.whole else f"Runs of {name}, from {shown.runs[0].record.number} on"
        title = title if shown.runs else f"There are no runs of {name} yet"
        self.query_one("#title", TitleLine).said = title
        self.query_one("#heading", TitleLine).said = heading(here, width)
        rows = (row(run, here, width, now, stopping=shown.is_stopping(run)) for run in shown.runs)
        chosen = next((at for at, run in enumerate(shown.runs) if run.key == shown.chosen), None)
        view.show([Line(pieces, at) for at, pieces in enumerate(rows)], chosen)

    def _paint_story(self, shown: Shown, now: float) -> None:
        view, details = self.query_one("#story", LinesView), shown.details
        if not details:
            return view.show((), None)
        lines = story(details, view.line_width, now, stopping=shown.is_stopping(details.listed))
        turns = [line.chosen_as for line in lines if line.chosen_as is not None]
        last = turns[-1] if turns else None
        return view.show(lines, view.chosen if view.chosen in turns else last)

    def _hints(self, shown: Shown) -> list[str]:
        details = shown.details
        asked = offered(details, shown.state) if details and shown.is_ours(details.listed) else []
        wishes = [] if shown.read_only else [f"{wish.key}: {wish.name}" for wish in asked]
        request = ["r: request"] if self.turn is not None else []
        other = "a: this session" if shown.all_sessions else "a: all sessions"
        return [*wishes, *request, other, "Tab: other part", "Esc: chat"]
