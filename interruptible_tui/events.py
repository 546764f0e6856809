"""What has happened, in the past tense.

`SessionEvent` is what the machine decides about: what the user did (`UserEvent`, of which a `Wish` may be refused),
what a run did, what a rollback did. Of a run's, `Recorded` are the steps that are written down before it goes on.
`Streamed` is what a run tells while it works; shown, and stored only as part of a later step. An event of a run or of
a rollback carries its number, so that nothing of one that has ended is taken for the next one's.

They are structs, and not dataclasses, as are all plain values: to define one takes a fiftieth of the time, at every
start.
"""

from enum import Enum, auto

from msgspec import Struct

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


class Submitted(Struct, frozen=True):
    """A prompt was sent. `mode` None is plain Enter: the session's mode holds at the moment this is handled."""

    id: str
    text: str
    mode: Mode | None = None
    at: float = 0.0
    on_interrupt: OnInterrupt | None = None
    """None: the session's."""
    incorporate_at: IncorporateAt | None = None
    """None: the session's."""


class ModeSwitched(Struct, frozen=True):
    mode: Mode


class PolicySwitched(Struct, frozen=True):
    policy: OnInterrupt | IncorporateAt


# -- what the user did to a prompt that is pending; refused for one that no longer is


class EditOpened(Struct, frozen=True):
    id: str


class EditSaved(Struct, frozen=True):
    """The edit, if this one is open, ends with it."""

    id: str
    text: str
    mode: Mode | None = None
    """Changed with it, as by ModeChanged; None: it keeps its own."""


class EditLeft(Struct, frozen=True):
    """The edit that is open ends, and changes nothing."""


class Withdrawn(Struct, frozen=True):
    id: str


class Moved(Struct, frozen=True):
    """It changes places with its neighbour, if it has one that waits as it does."""

    id: str
    by: int
    """-1: up, 1: down."""


class ModeChanged(Struct, frozen=True):
    """INTERRUPT sends it now."""

    id: str
    mode: Mode


class UndoRequested(Struct, frozen=True):
    """The last change of what is pending, or the last rollback, is to be taken back."""


# -- what the user did to runs


class StopRequested(Struct, frozen=True):
    """Esc. `everything`: as a second Esc, even if no stop is under way."""

    everything: bool = False


class ResumeRequested(Struct, frozen=True):
    pass


class ContinueRequested(Struct, frozen=True):
    """A new run without a new prompt was asked for (/continue)."""


class RetryRequested(Struct, frozen=True):
    """As ContinueRequested; after a completed run its answer is to be repeated."""


class RewindRequested(Struct, frozen=True):
    """A prompt that goes on from where an earlier one stands, in its place."""

    id: str
    text: str
    to: str
    """Id of the earlier prompt."""
    at: float = 0.0


class RollbackRequested(Struct, frozen=True):
    """The active run is stopped for it."""

    run: int


class RestoreRequested(Struct, frozen=True):
    """What a rollback has hidden is to be brought back."""

    rollback: int


class CompensationRequested(Struct, frozen=True):
    """The compensations of a rollback that are not done are to be tried again."""

    rollback: int


class CloseRequested(Struct, frozen=True):
    pass


# -- what a run did ---------------------------------------------------------------------------------------------------


class Outcome(Enum):
    """How a run ended, seen by itself."""

    COMPLETED = auto()
    TURN_LIMIT = auto()
    FAILED = auto()
    RATE_LIMITED = auto()
    CANCELLED = auto()


class BoundaryReached(Struct, frozen=True):
    """The run is before a model call, or before its end, and waits in its inbox for what it is given."""

    run: int
    turn: int
    """The turn that would answer what is taken here."""


class RunEnded(Struct, frozen=True):
    run: int
    outcome: Outcome
    reason: str = ""
    """For people; empty for a completed run."""


class StorageFailed(Struct, frozen=True):
    """A step of the run could not be written."""

    run: int
    reason: str = ""
    """For people."""


class MessageAdded(Struct, frozen=True):
    """A message is in the conversation.

    From a run: its finished reply, with the calls that are about to start; or a cut one, whose calls never start.
    """

    run: int
    message: Message


class ToolStarted(Struct, frozen=True):
    run: int
    turn: int
    call_id: str


class ToolEnded(Struct, frozen=True):
    """A call's result. `message` has role TOOL."""

    run: int
    turn: int
    call_id: str
    status: CallStatus
    message: Message


class FlushDue(Struct, frozen=True):
    """A run has been streaming for a while, and what it has told since the last time is to be written down."""

    run: int


# -- what a rollback did. Its number counts from 1 within its session --------------------------------------------------


class CompensationStarted(Struct, frozen=True):
    rollback: int
    run: int
    turn: int
    call_id: str
    call: ToolCall | None = None
    """What is undone, for people."""


class CompensationEnded(Struct, frozen=True):
    """Also told, without a start, of a call that has no compensation."""

    rollback: int
    run: int
    turn: int
    call_id: str
    status: CompensationStatus
    text: str = ""


class RollbackEnded(Struct, frozen=True):
    """All that could be compensated has been."""

    rollback: int


# -- what a run tells while it works ----------------------------------------------------------------------------------


class TurnStarted(Struct, frozen=True):
    """A model call begins. `attempt` counts from 1; more than 1 after a retry."""

    run: int
    turn: int
    attempt: int


class TextStreamed(Struct, frozen=True):
    run: int
    turn: int
    text: str


class ReasoningStreamed(Struct, frozen=True):
    """The model thinks; `text` may be empty where the server does not show it."""

    run: int
    turn: int
    text: str


class CallStreamed(Struct, frozen=True):
    """A piece of a tool call that the model is writing."""

    run: int
    turn: int
    index: int
    """Which call of the reply, from 0."""
    call_id: str
    name: str
    arguments: str


class ToolPrinted(Struct, frozen=True):
    """Output of a tool that is running."""

    run: int
    turn: int
    call_id: str
    text: str


class RetryScheduled(Struct, frozen=True):
    """A model call failed before its first token and is tried again."""

    run: int
    turn: int
    attempt: int
    """The attempt that will follow, from 2."""
    delay: float
    """Seconds."""
    reason: str


class UsageReported(Struct, frozen=True):
    run: int
    usage: Usage
    """Of one reply."""


# -- what the session did ---------------------------------------------------------------------------------------------


class RunStarted(Struct, frozen=True):
    run: int
    trigger: Trigger
    prompts: tuple[Prompt, ...]
    at: float = 0.0


class Seen(Struct, frozen=True):
    """A message that was stored before, and how it is seen now."""

    id: int
    run: int
    turn: int
    role: Role
    status: MessageStatus


class HistoryChanged(Struct, frozen=True):
    """What was said before is seen differently: trimmed, rolled back, or brought back."""

    seen: tuple[Seen, ...]
    """What is, oldest first."""
    notes: tuple[Message, ...] = ()
    """What is noted of it behind all other messages, oldest first."""


class SessionChanged(Struct, frozen=True):
    """What is stored of the session itself, its name or what it asks models with, is another.

    A follower tells it, too, of a change of the state that no other event tells.
    """


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
Published = SessionEvent | Streamed | RunStarted | HistoryChanged | SessionChanged
"""What observers (the screen, a command) are told, after it is stored."""
