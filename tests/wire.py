"""Scripted replies, and how each wire format spells them as server-sent events."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from tests.signals import Gate

Json = dict[str, Any]
_COMMENT = b": keep-alive\n\n"


@dataclass(frozen=True)
class Call:
    """A tool call. `arguments` as text are sent exactly so."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str = ""
    """Empty: `call_` and the place among the calls of this reply, and the number of the request."""

    @property
    def raw(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Reply:
    """A good reply: reasoning, then text, then calls."""

    text: str = ""
    calls: Sequence[Call] = ()
    reasoning: str = ""
    chunk: int = 12
    """Characters of text, reasoning or arguments in one event."""
    delay: float = 0.0
    """Seconds from one event to the next, kept on average."""
    usage: tuple[int, int] | None = (10, 5)
    """Tokens in and out."""
    gate: Gate | None = None
    """Waited for before event number `gate_at`."""
    gate_at: int | None = None
    """From 0, comments included, or negative from the end; None is before the events that finish the reply."""
    head_gate: Gate | None = None
    """Waited for before the status line."""
    keep_alive: int = 0
    """Comments before the first event."""
    finish: str | None = None
    """Chat's `finish_reason`, or the reason of `response.incomplete`; None is the natural one."""


class Ending(Enum):
    """What a fault does after its last byte."""

    END = auto()
    """The answer ends as HTTP wants it."""
    CUT = auto()
    """The connection is closed in the middle of the answer."""
    RESET = auto()
    """The connection is reset."""
    STALL = auto()
    """Nothing more, until the client closes."""


@dataclass(frozen=True)
class Fault:
    """The stream of `reply`, as far as `after` bytes, and then the `ending`. None is all of it."""

    reply: Reply
    after: int | None = None
    ending: Ending = Ending.CUT


@dataclass(frozen=True)
class Answer:
    """Any HTTP answer, byte by byte. `{key}` in a body of type str becomes the key that the client sent."""

    body: bytes | str
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    head_gate: Gate | None = None
    ending: Ending = Ending.END


Scripted = Reply | Fault | Answer
Script = Iterable[Scripted] | Callable[[Json], Scripted]
"""One value per request, or a function from the request's body."""


def sse(payload: Mapping[str, Any] | str, name: str = "") -> bytes:
    """One event."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return ((f"event: {name}\n" if name else "") + f"data: {text}\n\n").encode()


def chat_stream(*chunks: Mapping[str, Any], done: bool = True) -> bytes:
    """A stream of Chat Completions chunks, spelled out."""
    return b"".join(map(sse, chunks)) + (sse("[DONE]") if done else b"")


def responses_stream(*events: Mapping[str, Any]) -> bytes:
    """A stream of Responses events, spelled out."""
    return b"".join(sse(event, str(event.get("type", ""))) for event in events)


def pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


@dataclass(frozen=True)
class Events:
    """A rendered reply."""

    body: list[bytes]
    closing: list[bytes]
    """The events that finish it."""


def render(reply: Reply, path: str, number: int) -> Events:
    """`reply` in the format of the endpoint at `path`; `number` is that of the request, for ids."""
    calls = [Call(call.name, call.raw, call.id or f"call_{number}_{at}") for at, call in enumerate(reply.calls)]
    events = (_responses if path.endswith("/responses") else _chat)(reply, calls, number)
    return Events([_COMMENT] * reply.keep_alive + events.body, events.closing)


def _chat(reply: Reply, calls: list[Call], number: int) -> Events:
    def chunk(delta: Json, finish: str | None = None, **extra: object) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return sse({**_chunk_frame(number), "choices": [choice], **extra})

    body = [chunk({"role": "assistant", "content": ""})]
    body += [chunk({"reasoning_content": piece}) for piece in pieces(reply.reasoning, reply.chunk)]
    body += [chunk({"content": piece}) for piece in pieces(reply.text, reply.chunk)]
    for at, call in enumerate(calls):
        head = {"index": at, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        body.append(chunk({"tool_calls": [head]}))
        for piece in pieces(call.raw, reply.chunk):
            body.append(chunk({"tool_calls": [{"index": at, "function": {"arguments": piece}}]}))
    closing = [chunk({}, reply.finish or ("tool_calls" if calls else "stop"))]
    if reply.usage:
        tokens_in, tokens_out = reply.usage
        counts = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": sum(reply.usage)}
        closing.append(sse({**_chunk_frame(number), "choices": [], "usage": counts}))
    return Events(body, [*closing, sse("[DONE]")])


def _chunk_frame(number: int) -> Json:
    return {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}


def _responses(reply: Reply, calls: list[Call], number: int) -> Events:
    items: list[tuple[Json, list[Json]]] = []
    if reply.reasoning:
        items.append(_reasoning_item(reply))
    if reply.text:
        items.append(_message_item(reply))
    items += [_call_item(call, reply.chunk) for call in calls]
    frame: Json = {"id": f"resp_{number}", "object": "response", "model": "scripted", "error": None}
    events: list[Json] = [{"type": "response.created", "response": {**frame, "status": "in_progress", "output": []}}]
    for index, (item, deltas) in enumerate(items):
        place = {"output_index": index, "item_id": item["id"]}
        started = {key: value for key, value in item.items() if key not in {"content", "summary"}}
        if "arguments" in started:
            started["arguments"] = ""
        events.append({"type": "response.output_item.added", "output_index": index, "item": started})
        events += [{**delta, **place} for delta in deltas]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    done = {**frame, "status": "completed", "output": [item for item, _ in items], "usage": _counts(reply)}
    closing: Json = {"type": "response.completed", "response": done}
    if reply.finish:
        done |= {"status": "incomplete", "incomplete_details": {"reason": reply.finish}}
        closing = {"type": "response.incomplete", "response": done}
    numbered = [{**event, "sequence_number": at} for at, event in enumerate([*events, closing])]
    encoded = [sse(event, event["type"]) for event in numbered]
    return Events(encoded[:-1], encoded[-1:])


def _counts(reply: Reply) -> Json | None:
    if reply.usage is None:
        return None
    return {"input_tokens": reply.usage[0], "output_tokens": reply.usage[1], "total_tokens": sum(reply.usage)}


def _reasoning_item(reply: Reply) -> tuple[Json, list[Json]]:
    kind = "response.reasoning_summary_text"
    deltas = [{"type": f"{kind}.delta", "summary_index": 0, "delta": p} for p in pieces(reply.reasoning, reply.chunk)]
    summary = [{"type": "summary_text", "text": reply.reasoning}]
    return {"id": "rs_0", "type": "reasoning", "summary": summary}, deltas


def _message_item(reply: Reply) -> tuple[Json, list[Json]]:
    kind = "response.output_text"
    deltas: list[Json] = [
        {"type": f"{kind}.delta", "content_index": 0, "delta": piece} for piece in pieces(reply.text, reply.chunk)
    ]
    deltas.append({"type": f"{kind}.done", "content_index": 0, "text": reply.text})
    content = [{"type": "output_text", "text": reply.text, "annotations": []}]
    return {"id": "msg_0", "type": "message", "role": "assistant", "content": content}, deltas


def _call_item(call: Call, size: int) -> tuple[Json, list[Json]]:
    kind = "response.function_call_arguments"
    deltas: list[Json] = [{"type": f"{kind}.delta", "delta": piece} for piece in pieces(call.raw, size)]
    deltas.append({"type": f"{kind}.done", "arguments": call.raw})
    item = {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.raw}
    return {"id": f"fc_{call.id}", **item}, deltas
