"""What the machine asks for: effects, in the imperative, as plain values that the engine carries out."""

from enum import Enum

from msgspec import Struct

from interruptible_tui.conversation import (
    IncorporateAt,
    Mode,
    OnInterrupt,
    Pending,
    Prompt,
    RunStatus,
    Scope,
    Trigger,
)
from interruptible_tui.events import CompensationEnded, CompensationStarted, FlushDue, Recorded


class Stop(Enum):
    """Why the active run is being stopped; the value is the run's reason once it has ended."""

    INTERRUPT = "interrupted by a new prompt"
    ESC = "stopped"
    FORCE = "stopped at once"
    STORAGE = "storage failed"
    CLOSE = "the session was closed"
    ROLLBACK = "rolled back"


class Landing(Enum):
    """How a prompt came into the conversation."""

    STARTED = "started"
    """It started the run at once."""
    QUEUED = "queued"
    """It has waited in the queue and started the run."""
    INTERRUPTED = "interrupted"
    """It interrupted the run before, and started the run."""
    INCORPORATED = "incorporated"
    """The run took it in."""


class SavePrompt(Struct, frozen=True):
    """A new one, or one that was withdrawn."""

    prompt: Prompt


class RewritePrompt(Struct, frozen=True):
    """Write its new text down."""

    prompt: Prompt


class WithdrawPrompt(Struct, frozen=True):
    """It is no longer pending, and kept all the same."""

    prompt: Prompt


class Arrange(Struct, frozen=True):
    """Write down how, where and why the pending prompts wait."""

    pending: tuple[Pending, ...]


class SetMode(Struct, frozen=True):
    mode: Mode


class SetPolicy(Struct, frozen=True):
    policy: OnInterrupt | IncorporateAt


class BeginRun(Struct, frozen=True):
    run: int
    trigger: Trigger
    prompts: tuple[Prompt, ...]


class Deliver(Struct, frozen=True):
    """Move a prompt from the pending ones into the conversation."""

    prompt: Prompt
    run: int
    turn: int
    landing: Landing
    interrupted: int = 0
    """Number of the run that it interrupted."""


class Answer(Struct, frozen=True):
    """Give the run that waits at a boundary what was delivered to it in this step; none lets it go on."""

    run: int


class Record(Struct, frozen=True):
    """Write a step of a run, or of a rollback, down."""

    event: Recorded | FlushDue | CompensationStarted | CompensationEnded


class CancelRun(Struct, frozen=True):
    run: int
    force: bool = False
    """Do not wait for the grace of its tools."""


class CutReply(Struct, frozen=True):
    """End the reply that the run is generating, if it is, and let it go on."""

    run: int


class EndRun(Struct, frozen=True):
    run: int
    status: RunStatus
    reason: str
    stop: Stop | None
    trim: bool = False
    """Whether its unfinished turn is dropped."""


class Rollback(Struct, frozen=True):
    """Hide messages from the model, and note which calls are to be compensated."""

    rollback: int
    scope: Scope


class Reopen(Struct, frozen=True):
    """Note that a rollback is under way once more."""

    rollback: int


class Compensate(Struct, frozen=True):
    """Carry out what a rollback has noted, newest first, and tell the end."""

    rollback: int
    again: bool = False
    """Also what has failed, or is of unknown outcome."""


class CloseRollback(Struct, frozen=True):
    """Write down what could not be undone, for the model and for people."""

    rollback: int


class Restore(Struct, frozen=True):
    """Show the model again what a rollback has hidden, and tell it what stays undone."""

    rollback: int


class Refuse(Struct, frozen=True):
    """Nothing happened; the user is told why."""

    reason: str


Effect = (
    SavePrompt
    | RewritePrompt
    | WithdrawPrompt
    | Arrange
    | SetMode
    | SetPolicy
    | BeginRun
    | Deliver
    | Answer
    | Record
    | CutReply
    | CancelRun
    | EndRun
    | Rollback
    | Reopen
    | Compensate
    | CloseRollback
    | Restore
    | Refuse
)
