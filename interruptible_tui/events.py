"""What has happened, in the past tense.

Three families. `SessionEvent`: what the machine decides about. `Recorded`: the steps of a run that are written down
before the run goes on. `Streamed`: what a run tells while it works; shown, and stored only as part of a later step.
An event of a run carries the run's number, so that nothing of a run that has ended is taken for the next one's.
"""

from dataclasses import dataclass
from enum import Enum, auto

from interruptible_tui.conversation import CallStatus, Message, Mode, Prompt, Trigger, Usage

# -- what the user did ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submitted:
    """A prompt was sent. `mode` None is plain Enter: the session's mode holds at the moment this is handled."""

    id: str
    text: str
    mode: Mode | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class ModeSwitched:
    mode: Mode


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Esc. `everything`: as a second Esc, even if no stop is under way."""

    everything: bool = False


@dataclass(frozen=True, slots=True)
class ResumeRequested:
    pass


@dataclass(frozen=True, slots=True)
class ContinueRequested:
    """A new run without a new prompt was asked for (/continue, /retry)."""


@dataclass(frozen=True, slots=True)
class CloseRequested:
    pass


# -- what a run did ---------------------------------------------------------------------------------------------------


class Outcome(Enum):
    """How a run ended, seen by itself."""

    COMPLETED = auto()
    TURN_LIMIT = auto()
    FAILED = auto()
    RATE_LIMITED = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class BoundaryReached:
    """The run is before a model call, or before its end, and waits in its inbox for what it is given."""

    run: int
    turn: int
    """The turn that would answer what is taken here."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    run: int
    outcome: Outcome
    reason: str = ""
    """For people; empty for a completed run."""


@dataclass(frozen=True, slots=True)
class StorageFailed:
    """A step of the run could not be written."""

    run: int
    reason: str = ""
    """For people."""


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message is in the conversation. From a run: its finished reply, with the calls that are about to start."""

    run: int
    message: Message


@dataclass(frozen=True, slots=True)
class ToolStarted:
    run: int
    turn: int
    call_id: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A call's result. `message` has role TOOL."""

    run: int
    turn: int
    call_id: str
    status: CallStatus
    message: Message


@dataclass(frozen=True, slots=True)
class FlushDue:
    """A run has been streaming for a while, and what it has told since the last time is to be written down."""

    run: int


# -- what a run tells while it works ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A model call begins. `attempt` counts from 1; more than 1 after a retry."""

    run: int
    turn: int
    attempt: int


@dataclass(frozen=True, slots=True)
class TextStreamed:
    run: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningStreamed:
    """The model thinks; `text` may be empty where the server does not show it."""

    run: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class CallStreamed:
    """A piece of a tool call that the model is writing."""

    run: int
    turn: int
    index: int
    """Which call of the reply, from 0."""
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolPrinted:
    """Output of a tool that is running."""

    run: int
    turn: int
    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """A model call failed before its first token and is tried again."""

    run: int
    turn: int
    attempt: int
    """The attempt that will follow, from 2."""
    delay: float
    """Seconds."""
    reason: str


@dataclass(frozen=True, slots=True)
class UsageReported:
    run: int
    usage: Usage
    """Of one reply."""


# -- what the session did ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunStarted:
    run: int
    trigger: Trigger
    prompts: tuple[Prompt, ...]
    at: float = 0.0


Recorded = MessageAdded | ToolStarted | ToolEnded
Streamed = TurnStarted | TextStreamed | ReasoningStreamed | CallStreamed | ToolPrinted | RetryScheduled | UsageReported
UserEvent = Submitted | ModeSwitched | StopRequested | ResumeRequested | ContinueRequested | CloseRequested
RunEvent = BoundaryReached | RunEnded | StorageFailed | FlushDue | Recorded
SessionEvent = UserEvent | RunEvent
Published = SessionEvent | Streamed | RunStarted
"""What observers (the screen, a command) are told, after it is stored."""
