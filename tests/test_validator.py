"""Histories that the real API refuses, each with the rule it breaks: the judge of all other tests is judged here."""

import json
from typing import Any

import pytest

from tests.validator import check_chat, check_responses

Json = dict[str, Any]

# -- chat completions -------------------------------------------------------------------------------------------------

USER: Json = {"role": "user", "content": "Cook."}
SYSTEM: Json = {"role": "system", "content": "Be brief."}


def call(id_: str, name: str = "cook", arguments: object = "{}") -> Json:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls: Json, content: str | None = "") -> Json:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def result(id_: str) -> Json:
    return {"role": "tool", "tool_call_id": id_, "content": "done"}


CHAT: dict[str, tuple[list[Any], str]] = {
    "no messages": ([], "too short - 'messages'"),
    "a call without a result": ([USER, calling(call("a"))], "must be followed by tool messages"),
    "one of two calls without a result": (
        [USER, calling(call("a"), call("b")), result("a")],
        "must be followed by tool messages",
    ),
    "a result after the next message": (
        [USER, calling(call("a")), USER, result("a")],
        "must be followed by tool messages",
    ),
    "a result without a call": ([USER, result("a")], "must be a response to a preceding message with 'tool_calls'"),
    "a result of an earlier turn's call": (
        [USER, calling(call("a")), result("a"), USER, result("a")],
        "must be a response to a preceding message with 'tool_calls'",
    ),
    "two results of one call": ([USER, calling(call("a")), result("a"), result("a")], "duplicate result"),
    "results in another order": (
        [USER, calling(call("a"), call("b")), result("b"), result("a")],
        "result order",
    ),
    "a result without an id": ([USER, {"role": "tool", "content": "x"}], "must have a 'tool_call_id'"),
    "two calls of one id": ([USER, calling(call("a"), call("a")), result("a")], "duplicate call id"),
    "an empty assistant message": ([USER, {"role": "assistant", "content": ""}], "must have content or 'tool_calls'"),
    "an assistant message of nothing": ([USER, {"role": "assistant"}], "must have content or 'tool_calls'"),
    "null beside calls": ([USER, calling(call("a"), content=None), result("a")], "content must not be null"),
    "an empty list of calls": ([USER, calling(content="x")], "too short - 'tool_calls'"),
    "arguments that are an object": ([USER, calling(call("a", arguments={})), result("a")], "must be a string"),
    "arguments that were cut": ([USER, calling(call("a", arguments='{"x')), result("a")], "a JSON object"),
    "arguments that are a list": ([USER, calling(call("a", arguments="[]")), result("a")], "a JSON object"),
    "a name with a space": ([USER, calling(call("a", "cook it")), result("a")], "name must match"),
    "a name of 65 characters": ([USER, calling(call("a", "x" * 65)), result("a")], "name must match"),
    "an id of 41 characters": ([USER, calling(call("x" * 41)), result("x" * 41)], "string too long"),
    "an empty id": ([USER, calling(call("")), result("")], "missing required parameter"),
    "an unknown role": ([USER, {"role": "note", "content": "x"}], "invalid value: 'note'"),
    "a number as content": ([{"role": "user", "content": 7}], "invalid type for 'content'"),
    "no content": ([{"role": "user"}], "invalid type for 'content'"),
    "a part of unknown type": ([{"role": "user", "content": [{"type": "poem"}]}], "invalid content part"),
    "a late system message": ([USER, SYSTEM], "the system message must be the first one"),
    "a lone surrogate": ([{"role": "user", "content": "\ud800"}], "lone surrogate"),
    "a NUL": ([{"role": "user", "content": "a\0b"}], "NUL"),
}


@pytest.mark.parametrize("name", CHAT)
def test_chat_completions_refuses(name: str) -> None:
    messages, rule = CHAT[name]

    assert any(rule in violation for violation in check_chat({"model": "m", "messages": messages}))


def test_chat_completions_accepts_a_history_with_all_that_is_allowed() -> None:
    turn = [calling(call("a"), call("b", arguments='{"x": 1}')), result("a"), result("b")]
    parts = {"role": "user", "content": [{"type": "text", "text": "x"}]}
    messages = [SYSTEM, USER, *turn, {"role": "assistant", "content": "Done."}, parts, USER, *turn]

    assert check_chat({"model": "m", "messages": messages}) == []


# -- responses --------------------------------------------------------------------------------------------------------

ASKED: Json = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Cook."}]}
SAID: Json = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]}


def function_call(id_: str, **fields: object) -> Json:
    return {"type": "function_call", "call_id": id_, "name": "cook", "arguments": "{}", **fields}


def output(id_: str, text: object = "done") -> Json:
    return {"type": "function_call_output", "call_id": id_, "output": text}


RESPONSES: dict[str, tuple[list[Any], str]] = {
    "no input": ([], "too short - 'input'"),
    "a call without an output": ([ASKED, function_call("a")], "no tool output found for function call a"),
    "an output without a call": ([ASKED, output("a")], "no tool call found for function call output with call_id a"),
    "an output before its call": ([ASKED, output("a"), function_call("a")], "no tool call found"),
    "an output after the next message": (
        [ASKED, function_call("a"), ASKED, output("a")],
        "before the next message",
    ),
    "two outputs of one call": ([ASKED, function_call("a"), output("a"), output("a")], "duplicate result"),
    "outputs in another order": (
        [ASKED, function_call("a"), function_call("b"), output("b"), output("a")],
        "result order",
    ),
    "two calls of one id": ([ASKED, function_call("a"), function_call("a"), output("a")], "duplicate call id"),
    "an id of 65 characters": ([function_call("x" * 65), output("x" * 65)], "string too long"),
    "an empty id": ([function_call(""), output("")], "missing required parameter"),
    "arguments that were cut": ([function_call("a", arguments='{"'), output("a")], "a JSON object"),
    "arguments that are an object": ([function_call("a", arguments={}), output("a")], "must be a string"),
    "a name with a dot": ([function_call("a", name="os.system"), output("a")], "name must match"),
    "an id of the server": ([ASKED, {**SAID, "id": "msg_1"}], "items are not persisted"),
    "a reference to an item": ([ASKED, {"type": "item_reference", "id": "msg_1"}], "items are not persisted"),
    "a reasoning item": ([ASKED, {"type": "reasoning", "summary": []}], "no type of an input item"),
    "an empty assistant message": ([ASKED, {**SAID, "content": []}], "must have content"),
    "an answer in the user's parts": ([ASKED, {**SAID, "content": ASKED["content"]}], "no part of a message"),
    "a question in the assistant's parts": ([{**ASKED, "content": SAID["content"]}], "no part of a message"),
    "no content": ([{"type": "message", "role": "user", "content": None}], "invalid type for 'content'"),
    "a tool message": ([ASKED, {"role": "tool", "content": "x"}], "invalid value: 'tool'"),
    "a late system message": ([ASKED, {"role": "system", "content": "x"}], "the system message must be the first one"),
    "an output that is null": ([function_call("a"), output("a", None)], "invalid type for 'output'"),
    "a lone surrogate": ([function_call("a"), output("a", "\udfff")], "lone surrogate"),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_responses_refuses(name: str) -> None:
    items, rule = RESPONSES[name]

    assert any(rule in violation for violation in check_responses({"model": "m", "input": items}))


def test_responses_accepts_a_history_with_all_that_is_allowed() -> None:
    turn = [function_call("a"), function_call("b"), output("a"), output("b")]
    items = [ASKED, SAID, *turn, {"role": "user", "content": "x"}, SAID, ASKED]

    assert check_responses({"model": "m", "input": items}) == []
    assert check_responses({"model": "m", "input": "Cook."}) == []


# -- both -------------------------------------------------------------------------------------------------------------


def test_tools_must_be_functions_of_an_object_with_a_name_and_not_none_of_them() -> None:
    good = {"name": "cook", "description": "", "parameters": {"type": "object"}}

    for tool in ({**good, "name": "cook it"}, {**good, "parameters": {"type": "string"}}):
        assert check_chat({"model": "m", "messages": [USER], "tools": [{"type": "function", "function": tool}]})
        assert check_responses({"model": "m", "input": "x", "tools": [{"type": "function", **tool}]})
    assert check_chat({"model": "m", "messages": [USER], "tools": []})
    assert check_chat({"model": "m", "messages": [USER], "tools": [{"type": "function", "function": good}]}) == []
    assert check_responses({"model": "m", "input": "x", "tools": [{"type": "function", **good}]}) == []


PARAMETERS: list[tuple[Json, str, str]] = [
    ({"temperature": 2.5}, "invalid value for 'temperature'", "invalid value for 'temperature'"),
    ({"top_p": "high"}, "invalid value for 'top_p'", "invalid value for 'top_p'"),
    ({"temperature": 0.2, "top_p": 1, "service_tier": "flex"}, "", ""),
    ({"reasoning_effort": "high"}, "", "unknown parameter: 'reasoning_effort'"),
    ({"reasoning_effort": "huge"}, "supported values of 'reasoning_effort'", "unknown parameter"),
    ({"reasoning": {"effort": "low", "summary": "auto"}}, "unknown parameter: 'reasoning'", ""),
    ({"reasoning": {"effort": "huge"}}, "unknown parameter", "supported values of 'reasoning.effort'"),
    ({"reasoning": "low"}, "unknown parameter", "invalid type for 'reasoning'"),
    ({"max_tokens": 50}, "", "unknown parameter: 'max_tokens'"),
    ({"max_completion_tokens": 0}, "invalid value for 'max_completion_tokens'", "unknown parameter"),
    ({"max_output_tokens": 15}, "unknown parameter: 'max_output_tokens'", "invalid value for 'max_output_tokens'"),
    ({"verbosity": "low"}, "", "unknown parameter: 'verbosity'"),
    ({"stream_options": {"include_usage": True}}, "only allowed when 'stream' is enabled", ""),
    ({"tempreature": 0.2}, "unknown parameter: 'tempreature'", "unknown parameter: 'tempreature'"),
]


@pytest.mark.parametrize(("named", "chat", "responses"), PARAMETERS)
def test_parameters_have_the_names_and_values_of_their_format(named: Json, chat: str, responses: str) -> None:
    for rule, violations in (
        (chat, check_chat({"model": "m", "messages": [USER], **named})),
        (responses, check_responses({"model": "m", "input": "x", **named})),
    ):
        assert any(rule in violation for violation in violations) if rule else violations == []


def test_a_request_without_a_model_is_refused() -> None:
    assert check_chat({"messages": [USER]}) == check_responses({"input": "x"}) != []


def test_no_rule_depends_on_how_the_body_was_spelled_as_json() -> None:
    body = json.loads(json.dumps({"model": "m", "messages": [{"role": "user", "content": "\ud800"}]}))

    assert check_chat(body) == ["a lone surrogate is not valid Unicode"]
