"""A run while it works: what its events have told so far, and what is left to write down when it ends early.

The reply that is being streamed exists only here until it is finished or cut.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import assert_never

from msgspec.structs import replace

from interruptible_tui.conversation import (
    CallStatus,
    Cut,
    Message,
    MessageStatus,
    Role,
    ToolCall,
    Trigger,
    Usage,
)
from interruptible_tui.events import (
    CallStreamed,
    MessageAdded,
    ReasoningStreamed,
    Recorded,
    RetryScheduled,
    Streamed,
    TextStreamed,
    ToolEnded,
    ToolPrinted,
    ToolStarted,
    TurnStarted,
    UsageReported,
)

OUTPUT_KEPT = 2_000
"""Characters of a cut tool's latest output that the model is told."""


@dataclass(slots=True)
class LiveCall:
    """A tool call of the current turn, from its first streamed piece to its result."""

    call: ToolCall
    started_at: float | None = None
    output: str = ""
    """The end of what it printed."""


@dataclass(slots=True)
class LiveRun:
    number: int
    trigger: Trigger
    started_at: float
    heard_at: float
    """When the run last told anything."""
    turn: int = 0
    usage: Usage = field(default_factory=Usage)
    """Of all replies so far."""
    retry: RetryScheduled | None = None
    """Set while a failed model call waits to be tried again."""
    calls: dict[str, LiveCall] = field(default_factory=dict)
    """Calls of this turn whose reply is committed, by id."""
    _text: list[str] = field(default_factory=list)
    _unwritten: list[TextStreamed | CallStreamed] = field(default_factory=list)
    _draft_calls: dict[int, ToolCall] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The part of the reply that has been streamed and is not yet a message."""
        return "".join(self._text)

    @property
    def works(self) -> bool:
        """Whether a tool is running."""
        return any(live.call.status is CallStatus.RUNNING for live in self.calls.values())

    @property
    def draft_calls(self) -> tuple[ToolCall, ...]:
        """The calls of that reply, as far as they are written."""
        return tuple(call for _, call in sorted(self._draft_calls.items()))

    def follow(self, event: Streamed | Recorded, at: float) -> None:
        """Take in what the run told at the time `at`."""
        self.heard_at = at
        match event:
            case TurnStarted(turn=turn):
                self.turn, self.retry = turn, None
                self.calls.clear()
                self._drop_draft()
            case RetryScheduled():
                self.retry = event
            case TextStreamed(text=text):
                self._text.append(text)
                self._unwritten.append(event)
            case CallStreamed():
                self._follow_call(event)
                self._unwritten.append(event)
            case UsageReported(usage=usage):
                self.usage += usage
            case MessageAdded(message=message) if message.role is Role.ASSISTANT:
                made = () if message.status is MessageStatus.PARTIAL else message.tool_calls
                self.calls = {call.id: LiveCall(call) for call in made}
                self._drop_draft()
            case ToolStarted(call_id=call_id):
                live = self.calls[call_id]
                live.started_at = at
                live.call = replace(live.call, status=CallStatus.RUNNING)
            case ToolPrinted(call_id=call_id, text=text):
                if printing := self.calls.get(call_id):  # None: a late word of an earlier turn
                    printing.output = (printing.output + text)[-OUTPUT_KEPT:]
            case ToolEnded(call_id=call_id, status=status):
                live = self.calls[call_id]
                live.call = replace(live.call, status=status)
            case ReasoningStreamed() | MessageAdded():
                pass
            case _:
                assert_never(event)

    def drain(self) -> tuple[TextStreamed | CallStreamed, ...]:
        """The pieces of the reply that have been streamed since this was last asked, as few as say the same."""
        pieces = tuple(_joined(list(same)) for _, same in groupby(self._unwritten, _continued))
        self._unwritten.clear()
        return pieces

    def remains(
        self, cut: Cut, at: float, *, alive: bool = False, not_begun: Collection[str] = ()
    ) -> list[MessageAdded | ToolEnded]:
        """What has to be written when the run ends now: the partial reply, and the truth about each unfinished call.

        `alive`: the run did not react to its cancellation, so its tools may still be running. `not_begun`: ids of
        calls that were written down as started, but were cancelled before they did.
        """
        partial = Message(
            role=Role.ASSISTANT,
            text=self.text,
            run=self.number,
            turn=self.turn,
            status=MessageStatus.PARTIAL,
            tool_calls=self.draft_calls,
            cut=cut,
            created_at=at,
        )
        remains: list[MessageAdded | ToolEnded] = []
        if partial.text or partial.tool_calls:
            remains.append(MessageAdded(self.number, partial))
        for live in self.calls.values():
            if live.call.status is CallStatus.RUNNING and live.call.id not in not_begun:
                remains.append(self._result(live, CallStatus.INTERRUPTED, _so_far(live, at, alive=alive), at))
            elif live.call.status in {CallStatus.RUNNING, CallStatus.NOT_STARTED}:
                remains.append(self._result(live, CallStatus.NOT_STARTED, "not started", at))
        return remains

    def _result(self, live: LiveCall, status: CallStatus, text: str, at: float) -> ToolEnded:
        result = Message(
            role=Role.TOOL, text=text, run=self.number, turn=self.turn, tool_call_id=live.call.id, created_at=at
        )
        return ToolEnded(self.number, self.turn, live.call.id, status, result)

    def _follow_call(self, event: CallStreamed) -> None:
        known = self._draft_calls.get(event.index)
        written = (known.arguments if known else "") + event.arguments
        self._draft_calls[event.index] = ToolCall(event.call_id, event.name, written)

    def _drop_draft(self) -> None:
        self._text.clear()
        self._draft_calls.clear()
        self._unwritten.clear()


def _continued(piece: TextStreamed | CallStreamed) -> int | None:
    """What a piece continues: the call of that index, or the text."""
    return piece.index if isinstance(piece, CallStreamed) else None


def _joined(pieces: Sequence[TextStreamed | CallStreamed]) -> TextStreamed | CallStreamed:
    """One piece for several that continue the same."""
    last = pieces[-1]
    if isinstance(last, TextStreamed):
        text = "".join(piece.text for piece in pieces if isinstance(piece, TextStreamed))
        return replace(last, text=text)
    arguments = "".join(piece.arguments for piece in pieces if isinstance(piece, CallStreamed))
    return replace(last, arguments=arguments)


def _so_far(live: LiveCall, at: float, *, alive: bool) -> str:
    """The truth about a tool that was cut."""
    text = f"interrupted after {at - (live.started_at or at):.1f} s, may have partial effects"
    if alive:
        text += ", may still be running"
    if live.output:
        text += f", output so far: {live.output}"
    return text
