"""What the machine asks for: effects, in the imperative, as plain values that the engine carries out."""

from dataclasses import dataclass
from enum import Enum

from interruptible_tui.conversation import Mode, Pending, Prompt, RunStatus, Trigger
from interruptible_tui.events import FlushDue, Recorded


class Stop(Enum):
    """Why the active run is being stopped; the value is the run's reason once it has ended."""

    INTERRUPT = "interrupted by a new prompt"
    ESC = "stopped"
    FORCE = "stopped at once"
    STORAGE = "storage failed"
    CLOSE = "the program was closed"


@dataclass(frozen=True, slots=True)
class SavePrompt:
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Arrange:
    """Write down how, where and why the pending prompts wait."""

    pending: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class SetMode:
    mode: Mode


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
    receipt: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Give the run that waits at a boundary what was delivered to it in this step; none lets it go on."""

    run: int


@dataclass(frozen=True, slots=True)
class Record:
    """Write a run's step down."""

    event: Recorded | FlushDue


@dataclass(frozen=True, slots=True)
class CancelRun:
    run: int
    force: bool = False
    """Do not wait for the grace of its tools."""


@dataclass(frozen=True, slots=True)
class EndRun:
    run: int
    status: RunStatus
    reason: str
    stop: Stop | None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing happened; the user is told why."""

    reason: str


Effect = SavePrompt | Arrange | SetMode | BeginRun | Deliver | Answer | Record | CancelRun | EndRun | Refuse
