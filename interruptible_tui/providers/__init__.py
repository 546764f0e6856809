"""Models as the agent sees them: a request in, a stream of deltas out.

Each provider lives in a module of its own here; this one says what they have in common. An answer is complete only
when a `Finished` has been yielded.
"""

from collections.abc import AsyncGenerator
from enum import Enum, auto
from typing import Protocol

from msgspec import Struct

from interruptible_tui.conversation import Usage
from interruptible_tui.request import Request


class TextDelta(Struct, frozen=True):
    text: str


class ReasoningDelta(Struct, frozen=True):
    """The model thinks; `text` may be empty."""

    text: str


class CallDelta(Struct, frozen=True):
    """A piece of a tool call. `id` and `name` are set (not appended) when given, `arguments` is appended."""

    index: int
    """Which call of the reply, from 0."""
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class Finish(Enum):
    STOP = auto()
    """The reply is complete, with or without tool calls."""
    LENGTH = auto()
    """The server cut the reply at its token limit."""
    FILTERED = auto()
    """The server withheld the rest of the reply."""


class Finished(Struct, frozen=True):
    """The last delta of every stream that the server ended properly."""

    finish: Finish
    usage: Usage | None = None


Delta = TextDelta | ReasoningDelta | CallDelta | Finished


class ProviderError(Exception):
    """The model call failed. Its text is one line for people, without secrets, with the HTTP status if any."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status, where the failure is an HTTP answer."""
        self.retryable = retryable
        """Whether the same request may succeed later."""
        self.retry_after = retry_after
        """Seconds the server asks to wait."""


class Provider(Protocol):
    """A model behind some wire format."""

    def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        """Ask the model. Ends after `Finished`, or raises ProviderError; never ends silently without either.

        Cancelling the consumer, or closing the generator, closes the connection at once. Makes one attempt:
        retrying is the agent's business.
        """
        ...

    async def warm(self) -> None:
        """Prepare for the first request, so that it does not have to wait; never fails."""
        ...

    async def close(self) -> None:
        """Release connections. No stream may be open."""
        ...
