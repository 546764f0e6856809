"""Chat Completions: a request as its JSON body, and the chunks of its stream as deltas.

- The reply is complete when a chunk has carried a `finish_reason`. Usage comes in a later chunk without choices, so
  `Finished` waits for `[DONE]`, or for the end of the stream.
- A tool's name may be repeated in each chunk, ids and indexes may be missing, and parallel calls may share an index.
"""

from collections.abc import Iterator
from typing import Any

from interruptible_tui.conversation import Message, Role, ToolSpec, Usage
from interruptible_tui.providers import CallDelta, Delta, Finish, Finished, ProviderError, ReasoningDelta, TextDelta
from interruptible_tui.providers.dialect import call_id, mapping, mappings, payload, string, usage
from interruptible_tui.providers.sse import ServerEvent
from interruptible_tui.request import Request

_CALL_ID_LENGTH = 40
"""Characters of `messages[].tool_calls[].id`; the API answers 400 above it."""
_FINISHES = {"length": Finish.LENGTH, "content_filter": Finish.FILTERED}


def encode_chat(request: Request) -> dict[str, Any]:
    messages = [_message(message) for message in request.messages]
    if request.system:
        messages.insert(0, {"role": "system", "content": request.system})
    body: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    return {**request.parameters, **body}


def _message(message: Message) -> dict[str, Any]:
    if message.role is Role.TOOL:
        return {
            "role": "tool",
            "tool_call_id": call_id(message.tool_call_id, _CALL_ID_LENGTH),
            "content": message.text,
        }
    encoded: dict[str, Any] = {"role": message.role.value, "content": message.text}
    if message.tool_calls:
        encoded["tool_calls"] = [
            {
                "id": call_id(call.id, _CALL_ID_LENGTH),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return encoded


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


class ChatDecoder:
    """The chunks of one reply."""

    def __init__(self) -> None:
        self._calls = _Calls()
        self._finish: Finish | None = None
        self._usage: Usage | None = None

    def decode(self, event: ServerEvent) -> Iterator[Delta]:
        if event.data.strip() == "[DONE]":
            if finished := self.end():
                yield finished
            return
        chunk = payload(event)
        self._usage = usage(chunk.get("usage"), "prompt_tokens", "completion_tokens") or self._usage
        for choice in mappings(chunk.get("choices"))[:1]:
            yield from self._choice(choice)

    def end(self) -> Finished | None:
        return Finished(self._finish, self._usage) if self._finish else None

    def _choice(self, choice: dict[str, Any]) -> Iterator[Delta]:
        delta = mapping(choice.get("delta"))
        if thought := string(delta.get("reasoning_content")) or string(delta.get("reasoning")):
            yield ReasoningDelta(thought)
        if text := string(delta.get("content")) or string(delta.get("refusal")):
            yield TextDelta(text)
        for call in mappings(delta.get("tool_calls")):
            yield self._calls.delta(call)
        if reason := string(choice.get("finish_reason")):
            if reason == "error":
                raise ProviderError("the server gave the reply up (finish_reason: error)", retryable=True)
            self._finish = _FINISHES.get(reason, Finish.STOP)


class _Calls:
    """Which call of the reply a piece belongs to, found by its index, its id, or its place in the stream."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        """The id of each call so far; empty if it has none."""
        self._places: dict[int, int] = {}
        """Index as the server counts -> index of the call."""

    def delta(self, piece: dict[str, Any]) -> CallDelta:
        id_, function = string(piece.get("id")), mapping(piece.get("function"))
        name = string(function.get("name"))
        at = self._place(piece.get("index"), id_, name)
        if at == len(self._ids):
            self._ids.append("")
        new = bool(id_) and not self._ids[at]
        self._ids[at] = self._ids[at] or id_
        return CallDelta(at, id_ if new else None, name or None, string(function.get("arguments")))

    def _place(self, index: object, id_: str, name: str) -> int:
        if isinstance(index, int):
            at = self._places.get(index)
            if at is None or (name and id_ and self._ids[at] not in {"", id_}):
                at = self._places[index] = len(self._ids)
            return at
        if id_:
            return self._ids.index(id_) if id_ in self._ids else len(self._ids)
        return max(0, len(self._ids) - 1)
