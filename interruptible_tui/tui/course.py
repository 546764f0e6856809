"""The course of a session, as far as its events have told."""

from collections.abc import Sequence

from interruptible_tui.conversation import Message, Role
from interruptible_tui.events import MessageAdded, Published, RunEnded
from interruptible_tui.machine import ActiveRun, SessionState

SECOND_ESC = 1.0
"""Seconds after a finished stop in which Esc is taken as the second one."""


class Course:
    def __init__(self) -> None:
        self.state = SessionState()
        self.earlier: list[str] = []
        """What the user has said, oldest first."""
        self._runs: dict[int, ActiveRun] = {}
        """Runs that have not ended, as they were last: a run's end comes with the state in which it is gone."""
        self._stopped_at = float("-inf")

    def begin(self, state: SessionState, messages: Sequence[Message]) -> None:
        """The session was opened, and this is what it has."""
        self.state = state
        self.earlier[:] = [message.text for message in messages if message.role is Role.USER]

    def follow(self, event: Published, state: SessionState, at: float) -> ActiveRun | None:
        """Take in what has happened at the time `at`, in seconds of a steady clock. Returns the run that ended."""
        self.state = state
        ended = self._runs.pop(event.run, None) if isinstance(event, RunEnded) else None
        if ended and ended.stop:
            self._stopped_at = at
        if state.run:
            self._runs[state.run.number] = state.run
        if isinstance(event, MessageAdded) and event.message.role is Role.USER:
            self.earlier.append(event.message.text)
        return ended

    def has_just_stopped(self, at: float) -> bool:
        """Whether an Esc would be the second one."""
        return at - self._stopped_at < SECOND_ESC
