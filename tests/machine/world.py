"""A model of everything around the machine: the pending table, the run's task, and what may happen to them.

The table is changed by effects alone, as the engine's database is. `alive` and `cancelled` are facts about the run's
task, which may end in any way at any time, whatever was asked of it. `held` and `asked` are what the user was promised,
kept by rules of their own and not read from the machine. Worlds that differ only in names are one world: prompts are
numbered by arrival among those that wait, the newest run is number 1, a hold has one reason (the rules' tests look at
reasons); so the worlds are finitely many.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from interruptible_tui.conversation import Hold, Message, Mode, Pending, Prompt, Role, RunStatus, Trigger
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
)
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
    ContinueRequested,
    MessageAdded,
    ModeSwitched,
    Outcome,
    ResumeRequested,
    RunEnded,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
)
from interruptible_tui.machine import SessionState
from tests.machine.driver import Machine


class BrokenError(AssertionError):
    """A guarantee does not hold; the message is the guarantee."""


def demand(holds: bool, guarantee: str) -> None:
    if not holds:
        raise BrokenError(guarantee)


class World(NamedTuple):
    state: SessionState
    table: tuple[Pending, ...] = ()
    alive: bool = False
    """The task of run `state.runs` has not ended."""
    cancelled: bool = False
    """That task was told to end."""
    held: frozenset[str] = frozenset()
    """Prompts that must not start before the user resumes."""
    asked: Trigger | None = None
    """RESUME or CONTINUE, asked for while stopping with nothing else to start."""

    @property
    def stays_idle(self) -> bool:
        """No run is active, or none will be when the one that is stopping has ended."""
        return not self.alive or (self.cancelled and not self.state.next and not self.asked)


class Change(NamedTuple):
    """What `event` did: all that the guarantees are asked about."""

    before: World
    event: SessionEvent
    after: World
    effects: tuple[Effect, ...]


def events(world: World) -> Iterator[SessionEvent]:
    """Everything that may happen next."""
    yield from (CloseRequested(), StopRequested(), StopRequested(everything=True), ResumeRequested())
    yield ContinueRequested()
    yield from (ModeSwitched(mode) for mode in Mode if mode is not world.state.mode)
    yield from (_submitted(len(world.table), mode) for mode in (None, *Mode))
    if world.alive:
        yield from run_events(world.state.runs)


@cache
def _submitted(waiting: int, mode: Mode | None) -> Submitted:
    return Submitted(str(waiting + 1), "", mode)


@cache
def run_events(run: int) -> tuple[SessionEvent, ...]:
    """Everything that a run may say."""
    step = MessageAdded(run, Message(role=Role.ASSISTANT, text="a reply", run=run, turn=1))
    return (step, BoundaryReached(run, 2), StorageFailed(run), *(RunEnded(run, outcome) for outcome in Outcome))


def happen(machine: Machine, before: World, event: SessionEvent) -> Change:
    """The world after `event`, its effects carried out, its names not yet made canonical."""
    state, effects = machine.step(before.state, event)
    over = isinstance(event, RunEnded) and event.run == before.state.runs and before.alive
    alive, cancelled = before.alive and not over, before.cancelled and not over
    after = before._replace(state=state, alive=alive, cancelled=cancelled)
    for effect in effects:
        after = perform(after, effect)
    after = after._replace(asked=_asked(before, event, after))
    return Change(before, event, after._replace(held=_held(before, event, after)), effects)


def failed(change: Change) -> SessionEvent | None:
    """What the machine is told in place of a user's step whose transaction failed; None if nothing happened.

    The engine forgets the step, but not what cannot be taken back: that the run was told to stop, as by Esc. A step of
    the run that cannot be written down is StorageFailed, which is among the events.
    """
    return StopRequested() if any(isinstance(effect, CancelRun) for effect in change.effects) else None


def perform(world: World, effect: Effect) -> World:
    match effect:
        case SavePrompt(prompt):
            demand(prompt.id not in ids(world.table), "a prompt is saved once")
            return world._replace(table=(*world.table, Pending(prompt, None)))
        case Deliver(prompt):
            rest = tuple(waiting for waiting in world.table if waiting.prompt.id != prompt.id)
            demand(len(rest) == len(world.table) - 1, "what is delivered was pending, and once")
            demand(world.alive and not world.cancelled, "a prompt is delivered to a run that is active")
            return world._replace(table=rest)
        case Arrange(pending):
            demand(ids(pending) == ids(world.table), "arranging adds nothing and loses nothing")
            return world._replace(table=pending)
        case BeginRun(run):
            demand(not world.alive, "no run starts before the old one has ended")
            demand(
                world.state.run is not None and run == world.state.run.number, "the run that starts is the active one"
            )
            return world._replace(alive=True, cancelled=False)
        case CancelRun(run):
            demand(world.alive and run == world.state.runs, "only the run that is active is cancelled")
            return world._replace(cancelled=True)
        case EndRun() | Answer() | Record() | Refuse() | SetMode():
            return world


def crash(machine: Machine, world: World) -> World:
    """What a new start finds after kill -9: the table, and a run that was active as crashed."""
    old = world.state
    later = tuple(waiting.prompt for waiting in world.table)
    last = RunStatus.CRASHED if world.alive else old.last
    state = machine.state(mode=old.mode, later=later, hold=Hold.RESTART if later else None, runs=old.runs, last=last)
    return World(state, state.pending, held=ids(state.pending))


def ids(pending: tuple[Pending, ...]) -> frozenset[str]:
    return frozenset([waiting.prompt.id for waiting in pending])


def _places(world: World) -> tuple[frozenset[str], frozenset[str]]:
    state = world.state
    return frozenset([prompt.id for prompt in state.next]), frozenset([prompt.id for prompt in state.later])


def _asked(before: World, event: SessionEvent, after: World) -> Trigger | None:
    match event:
        case StopRequested() | StorageFailed() | CloseRequested() | RunEnded():
            return None
        case ResumeRequested() if before.alive and before.cancelled and before.held and not before.asked:
            return None if after.state.next or before.state.closing else Trigger.RESUME
        case ContinueRequested() if before.alive and before.stays_idle and not before.state.closing:
            return Trigger.CONTINUE
        case _:
            return before.asked


def _held(before: World, event: SessionEvent, after: World) -> frozenset[str]:
    return _newly_held(before, event, after) & ids(after.table)


def _newly_held(before: World, event: SessionEvent, after: World) -> frozenset[str]:
    everything, (_, later) = ids(before.table), _places(before)
    match event:
        case StopRequested(force) if before.alive or force:
            return everything if force or before.cancelled else before.held | later
        case CloseRequested() | StorageFailed():
            return everything
        case ResumeRequested() if not before.state.closing:
            return frozenset()
        case RunEnded(_, Outcome.TURN_LIMIT) if not before.cancelled:
            return before.held | later
        case RunEnded(_, Outcome.FAILED | Outcome.RATE_LIMITED | Outcome.CANCELLED) if not before.cancelled:
            return everything
        case Submitted(id) if before.held and id in _places(after)[1]:
            return before.held | {id}
        case _:
            return before.held


# -- one name for worlds that differ only in names --------------------------------------------------------------------

_LAST = {None: RunStatus.COMPLETED, RunStatus.CRASHED: RunStatus.CANCELLED}


def canonical(world: World) -> World:
    state = world.state
    names = {old: str(rank) for rank, old in enumerate(sorted(ids(world.table)), start=1)}
    table = tuple([_pending(_renamed(waiting.prompt, names), bool(waiting.hold)) for waiting in world.table])
    state = replace(
        state,
        run=replace(state.run, number=1) if state.run else None,
        next=tuple([_renamed(prompt, names) for prompt in state.next]),
        later=tuple([_renamed(prompt, names) for prompt in state.later]),
        hold=Hold.STOPPED if state.hold else None,
        runs=min(state.runs, 1),
        last=_LAST.get(state.last, state.last),
    )
    return world._replace(state=state, table=table, held=frozenset([names[old] for old in world.held]))


def _renamed(prompt: Prompt, names: dict[str, str]) -> Prompt:
    return _prompt(names[prompt.id], prompt.mode)


@cache
def _prompt(name: str, mode: Mode) -> Prompt:
    return Prompt(name, "", mode)


@cache
def _pending(prompt: Prompt, held: bool) -> Pending:
    return Pending(prompt, Hold.STOPPED if held else None)
