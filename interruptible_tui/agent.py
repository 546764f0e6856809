"""One run: ask the model, run its tools, look into the inbox, repeat.

The agent touches neither the disk nor the screen. It talks to its session through a `Port`: it records each step and
waits until that is durable, it asks at each boundary what the session has for it, and it emits the rest. It may be
cancelled at any await: then the model's stream is closed, its tools are ended, and CancelledError is raised. Whoever
runs it writes down what is left over; nothing here relies on a `finally`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from interruptible_tui.conversation import CallStatus, Message, Role, ToolCall, Usage
from interruptible_tui.events import (
    BoundaryReached,
    CallStreamed,
    MessageAdded,
    Outcome,
    ReasoningStreamed,
    Recorded,
    RetryScheduled,
    RunEnded,
    Streamed,
    TextStreamed,
    ToolEnded,
    ToolPrinted,
    ToolStarted,
    TurnStarted,
    UsageReported,
)
from interruptible_tui.providers import (
    CallDelta,
    Delta,
    Finish,
    Finished,
    Provider,
    ProviderError,
    ReasoningDelta,
    TextDelta,
)
from interruptible_tui.request import Request, acceptable
from interruptible_tui.text import storable
from interruptible_tui.tools import Toolbox

RETRIES = 4
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""
_CALL_ID_LENGTH = 40
"""Chat completions refuse longer ids of tool calls."""
_TOO_MANY_REQUESTS = 429


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


@dataclass(frozen=True, slots=True)
class Agent:
    """What every run of a session is made with."""

    provider: Provider
    toolbox: Toolbox
    model: str
    system: str
    max_turns: int = 50
    retry_delay: float = 0.5
    """Seconds before the first retry, where the server does not say; doubled for each further one."""

    async def run(self, number: int, context: Iterable[Message], port: Port, *, continues: bool = False) -> RunEnded:
        """Work until the model has nothing more to do. `context` is the conversation so far, the prompts included.

        `continues`: the last run in it was not completed, and this one goes on with its work.
        """
        messages = list(context)
        repeated = await self._repeat(number, messages, port) if continues else []
        turn, spent = 1 + bool(repeated), 0
        messages += (*repeated, *await _boundary(port, number, turn))
        try:
            while spent < self.max_turns:
                reply = await self._ask(number, turn, messages, port)
                await port.record(MessageAdded(number, reply))
                results = await self._call_tools(reply, port)
                turn, spent = turn + 1, spent + 1
                taken = await _boundary(port, number, turn)
                messages += (reply, *results, *taken)
                if taken:
                    spent = 0
                elif not reply.tool_calls:
                    return RunEnded(number, Outcome.COMPLETED)
        except ProviderError as error:
            limited = error.status == _TOO_MANY_REQUESTS
            return RunEnded(number, Outcome.RATE_LIMITED if limited else Outcome.FAILED, storable(str(error)))
        return RunEnded(number, Outcome.TURN_LIMIT, f"turn limit ({self.max_turns})")

    async def _ask(self, run: int, turn: int, messages: Iterable[Message], port: Port) -> Message:
        """One finished model reply. A failure before the first token is retried, visibly."""
        request = Request(self.model, self.system, acceptable(messages), self.toolbox.specs)
        for attempt in count(1):
            port.emit(TurnStarted(run, turn, attempt))
            reply = _Reply(run, turn)
            try:
                async with aclosing(self.provider.stream(request)) as deltas:
                    async for delta in deltas:
                        reply.take(delta, port)
                return reply.message()
            except ProviderError as error:
                delay = self._delay(attempt, error)
                if reply.begun or delay is None:
                    raise
                port.emit(RetryScheduled(run, turn, attempt + 1, delay, str(error)))
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
        last = max((message.run for message in messages), default=0)
        unknown = [
            call
            for message in messages
            for call in message.tool_calls
            if message.run == last and call.status is CallStatus.UNKNOWN and self.toolbox.is_idempotent(call)
        ]
        if not unknown:
            return []
        again = tuple(ToolCall(f"call_{run}_1_{at}", call.name, call.arguments) for at, call in enumerate(unknown))
        reply = Message(role=Role.ASSISTANT, text="", run=run, turn=1, tool_calls=again)
        port.emit(TurnStarted(run, 1, 1))
        await port.record(MessageAdded(run, reply))
        return [reply, *await self._call_tools(reply, port)]

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


async def _boundary(port: Port, run: int, turn: int) -> tuple[Message, ...]:
    """What the session has for the run at this moment."""
    await port.record(BoundaryReached(run, turn))
    return await port.inbox.get()


@dataclass(slots=True)
class _Reply:
    """A reply that is being streamed."""

    run: int
    turn: int
    text: list[str] = field(default_factory=list)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    begun: bool = False
    """Whether the model has said anything."""
    finish: Finish | None = None

    def take(self, delta: Delta, port: Port) -> None:
        match delta:
            case TextDelta(""):
                pass
            case TextDelta():
                self.begun = True
                text = storable(delta.text)
                self.text.append(text)
                port.emit(TextStreamed(self.run, self.turn, text))
            case ReasoningDelta(text):
                self.begun = self.begun or text != ""
                port.emit(ReasoningStreamed(self.run, self.turn, storable(text)))
            case CallDelta():
                self.begun = True
                self._take_call(delta, port)
            case Finished(finish, usage):
                self.finish = finish
                port.emit(UsageReported(self.run, usage or Usage()))

    def _take_call(self, delta: CallDelta, port: Port) -> None:
        known = self.calls.get(delta.index) or ToolCall("", "", "")
        written = storable(delta.arguments)
        call = ToolCall(
            id=self._call_id(delta.index, storable(delta.id or known.id)),
            name=storable(delta.name or known.name),
            arguments=known.arguments + written,
        )
        self.calls[delta.index] = call
        port.emit(CallStreamed(self.run, self.turn, delta.index, call.id, call.name, written))

    def _call_id(self, index: int, wanted: str) -> str:
        """`wanted`, or one of ours where it is missing, too long, or another call's."""
        others = {call.id for other, call in self.calls.items() if other != index}
        if wanted and len(wanted) <= _CALL_ID_LENGTH and wanted not in others:
            return wanted
        ours = (f"call_{self.run}_{self.turn}_{number}" for number in count(index))
        return next(id_ for id_ in ours if id_ not in others)

    def message(self) -> Message:
        """The finished reply; ProviderError if the server did not finish it."""
        match self.finish:
            case Finish.STOP:
                calls = tuple(call for _, call in sorted(self.calls.items()))
                text = "".join(self.text)
                return Message(role=Role.ASSISTANT, text=text, run=self.run, turn=self.turn, tool_calls=calls)
            case Finish.LENGTH:
                raise ProviderError("the reply reached the model's length limit")
            case Finish.FILTERED:
                raise ProviderError("the server withheld the rest of the reply (content filter)")
            case None:
                raise ProviderError("the server's answer ended before it was complete", retryable=True)
