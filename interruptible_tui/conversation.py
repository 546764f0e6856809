"""The nouns of a conversation, as plain values.

A *prompt* is a user's text that is not yet in the conversation; a *message* is an entry of it. A *run* is one
execution of the agent loop; a *turn* of it is one model reply plus the results of all of its tool calls.
"""

import json
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple, replace


class Mode(StrEnum):
    """What a prompt does when a run is active."""

    INTERRUPT = "interrupt"
    """The run is cancelled; when it has ended, a new one starts with the prompt."""
    INCORPORATE = "incorporate"
    """The run takes the prompt in at its next boundary."""
    QUEUE = "queue"
    """The prompt waits for a run of its own."""


class OnInterrupt(StrEnum):
    """What an interrupting prompt leaves of the run that it stops, from the weakest wish to the strongest."""

    KEEP = "keep"
    """Everything; what was cut is marked."""
    TRIM = "trim"
    """The finished turns."""
    ROLLBACK = "rollback"
    """Nothing that the model sees; tools are compensated. Nothing is deleted."""


class IncorporateAt(StrEnum):
    """When a run takes in what is to be incorporated."""

    BOUNDARY = "boundary"
    """Before its next model call."""
    NOW = "now"
    """At once, if a reply is being generated: that is cut, and the run goes on with its next turn."""


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    NOTE = "note"


class MessageStatus(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    TRIMMED = "trimmed"
    ROLLED_BACK = "rolled_back"


class CallStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DENIED = "denied"
    INTERRUPTED = "interrupted"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


class RunStatus(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    CRASHED = "crashed"


class Trigger(StrEnum):
    """Why a run started."""

    PROMPT = "prompt"
    QUEUE = "queue"
    INTERRUPT = "interrupt"
    INCORPORATE = "incorporate"
    RESUME = "resume"
    CONTINUE = "continue"


class Hold(StrEnum):
    """Why the queue does not go on by itself; the value is the reason people are shown."""

    RESTART = "restart"
    STOPPED = "stopped"
    TURN_LIMIT = "turn limit"
    FAILED = "failed"
    RATE_LIMIT = "rate limit"
    CANCELLED = "cancelled"
    STORAGE = "storage"
    EDITING = "editing"
    """A prompt of the queue is open for editing."""
    UNDO = "brought back"
    """It was withdrawn, and taken back into the queue of an idle session."""


class Cut(StrEnum):
    """Who cut a reply short; the value completes the sentence "cut by ...", which the model reads."""

    PROMPT = "a new message of the user"
    STOP = "the user"
    CLOSE = "the end of the program"
    FAILURE = "an error"
    OUTSIDE = "a cancellation from outside"
    CRASH = "a crash of the program"


class Prompt(Struct, frozen=True):
    id: str
    text: str
    mode: Mode
    created_at: float = 0.0
    """Seconds since the epoch, UTC; as everywhere here."""
    on_interrupt: OnInterrupt = OnInterrupt.KEEP
    """What it leaves of the run that it interrupts. Not stored: a restart has ended that run."""


class Pending(Struct, frozen=True):
    """A prompt where it waits. A listing of these is in landing order."""

    prompt: Prompt
    hold: Hold | None
    """None for what starts on its own."""


class ToolCall(Struct, frozen=True):
    id: str
    name: str
    arguments: str
    """Exactly what the model wrote: normally a JSON object, possibly cut or malformed."""
    status: CallStatus = CallStatus.NOT_STARTED


def parse_arguments(arguments: str) -> dict[str, Any] | None:
    """The JSON object in `arguments`, or None: no strict prefix of a JSON object is one, so None also means unfinished.

    Lone surrogates, which JSON can spell and UTF-8 cannot, make it None too.
    """
    try:
        value = json.loads(arguments)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class Message(Struct, frozen=True, kw_only=True, eq=False):
    role: Role
    text: str
    run: int = 0
    """Number of the run within its session, from 1."""
    turn: int = 0
    """Number of the turn within its run, from 1; for a user's message the turn that answers it."""
    status: MessageStatus = MessageStatus.COMPLETE
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    """The call that this message of role TOOL answers."""
    cut: Cut | None = None
    """Who cut it, for a PARTIAL one."""
    prompt_id: str | None = None
    mode: Mode | None = None
    receipt: str | None = None
    """What became of the prompt, as people read it: "incorporated at turn 4"."""
    created_at: float = 0.0
    id: int | None = None
    """Its place among all messages that are stored; None as long as it is not. Equality does not look at it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and astuple(replace(self, id=None)) == astuple(replace(other, id=None))

    def __hash__(self) -> int:
        return hash(astuple(replace(self, id=None)))


class WholeRun(Struct, frozen=True):
    """Everything that a run added, the prompts it took included."""

    run: int


class LastAnswer(Struct, frozen=True):
    """What a run has said since the last prompt that it took."""

    run: int


class Since(Struct, frozen=True):
    """The message that a prompt has become, and everything after it."""

    prompt: str


Scope = WholeRun | LastAnswer | Since
"""Which messages a rollback hides from the model, notes excepted."""


class CompensationStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It was cut by a crash or by the end of the program: nobody knows what it did."""
    NOT_DECLARED = "not declared"
    """Its tool has none."""
    NEEDLESS = "needless"
    """The call has never reached its tool."""


class Compensation(Struct, frozen=True):
    """What becomes of one tool call that is rolled back."""

    run: int
    turn: int
    call: ToolCall
    result: str | None
    """What the model was told; None where there is no result."""
    status: CompensationStatus = CompensationStatus.WAITING
    text: str = ""
    """What the compensation said, or why there is none."""


class Usage(Struct, frozen=True):
    """Tokens as the server counts them."""

    input: int = 0
    output: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.input + other.input, self.output + other.output)


class ToolSpec(Struct, frozen=True):
    """What is said about a tool; the model is told the first three. `parameters` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]
    idempotent: bool = False
    """Whether calling it twice is as good as calling it once."""
    compensated: bool = False
    """Whether what a call of it did can be undone."""
