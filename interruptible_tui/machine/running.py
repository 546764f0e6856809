"""When runs start, stop and end, by the table at the head of this package."""

from msgspec.structs import replace

from interruptible_tui.conversation import Hold, Mode, OnInterrupt, Prompt, RunStatus, Trigger, WholeRun
from interruptible_tui.effects import Answer, BeginRun, CancelRun, CutReply, Deliver, EndRun, Landing, Stop
from interruptible_tui.events import Outcome, RunEnded
from interruptible_tui.machine.rollback import roll_back
from interruptible_tui.machine.state import ActiveRun, SessionState, Step, active, is_idle, split

# -- starting ---------------------------------------------------------------------------------------------------------


def start_or_follow(state: SessionState, trigger: Trigger) -> Step:
    """Start what was asked for: now, or when the run that is being stopped has ended."""
    if state.run:
        return replace(state, run=replace(state.run, after=trigger)), ()
    return start(state, trigger) if trigger is Trigger.CONTINUE else go_on(state, trigger, trigger)


def go_on(state: SessionState, next_trigger: Trigger, later_trigger: Trigger) -> Step:
    """With no run active: next opens a run, all together; else the first of later, unless held."""
    if state.next:
        return start(state, next_trigger)
    if state.later and not state.held:
        return start(replace(state, next=state.later[:1], later=state.later[1:]), later_trigger)
    return state, ()


def start(state: SessionState, trigger: Trigger, *, interrupted: int = 0) -> Step:
    """A new run takes all of next, as separate messages."""
    number = state.runs + 1
    deliveries = [_delivery(prompt, number, trigger, interrupted) for prompt in state.next]
    after = replace(state, run=ActiveRun(number), runs=number, next=(), hidden=0)
    return after, (BeginRun(number, trigger, state.next), *deliveries)


def _delivery(prompt: Prompt, run: int, trigger: Trigger, interrupted: int) -> Deliver:
    if interrupted and prompt.mode is Mode.INTERRUPT:
        return Deliver(prompt, run, 1, Landing.INTERRUPTED, interrupted)
    waited = prompt.mode is Mode.QUEUE and trigger in {Trigger.QUEUE, Trigger.RESUME}
    return Deliver(prompt, run, 1, Landing.QUEUED if waited else Landing.STARTED)


def release(state: SessionState) -> Step:
    """What waits and is not held: corrections belong to the work at hand, and with no run active the first starts."""
    corrections, queue = split(state.later)
    after = replace(state, next=(*state.next, *corrections), later=queue)
    return (after, ()) if after.run else go_on(after, Trigger.INCORPORATE, Trigger.QUEUE)


# -- while a run is active --------------------------------------------------------------------------------------------


def boundary(state: SessionState, run: int, turn: int) -> Step:
    asking = active(state, run)
    if not asking or asking.stop:
        return state, ()
    deliveries = [Deliver(prompt, run, turn, Landing.INCORPORATED) for prompt in state.next]
    return replace(state, next=()), (*deliveries, Answer(run))


def cut(state: SessionState) -> Step:
    """Let the active run look into its inbox at once. One that is stopping does not look there any more."""
    return state, (CutReply(state.run.number),) if state.run and not state.run.stop else ()


def cancel(state: SessionState, why: Stop, *, force: bool = False) -> Step:
    """Stop the active run. One that is rolled back is over, and its compensations are not stopped."""
    if not state.run:
        return state, ()
    after = replace(state, run=replace(state.run, stop=why, after=None))
    return after, () if state.run.undoing else (CancelRun(state.run.number, force),)


def halt(state: SessionState, why: Stop, hold: Hold) -> Step:
    """Stop what runs and hold everything."""
    return cancel(hold_everything(state, hold), why, force=why is Stop.FORCE)


def hold_everything(state: SessionState, why: Hold) -> SessionState:
    return replace(state, next=(), later=(*state.later, *state.next), hold=why)


def settle_stop(state: SessionState) -> SessionState:
    """A stop that leads to no new run any more is nobody's interrupt, and holds the queue."""
    run = state.run
    if not run or not is_idle(state):
        return state
    stop = Stop.ESC if run.stop is Stop.INTERRUPT else run.stop
    return replace(state, run=replace(run, stop=stop), hold=state.hold or Hold.STOPPED)


# -- ending -----------------------------------------------------------------------------------------------------------


def end(state: SessionState, event: RunEnded) -> Step:
    run = active(state, event.run)
    if not run:
        return state, ()
    status = _STATUS[event.outcome]
    reason = run.stop.value if run.stop and event.outcome is Outcome.CANCELLED else event.reason
    wish = _wish(state, run)
    ended = EndRun(run.number, status, reason, run.stop, trim=wish is OnInterrupt.TRIM)
    state = replace(state, last=status)
    if wish is OnInterrupt.ROLLBACK:
        after, effects = roll_back(state, run, event.outcome, WholeRun(run.number))
    else:
        after, effects = follow(replace(state, run=None), run, event.outcome)
    return after, (ended, *effects)


def _wish(state: SessionState, run: ActiveRun) -> OnInterrupt:
    """What is left of a run that has ended: the strongest wish of the prompts that interrupt it counts."""
    if run.stop is Stop.ROLLBACK:
        return OnInterrupt.ROLLBACK
    interrupting = [prompt for prompt in state.next if run.stop is Stop.INTERRUPT and prompt.mode is Mode.INTERRUPT]
    return max([prompt.on_interrupt for prompt in interrupting], key=list(OnInterrupt).index, default=OnInterrupt.KEEP)


def follow(state: SessionState, ended: ActiveRun, outcome: Outcome) -> Step:
    """What starts after a run, by the table."""
    if state.closing:
        return hold_everything(state, Hold.RESTART), ()
    if ended.stop is Stop.INTERRUPT:
        return start(state, Trigger.INTERRUPT, interrupted=ended.number if outcome is Outcome.CANCELLED else 0)
    if ended.after is Trigger.CONTINUE:
        return start(state, Trigger.CONTINUE)
    if ended.stop:
        return go_on(state, ended.after or Trigger.INCORPORATE, Trigger.RESUME)
    if outcome is Outcome.TURN_LIMIT:
        return go_on(replace(state, hold=Hold.TURN_LIMIT), Trigger.INCORPORATE, Trigger.QUEUE)
    if outcome is Outcome.COMPLETED:
        return go_on(state, Trigger.INCORPORATE, Trigger.QUEUE)
    return hold_everything(state, _HOLD[outcome]), ()


_STATUS = {
    Outcome.COMPLETED: RunStatus.COMPLETED,
    Outcome.TURN_LIMIT: RunStatus.FAILED,
    Outcome.FAILED: RunStatus.FAILED,
    Outcome.RATE_LIMITED: RunStatus.FAILED,
    Outcome.CANCELLED: RunStatus.CANCELLED,
}
_HOLD = {
    Outcome.FAILED: Hold.FAILED,
    Outcome.RATE_LIMITED: Hold.RATE_LIMIT,
    Outcome.CANCELLED: Hold.CANCELLED,
}
