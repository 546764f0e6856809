"""A model of everything around the machine: the pending table, the run's task, a rollback, and what may happen to them.

The table is changed by effects alone, as the engine's database is. `alive`, `cancelled` and `undoing` are facts about
tasks, which may end in any way at any time, whatever was asked of them. `held`, `asked`, `cause` and `editing` are what
the user was promised, kept by rules of their own and not read from the machine. Worlds that differ only in names are
one world: prompts are numbered by arrival among those that wait and their words left out, the newest run and the newest
rollback are number 2, a hold has one reason beside that for editing (the rules' tests look at reasons and words); so
the worlds are finitely many.
"""

from collections.abc import Collection, Iterator
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from interruptible_tui.conversation import (
    Hold,
    Message,
    Mode,
    OnInterrupt,
    Pending,
    Prompt,
    Role,
    RunStatus,
    Trigger,
)
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    CloseRollback,
    Compensate,
    CutReply,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    Reopen,
    Restore,
    RewritePrompt,
    Rollback,
    SavePrompt,
    SetMode,
    SetPolicy,
    WithdrawPrompt,
)
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
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
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
    UndoRequested,
    Withdrawn,
)
from interruptible_tui.machine import ActiveRun, Before, RolledBack, SessionState
from tests.machine.driver import Machine


class BrokenError(AssertionError):
    """A guarantee does not hold; the message is the guarantee."""


def demand(holds: bool, guarantee: str) -> None:
    if not holds:
        raise BrokenError(guarantee)


class Family(Enum):
    """What may happen beside prompts, stops, ends and faults."""

    CHANGES = auto()
    """Pending prompts are edited, withdrawn, moved, given another mode."""
    UNDO = auto()
    ROLLBACKS = auto()


class World(NamedTuple):
    state: SessionState
    table: tuple[Pending, ...] = ()
    alive: bool = False
    """The task of run `state.runs` has not ended."""
    cancelled: bool = False
    """That task was told to end."""
    undoing: int = 0
    """The rollback that is under way."""
    held: frozenset[str] = frozenset()
    """Prompts that must not start before the user resumes."""
    asked: Trigger | None = None
    """RESUME or CONTINUE, asked for while stopping with nothing else to start."""
    cause: type[SessionEvent] | None = None
    """What has stopped the run, where that may ask for more than a stop: Submitted or RollbackRequested."""
    editing: str | None = None
    """The prompt that is open for editing."""
    withdrawn: str | None = None
    """The prompt that was withdrawn last, if that can be taken back."""

    @property
    def busy(self) -> bool:
        """Nothing can start."""
        return self.alive or self.undoing > 0

    @property
    def ending(self) -> bool:
        return self.cancelled or self.undoing > 0

    @property
    def stays_idle(self) -> bool:
        """Nothing is active, or nothing will be when what is ending has ended."""
        resumes = self.asked is Trigger.RESUME and self.state.later and not self.held
        follows = self.state.next or resumes or self.asked is Trigger.CONTINUE
        return not self.busy or (self.ending and not follows)

    @property
    def is_edited(self) -> bool:
        """The queue is held because one of it is open for editing."""
        return self.editing in {prompt.id for prompt in self.state.later}


class Change(NamedTuple):
    """What `event` did: all that the guarantees are asked about."""

    before: World
    event: SessionEvent
    after: World
    effects: tuple[Effect, ...]

    @property
    def refused(self) -> bool:
        return any(isinstance(effect, Refuse) for effect in self.effects)


_NEW = "new"
"""The name of a prompt that comes, after all numbers in their order."""

# -- what may happen --------------------------------------------------------------------------------------------------


def events(world: World, families: Collection[Family]) -> Iterator[SessionEvent]:
    """Everything that may happen next."""
    yield from (CloseRequested(), StopRequested(), StopRequested(everything=True), ResumeRequested())
    yield ContinueRequested()
    yield from (ModeSwitched(mode) for mode in Mode if mode is not world.state.mode)
    yield from (_submitted(mode) for mode in (None, *Mode))
    if world.alive:
        yield from run_events(world.state.runs)
    if Family.CHANGES in families:
        for id_ in sorted(ids(world.table)):
            yield from _changes(id_)
        yield from (EditLeft(), Withdrawn("gone"))
    if Family.UNDO in families:
        yield UndoRequested()
    if Family.ROLLBACKS in families:
        yield from _rollback_events(world)


@cache
def _submitted(mode: Mode | None, wish: OnInterrupt | None = None) -> Submitted:
    return Submitted(_NEW, "", mode, on_interrupt=wish)


@cache
def run_events(run: int) -> tuple[SessionEvent, ...]:
    """Everything that a run may say."""
    step = MessageAdded(run, Message(role=Role.ASSISTANT, text="a reply", run=run, turn=1))
    return (step, BoundaryReached(run, 2), StorageFailed(run), *(RunEnded(run, outcome) for outcome in Outcome))


@cache
def _changes(id_: str) -> tuple[SessionEvent, ...]:
    modes = [ModeChanged(id_, mode) for mode in Mode]
    saves = [EditSaved(id_, "edited", mode) for mode in (None, *Mode)]
    return (EditOpened(id_), *saves, Withdrawn(id_), Moved(id_, -1), Moved(id_, 1), *modes)


def _rollback_events(world: World) -> Iterator[SessionEvent]:
    yield from (_submitted(Mode.INTERRUPT, wish) for wish in (OnInterrupt.TRIM, OnInterrupt.ROLLBACK))
    yield from (RetryRequested(), RewindRequested(_NEW, "", "earlier"))
    yield from (RollbackRequested(run) for run in (1, 2))
    yield from (RestoreRequested(rollback) for rollback in (1, 2))
    yield CompensationRequested(1)
    if world.undoing:
        yield from (RollbackEnded(world.undoing), CompensationStarted(world.undoing, 1, 1, "call"))
        yield StorageFailed(world.state.runs)


# -- what that does ---------------------------------------------------------------------------------------------------


def happen(machine: Machine, before: World, event: SessionEvent) -> Change:
    """The world after `event`, its effects carried out, its names not yet made canonical."""
    state, effects = machine.step(before.state, event)
    over = isinstance(event, RunEnded) and event.run == before.state.runs and before.alive
    alive, cancelled = before.alive and not over, before.cancelled and not over
    after = before._replace(state=state, alive=alive, cancelled=cancelled)
    for effect in effects:
        after = perform(after, effect)
    change = Change(before, event, after, effects)
    after = after._replace(asked=_asked(change), cause=_cause(change), editing=_editing(change))
    after = after._replace(held=_held(change._replace(after=after)))
    return change._replace(after=after)


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
            withdrawn = None if world.withdrawn == prompt.id else world.withdrawn
            return world._replace(table=(*world.table, Pending(prompt, None)), withdrawn=withdrawn)
        case RewritePrompt(prompt):
            demand(prompt.id in ids(world.table), "only what is pending is rewritten")
            table = [replace(each, prompt=prompt) if each.prompt.id == prompt.id else each for each in world.table]
            return world._replace(table=tuple(table))
        case WithdrawPrompt(prompt):
            return world._replace(table=_without(world, prompt.id), withdrawn=prompt.id)
        case Deliver(prompt):
            demand(world.alive and not world.cancelled, "a prompt is delivered to a run that is active")
            return world._replace(table=_without(world, prompt.id))
        case Arrange(pending):
            demand(ids(pending) == ids(world.table), "arranging adds nothing and loses nothing")
            return world._replace(table=pending)
        case BeginRun(run):
            demand(not world.busy, "no run starts before the old one has ended and is rolled back")
            demand(
                world.state.run is not None and run == world.state.run.number, "the run that starts is the active one"
            )
            return world._replace(alive=True, cancelled=False)
        case CancelRun(run):
            demand(world.alive and run == world.state.runs, "only the run that is active is cancelled")
            return world._replace(cancelled=True)
        case CutReply(run):
            demand(world.alive and not world.cancelled and run == world.state.runs, "only an active run's reply is cut")
            return world
        case Compensate(rollback):
            demand(not world.busy, "nothing is compensated while a run is active, or another rollback under way")
            return world._replace(undoing=rollback)
        case CloseRollback(rollback):
            demand(rollback == world.undoing, "a rollback is closed when it has ended")
            return world._replace(undoing=0)
        case Rollback() | Reopen() | Restore():
            demand(not world.busy, "the conversation is not changed while it is worked on")
            return world
        case EndRun() | Answer() | Record() | Refuse() | SetMode() | SetPolicy():
            return world


def _without(world: World, id_: str) -> tuple[Pending, ...]:
    rest = tuple(waiting for waiting in world.table if waiting.prompt.id != id_)
    demand(len(rest) == len(world.table) - 1, "what is delivered or withdrawn was pending, and once")
    return rest


def crash(machine: Machine, world: World) -> World:
    """What a new start finds after kill -9: the table, and a run that was active as crashed."""
    old = world.state
    later = tuple(waiting.prompt for waiting in world.table)
    gone = world.withdrawn and Prompt(world.withdrawn, "", Mode.QUEUE)
    undo = Before(gone, in_next=False, index=len(later), withdrawn=True) if gone else None
    state = machine.state(
        mode=old.mode,
        incorporate_at=old.incorporate_at,
        later=later,
        hold=Hold.RESTART if later else None,
        runs=old.runs,
        last=RunStatus.CRASHED if world.alive else old.last,
        rollbacks=old.rollbacks,
        hidden=old.hidden,
        undo=undo or (RolledBack(old.rollbacks) if old.rollbacks else None),
    )
    return World(state, state.pending, held=ids(state.pending), withdrawn=world.withdrawn)


def ids(pending: tuple[Pending, ...]) -> frozenset[str]:
    return frozenset([waiting.prompt.id for waiting in pending])


# -- what the user is promised ----------------------------------------------------------------------------------------


def _asked(change: Change) -> Trigger | None:
    before, event, after = change.before, change.event, change.after
    match event:
        case StopRequested() | StorageFailed() | CloseRequested():
            return None
        case RunEnded() | RollbackEnded() if not after.undoing:
            return None
        case ResumeRequested() if before.busy and before.stays_idle and before.held and not change.refused:
            return Trigger.RESUME
        case ContinueRequested() | RetryRequested() if before.alive and not change.refused:
            return Trigger.CONTINUE
        case Submitted() | ModeChanged(_, Mode.INTERRUPT) | EditSaved(_, _, Mode.INTERRUPT) if (
            before.stays_idle and not change.refused
        ):
            return None
        case RetryRequested() if after.undoing and not change.refused:
            return Trigger.CONTINUE
        case _:
            return before.asked


def _cause(change: Change) -> type[SessionEvent] | None:
    before, event, after = change.before, change.event, change.after
    if not after.cancelled or isinstance(event, StopRequested | StorageFailed | CloseRequested):
        return None
    if not before.cancelled:
        return RollbackRequested if isinstance(event, RollbackRequested) else Submitted
    return None if before.cause is Submitted and not after.state.next else before.cause


def _editing(change: Change) -> str | None:
    editing = change.before.editing
    match change.event:
        case EditOpened(id) if not change.refused:
            editing = id
        case EditLeft() if not change.refused:
            editing = None
        case EditSaved(id) if id == editing and not change.refused:
            editing = None
        case _:
            pass
    return editing if editing in ids(change.after.table) else None


def _held(change: Change) -> frozenset[str]:
    """All of later, where a hold stands; a stop that leads to no new run is one."""
    after = change.after
    later = frozenset([prompt.id for prompt in after.state.later])
    held = _newly_held(change) & ids(after.table)
    if held or (after.ending and after._replace(held=held).stays_idle):
        return later
    return held


def _newly_held(change: Change) -> frozenset[str]:
    before, event, after = change.before, change.event, change.after
    everything, later = ids(before.table), frozenset([prompt.id for prompt in before.state.later])
    match event:
        case StopRequested(force) if before.busy or force:
            return everything if force or before.ending else before.held | later
        case CloseRequested() | StorageFailed():
            return everything
        case ResumeRequested() if not change.refused:
            return frozenset()
        case RunEnded(_, Outcome.TURN_LIMIT) if not before.cancelled:
            return before.held | later
        case RunEnded(_, Outcome.FAILED | Outcome.RATE_LIMITED | Outcome.CANCELLED) if not before.cancelled:
            return everything
        case RollbackRequested() if before.alive and not change.refused:
            return before.held | later
        case UndoRequested() if before.withdrawn and not after.withdrawn and not before.busy:
            return before.held | {before.withdrawn}
        case _:
            return before.held


# -- one name for worlds that differ only in names --------------------------------------------------------------------

_LAST = {None: RunStatus.COMPLETED, RunStatus.CRASHED: RunStatus.CANCELLED}
_NEWEST, _OLDER = 2, 1


def canonical(world: World, families: Collection[Family]) -> World:
    state = world.state
    undo = state.undo if Family.UNDO in families else None
    known = ids(world.table) | ({undo.prompt.id} if isinstance(undo, Before) else set())
    names = {old: str(rank) for rank, old in enumerate(sorted(known), start=1)}
    table = tuple([Pending(_renamed(world, each.prompt, names), _hold(each.hold)) for each in world.table])
    state = replace(
        state,
        run=_run(state),
        next=tuple([_renamed(world, prompt, names) for prompt in state.next]),
        later=tuple([_renamed(world, prompt, names) for prompt in state.later]),
        hold=_hold(state.hold),
        editing=names.get(state.editing) if state.editing else None,
        undo=_undo(world, undo, names),
        runs=_NEWEST if state.runs else 0,
        last=_LAST.get(state.last, state.last) if state.runs else None,
        rollbacks=_NEWEST if state.rollbacks else 0,
        hidden=_number(state.hidden, state.rollbacks),
    )
    return world._replace(
        state=state,
        table=table,
        undoing=_number(world.undoing, world.state.rollbacks),
        held=frozenset([names[old] for old in world.held]),
        editing=names[world.editing] if world.editing else None,
        withdrawn=names.get(world.withdrawn) if world.withdrawn else None,
    )


def _run(state: SessionState) -> ActiveRun | None:
    if not state.run or not state.run.undoing:
        return replace(state.run, number=_NEWEST) if state.run else None
    undoing = replace(state.run.undoing, rollback=_number(state.run.undoing.rollback, state.rollbacks))
    return replace(state.run, number=_NEWEST, undoing=undoing)


def _number(rollback: int, newest: int) -> int:
    return rollback and (_NEWEST if rollback == newest else _OLDER)


def _undo(world: World, undo: Before | RolledBack | None, names: dict[str, str]) -> Before | RolledBack | None:
    match undo:
        case Before():
            return replace(undo, prompt=_renamed(world, undo.prompt, names))
        case RolledBack(rollback):
            return RolledBack(_number(rollback, world.state.rollbacks))
        case None:
            return None


def _renamed(world: World, prompt: Prompt, names: dict[str, str]) -> Prompt:
    """A wish counts only while it is what stops the run."""
    counts = world.cause is Submitted and prompt.mode is Mode.INTERRUPT
    return _prompt(names[prompt.id], prompt.mode, prompt.on_interrupt if counts else OnInterrupt.KEEP)


@cache
def _prompt(name: str, mode: Mode, wish: OnInterrupt) -> Prompt:
    return Prompt(name, "", mode, on_interrupt=wish)


def _hold(hold: Hold | None) -> Hold | None:
    return hold if hold in {None, Hold.EDITING} else Hold.STOPPED
