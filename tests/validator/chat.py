"""Rules of POST /chat/completions."""

from collections.abc import Iterator

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

_ID_LENGTH = 40
_PARTS = {"text", "image_url", "input_audio", "file", "refusal"}


_NAMES = frozenset(
    {"model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions"}
    | {"temperature", "top_p", "max_tokens", "max_completion_tokens", "n", "stop", "seed", "logprobs", "top_logprobs"}
    | {"frequency_penalty", "presence_penalty", "logit_bias", "reasoning_effort", "verbosity", "response_format"}
    | {"metadata", "store", "service_tier", "user", "safety_identifier", "prompt_cache_key", "modalities", "audio"}
    | {"prediction", "web_search_options", "function_call"}
)
"""Of the body, as the reference has them."""


def check_chat(body: Json) -> list[str]:
    """The rules that `body` breaks."""
    return [*common(body), *_messages(body.get("messages")), *tools(body, nested=True), *_parameters(body)]


def _parameters(body: Json) -> Iterator[str]:
    yield from known(body, _NAMES)
    yield from sampling(body)
    yield from effort(body.get("reasoning_effort"), "reasoning_effort")
    for name in ("max_tokens", "max_completion_tokens"):
        yield from count(body.get(name), name, 1)
    if body.get("stream_options") is not None and not body.get("stream"):
        yield "the 'stream_options' parameter is only allowed when 'stream' is enabled"


def _messages(messages: object) -> Iterator[str]:
    if not isinstance(messages, list) or not messages:
        yield "[] is too short - 'messages'"
        return
    expected: list[str] = []
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in {"system", "user", "assistant", "tool"}:
            yield f"invalid value: {role!r}; supported roles are 'system', 'user', 'assistant', 'tool'"
            continue
        if role == "tool":
            yield from _result(message, expected, answered=_answered_before(messages, at))
            continue
        yield from _unanswered(expected)
        expected = []
        yield from _SPEAKERS[role](message, at)
        if role == "assistant":
            expected = [str(call.get("id")) for call in message.get("tool_calls") or [] if isinstance(call, dict)]
    yield from _unanswered(expected)


def _unanswered(expected: list[str]) -> Iterator[str]:
    if expected:
        yield (
            "an assistant message with 'tool_calls' must be followed by tool messages responding to each"
            f" 'tool_call_id'; no response for {expected}"
        )


def _answered_before(messages: list[Json], at: int) -> set[object]:
    """Ids of the tool messages directly before message `at`."""
    ids: set[object] = set()
    while at and isinstance(messages[at - 1], dict) and messages[at - 1].get("role") == "tool":
        at -= 1
        ids.add(messages[at].get("tool_call_id"))
    return ids


def _result(message: Json, expected: list[str], *, answered: set[object]) -> Iterator[str]:
    yield from _content(message.get("content"))
    id_ = message.get("tool_call_id")
    if not isinstance(id_, str):
        yield "a message with role 'tool' must have a 'tool_call_id'"
    elif id_ not in expected and id_ in answered:
        yield f"duplicate result: the call {id_!r} has been responded to already"
    elif id_ not in expected:
        yield "messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
    else:
        if expected[0] != id_:
            yield f"result order: {id_!r} comes before the result of {expected[0]!r}"
        expected.remove(id_)


def _system(message: Json, at: int) -> Iterator[str]:
    yield from _content(message.get("content"))
    if at:
        yield "the system message must be the first one"


def _user(message: Json, at: int) -> Iterator[str]:
    yield from _content(message.get("content"))


def _assistant(message: Json, at: int) -> Iterator[str]:
    content, calls = message.get("content"), message.get("tool_calls")
    if not content and not calls:
        yield "an assistant message must have content or 'tool_calls'"
    if content is not None:
        yield from _content(content)
    if calls is None:
        return
    if content is None:
        yield "content must not be null beside 'tool_calls' (llama.cpp)"
    if not isinstance(calls, list) or not calls:
        yield "[] is too short - 'tool_calls'"
        return
    yield from duplicates([call.get("id") for call in calls if isinstance(call, dict)])
    for call in calls:
        yield from _call(call)


_SPEAKERS = {"system": _system, "user": _user, "assistant": _assistant}


def _call(call: object) -> Iterator[str]:
    if not isinstance(call, dict) or call.get("type") != "function" or not isinstance(call.get("function"), dict):
        yield "a tool call must be of type 'function' and have a 'function'"
        return
    yield from identifier(call.get("id"), _ID_LENGTH, "tool_calls[].id")
    yield from called(call["function"])


def _content(content: object) -> Iterator[str]:
    if isinstance(content, list):
        if not content:
            yield "[] is too short - 'content'"
        for part in content:
            if not isinstance(part, dict) or part.get("type") not in _PARTS:
                yield "invalid content part"
    elif not isinstance(content, str):
        yield f"invalid type for 'content': expected a string or an array of parts, got {type(content).__name__}"
