"""What can be asked of a run that is looked at. Whether it can be asked now is asked of the machine itself. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from interruptible_tui.conversation import CompensationStatus
from interruptible_tui.effects import Refuse
from interruptible_tui.events import (
    CompensationRequested,
    ContinueRequested,
    RestoreRequested,
    RetryRequested,
    RollbackRequested,
    StopRequested,
    UserEvent,
)
from interruptible_tui.machine import SessionState, step

if TYPE_CHECKING:
    from interruptible_tui.archive import RunDetails

_UNDONE_AGAIN = {CompensationStatus.FAILED, CompensationStatus.UNKNOWN, CompensationStatus.WAITING}


class NotNow(Exception):  # noqa: N818 - what a person is told
    """It cannot be asked; the text says why."""


class RunWish(Struct, frozen=True):
    key: str
    word: str
    """Names its key where that is mapped to another one."""
    name: str
    """For people."""
    event: Callable[[RunDetails, SessionState], UserEvent]
    """What is asked of the session; raises NotNow."""

    def asked(self, run: RunDetails, state: SessionState) -> UserEvent:
        """NotNow, also where the machine would refuse it."""
        event = self.event(run, state)
        _, effects = step(state, event)
        for effect in effects:
            if isinstance(effect, Refuse):
                raise NotNow(effect.reason)
        return event


def offered(run: RunDetails, state: SessionState) -> list[RunWish]:
    """What can be asked of `run` while its session is in `state`."""
    return [wish for wish in WISHES if _can_be_asked(wish, run, state)]


def _can_be_asked(wish: RunWish, run: RunDetails, state: SessionState) -> bool:
    try:
        wish.asked(run, state)
    except NotNow:
        return False
    return True


def _cancel(run: RunDetails, state: SessionState) -> UserEvent:
    active = state.run
    if not active or active.undoing or active.number != run.listed.record.number:
        raise NotNow("it is not active")
    return StopRequested(everything=active.stop is not None)


def _retry(run: RunDetails, state: SessionState) -> UserEvent:
    _require_newest(run, state)
    return RetryRequested()


def _continue(run: RunDetails, state: SessionState) -> UserEvent:
    _require_newest(run, state)
    return ContinueRequested()


def _require_newest(run: RunDetails, state: SessionState) -> None:
    if run.listed.record.number != state.runs:
        raise NotNow("only the newest run can be gone on with")


def _roll_back(run: RunDetails, _: SessionState) -> UserEvent:
    if run.listed.record.rolled_back:
        raise NotNow("it is rolled back")
    return RollbackRequested(run.listed.record.number)


def _bring_back(run: RunDetails, _: SessionState) -> UserEvent:
    if run.rollback is None:
        raise NotNow("it is not rolled back")
    return RestoreRequested(run.rollback)


def _compensate(run: RunDetails, _: SessionState) -> UserEvent:
    if run.rollback is None or not any(each.status in _UNDONE_AGAIN for each in run.compensations):
        raise NotNow("there is nothing that can be undone again")
    return CompensationRequested(run.rollback)


WISHES = (
    RunWish("c", "cancel", "cancel", _cancel),
    RunWish("t", "retry", "retry", _retry),
    RunWish("n", "continue", "continue", _continue),
    RunWish("b", "roll_back", "roll back", _roll_back),
    RunWish("u", "bring_back", "bring back", _bring_back),
    RunWish("k", "compensate", "undo again", _compensate),
)
