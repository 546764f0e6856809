"""What is promised to people, asked of every change of the world."""

from typing import TypeVar

from msgspec.structs import replace

from interruptible_tui.conversation import (
    Hold,
    IncorporateAt,
    LastAnswer,
    Mode,
    OnInterrupt,
    Prompt,
    RunStatus,
    Scope,
    Since,
    Trigger,
    WholeRun,
)
from interruptible_tui.effects import (
    Answer,
    BeginRun,
    CancelRun,
    CutReply,
    Deliver,
    Effect,
    EndRun,
    Record,
    Reopen,
    Restore,
    RewritePrompt,
    Rollback,
    SavePrompt,
    WithdrawPrompt,
)
from interruptible_tui.events import (
    BoundaryReached,
    CompensationRequested,
    CompensationStarted,
    ContinueRequested,
    EditLeft,
    EditOpened,
    EditSaved,
    MessageAdded,
    ModeChanged,
    ModeSwitched,
    Moved,
    Outcome,
    RestoreRequested,
    ResumeRequested,
    RetryRequested,
    RewindRequested,
    RollbackEnded,
    RollbackRequested,
    RunEnded,
    StopRequested,
    StorageFailed,
    Submitted,
    UndoRequested,
    Withdrawn,
)
from interruptible_tui.machine import Before, RolledBack
from tests.machine.driver import Machine
from tests.machine.world import Change, World, canonical, crash, demand, happen, ids, run_events

Prompts = tuple[Prompt, ...]
PromptChange = EditOpened | EditSaved | Withdrawn | Moved | ModeChanged
Kind = TypeVar("Kind", bound=Effect)


def check_change(change: Change) -> None:
    check_world(change.after)
    check_order(change)
    check_words_and_modes(change)
    check_what_starts(change)
    check_what_is_cancelled(change)
    check_what_is_cut(change)
    check_what_is_rolled_back(change)
    if change.refused:
        demand(change.after.state == change.before.state, "what is refused changes nothing")
        demand(len(change.effects) == 1, "what is refused does nothing")
    match change.event:
        case Submitted():
            check_submitted(change, change.event)
        case BoundaryReached():
            check_boundary(change)
        case MessageAdded() | CompensationStarted():
            demand(change.effects == (Record(change.event),), "a step of a run or rollback is written down")
        case ModeSwitched(mode):
            demand(change.after.state.mode is mode, "switching the mode switches it, and is live")
            demand(change.before.table == change.after.table, "switching the mode moves nothing that is pending")
        case RunEnded():
            demand(_count(change, EndRun) == 1, "an end is written down once")
        case EditOpened() | EditSaved() | Withdrawn() | Moved() | ModeChanged():
            check_prompt_change(change, change.event)
        case UndoRequested():
            check_undo(change)
        case _:
            pass


# -- what holds in every world ----------------------------------------------------------------------------------------


def check_world(world: World) -> None:
    state = world.state
    waiting = (*state.next, *state.later)
    demand(ids(world.table) == {prompt.id for prompt in waiting}, "what was accepted is delivered or pending")
    demand(len(world.table) == len(waiting), "a prompt is in one place")
    demand(world.table == state.pending, "what is written down is what is pending, in landing order")
    demand((state.run is not None) == world.busy, "a session is active exactly as long as its run or rollback is")
    demand((state.run is not None and state.run.stop is not None) == world.ending, "a stop is a stop of the task")
    demand(state.editing == world.editing, "what is open for editing is pending")
    demand(bool(state.hold) == bool(world.held), "there is a hold exactly if something is held")
    demand(not state.hold or world.held == {prompt.id for prompt in state.later}, "a hold holds all of later")
    demand(world.busy or world.is_edited or ids(world.table) == world.held, "idle and not held, nothing is pending")
    reasons = [waiting.hold for waiting in world.table if waiting.prompt in state.later]
    demand(world.is_edited == (Hold.EDITING in reasons), "editing is the reason exactly while one of later is edited")
    demand(all(reasons) == (bool(world.held) or world.is_edited or not reasons), "what is held says so")


def check_dead_runs(machine: Machine, world: World) -> None:
    """Late events of runs that have ended."""
    state = world.state
    for run in range(state.runs if world.alive else state.runs + 1):
        for event in run_events(run):
            if world.undoing and run == state.runs and isinstance(event, StorageFailed):
                continue  # it is the rollback's
            demand(machine.step(state, event) == (state, ()), "nothing that a dead run says does anything")
    for late in (RollbackEnded(state.rollbacks + 1), CompensationStarted(state.rollbacks + 1, 1, 1, "call")):
        demand(machine.step(state, late) == (state, ()), "nothing that another rollback says does anything")


def check_liveness(machine: Machine, world: World, live: set[World]) -> None:
    """If the user resumes and runs complete, everything pending is delivered; after a restart if it was closing.

    `live` holds the worlds for which this is known, and gets those that were passed.
    """
    path = [canonical(crash(machine, world), ()) if world.state.closing else world]
    while path[-1].table and path[-1] not in live:
        demand(len(path) <= 2 * len(world.table) + 3, "after resuming everything is delivered in the end")
        path.append(_resume_and_complete(machine, path[-1]))
    live.update(path)


def _resume_and_complete(machine: Machine, world: World) -> World:
    if world.editing:
        world = happen(machine, world, EditLeft()).after
    resumed = happen(machine, world, ResumeRequested()).after
    if resumed.undoing:
        resumed = happen(machine, resumed, RollbackEnded(resumed.undoing)).after
    elif resumed.alive:
        resumed = happen(machine, resumed, RunEnded(resumed.state.runs, Outcome.COMPLETED)).after
    return canonical(resumed, ())


def check_failed_write(change: Change) -> None:
    """A step whose transaction failed did not happen; a stop already sent stands, as by Esc."""
    check_change(change)
    demand(ids(change.after.table) == ids(change.before.table), "a failed write accepts and loses nothing")
    demand(change.after.cancelled, "a stop already sent stands")


# -- what holds of every change ---------------------------------------------------------------------------------------


def check_order(change: Change) -> None:
    """Arrival order within each place; a prompt that comes to a place goes to its end."""
    before, after = change.before.state, change.after.state
    subject = _subject(change)
    old_next, old_later, new_next, new_later = (
        [prompt.id for prompt in place if prompt.id != subject]
        for place in (before.next, before.later, after.next, after.later)
    )
    for old, new in ((old_next, new_next), (old_later, new_later)):
        demand(new[: len(_common(old, new))] == _common(old, new), "within its place a prompt keeps its turn")
    for old, new in ((old_next, new_later), (old_later, new_next)):
        demand(_common(new, old) == _common(old, new), "prompts that move together keep their order")


def _subject(change: Change) -> str | None:
    """The prompt that the event is about, which may be put elsewhere."""
    match change.event:
        case EditSaved(id) | Moved(id) | ModeChanged(id) | Withdrawn(id):
            return id
        case UndoRequested():
            undo = change.before.state.undo
            return undo.prompt.id if isinstance(undo, Before) else None
        case _:
            return None


def check_words_and_modes(change: Change) -> None:
    """A prompt keeps its words and its mode; resumed, one that interrupted is a correction."""
    may_turn = isinstance(change.event, ResumeRequested)
    subject = _subject(change)
    old = {prompt.id: prompt for prompt in (*change.before.state.next, *change.before.state.later)}
    after = change.after.state
    for prompt in (*_delivered(change), *after.next, *after.later):
        same = old.get(prompt.id, prompt)
        unchanged = prompt == same or (may_turn and prompt == _resumed(same))
        demand(unchanged or prompt.id == subject, "a pending prompt is not changed")


def check_what_starts(change: Change) -> None:
    expected = _starts(change)
    begins = _all(change, BeginRun)
    started = [begin.prompts for begin in begins]
    demand(started == ([] if expected is None else [expected]), f"what starts is {_names(expected)}")
    if begins:
        demand(_delivered(change) == begins[0].prompts, "a run is given what it starts with, in order, unmerged")
    elif not isinstance(change.event, BoundaryReached):
        demand(not _delivered(change), "outside of a boundary only a run that starts is given something")


def _starts(change: Change) -> Prompts | None:
    """The prompts of the run that this event has to start; None for no run."""
    before = change.before
    state = before.state
    match change.event:
        case RunEnded(_, outcome):
            return None if _left(before) is OnInterrupt.ROLLBACK else _starts_after_end(before, outcome)
        case RollbackEnded():
            return _starts_after_end(before, Outcome.COMPLETED)
        case _ if before.busy or state.closing:
            return None
        case Submitted(_, _, mode):
            joins_held = mode is Mode.QUEUE and state.later
            return None if joins_held else (_submitted(change.event, state.mode),)
        case ResumeRequested() if before.is_edited:
            return None
        case ResumeRequested() if before.held:
            corrections = tuple(_resumed(prompt) for prompt in state.later if prompt.mode is not Mode.QUEUE)
            return corrections or state.later[:1]
        case ResumeRequested() if state.last is RunStatus.FAILED and not state.hidden:
            return ()
        case ContinueRequested() | RetryRequested() if _is_unfinished(before):
            return ()
        case ModeChanged(id, Mode.INTERRUPT) | EditSaved(id, _, Mode.INTERRUPT) if id in ids(before.table):
            sent = _changed(change, state.later)
            return tuple(replace(prompt, mode=Mode.INTERRUPT) for prompt in sent if prompt.id == id)
        case EditOpened() | EditSaved() | EditLeft() | Withdrawn() | ModeChanged() if _edit_ends(change):
            waiting = _changed(change, state.later)
            return tuple(prompt for prompt in waiting if prompt.mode is not Mode.QUEUE) or waiting[:1] or None
        case _:
            return None


def _is_unfinished(world: World) -> bool:
    unfinished = {RunStatus.CANCELLED, RunStatus.FAILED, RunStatus.CRASHED}
    return world.state.last in unfinished and not world.state.hidden


def _edit_ends(change: Change) -> bool:
    """Whether only editing has held the queue, and does not any more: neither of that prompt nor of another one."""
    before, after = change.before, change.after
    if after.editing in _ids(before.state.later) and after.editing != before.editing:
        return False
    return before.is_edited and not before.held and after.editing != before.editing


def _changed(change: Change, waiting: Prompts) -> Prompts:
    match change.event:
        case EditSaved(id, text, mode):
            return tuple(
                replace(prompt, text=text, mode=mode or prompt.mode) if prompt.id == id else prompt
                for prompt in waiting
            )
        case Withdrawn(id):
            return tuple(prompt for prompt in waiting if prompt.id != id)
        case _:
            return waiting


def _starts_after_end(before: World, outcome: Outcome) -> Prompts | None:
    state = before.state
    completed = outcome is Outcome.COMPLETED and not before.ending
    if state.closing:
        return None
    if state.next:
        return state.next if before.ending or outcome in {Outcome.COMPLETED, Outcome.TURN_LIMIT} else None
    if before.asked is Trigger.CONTINUE:
        return ()
    goes_on = state.later and not before.held and not before.is_edited
    return state.later[:1] if goes_on and (completed or before.asked is Trigger.RESUME) else None


def check_what_is_cancelled(change: Change) -> None:
    before = change.before
    active = before.alive and not before.cancelled
    stop = CancelRun(before.state.runs)
    cancels = _all(change, CancelRun)
    match change.event:
        case Submitted(_, _, mode):
            interrupts = active and (mode or before.state.mode) is Mode.INTERRUPT
            demand(cancels == ([stop] if interrupts else []), "a burst makes one stop")
        case ModeChanged(id, Mode.INTERRUPT) | EditSaved(id, _, Mode.INTERRUPT):
            sent = active and id in ids(before.table)
            demand(cancels == ([stop] if sent else []), "a prompt that is sent now interrupts")
        case RollbackRequested(run):
            rolls = active and run == before.state.runs
            demand(cancels == ([stop] if rolls else []), "a run that is to be rolled back is stopped first")
        case StopRequested(everything) if before.alive:
            force = everything or before.cancelled
            demand(cancels == [CancelRun(before.state.runs, force)], "the second Esc does not wait for the grace")
        case StorageFailed() if before.alive:
            pass
        case _ if before.alive and change.after.state.closing and not before.state.closing:
            pass
        case _:
            demand(not cancels or before.state.closing, "only a prompt, Esc, closing and storage stop a run")


def check_what_is_cut(change: Change) -> None:
    before, after = change.before, change.after
    came = [prompt for prompt in after.state.next if prompt.id not in _ids(before.state.next)]
    sent = isinstance(change.event, Submitted | EditSaved | ModeChanged) and any(
        each.mode is Mode.INCORPORATE for each in came
    )
    active = before.alive and not before.cancelled
    expected = sent and active and before.state.incorporate_at is IncorporateAt.NOW
    demand(_count(change, CutReply) == expected, "a reply is cut exactly for what is to be incorporated now")


def check_what_is_rolled_back(change: Change) -> None:
    expected = _rolled_back(change)
    rolled = [(effect.rollback, effect.scope) for effect in _all(change, Rollback)]
    number = change.before.state.rollbacks + 1
    demand(rolled == ([] if expected is None else [(number, expected)]), f"what is rolled back is {expected}")
    if isinstance(change.event, RunEnded):
        trims = [end.trim for end in _all(change, EndRun)]
        demand(trims == [_left(change.before) is OnInterrupt.TRIM], "a turn is trimmed exactly where that is wished")
    accepted = isinstance(change.event, RestoreRequested) and not change.refused
    undone = isinstance(change.event, UndoRequested) and isinstance(change.before.state.undo, RolledBack)
    demand(
        _count(change, Restore) == (accepted or (undone and not change.refused)), "what is brought back was asked for"
    )
    again = isinstance(change.event, CompensationRequested) and not change.refused
    demand(_count(change, Reopen) == again, "compensations are tried again on request only")


def _rolled_back(change: Change) -> Scope | None:
    before = change.before
    state = before.state
    idle = not before.busy and not state.closing
    match change.event:
        case RunEnded() if _left(before) is OnInterrupt.ROLLBACK:
            return WholeRun(state.runs)
        case RollbackRequested(run) if idle and 0 < run <= state.runs and not (run == state.runs and state.hidden):
            return WholeRun(run)
        case RewindRequested(_, _, to) if idle and state.runs:
            return Since(to)
        case RetryRequested() if idle and state.last is RunStatus.COMPLETED and not state.hidden:
            return LastAnswer(state.runs)
        case _:
            return None


def _left(world: World) -> OnInterrupt:
    """What is left of the run when it ends: the strongest wish counts."""
    if world.cause is RollbackRequested:
        return OnInterrupt.ROLLBACK
    interrupting = [prompt for prompt in world.state.next if prompt.mode is Mode.INTERRUPT]
    wishes = {prompt.on_interrupt for prompt in interrupting if world.cause is Submitted}
    return next((wish for wish in (OnInterrupt.ROLLBACK, OnInterrupt.TRIM) if wish in wishes), OnInterrupt.KEEP)


# -- what holds of one kind of event ----------------------------------------------------------------------------------


def check_submitted(change: Change, event: Submitted) -> None:
    before, after = change.before, change.after.state
    if before.state.closing:
        demand(change.refused, "a prompt is refused visibly while closing")
        return
    prompt = _submitted(event, before.state.mode)
    demand(change.effects[0] == SavePrompt(prompt), "a prompt is saved first")
    demand(after.hold == before.state.hold, "typing leaves the hold standing")
    if _waits_in_later(before, event):
        demand(after.later == (*before.state.later, prompt), "a queued prompt waits at the end of later")
    elif before.busy:
        demand(after.next == (*before.state.next, prompt), "a prompt for the work at hand waits at the end of next")


def _submitted(event: Submitted, mode: Mode) -> Prompt:
    return Prompt(event.id, event.text, event.mode or mode, event.at, event.on_interrupt or OnInterrupt.KEEP)


def _waits_in_later(before: World, event: Submitted) -> bool:
    if before.stays_idle:
        return event.mode is Mode.QUEUE and bool(before.state.later)
    return (event.mode or before.state.mode) is Mode.QUEUE


def check_boundary(change: Change) -> None:
    before = change.before
    taken = () if before.cancelled else before.state.next
    demand(_delivered(change) == taken, "a run takes everything in next, a stopping run nothing")
    demand(before.cancelled or _count(change, Answer) == 1, "a run at a boundary is answered")


def check_prompt_change(change: Change, event: PromptChange) -> None:
    before = change.before
    waited = event.id in ids(before.table) and not before.state.closing
    demand(change.refused != waited, "a prompt is changed exactly as long as it is pending")
    if not waited:
        return
    old, new = _find(before, event.id), _find(change.after, event.id)
    if isinstance(event, EditSaved):
        new_words = RewritePrompt(replace(old[0], text=event.text))
        demand(_all(change, RewritePrompt) == [new_words], "new words are kept")
    match event:
        case EditSaved(_, _, None):
            demand(bool(_all(change, BeginRun)) or old[0].mode is new[0].mode, "new words are of the old mode")
        case Withdrawn():
            demand(_all(change, WithdrawPrompt) == [WithdrawPrompt(old[0])] and not new, "what is withdrawn is gone")
        case Moved(_, by):
            check_move(change, event.id, by)
        case ModeChanged(_, mode) | EditSaved(_, _, Mode() as mode) if new:
            demand(new[0].mode is mode, "another mode is another mode")
        case _:
            demand(
                bool(_all(change, BeginRun)) or _prompts(change.before) == _prompts(change.after),
                "opening changes nothing",
            )


def _prompts(world: World) -> Prompts:
    return tuple(waiting.prompt for waiting in world.table)


def check_move(change: Change, id_: str, by: int) -> None:
    """It passes the next one of those that land as it does, and nothing else."""
    old, new = list(ids_of(change.before)), list(ids_of(change.after))
    at = old.index(id_)
    neighbour = old[at + by] if 0 <= at + by < len(old) else None
    if neighbour and _kind(change.before, neighbour) == _kind(change.before, id_):
        old[at], old[at + by] = old[at + by], old[at]
    demand(old == new, "a move changes places with the neighbour of its kind")


def _kind(world: World, id_: str) -> tuple[bool, bool]:
    prompt, in_next = _find(world, id_)[0], id_ in _ids(world.state.next)
    return in_next, prompt.mode is Mode.QUEUE and not in_next


def check_undo(change: Change) -> None:
    undo = change.before.state.undo
    if change.refused or not isinstance(undo, Before):
        return
    (now,) = _find(change.after, undo.prompt.id)
    demand(now == undo.prompt, "what is taken back is as it was")
    demand(change.after.state.undo is None, "it is taken back once")


def ids_of(world: World) -> list[str]:
    """What is pending, in landing order."""
    return [waiting.prompt.id for waiting in world.state.pending]


def _find(world: World, id_: str) -> Prompts:
    return tuple(prompt for prompt in (*world.state.next, *world.state.later) if prompt.id == id_)


def _delivered(change: Change) -> Prompts:
    return tuple(deliver.prompt for deliver in _all(change, Deliver))


def _all(change: Change, kind: type[Kind]) -> list[Kind]:
    return [effect for effect in change.effects if isinstance(effect, kind)]


def _resumed(prompt: Prompt) -> Prompt:
    return replace(prompt, mode=Mode.INCORPORATE) if prompt.mode is Mode.INTERRUPT else prompt


def _ids(prompts: Prompts) -> list[str]:
    return [prompt.id for prompt in prompts]


def _common(these: list[str], those: list[str]) -> list[str]:
    return [name for name in these if name in those]


def _count(change: Change, kind: type[Effect]) -> int:
    return len(_all(change, kind))


def _names(prompts: Prompts | None) -> str:
    return "nothing" if prompts is None else f"a run with prompts {[prompt.id for prompt in prompts]}"
