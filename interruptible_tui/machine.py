"""What happens to what you type: all the rules of interruption, as one pure function of state and event.

A session has at most one active run. A prompt that may not start at once waits in one of two places: *next* belongs
to the work at hand (the run takes it at its next boundary; too late for that, it opens the next run), *later* waits
for a run of its own. *Hold* is a property of later: it does not start on its own, and a reason says why.

    a prompt while a run is active    INTERRUPT    next, and the run is cancelled
                                      INCORPORATE  next
                                      QUEUE        later
    a prompt with none active         starts a run, ahead of what is held (sent explicitly as QUEUE it joins the held)

    the run                           next                  later
    completed                         opens the next run    goes on, unless held
    stopped by an interrupting prompt opens the next run    unchanged; goes on when that run completed
    stopped by Esc; turn limit        opens the next run    held
    failed; second Esc; cancelled
    from outside; storage; closing    held                  held

A stop does to next and later what it will mean at once, when it is asked for; the end of the run only starts what then
is in next. So a stop outweighs how the run really ended, and a key pressed while a stop is under way does what it
would do had the run ended. Nothing waiting, no hold.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from interruptible_tui.conversation import Hold, Mode, Pending, Prompt, RunStatus, Trigger
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    SavePrompt,
    SetMode,
    Stop,
)
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
    ContinueRequested,
    FlushDue,
    MessageAdded,
    ModeSwitched,
    Outcome,
    Recorded,
    ResumeRequested,
    RunEnded,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
    ToolEnded,
    ToolStarted,
)


@dataclass(frozen=True, slots=True)
class ActiveRun:
    number: int
    stop: Stop | None = None
    """None while it is not stopping."""
    after: Trigger | None = None
    """What was asked for while it was stopping, and starts when it has ended: PROMPT, RESUME or CONTINUE."""


@dataclass(frozen=True, slots=True)
class SessionState:
    mode: Mode = Mode.INCORPORATE
    run: ActiveRun | None = None
    next: tuple[Prompt, ...] = ()
    later: tuple[Prompt, ...] = ()
    hold: Hold | None = None
    runs: int = 0
    """Number of the newest run."""
    last: RunStatus | None = None
    """How the newest run ended; None before the first end."""
    closing: bool = False

    @property
    def pending(self) -> tuple[Pending, ...]:
        """What waits, in landing order: resuming puts held corrections before the queue."""
        corrections, queue = _split(self.later)
        waiting = [Pending(prompt, None) for prompt in self.next]
        return (*waiting, *(Pending(prompt, self.hold) for prompt in (*corrections, *queue)))


Step = tuple[SessionState, tuple[Effect, ...]]


def step(state: SessionState, event: SessionEvent) -> Step:
    """What `event` does to `state`, and what has to be done for it, in this order."""
    after, effects = _decide(state, event)
    if not after.later:
        after = replace(after, hold=None)
    if after.pending != state.pending:
        effects = (*effects, Arrange(after.pending))
    return after, effects


def _decide(state: SessionState, event: SessionEvent) -> Step:
    match event:
        case Submitted():
            return _submit(state, event)
        case ModeSwitched(mode):
            return replace(state, mode=mode), (SetMode(mode),)
        case StopRequested(everything):
            return _stop(state, everything=everything)
        case ResumeRequested():
            return _resume(state)
        case ContinueRequested():
            return _continue(state)
        case CloseRequested():
            return _close(state)
        case BoundaryReached(run, turn):
            return _boundary(state, run, turn)
        case MessageAdded(run) | ToolStarted(run) | ToolEnded(run) | FlushDue(run):
            return state, _record(state, run, event)
        case StorageFailed(run):
            return _halt(state, Stop.STORAGE, Hold.STORAGE) if _is_active(state, run) else (state, ())
        case RunEnded():
            return _end(state, event)
    assert_never(event)


def _submit(state: SessionState, event: Submitted) -> Step:
    if state.closing:
        return state, (Refuse("the program is closing"),)
    prompt = Prompt(event.id, event.text, event.mode or state.mode, event.at)
    after, effects = _place(state, prompt, explicit_queue=event.mode is Mode.QUEUE)
    return after, (SavePrompt(prompt), *effects)


def _place(state: SessionState, prompt: Prompt, *, explicit_queue: bool) -> Step:
    join_next = replace(state, next=(*state.next, prompt))
    join_later = replace(state, later=(*state.later, prompt))
    if _will_be_idle(state):
        if explicit_queue and state.later:
            return join_later, ()
        return _start_or_follow(join_next, Trigger.PROMPT)
    if prompt.mode is Mode.QUEUE:
        return join_later, ()
    if prompt.mode is Mode.INTERRUPT and state.run and not state.run.stop:
        return _cancel(join_next, Stop.INTERRUPT)
    return join_next, ()


def _stop(state: SessionState, *, everything: bool) -> Step:
    stopping = state.run is not None and state.run.stop is not None
    if everything or stopping:
        return _halt(state, Stop.FORCE, Hold.STOPPED)
    if not state.run:
        return state, ()
    return _cancel(replace(state, hold=Hold.STOPPED), Stop.ESC)


def _resume(state: SessionState) -> Step:
    if state.closing:
        return state, (Refuse("the program is closing"),)
    if not state.hold:
        return _continue(state) if state.last is RunStatus.FAILED and not state.run else (state, ())
    held, queue = _split(state.later)
    corrections = [replace(prompt, mode=Mode.INCORPORATE) for prompt in held]
    after = replace(state, next=(*state.next, *corrections), later=queue, hold=None)
    return _start_or_follow(after, Trigger.RESUME) if _will_be_idle(state) else (after, ())


def _continue(state: SessionState) -> Step:
    if state.closing:
        return state, (Refuse("the program is closing"),)
    if not _will_be_idle(state):
        return state, (Refuse("a run is active"),)
    if not state.run and state.last in {None, RunStatus.COMPLETED}:
        return state, (Refuse("there is no unfinished run to continue"),)
    return _start_or_follow(state, Trigger.CONTINUE)


def _close(state: SessionState) -> Step:
    after, effects = _halt(state, Stop.CLOSE, Hold.RESTART)
    return replace(after, closing=True), effects


def _boundary(state: SessionState, run: int, turn: int) -> Step:
    if not state.run or state.run.number != run or state.run.stop:
        return state, ()
    deliveries = [Deliver(prompt, run, turn, f"incorporated at turn {turn}") for prompt in state.next]
    return replace(state, next=()), (*deliveries, Answer(run))


def _record(state: SessionState, run: int, event: Recorded | FlushDue) -> tuple[Effect, ...]:
    return (Record(event),) if _is_active(state, run) else ()


def _end(state: SessionState, event: RunEnded) -> Step:
    run = state.run
    if not run or run.number != event.run:
        return state, ()
    status = _STATUS[event.outcome]
    reason = run.stop.value if run.stop and event.outcome is Outcome.CANCELLED else event.reason
    ended = EndRun(run.number, status, reason, run.stop)
    after, effects = _follow(replace(state, run=None, last=status), run, event.outcome)
    return after, (ended, *effects)


def _follow(state: SessionState, ended: ActiveRun, outcome: Outcome) -> Step:
    """What starts after a run, by the table above."""
    if state.closing:
        return _hold_everything(state, Hold.RESTART), ()
    if ended.stop is Stop.INTERRUPT:
        return _start(state, Trigger.INTERRUPT, interrupted=ended.number if outcome is Outcome.CANCELLED else 0)
    if ended.after is Trigger.CONTINUE:
        return _start(state, Trigger.CONTINUE)
    if ended.stop:
        return _go_on(state, ended.after or Trigger.INCORPORATE, Trigger.RESUME)
    if outcome is Outcome.TURN_LIMIT:
        return _go_on(replace(state, hold=Hold.TURN_LIMIT), Trigger.INCORPORATE, Trigger.QUEUE)
    if outcome is Outcome.COMPLETED:
        return _go_on(state, Trigger.INCORPORATE, Trigger.QUEUE)
    return _hold_everything(state, _HOLD[outcome]), ()


def _go_on(state: SessionState, next_trigger: Trigger, later_trigger: Trigger) -> Step:
    """With no run active: next opens a run, all together; else the first of later, unless held."""
    if state.next:
        return _start(state, next_trigger)
    if state.later and not state.hold:
        return _start(replace(state, next=state.later[:1], later=state.later[1:]), later_trigger)
    return state, ()


def _start_or_follow(state: SessionState, trigger: Trigger) -> Step:
    """Start what was asked for: now, or when the run that is being stopped has ended."""
    if state.run:
        return replace(state, run=replace(state.run, after=trigger)), ()
    return _start(state, trigger) if trigger is Trigger.CONTINUE else _go_on(state, trigger, trigger)


def _start(state: SessionState, trigger: Trigger, *, interrupted: int = 0) -> Step:
    """A new run takes all of next, as separate messages."""
    number = state.runs + 1
    deliveries = [Deliver(prompt, number, 1, _receipt(prompt, number, interrupted)) for prompt in state.next]
    after = replace(state, run=ActiveRun(number), runs=number, next=())
    return after, (BeginRun(number, trigger, state.next), *deliveries)


def _receipt(prompt: Prompt, number: int, interrupted: int) -> str:
    if interrupted and prompt.mode is Mode.INTERRUPT:
        return f"interrupted run {interrupted}"
    return f"started run {number}"


def _cancel(state: SessionState, why: Stop, *, force: bool = False) -> Step:
    if not state.run:
        return state, ()
    return replace(state, run=ActiveRun(state.run.number, why)), (CancelRun(state.run.number, force),)


def _halt(state: SessionState, why: Stop, hold: Hold) -> Step:
    """Stop what runs and hold everything."""
    return _cancel(_hold_everything(state, hold), why, force=why is Stop.FORCE)


def _hold_everything(state: SessionState, why: Hold) -> SessionState:
    return replace(state, next=(), later=(*state.later, *state.next), hold=why)


def _will_be_idle(state: SessionState) -> bool:
    """Whether no run is active, or none will be once the stop that is under way has ended the active one."""
    return not state.run or (state.run.stop is not None and not state.run.after and not state.next)


def _is_active(state: SessionState, run: int) -> bool:
    return state.run is not None and state.run.number == run


def _split(later: tuple[Prompt, ...]) -> tuple[tuple[Prompt, ...], tuple[Prompt, ...]]:
    """Corrections, which a hold brought there, and the queue."""
    queue = tuple(prompt for prompt in later if prompt.mode is Mode.QUEUE)
    return tuple(prompt for prompt in later if prompt.mode is not Mode.QUEUE), queue


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
