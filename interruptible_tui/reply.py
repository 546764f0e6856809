"""A reply while it is being streamed: what the provider's deltas say together, and the message that comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from msgspec.structs import replace

from interruptible_tui.conversation import Cut, Message, MessageStatus, Role, ToolCall, Usage
from interruptible_tui.events import CallStreamed, ReasoningStreamed, Streamed, TextStreamed, UsageReported
from interruptible_tui.providers import (
    CallDelta,
    Delta,
    Finish,
    Finished,
    ProviderError,
    ReasoningDelta,
    TextDelta,
)
from interruptible_tui.text import storable

_CALL_ID_LENGTH = 40
"""Chat completions refuse longer ids of tool calls."""


@dataclass(slots=True)
class Reply:
    """A reply that is being streamed."""

    run: int
    turn: int
    emit: Callable[[Streamed], None]
    begun: bool = False
    """Whether the model has said anything, be it only to itself."""
    finish: Finish | None = None
    """How the server has ended it; None before that."""
    _text: list[str] = field(default_factory=list)
    _calls: dict[int, ToolCall] = field(default_factory=dict)

    def take(self, delta: Delta) -> None:
        match delta:
            case TextDelta(""):
                pass
            case TextDelta():
                self.begun = True
                text = storable(delta.text)
                self._text.append(text)
                self.emit(TextStreamed(self.run, self.turn, text))
            case ReasoningDelta(text):
                self.begun = self.begun or text != ""
                self.emit(ReasoningStreamed(self.run, self.turn, storable(text)))
            case CallDelta():
                self.begun = True
                self._take_call(delta)
            case Finished(finish, usage):
                self.finish = finish
                self.emit(UsageReported(self.run, usage or Usage()))

    def _take_call(self, delta: CallDelta) -> None:
        known = self._calls.get(delta.index) or ToolCall("", "", "")
        written = storable(delta.arguments)
        call = ToolCall(
            id=self._call_id(delta.index, storable(delta.id or known.id)),
            name=storable(delta.name or known.name),
            arguments=known.arguments + written,
        )
        self._calls[delta.index] = call
        self.emit(CallStreamed(self.run, self.turn, delta.index, call.id, call.name, written))

    def _call_id(self, index: int, wanted: str) -> str:
        """`wanted`, or one of ours where it is missing, too long, or another call's."""
        others = {call.id for other, call in self._calls.items() if other != index}
        if wanted and len(wanted) <= _CALL_ID_LENGTH and wanted not in others:
            return wanted
        ours = (f"call_{self.run}_{self.turn}_{number}" for number in count(index))
        return next(id_ for id_ in ours if id_ not in others)

    def finished(self) -> Message:
        """The whole reply; ProviderError if the server did not finish it."""
        match self.finish:
            case Finish.STOP:
                return self._message()
            case Finish.LENGTH:
                raise ProviderError("the reply reached the model's length limit")
            case Finish.FILTERED:
                raise ProviderError("the server withheld the rest of the reply (content filter)")
            case None:
                raise ProviderError("the server's answer ended before it was complete", retryable=True)

    def cut(self) -> Message:
        """What there is of it when a message of the user ends it; the whole one if there was nothing left to end."""
        if self.finish:
            return self.finished()
        return replace(self._message(), status=MessageStatus.PARTIAL, cut=Cut.PROMPT)

    def _message(self) -> Message:
        calls = tuple(call for _, call in sorted(self._calls.items()))
        text = "".join(self._text)
        return Message(role=Role.ASSISTANT, text=text, run=self.run, turn=self.turn, tool_calls=calls)
