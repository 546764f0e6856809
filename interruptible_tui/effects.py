"""What the machine asks for: effects, in the imperative, as plain values that the engine carries out."""

from dataclasses import dataclass
from enum import Enum

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


@dataclass(frozen=True, slots=True)
class SavePrompt:
    """A new one, or one that was withdrawn."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class RewritePrompt:
    """Write its new text down."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class WithdrawPrompt:
    """It is no longer pending, and kept all the same."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Arrange:
    """Write down how, where and why the pending prompts wait."""

    pending: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class SetMode:
    mode: Mode


@dataclass(frozen=True, slots=True)
class SetPolicy:
    policy: OnInterrupt | IncorporateAt


@dataclass(frozen=True, slots=True)
class BeginRun:
    run: int
    trigger: Trigger
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Deliver:
    """Move a prompt from the pending ones into the conversation."""

    prompt: Prompt
    run: int
    turn: int
    landing: Landing
    interrupted: int = 0
    """Number of the run that it interrupted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Give the run that waits at a boundary what was delivered to it in this step; none lets it go on."""

    run: int


@dataclass(frozen=True, slots=True)
class Record:
    """Write a step of a run, or of a rollback, down."""

    event: Recorded | FlushDue | CompensationStarted | CompensationEnded


@dataclass(frozen=True, slots=True)
class CancelRun:
    run: int
    force: bool = False
    """Do not wait for the grace of its tools."""


@dataclass(frozen=True, slots=True)
class CutReply:
    """End the reply that the run is generating, if it is, and let it go on."""

    run: int


@dataclass(frozen=True, slots=True)
class EndRun:
    run: int
    status: RunStatus
    reason: str
    stop: Stop | None
    trim: bool = False
    """Whether its unfinished turn is dropped."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Hide messages from the model, and note which calls are to be compensated."""

    rollback: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class Reopen:
    """Note that a rollback is under way once more."""

    rollback: int


@dataclass(frozen=True, slots=True)
class Compensate:
    """Carry out what a rollback has noted, newest first, and tell the end."""

    rollback: int
    again: bool = False
    """Also what has failed, or is of unknown outcome."""


@dataclass(frozen=True, slots=True)
class CloseRollback:
    """Write down what could not be undone, for the model and for people."""

    rollback: int


@dataclass(frozen=True, slots=True)
class Restore:
    """Show the model again what a rollback has hidden, and tell it what stays undone."""

    rollback: int


@dataclass(frozen=True, slots=True)
class Refuse:
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
