"""What a session is at a moment, and what can be asked of that."""

from typing import Any

from msgspec import Struct

from interruptible_tui.conversation import Hold, IncorporateAt, Mode, OnInterrupt, Pending, Prompt, RunStatus, Trigger
from interruptible_tui.effects import Effect, Refuse, Stop
from interruptible_tui.events import Outcome

Prompts = tuple[Prompt, ...]


class Undoing(Struct, frozen=True):
    """A rollback that is under way."""

    rollback: int
    outcome: Outcome
    """How the run had ended that is over since; COMPLETED for a rollback of an idle session."""


class ActiveRun(Struct, frozen=True):
    number: int
    stop: Stop | None = None
    """None while it is not stopping."""
    after: Trigger | None = None
    """What was asked for while it was stopping, and starts when it has ended: PROMPT, RESUME or CONTINUE."""
    undoing: Undoing | None = None
    """The run is over, or another one is rolled back: nothing starts before that is done."""


class Before(Struct, frozen=True):
    """How a prompt waited before it was changed."""

    prompt: Prompt
    in_next: bool
    index: int
    """In its place, from 0."""
    withdrawn: bool
    """Whether it is not pending since."""


class RolledBack(Struct, frozen=True):
    rollback: int


class SessionState(Struct, frozen=True):
    mode: Mode = Mode.INCORPORATE
    on_interrupt: OnInterrupt = OnInterrupt.KEEP
    incorporate_at: IncorporateAt = IncorporateAt.BOUNDARY
    run: ActiveRun | None = None
    next: Prompts = ()
    later: Prompts = ()
    hold: Hold | None = None
    """The one that stands beside that for editing."""
    editing: str | None = None
    """Id of the pending prompt that is open for editing."""
    undo: Before | RolledBack | None = None
    """What the last change was, as long as it can be taken back."""
    runs: int = 0
    """Number of the newest run."""
    last: RunStatus | None = None
    """How the newest run ended; None before the first end."""
    rollbacks: int = 0
    """Number of the newest rollback."""
    hidden: int = 0
    """The rollback that has hidden the newest run; 0 while that can be seen."""
    closing: bool = False

    @property
    def held(self) -> Hold | None:
        """Why later does not start on its own."""
        return Hold.EDITING if any(prompt.id == self.editing for prompt in self.later) else self.hold

    @property
    def pending(self) -> tuple[Pending, ...]:
        """What waits, in landing order: resuming puts held corrections before the queue."""
        corrections, queue = split(self.later)
        hold = self.held
        waiting = [Pending(prompt, None) for prompt in self.next]
        return (*waiting, *(Pending(prompt, hold) for prompt in (*corrections, *queue)))


Step = tuple[SessionState, tuple[Effect, ...]]


def refuse(state: SessionState, reason: str) -> Step:
    return state, (Refuse(reason),)


def split(later: Prompts) -> tuple[Prompts, Prompts]:
    """Corrections, which a hold brought there, and the queue."""
    queue = tuple(prompt for prompt in later if prompt.mode is Mode.QUEUE)
    return tuple(prompt for prompt in later if prompt.mode is not Mode.QUEUE), queue


def active(state: SessionState, run: int) -> ActiveRun | None:
    """The run numbered `run`, if what it says is heard."""
    return state.run if state.run and state.run.number == run and not state.run.undoing else None


def is_idle(state: SessionState) -> bool:
    """Whether no run is active, or nothing will start when the stop that is under way has ended the active one."""
    run = state.run
    if not run:
        return True
    goes_on = run.after is Trigger.RESUME and state.later
    return run.stop is not None and not state.next and not goes_on and run.after is not Trigger.CONTINUE


def ids(prompts: Prompts) -> list[str]:
    return [prompt.id for prompt in prompts]


def without(prompts: Prompts, id_: str) -> Prompts:
    return tuple(prompt for prompt in prompts if prompt.id != id_)


def changed(prompts: Prompts, new: Prompt) -> Prompts:
    """`new` in the place of the prompt of its id."""
    return tuple(new if prompt.id == new.id else prompt for prompt in prompts)


def inserted(prompts: Prompts, index: int, new: Any) -> Prompts:
    return (*prompts[:index], new, *prompts[index:])
