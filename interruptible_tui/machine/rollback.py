"""What is hidden, and what is brought back.

A rollback takes its time, because tools are compensated. While it is under way the session is as with a run that is
being stopped: what is asked for meanwhile starts when it is done.
"""

from msgspec.structs import replace

from interruptible_tui.conversation import Scope, Trigger, WholeRun
from interruptible_tui.effects import Compensate, Effect, Reopen, Restore, Rollback, Stop
from interruptible_tui.events import Outcome
from interruptible_tui.machine.state import ActiveRun, RolledBack, SessionState, Step, Undoing, refuse

BUSY = "a run is active: stop it first"


def roll_back(state: SessionState, run: ActiveRun, outcome: Outcome, scope: Scope) -> Step:
    """Hide `scope` and compensate its tools; `run` has ended with `outcome`, and is followed by what is asked of it."""
    number = state.rollbacks + 1
    hides_newest = not isinstance(scope, WholeRun) or scope.run == state.runs
    after = replace(
        state,
        run=replace(run, undoing=Undoing(number, outcome)),
        rollbacks=number,
        hidden=state.hidden or (number if hides_newest else 0),
        undo=RolledBack(number),
    )
    return after, (Rollback(number, scope), Compensate(number))


def roll_back_idle(state: SessionState, scope: Scope, after: Trigger | None = None) -> Step:
    """Roll back with no run active; then `after` starts."""
    return roll_back(state, ActiveRun(state.runs, Stop.ROLLBACK, after), Outcome.COMPLETED, scope)


def compensate_again(state: SessionState, rollback: int) -> Step:
    return _if_idle(state, rollback, _undoing(state, rollback), (Reopen(rollback), Compensate(rollback, again=True)))


def restore(state: SessionState, rollback: int) -> Step:
    hidden = 0 if state.hidden == rollback else state.hidden
    undo = None if state.undo == RolledBack(rollback) else state.undo
    return _if_idle(state, rollback, replace(state, hidden=hidden, undo=undo), (Restore(rollback),))


def _undoing(state: SessionState, rollback: int) -> SessionState:
    run = ActiveRun(state.runs, Stop.ROLLBACK, undoing=Undoing(rollback, Outcome.COMPLETED))
    return replace(state, run=run)


def _if_idle(state: SessionState, rollback: int, after: SessionState, effects: tuple[Effect, ...]) -> Step:
    if state.run:
        return refuse(state, BUSY)
    if not 0 < rollback <= state.rollbacks:
        return refuse(state, f"there is no rollback {rollback}")
    return after, effects
