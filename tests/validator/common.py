"""Rules of both endpoints."""

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def common(body: Json) -> Iterator[str]:
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "you must provide a model parameter"
    for text in _texts(body):
        if any("\ud800" <= character <= "\udfff" for character in text):
            yield "a lone surrogate is not valid Unicode"
        if "\0" in text:
            yield "a NUL character is not accepted in a text"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def duplicates(ids: list[Any]) -> Iterator[str]:
    if len({str(id_) for id_ in ids}) < len(ids):
        yield f"duplicate call id in {ids}"


def identifier(id_: object, limit: int, where: str) -> Iterator[str]:
    if not isinstance(id_, str) or not id_:
        yield f"missing required parameter: {where!r}"
    elif len(id_) > limit:
        yield f"string too long: {where!r} has {len(id_)} characters, at most {limit} are accepted"


def called(function: Json) -> Iterator[str]:
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield f"a function's name must match ^[a-zA-Z0-9_-]{{1,64}}$, got {name!r}"
    if not isinstance(arguments, str):
        yield "a call's arguments must be a string"
    elif not _is_object(arguments):
        yield "a call's arguments must be a string holding a JSON object (llama.cpp)"


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def tools(body: Json, *, nested: bool) -> Iterator[str]:
    tools = body.get("tools")
    if tools is None:
        return
    if not isinstance(tools, list) or not tools:
        yield "[] is too short - 'tools'"
        return
    for tool in tools:
        function = tool.get("function", {}) if nested else tool
        if tool.get("type") != "function" or not _NAME.fullmatch(str(function.get("name", ""))):
            yield "a tool must be of type 'function' and its name match ^[a-zA-Z0-9_-]{1,64}$"
        if function.get("parameters", {}).get("type") != "object":
            yield "a function's parameters must be a JSON Schema of type 'object'"


EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")


def known(body: Json, names: frozenset[str]) -> Iterator[str]:
    """The API refuses what it does not know."""
    yield from (f"unknown parameter: {name!r}" for name in body if name not in names)


def sampling(body: Json) -> Iterator[str]:
    for name, highest in (("temperature", 2), ("top_p", 1)):
        value = body.get(name)
        if value is not None and (not _is_number(value) or not 0 <= value <= highest):
            yield f"invalid value for {name!r}: expected a number from 0 to {highest}"


def effort(value: object, where: str) -> Iterator[str]:
    if value is not None and value not in EFFORTS:
        yield f"invalid value: {value!r}; supported values of {where!r} are {', '.join(EFFORTS)}"


def count(value: object, where: str, least: int) -> Iterator[str]:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        yield f"invalid value for {where!r}: expected an integer above or equal to {least}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
