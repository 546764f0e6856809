"""What is promised to people, asked of every change of the world."""

from dataclasses import replace

from interruptible_tui.conversation import Mode, Prompt, RunStatus, Trigger
from interruptible_tui.effects import (
    Answer,
    BeginRun,
    CancelRun,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    SavePrompt,
)
from interruptible_tui.events import (
    BoundaryReached,
    ContinueRequested,
    MessageAdded,
    ModeSwitched,
    Outcome,
    ResumeRequested,
    RunEnded,
    StopRequested,
    Submitted,
)
from tests.machine.driver import Machine
from tests.machine.world import Change, World, canonical, crash, demand, happen, ids, run_events

Prompts = tuple[Prompt, ...]


def check_change(change: Change) -> None:
    check_world(change.after)
    check_order(change)
    check_modes(change)
    check_what_starts(change)
    check_what_is_cancelled(change)
    match change.event:
        case Submitted():
            check_submitted(change, change.event)
        case BoundaryReached():
            check_boundary(change)
        case MessageAdded():
            demand(change.effects == (Record(change.event),), "a step of the active run is written down")
        case ModeSwitched(mode):
            demand(change.after.state.mode is mode, "switching the mode switches it, and is live")
            demand(change.before.table == change.after.table, "switching the mode moves nothing that is pending")
        case RunEnded():
            demand(_count(change, EndRun) == 1, "an end is written down once")
        case _:
            pass


# -- what holds in every world ----------------------------------------------------------------------------------------


def check_world(world: World) -> None:
    state = world.state
    waiting = (*state.next, *state.later)
    demand(ids(world.table) == {prompt.id for prompt in waiting}, "what was accepted is delivered or pending")
    demand(len(world.table) == len(waiting), "a prompt is in one place")
    demand(world.table == state.pending, "what is written down is what is pending, in landing order")
    demand((state.run is not None) == world.alive, "a session runs exactly as long as its run is alive")
    demand((state.run is not None and state.run.stop is not None) == world.cancelled, "a stop is a stop of the task")
    demand(bool(state.hold) == bool(world.held), "there is a hold exactly if something is held")
    demand(not state.hold or world.held == {prompt.id for prompt in state.later}, "a hold holds all of later")
    demand(world.alive or ids(world.table) == world.held, "idle and not held, nothing is pending")


def check_dead_runs(machine: Machine, world: World) -> None:
    """Late events of runs that have ended."""
    state = world.state
    for run in range(state.runs if world.alive else state.runs + 1):
        for event in run_events(run):
            demand(machine.step(state, event) == (state, ()), "nothing that a dead run says does anything")


def check_liveness(machine: Machine, world: World, live: set[World]) -> None:
    """If the user resumes and runs complete, everything pending is delivered; after a restart if it was closing.

    `live` holds the worlds for which this is known, and gets those that were passed.
    """
    path = [canonical(crash(machine, world)) if world.state.closing else world]
    while path[-1].table and path[-1] not in live:
        demand(len(path) <= 2 * len(world.table) + 2, "after resuming everything is delivered in the end")
        path.append(_resume_and_complete(machine, path[-1]))
    live.update(path)


def _resume_and_complete(machine: Machine, world: World) -> World:
    resumed = happen(machine, world, ResumeRequested()).after
    if resumed.alive:
        resumed = happen(machine, resumed, RunEnded(resumed.state.runs, Outcome.COMPLETED)).after
    return canonical(resumed)


def check_failed_write(change: Change) -> None:
    """A step whose transaction failed did not happen; a stop already sent stands, as by Esc."""
    check_change(change)
    demand(ids(change.after.table) == ids(change.before.table), "a failed write accepts and loses nothing")
    demand(change.after.cancelled, "a stop already sent stands")


# -- what holds of every change ---------------------------------------------------------------------------------------


def check_order(change: Change) -> None:
    """Arrival order within each place; a prompt that comes to a place goes to its end."""
    before, after = change.before.state, change.after.state
    old_next, old_later, new_next, new_later = map(_ids, (before.next, before.later, after.next, after.later))
    for old, new in ((old_next, new_next), (old_later, new_later)):
        demand(new[: len(_common(old, new))] == _common(old, new), "within its place a prompt keeps its turn")
    for old, new in ((old_next, new_later), (old_later, new_next)):
        demand(_common(new, old) == _common(old, new), "prompts that move together keep their order")


def check_modes(change: Change) -> None:
    """A prompt keeps its mode; resumed, one that interrupted is a correction."""
    resumed = isinstance(change.event, ResumeRequested)
    old = {prompt.id: prompt for prompt in (*change.before.state.next, *change.before.state.later)}
    after = change.after.state
    for prompt in (*_delivered(change), *after.next, *after.later):
        same = old.get(prompt.id, prompt)
        demand(prompt == same or (resumed and prompt == _resumed(same)), "a pending prompt is not changed")


def check_what_starts(change: Change) -> None:
    expected = _starts(change)
    begins = [effect for effect in change.effects if isinstance(effect, BeginRun)]
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
            return _starts_after_end(before, outcome)
        case _ if before.alive or state.closing:
            return None
        case Submitted(id, text, mode):
            joins_held = mode is Mode.QUEUE and before.held
            return None if joins_held else (Prompt(id, text, mode or state.mode),)
        case ResumeRequested() if before.held:
            corrections = tuple(_resumed(prompt) for prompt in state.later if prompt.mode is not Mode.QUEUE)
            return corrections or state.later[:1]
        case ResumeRequested() if state.last is RunStatus.FAILED:
            return ()
        case ContinueRequested() if state.last in {RunStatus.CANCELLED, RunStatus.FAILED, RunStatus.CRASHED}:
            return ()
        case _:
            return None


def _starts_after_end(before: World, outcome: Outcome) -> Prompts | None:
    state = before.state
    completed = outcome is Outcome.COMPLETED and not before.cancelled
    if state.closing:
        return None
    if state.next:
        return state.next if before.cancelled or outcome in {Outcome.COMPLETED, Outcome.TURN_LIMIT} else None
    if before.asked is Trigger.CONTINUE:
        return ()
    goes_on = state.later and not before.held and (completed or before.asked is Trigger.RESUME)
    return state.later[:1] if goes_on else None


def check_what_is_cancelled(change: Change) -> None:
    cancels = [effect for effect in change.effects if isinstance(effect, CancelRun)]
    match change.event:
        case Submitted(_, _, mode):
            active = change.before.alive and not change.before.cancelled
            interrupts = active and (mode or change.before.state.mode) is Mode.INTERRUPT
            demand(cancels == ([CancelRun(change.before.state.runs)] if interrupts else []), "a burst makes one stop")
        case StopRequested(everything) if change.before.alive:
            force = everything or change.before.cancelled
            demand(
                cancels == [CancelRun(change.before.state.runs, force)], "the second Esc does not wait for the grace"
            )
        case ResumeRequested() | ContinueRequested() | ModeSwitched() | BoundaryReached() | RunEnded():
            demand(not cancels, "only a prompt, Esc, closing and storage stop a run")
        case _:
            pass


# -- what holds of one kind of event ----------------------------------------------------------------------------------


def check_submitted(change: Change, event: Submitted) -> None:
    before, after = change.before, change.after.state
    if before.state.closing:
        demand(after == before.state, "a prompt refused while closing changes nothing")
        demand(_count(change, Refuse) == 1 and not _count(change, SavePrompt), "it is refused visibly")
        return
    prompt = Prompt(event.id, event.text, event.mode or before.state.mode)
    demand(change.effects[0] == SavePrompt(prompt), "a prompt is saved first")
    demand(after.hold == before.state.hold, "typing leaves the hold standing")
    if _waits_in_later(before, event):
        demand(after.later == (*before.state.later, prompt), "a queued prompt waits at the end of later")
    elif before.alive:
        demand(after.next == (*before.state.next, prompt), "a prompt for the work at hand waits at the end of next")


def _waits_in_later(before: World, event: Submitted) -> bool:
    if before.stays_idle:
        return event.mode is Mode.QUEUE and bool(before.held)
    return (event.mode or before.state.mode) is Mode.QUEUE


def check_boundary(change: Change) -> None:
    before = change.before
    taken = () if before.cancelled else before.state.next
    demand(_delivered(change) == taken, "a run takes everything in next, a stopping run nothing")
    demand(before.cancelled or _count(change, Answer) == 1, "a run at a boundary is answered")


def _delivered(change: Change) -> Prompts:
    return tuple(effect.prompt for effect in change.effects if isinstance(effect, Deliver))


def _resumed(prompt: Prompt) -> Prompt:
    return replace(prompt, mode=Mode.INCORPORATE) if prompt.mode is Mode.INTERRUPT else prompt


def _ids(prompts: Prompts) -> list[str]:
    return [prompt.id for prompt in prompts]


def _common(these: list[str], those: list[str]) -> list[str]:
    return [name for name in these if name in those]


def _count(change: Change, kind: type[Effect]) -> int:
    return sum(isinstance(effect, kind) for effect in change.effects)


def _names(prompts: Prompts | None) -> str:
    return "nothing" if prompts is None else f"a run with prompts {[prompt.id for prompt in prompts]}"
