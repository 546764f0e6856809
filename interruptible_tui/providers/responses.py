"""Responses: a request as its JSON body, and the events of its stream as deltas.

- The conversation is sent whole and nothing is stored at the server: no server ids, no reasoning items.
- The reply is complete with `response.completed`, and cut short with `response.incomplete`.
- Output items count text, calls and reasoning together; a `CallDelta` counts the calls alone.
- Some servers send a call's arguments, or a text, only with the event that ends it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from interruptible_tui.conversation import Message, Role, ToolSpec
from interruptible_tui.providers import (
    CallDelta,
    Delta,
    Finish,
    Finished,
    ReasoningDelta,
    TextDelta,
)
from interruptible_tui.providers.dialect import call_id, mapping, mappings, payload, string, usage
from interruptible_tui.providers.failures import error_in_stream
from interruptible_tui.providers.sse import ServerEvent
from interruptible_tui.request import Request

_RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}
_NESTED = {"reasoning_effort": ("reasoning", "effort"), "verbosity": ("text", "verbosity")}
"""Where the API reference of Responses has them."""
_CALL_ID_LENGTH = 64
"""Characters of `input[].call_id`; the API answers 400 above it."""


def encode_responses(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "input": [item for message in request.messages for item in _items(message)],
        "store": False,
        "stream": True,
    }
    if request.system:
        body["instructions"] = request.system
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    return {**_parameters(request.parameters), **body}


def _parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`parameters` with what Chat Completions calls otherwise in the place that it has here."""
    body = {_RENAMED.get(name, name): value for name, value in parameters.items() if name not in _NESTED}
    for name, (table, key) in _NESTED.items():
        if name in parameters:
            body[table] = {**mapping(body.get(table)), key: parameters[name]}
    return body


def _items(message: Message) -> Iterator[dict[str, Any]]:
    if message.role is Role.TOOL:
        id_ = call_id(message.tool_call_id, _CALL_ID_LENGTH)
        yield {"type": "function_call_output", "call_id": id_, "output": message.text}
        return
    if message.text:
        part = "output_text" if message.role is Role.ASSISTANT else "input_text"
        content = [{"type": part, "text": message.text}]
        yield {"type": "message", "role": message.role.value, "content": content}
    for call in message.tool_calls:
        id_ = call_id(call.id, _CALL_ID_LENGTH)
        yield {"type": "function_call", "call_id": id_, "name": call.name, "arguments": call.arguments}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": False,
    }


class ResponsesDecoder:
    """The events of one reply."""

    def __init__(self) -> None:
        self._calls = _Calls()
        self._told: set[int | str] = set()
        """Places of the messages whose text was streamed."""

    def decode(self, event: ServerEvent) -> Iterator[Delta]:
        if event.data.strip() == "[DONE]":
            return
        body = payload(event)
        match string(body.get("type")) or event.name:
            case "response.output_text.delta" | "response.refusal.delta":
                self._told.add(_place(body))
                yield TextDelta(string(body.get("delta")))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield ReasoningDelta(string(body.get("delta")))
            case "response.output_item.added" | "response.output_item.done" as kind:
                yield from self._item(_place(body), mapping(body.get("item")), done=kind.endswith("done"))
            case "response.function_call_arguments.delta":
                yield from self._calls.append(_place(body), string(body.get("delta")))
            case "response.function_call_arguments.done":
                yield from self._calls.complete(_place(body), string(body.get("arguments")))
            case "response.completed":
                yield _finished(Finish.STOP, mapping(body.get("response")))
            case "response.incomplete":
                yield _finished(_cut(mapping(body.get("response"))), mapping(body.get("response")))
            case "response.failed":
                raise error_in_stream(mapping(body.get("response")))
            case "error":
                raise error_in_stream(body)

    def end(self) -> Finished | None:
        return None

    def _item(self, place: int | str, item: dict[str, Any], *, done: bool) -> Iterator[Delta]:
        match item.get("type"):
            case "function_call":
                id_, name = string(item.get("call_id")), string(item.get("name"))
                yield CallDelta(self._calls.index(place), id_ or None, name or None)
                yield from self._calls.complete(place, string(item.get("arguments")))
            case "message" if done and place not in self._told:
                yield from (TextDelta(string(part.get("text"))) for part in mappings(item.get("content")))
            case "reasoning" if not done:
                yield ReasoningDelta("")


def _place(body: dict[str, Any]) -> int | str:
    """What tells the output items of a reply apart: their index, or the item's id where a server leaves that out."""
    index = body.get("output_index")
    return (
        index if isinstance(index, int) else string(body.get("item_id")) or string(mapping(body.get("item")).get("id"))
    )


def _cut(response: dict[str, Any]) -> Finish:
    reason = mapping(response.get("incomplete_details")).get("reason")
    return Finish.FILTERED if reason == "content_filter" else Finish.LENGTH


def _finished(finish: Finish, response: dict[str, Any]) -> Finished:
    return Finished(finish, usage(response.get("usage"), "input_tokens", "output_tokens"))


class _Calls:
    """The calls of a reply: in which order they began, and which arguments were told."""

    def __init__(self) -> None:
        self._arguments: dict[int | str, list[str]] = {}
        """Place of the call among the output items -> pieces of its arguments so far."""

    def index(self, place: int | str) -> int:
        """Which call of the reply is at `place`; a new one if none was."""
        self._arguments.setdefault(place, [])
        return list(self._arguments).index(place)

    def append(self, place: int | str, piece: str) -> Iterator[CallDelta]:
        index = self.index(place)
        self._arguments[place].append(piece)
        if piece:
            yield CallDelta(index, arguments=piece)

    def complete(self, place: int | str, arguments: str) -> Iterator[CallDelta]:
        """What of the whole `arguments` was not told yet."""
        told = "".join(self._arguments.get(place, ()))
        if arguments.startswith(told):
            yield from self.append(place, arguments.removeprefix(told))
