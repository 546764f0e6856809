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

A stop by prompts that wish so, or on request, is followed by a rollback before anything starts.

A stop does to next and later what it will mean at once, when it is asked for; the end of the run only starts what then
is in next. So a stop outweighs how the run really ended, and a key pressed while a stop is under way does what it
would do had the run ended. Nothing waiting, no hold.

What a session is stands in `state`; when runs start, stop and end in `running`; what is done to prompts that wait in
`amending`; what is hidden and brought back in `rollback`; who is asked for which event, here.
"""

from typing import assert_never

from msgspec.structs import replace

from interruptible_tui.conversation import (
    Hold,
    IncorporateAt,
    LastAnswer,
    Mode,
    OnInterrupt,
    Prompt,
    RunStatus,
    Since,
    Trigger,
    WholeRun,
)
from interruptible_tui.effects import Arrange, CloseRollback, Record, SavePrompt, SetMode, SetPolicy, Stop
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
    CompensationEnded,
    CompensationRequested,
    CompensationStarted,
    ContinueRequested,
    EditLeft,
    EditOpened,
    EditSaved,
    FlushDue,
    MessageAdded,
    ModeChanged,
    ModeSwitched,
    Moved,
    PolicySwitched,
    RestoreRequested,
    ResumeRequested,
    RetryRequested,
    RewindRequested,
    RollbackEnded,
    RollbackEvent,
    RollbackRequested,
    RunEnded,
    RunEvent,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
    ToolEnded,
    ToolStarted,
    UndoRequested,
    Wish,
    Withdrawn,
)
from interruptible_tui.machine.amending import amend
from interruptible_tui.machine.rollback import BUSY, compensate_again, restore, roll_back_idle
from interruptible_tui.machine.running import (
    boundary,
    cancel,
    cut,
    end,
    follow,
    halt,
    release,
    settle_stop,
    start_or_follow,
)
from interruptible_tui.machine.state import (
    ActiveRun,
    Before,
    RolledBack,
    SessionState,
    Step,
    Undoing,
    active,
    is_idle,
    refuse,
    split,
)

__all__ = ["ActiveRun", "Before", "RolledBack", "SessionState", "Step", "Undoing", "step"]


def step(state: SessionState, event: SessionEvent) -> Step:
    """What `event` does to `state`, and what has to be done for it, in this order."""
    after, effects = _decide(state, event)
    after, more = _settle(after)
    if after.pending != state.pending:
        more = (*more, Arrange(after.pending))
    return after, (*effects, *more)


def _settle(state: SessionState) -> Step:
    """What is not pending is not open for editing. Nothing waiting, no hold. What is not held goes on."""
    state = settle_stop(state)
    if state.editing not in [waiting.prompt.id for waiting in state.pending]:
        state = replace(state, editing=None)
    if not state.later:
        state = replace(state, hold=None)
    return (state, ()) if state.held else release(state)


def _decide(state: SessionState, event: SessionEvent) -> Step:
    if state.closing and isinstance(event, Wish):
        return refuse(state, "the program is closing")
    match event:
        case ModeSwitched(mode):
            return replace(state, mode=mode), (SetMode(mode),)
        case PolicySwitched(policy):
            return _switch_policy(state, policy)
        case Submitted():
            return _submit(state, event)
        case EditOpened() | EditSaved() | EditLeft() | Withdrawn() | Moved() | ModeChanged() | UndoRequested():
            return amend(state, event)
        case StopRequested(everything):
            return _stop(state, everything=everything)
        case CloseRequested():
            return _close(state)
        case ResumeRequested():
            return _resume(state)
        case ContinueRequested():
            return _continue(state)
        case RetryRequested():
            return _retry(state)
        case RewindRequested():
            return _rewind(state, event)
        case RollbackRequested(run):
            return _roll_back(state, run)
        case RestoreRequested(rollback):
            return restore(state, rollback)
        case CompensationRequested(rollback):
            return compensate_again(state, rollback)
        case CompensationStarted() | CompensationEnded() | RollbackEnded():
            return _follow_rollback(state, event)
        case _:
            return _follow_run(state, event)


def _follow_run(state: SessionState, event: RunEvent) -> Step:
    match event:
        case BoundaryReached(run, turn):
            return boundary(state, run, turn)
        case MessageAdded(run) | ToolStarted(run) | ToolEnded(run) | FlushDue(run):
            return state, (Record(event),) if active(state, run) else ()
        case StorageFailed(run):
            concerned = state.run is not None and state.run.number == run
            return halt(state, Stop.STORAGE, Hold.STORAGE) if concerned else (state, ())
        case RunEnded():
            return end(state, event)
    assert_never(event)


def _follow_rollback(state: SessionState, event: RollbackEvent) -> Step:
    run = state.run
    if not run or not run.undoing or run.undoing.rollback != event.rollback:
        return state, ()
    if not isinstance(event, RollbackEnded):
        return state, (Record(event),)
    after, effects = follow(replace(state, run=None), run, run.undoing.outcome)
    return after, (CloseRollback(event.rollback), *effects)


# -- prompts ----------------------------------------------------------------------------------------------------------


def _submit(state: SessionState, event: Submitted) -> Step:
    mode = event.mode or state.mode
    wish = event.on_interrupt or state.on_interrupt if mode is Mode.INTERRUPT else OnInterrupt.KEEP
    prompt = Prompt(event.id, event.text, mode, event.at, wish)
    now = (event.incorporate_at or state.incorporate_at) is IncorporateAt.NOW
    after, effects = _place(state, prompt, explicit_queue=event.mode is Mode.QUEUE, now=now)
    return after, (SavePrompt(prompt), *effects)


def _place(state: SessionState, prompt: Prompt, *, explicit_queue: bool, now: bool) -> Step:
    join_next = replace(state, next=(*state.next, prompt))
    join_later = replace(state, later=(*state.later, prompt))
    if is_idle(state):
        if explicit_queue and state.later:
            return join_later, ()
        return start_or_follow(join_next, Trigger.PROMPT)
    if prompt.mode is Mode.QUEUE:
        return join_later, ()
    if prompt.mode is Mode.INTERRUPT:
        return cancel(join_next, Stop.INTERRUPT) if state.run and not state.run.stop else (join_next, ())
    return cut(join_next) if now else (join_next, ())


def _switch_policy(state: SessionState, policy: OnInterrupt | IncorporateAt) -> Step:
    if isinstance(policy, OnInterrupt):
        return replace(state, on_interrupt=policy), (SetPolicy(policy),)
    return replace(state, incorporate_at=policy), (SetPolicy(policy),)


# -- runs -------------------------------------------------------------------------------------------------------------


def _stop(state: SessionState, *, everything: bool) -> Step:
    stopping = state.run is not None and state.run.stop is not None
    if everything or stopping:
        return halt(state, Stop.FORCE, Hold.STOPPED)
    if not state.run:
        return state, ()
    return cancel(replace(state, hold=Hold.STOPPED), Stop.ESC)


def _close(state: SessionState) -> Step:
    after, effects = halt(state, Stop.CLOSE, Hold.RESTART)
    return replace(after, closing=True), effects


def _resume(state: SessionState) -> Step:
    if state.held is Hold.EDITING:
        return refuse(state, "a prompt is open for editing: save it or leave it first")
    if not state.hold:
        return _continue(state) if state.last is RunStatus.FAILED and not state.run else (state, ())
    held, queue = split(state.later)
    corrections = [replace(prompt, mode=Mode.INCORPORATE) for prompt in held]
    after = replace(state, next=(*state.next, *corrections), later=queue, hold=None)
    return start_or_follow(after, Trigger.RESUME) if is_idle(state) else (after, ())


def _continue(state: SessionState) -> Step:
    if not is_idle(state) or (state.run and (state.run.undoing or state.run.stop is Stop.ROLLBACK)):
        return refuse(state, "a run is active")
    if not state.run and (state.last in {None, RunStatus.COMPLETED} or state.hidden):
        return refuse(state, "there is no unfinished run to continue")
    return start_or_follow(state, Trigger.CONTINUE)


def _retry(state: SessionState) -> Step:
    if not state.run and state.last is RunStatus.COMPLETED and not state.hidden:
        return roll_back_idle(state, LastAnswer(state.runs), Trigger.CONTINUE)
    return _continue(state)


def _rewind(state: SessionState, event: RewindRequested) -> Step:
    if state.run:
        return refuse(state, BUSY)
    if not state.runs:
        return refuse(state, "there is nothing to go back to")
    prompt = Prompt(event.id, event.text, state.mode, event.at)
    after, effects = roll_back_idle(replace(state, next=(prompt,)), Since(event.to), Trigger.PROMPT)
    return after, (SavePrompt(prompt), *effects)


def _roll_back(state: SessionState, run: int) -> Step:
    if not 0 < run <= state.runs:
        return refuse(state, f"there is no run {run}")
    if run == state.runs and state.hidden:
        return refuse(state, f"run {run} is rolled back")
    if not state.run:
        return roll_back_idle(state, WholeRun(run))
    if state.run.number != run or state.run.stop:
        return refuse(state, BUSY)
    return cancel(replace(state, hold=Hold.STOPPED), Stop.ROLLBACK)
