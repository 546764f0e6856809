"""What has happened, in the past tense.

`SessionEvent` is what the machine decides about: what the user did (`UserEvent`, of which a `Wish` may be refused),
what a run did, what a rollback did. Of a run's, `Recorded` are the steps that are written down before it goes on.
`Streamed` is what a run tells while it works; shown, and stored only as part of a later step. An event of a run or of
a rollback carries its number, so that nothing of one that has ended is taken for the next one's.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from interruptible_tui.conversation import (
    CallStatus,
    CompensationStatus,
    IncorporateAt,
    Message,
    MessageStatus,
    Mode,
    OnInterrupt,
    Prompt,
    Role,
    ToolCall,
    Trigger,
    Usage,
)

# -- what the user did ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submitted:
    """A prompt was sent. `mode` None is plain Enter: the session's mode holds at the moment this is handled."""

    id: str
    text: str
    mode: Mode | None = None
    at: float = 0.0
    on_interrupt: OnInterrupt | None = None
    """None: the session's."""
    incorporate_at: IncorporateAt | None = None
    """None: the session's."""


@dataclass(frozen=True, slots=True)
class ModeSwitched:
    mode: Mode


@dataclass(frozen=True, slots=True)
class PolicySwitched:
    policy: OnInterrupt | IncorporateAt


# -- what the user did to a prompt that is pending; refused for one that no longer is


@dataclass(frozen=True, slots=True)
class EditOpened:
    id: str


@dataclass(frozen=True, slots=True)
class EditSaved:
    """The edit, if this one is open, ends with it."""

    id: str
    text: str
    mode: Mode | None = None
    """Changed with it, as by ModeChanged; None: it keeps its own."""


@dataclass(frozen=True, slots=True)
class EditLeft:
    """The edit that is open ends, and changes nothing."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    id: str


@dataclass(frozen=True, slots=True)
class Moved:
    """It changes places with its neighbour, if it has one that waits as it does."""

    id: str
    by: int
    """-1: up, 1: down."""


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """INTERRUPT sends it now."""

    id: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class UndoRequested:
    """The last change of what is pending, or the last rollback, is to be taken back."""


# -- what the user did to runs


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Esc. `everything`: as a second Esc, even if no stop is under way."""

    everything: bool = False


@dataclass(frozen=True, slots=True)
class ResumeRequested:
    pass


@dataclass(frozen=True, slots=True)
class ContinueRequested:
    """A new run without a new prompt was asked for (/continue)."""


@dataclass(frozen=True, slots=True)
class RetryRequested:
    """As ContinueRequested; after a completed run its answer is to be repeated."""


@dataclass(frozen=True, slots=True)
class RewindRequested:
    """A prompt that goes on from where an earlier one stands, in its place."""

    id: str
    text: str
    to: str
    """Id of the earlier prompt."""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class RollbackRequested:
    """The active run is stopped for it."""

    run: int


@dataclass(frozen=True, slots=True)
class RestoreRequested:
    """What a rollback has hidden is to be brought back."""

    rollback: int


@dataclass(frozen=True, slots=True)
class CompensationRequested:
    """The compensations of a rollback that are not done are to be tried again."""

    rollback: int


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
    """A message is in the conversation.

    From a run: its finished reply, with the calls that are about to start; or a cut one, whose calls never start.
    """

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


# -- what a rollback did. Its number counts from 1 within its session --------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompensationStarted:
    rollback: int
    run: int
    turn: int
    call_id: str
    call: ToolCall | None = field(default=None, compare=False)
    """What is undone, for people."""


@dataclass(frozen=True, slots=True)
class CompensationEnded:
    """Also told, without a start, of a call that has no compensation."""

    rollback: int
    run: int
    turn: int
    call_id: str
    status: CompensationStatus
    text: str = ""


@dataclass(frozen=True, slots=True)
class RollbackEnded:
    """All that could be compensated has been."""

    rollback: int


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


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that was stored before, and how it is seen now."""

    id: int
    run: int
    turn: int
    role: Role
    status: MessageStatus


@dataclass(frozen=True, slots=True)
class HistoryChanged:
    """What was said before is seen differently: trimmed, rolled back, or brought back."""

    seen: tuple[Seen, ...]
    """What is, oldest first."""
    notes: tuple[Message, ...] = ()
    """What is noted of it behind all other messages, oldest first."""


Recorded = MessageAdded | ToolStarted | ToolEnded
Streamed = TurnStarted | TextStreamed | ReasoningStreamed | CallStreamed | ToolPrinted | RetryScheduled | UsageReported
PendingEvent = EditOpened | EditSaved | EditLeft | Withdrawn | Moved | ModeChanged | UndoRequested
Wish = (
    Submitted
    | PendingEvent
    | ResumeRequested
    | ContinueRequested
    | RetryRequested
    | RewindRequested
    | RollbackRequested
    | RestoreRequested
    | CompensationRequested
)
"""What may be refused."""
UserEvent = Wish | ModeSwitched | PolicySwitched | StopRequested | CloseRequested
RunEvent = BoundaryReached | RunEnded | StorageFailed | FlushDue | Recorded
RollbackEvent = CompensationStarted | CompensationEnded | RollbackEnded
SessionEvent = UserEvent | RunEvent | RollbackEvent
Published = SessionEvent | Streamed | RunStarted | HistoryChanged
"""What observers (the screen, a command) are told, after it is stored."""
