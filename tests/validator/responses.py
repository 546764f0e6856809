"""Rules of POST /responses."""

from collections.abc import Iterator
from typing import Any

from tests.validator.common import (
    Json,
    called,
    common,
    count,
    duplicates,
    effort,
    identifier,
    known,
    sampling,
    tools,
)

_ID_LENGTH = 64


_NAMES = frozenset(
    {"model", "input", "instructions", "stream", "stream_options", "store", "tools", "tool_choice", "max_tool_calls"}
    | {
        "parallel_tool_calls",
        "temperature",
        "top_p",
        "top_logprobs",
        "max_output_tokens",
        "reasoning",
        "text",
        "include",
    }
    | {
        "metadata",
        "service_tier",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "prompt",
        "truncation",
        "background",
    }
    | {"previous_response_id", "conversation"}
)
"""Of the body, as the reference has them."""
_LEAST_OUTPUT = 16
"""Tokens; the API refuses less."""


def check_responses(body: Json) -> list[str]:
    """The rules that `body` breaks."""
    return [*common(body), *_input(body.get("input")), *tools(body, nested=False), *_parameters(body)]


def _parameters(body: Json) -> Iterator[str]:
    yield from known(body, _NAMES)
    yield from sampling(body)
    for name in ("reasoning", "text"):
        if not isinstance(body.get(name, {}), dict):
            yield f"invalid type for {name!r}: expected an object"
            return
    yield from effort(body.get("reasoning", {}).get("effort"), "reasoning.effort")
    yield from count(body.get("max_output_tokens"), "max_output_tokens", _LEAST_OUTPUT)


def _input(items: object) -> Iterator[str]:
    if isinstance(items, str) and items:
        return
    if not isinstance(items, list) or not items:
        yield "[] is too short - 'input'"
        return
    for at, item in enumerate(items):
        yield from _item(item, at)
    yield from _output_order(items)


def _is(item: object, kind: str) -> bool:
    return isinstance(item, dict) and item.get("type", "message") == kind


def _item(item: object, at: int) -> Iterator[str]:
    if not isinstance(item, dict):
        yield "an input item must be an object"
        return
    if "id" in item or item.get("type") == "item_reference":
        yield "items are not persisted when 'store' is false: no item of the server can be named"
    match item.get("type", "message"):
        case "message":
            yield from _input_message(item, at)
        case "function_call":
            yield from identifier(item.get("call_id"), _ID_LENGTH, "call_id")
            yield from called(item)
        case "function_call_output":
            if not isinstance(item.get("output"), str):
                yield "invalid type for 'output': expected a string"
        case kind:
            yield f"invalid value: {kind!r} is no type of an input item that a client writes"


def _input_message(item: Json, at: int) -> Iterator[str]:
    role, content = item.get("role"), item.get("content")
    if role not in {"user", "assistant", "system", "developer"}:
        yield f"invalid value: {role!r}; supported roles are 'user', 'assistant', 'system', 'developer'"
    if role in {"system", "developer"} and at:
        yield "the system message must be the first one"
    if isinstance(content, str):
        texts = [content]
    elif isinstance(content, list) and all(isinstance(part, dict) for part in content):
        yield from (_refuse_part(part, role) for part in content if not _fits(part, role))
        texts = [str(part.get("text", "")) for part in content]
    else:
        yield f"invalid type for 'content': expected a string or an array of parts, got {type(content).__name__}"
        return
    if role == "assistant" and not any(texts):
        yield "an assistant message must have content"


def _fits(part: Json, role: object) -> bool:
    kinds = {"output_text", "refusal"} if role == "assistant" else {"input_text", "input_image", "input_file"}
    return part.get("type") in kinds


def _refuse_part(part: Json, role: object) -> str:
    return f"invalid value: {part.get('type')!r} is no part of a message of role {role!r}"


def _output_order(items: list[Any]) -> Iterator[str]:
    """Each output after its call, once, in the order of the calls, and before the next message."""
    expected: list[object] = []
    answered: set[object] = set()
    for item in items:
        if _is(item, "function_call"):
            yield from duplicates([*expected, item.get("call_id")])
            expected.append(item.get("call_id"))
            answered.discard(item.get("call_id"))
        elif _is(item, "function_call_output"):
            yield from _output(item.get("call_id"), expected, answered)
        else:
            yield from (f"no tool output found for function call {id_} before the next message" for id_ in expected)
            expected = []
    yield from (f"no tool output found for function call {id_}" for id_ in expected)


def _output(id_: object, expected: list[object], answered: set[object]) -> Iterator[str]:
    if id_ in answered:
        yield f"duplicate result: function call {id_} has an output already"
    elif id_ not in expected:
        yield f"no tool call found for function call output with call_id {id_}"
    else:
        if expected[0] != id_:
            yield f"result order: the output of {id_} comes before that of {expected[0]}"
        expected.remove(id_)
        answered.add(id_)
