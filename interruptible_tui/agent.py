"""One run: ask the model, run its tools, look into the inbox, repeat.

The agent touches neither the disk nor the screen. It talks to its session through a `Port`: it records each step and
waits until that is durable, it asks at each boundary what the session has for it, and it emits the rest. It may be
cancelled at any await: then the model's stream is closed, its tools are ended, and CancelledError is raised. Whoever
runs it writes down what is left over; nothing here relies on a `finally`.

A cut ends the reply that is being generated and nothing else: what there is of it is recorded, its calls are not made,
and the model is asked again, with what the boundary gave.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from itertools import count
from typing import Any, Protocol

from msgspec import Struct, field

from interruptible_tui.conversation import CallStatus, Message, MessageStatus, Role, ToolCall
from interruptible_tui.events import (
    BoundaryReached,
    MessageAdded,
    Outcome,
    Recorded,
    RetryScheduled,
    RunEnded,
    Streamed,
    ToolEnded,
    ToolPrinted,
    ToolStarted,
    TurnStarted,
)
from interruptible_tui.providers import Provider, ProviderError
from interruptible_tui.reply import Reply
from interruptible_tui.request import Conversation, Request, to_repeat
from interruptible_tui.text import storable
from interruptible_tui.tools import Toolbox

RETRIES = 4
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""
SLICE = 500
"""Messages that are made acceptable in one go: about a millisecond."""
_TOO_MANY_REQUESTS = 429


class ReplyCut(Exception):  # noqa: N818 - it says what is the case
    """A new message of the user has ended the reply that was being generated."""


class Port(Protocol):
    """What a run knows of its session."""

    inbox: asyncio.Queue[tuple[Message, ...]]
    """Holds the answer to each recorded BoundaryReached: the messages to take in, all of them stored."""

    async def record(self, event: BoundaryReached | Recorded) -> None:
        """Return when `event` is durable. Cancelling the wait does not take the event back."""
        ...

    def emit(self, event: Streamed) -> None:
        """Tell what happens, without waiting."""
        ...

    def generating(self) -> AbstractAsyncContextManager[None]:
        """Entered while the model is at a reply. A cut ends what is awaited within, and ReplyCut is raised.

        A cut at any other time does nothing, also to the next reply. If the run is cancelled as well, that outweighs
        the cut: CancelledError is raised.
        """
        ...


class Agent(Struct, frozen=True):
    """What every run of a session is made with."""

    provider: Provider
    toolbox: Toolbox
    model: str
    system: str
    max_turns: int = 50
    retry_delay: float = 0.5
    """Seconds before the first retry, where the server does not say; doubled for each further one."""
    api: str = ""
    """The wire format of its requests, where they go over a wire."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Sent with every request."""

    async def run(self, number: int, context: Iterable[Message], port: Port, *, continues: bool = False) -> RunEnded:
        """Work until the model has nothing more to do. `context` is the conversation so far, the prompts included.

        `continues`: the last run in it was not completed, and this one goes on with its work.
        """
        messages = list(context)
        repeated = await self._repeat(number, messages, port) if continues else []
        turn, spent = 1 + bool(repeated), 0
        conversation = await _conversation(messages)
        conversation.add((*repeated, *await _boundary(port, number, turn)))
        try:
            while spent < self.max_turns:
                reply = await self._ask(number, turn, conversation, port)
                added = await self._carry_out(reply, port)
                turn += bool(added)
                taken = await _boundary(port, number, turn)
                conversation.add((*added, *taken))
                if taken:
                    spent = 0
                elif not _is_cut(reply):
                    spent += 1
                    if not reply.tool_calls:
                        return RunEnded(number, Outcome.COMPLETED)
        except ProviderError as error:
            limited = error.status == _TOO_MANY_REQUESTS
            return RunEnded(number, Outcome.RATE_LIMITED if limited else Outcome.FAILED, storable(str(error)))
        return RunEnded(number, Outcome.TURN_LIMIT, f"turn limit ({self.max_turns})")

    async def _ask(self, run: int, turn: int, conversation: Conversation, port: Port) -> Message:
        """One model reply: finished, or partial if it was cut."""
        request = Request(self.model, self.system, conversation.acceptable, self.toolbox.specs, self.parameters)
        reply = Reply(run, turn, port.emit)
        try:
            async with port.generating():
                return await self._generate(request, reply)
        except ReplyCut:
            return reply.cut()

    async def _generate(self, request: Request, reply: Reply) -> Message:
        """The finished reply. A failure before the first token is retried, visibly."""
        for attempt in count(1):
            reply.emit(TurnStarted(reply.run, reply.turn, attempt))
            try:
                async with aclosing(self.provider.stream(request)) as deltas:
                    async for delta in deltas:
                        reply.take(delta)
                return reply.finished()
            except ProviderError as error:
                delay = self._delay(attempt, error)
                if reply.begun or delay is None:
                    raise
                reply.emit(RetryScheduled(reply.run, reply.turn, attempt + 1, delay, str(error)))
            await asyncio.sleep(delay)
        raise AssertionError("unreachable: count() does not end")

    def _delay(self, attempt: int, error: ProviderError) -> float | None:
        """Seconds to wait before another attempt; None if there must be none."""
        if not error.retryable or attempt > RETRIES:
            return None
        asked = error.retry_after
        if asked is None:
            return float(self.retry_delay * 2 ** (attempt - 1))
        return asked if asked <= LONGEST_WAIT else None

    async def _repeat(self, run: int, messages: Sequence[Message], port: Port) -> list[Message]:
        """Call again what a crash has cut in the last run, where a tool says that this does no harm.

        It is a turn of its own, as if the model had asked for it: what became of the first call stays unknown.
        """
        unknown = [call for call in to_repeat(messages) if self.toolbox.is_idempotent(call)]
        if not unknown:
            return []
        again = tuple(ToolCall(f"call_{run}_1_{at}", call.name, call.arguments) for at, call in enumerate(unknown))
        reply = Message(role=Role.ASSISTANT, text="", run=run, turn=1, tool_calls=again)
        port.emit(TurnStarted(run, 1, 1))
        return await self._carry_out(reply, port)

    async def _carry_out(self, reply: Message, port: Port) -> list[Message]:
        """What a reply adds to the conversation: itself and the results of its calls.

        The calls of one that was cut are not made; if it has not even the beginning of one, nor text, it adds nothing.
        """
        if _is_cut(reply) and not (reply.text or reply.tool_calls):
            return []
        await port.record(MessageAdded(reply.run, reply))
        return [reply] if _is_cut(reply) else [reply, *await self._call_tools(reply, port)]

    async def _call_tools(self, reply: Message, port: Port) -> list[Message]:
        """The results of all calls, in the order of the calls; they run in parallel.

        `gather`, not a TaskGroup: cancelling it a second time reaches the tools again, and ends their grace.
        """
        calls = [self._call_tool(reply, call, port) for call in reply.tool_calls]
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if isinstance(result, Message)]

    async def _call_tool(self, reply: Message, call: ToolCall, port: Port) -> Message:
        run, turn = reply.run, reply.turn
        await port.record(ToolStarted(run, turn, call.id))
        result = await self.toolbox.call(call, lambda text: port.emit(ToolPrinted(run, turn, call.id, storable(text))))
        message = Message(role=Role.TOOL, text=storable(result.text), run=run, turn=turn, tool_call_id=call.id)
        status = CallStatus.FAILED if result.failed else CallStatus.DONE
        await port.record(ToolEnded(run, turn, call.id, status, message))
        return message


def _is_cut(reply: Message) -> bool:
    return reply.status is MessageStatus.PARTIAL


async def _conversation(messages: Sequence[Message]) -> Conversation:
    """In slices, between which the keys are heard: a long one takes a second."""
    conversation = Conversation()
    for at in range(0, len(messages), SLICE):
        conversation.add(messages[at : at + SLICE])
        if at + SLICE < len(messages):
            await asyncio.sleep(0)
    return conversation


async def _boundary(port: Port, run: int, turn: int) -> tuple[Message, ...]:
    """What the session has for the run at this moment."""
    await port.record(BoundaryReached(run, turn))
    return await port.inbox.get()
