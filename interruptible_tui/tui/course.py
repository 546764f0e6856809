"""The course of a session, as far as its events have told."""

from interruptible_tui.events import (
    CompensationEnded,
    CompensationStarted,
    Published,
    RollbackEnded,
    RunEnded,
)
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.tui.calls import named

SECOND_ESC = 1.0
"""Seconds after a finished stop in which Esc is taken as the second one, and between the two that ask for a rewind."""


class Course:
    def __init__(self) -> None:
        self.state = SessionState()
        self.undoing = ""
        """What is being undone now, for people."""
        self._runs: dict[int, ActiveRun] = {}
        """Runs that have not ended, as they were last: a run's end comes with the state in which it is gone."""
        self._stopped_at = float("-inf")

    def begin(self, state: SessionState) -> None:
        """The session was opened."""
        self.state = state

    def follow(self, event: Published, state: SessionState, at: float) -> ActiveRun | None:
        """Take in what has happened at the time `at`, in seconds of a steady clock. Returns the run that ended."""
        self.state = state
        ended = self._runs.pop(event.run, None) if isinstance(event, RunEnded) else None
        if ended and ended.stop:
            self._stopped_at = at
        if state.run and not state.run.undoing:
            self._runs[state.run.number] = state.run
        match event:
            case CompensationStarted(call=call):
                self.undoing = f"undoing {named(call) if call else 'a tool'}"
            case CompensationEnded() | RollbackEnded():
                self.undoing = ""
            case _:
                pass
        return ended

    def has_just_stopped(self, at: float) -> bool:
        """Whether an Esc would be the second one."""
        return at - self._stopped_at < SECOND_ESC
