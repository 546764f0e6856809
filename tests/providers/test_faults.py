"""Every way a server can fail: what was yielded before, what is said, and whether asking again may help."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from interruptible_tui.providers import Finish
from interruptible_tui.providers.wire import Api
from tests.providers.asking import KEY, ask_once
from tests.server import Answer, Ending, Fault, Gate, Reply, Server
from tests.wire import Scripted, chat_stream, responses_stream, sse

HELLO = Reply("Hello world", chunk=5)
IDLE = 0.3
"""Seconds; only for servers that stall, so that a busy machine is not taken for one."""


def opening(api: Api) -> bytes:
    """A stream that has said "Hello" and is not at its end."""
    if api is Api.CHAT:
        return chat_stream({"choices": [{"delta": {"content": "Hello"}}]}, done=False)
    return responses_stream({"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"})


def then(*events: bytes) -> Callable[[Api], Scripted]:
    return lambda api: Answer(opening(api) + b"".join(events))


def always(scripted: Scripted) -> Callable[[Api], Scripted]:
    return lambda api: scripted


def http(status: int, body: str, content_type: str = "application/json", **headers: str) -> Callable[[Api], Scripted]:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return always(Answer(body, status, content_type, fields))


def after_hello(ending: Ending) -> Callable[[Api], Scripted]:
    return lambda api: Answer(opening(api), ending=ending)


def responses_failed(api: Api) -> Scripted:
    error = {"code": "server_error", "message": "the model crashed"}
    event = {"type": "response.failed", "response": {"status": "failed", "error": error}}
    return Answer(opening(api) + responses_stream(event))


@dataclass(frozen=True)
class Row:
    fault: Callable[[Api], Scripted]
    error: str
    text: str = ""
    status: int | None = None
    retryable: bool = False
    retry_after: float | None = None
    apis: tuple[Api, ...] = (Api.CHAT, Api.RESPONSES)


LOST = "the connection was lost before the reply was complete"
EARLY = "the server ended the reply before it was complete"
SILENT = "the server sent nothing for 0.3 s"
NO_JSON = "the server sent an event that is no JSON object: "

TABLE: dict[str, Row] = {
    "cut after some text": Row(after_hello(Ending.CUT), LOST, "Hello", retryable=True),
    "reset after some text": Row(after_hello(Ending.RESET), LOST, "Hello", retryable=True),
    "stall after some text": Row(after_hello(Ending.STALL), SILENT, "Hello", retryable=True),
    "end after some text": Row(after_hello(Ending.END), EARLY, "Hello", retryable=True),
    "cut before the first event": Row(always(Fault(HELLO, 0)), LOST, retryable=True),
    "empty stream": Row(always(Answer("")), EARLY, retryable=True),
    "stall before the first event": Row(always(Fault(HELLO, 0, Ending.STALL)), SILENT, retryable=True),
    "400": Row(http(400, '{"error": {"message": "no such\\nmodel"}}'), "HTTP 400: no such model", status=400),
    "401 that echoes the key": Row(
        http(401, '{"error": {"message": "Incorrect API key: {key}."}}'),
        "HTTP 401: Incorrect API key: ***.",
        status=401,
    ),
    "401 that echoes parts of the key": Row(
        http(401, f"Incorrect key {KEY[:11]}…{KEY[-9:]}", "text/plain"), "HTTP 401: Incorrect key ***…***", status=401
    ),
    "403": Row(http(403, '{"detail": "not for you"}'), "HTTP 403: not for you", status=403),
    "404 with an error that is a text": Row(
        http(404, '{"error": "model \'x\' not found"}'), "HTTP 404: model 'x' not found", status=404
    ),
    "408": Row(http(408, "{}"), "HTTP 408: Request Timeout", status=408, retryable=True),
    "409": Row(http(409, '{"error": null}'), "HTTP 409: Conflict", status=409, retryable=True),
    "422": Row(http(422, '{"detail": [{"loc": []}]}'), "HTTP 422: Unprocessable Entity", status=422),
    "429": Row(
        http(429, '{"error": {"message": "slow down"}}', retry_after="7"),
        "HTTP 429: slow down",
        status=429,
        retryable=True,
        retry_after=7.0,
    ),
    "429 because the money is spent": Row(
        http(429, '{"error": {"message": "quota", "code": "insufficient_quota"}}'), "HTTP 429: quota", status=429
    ),
    "500": Row(http(500, "", "text/plain"), "HTTP 500: Internal Server Error", status=500, retryable=True),
    "502 with a web page": Row(
        http(502, "<html><h1>nginx</h1></html>", "text/html"), "HTTP 502: Bad Gateway", status=502, retryable=True
    ),
    "503 with a long text": Row(
        http(503, "x" * 100_000, "text/plain"), f"HTTP 503: {'x' * 289}…", status=503, retryable=True
    ),
    "web page with 200": Row(
        http(200, "<html>", "text/html; charset=utf-8"),
        "the server answered with a web page (text/html), is the base URL right?",
    ),
    "JSON with 200": Row(
        http(200, '{"object": "list"}'), "the server answered with JSON instead of a stream, is the base URL right?"
    ),
    "broken JSON with 200": Row(
        http(200, "{"), "the server answered with JSON instead of a stream, is the base URL right?"
    ),
    "JSON error with 200": Row(
        http(200, '{"error": {"message": "out of memory", "code": 503}}'),
        "the server reported an error: out of memory",
        retryable=True,
    ),
    "JSON error inside the stream": Row(
        then(sse({"error": {"message": "refused", "type": "invalid_request_error"}})),
        "the server reported an error: refused",
        "Hello",
    ),
    "JSON error inside the stream that may pass": Row(
        then(sse({"error": {"message": "busy", "code": "rate_limit_exceeded"}})),
        "the server reported an error: busy",
        "Hello",
        retryable=True,
    ),
    "event: error": Row(
        then(sse({"type": "error", "code": "server_error", "message": "it broke"}, "error")),
        "the server reported an error: it broke",
        "Hello",
        retryable=True,
    ),
    "event: error with a text": Row(then(sse("it broke", "error")), "the server reported an error: it broke", "Hello"),
    "event: error that says nothing": Row(
        then(sse("{}", "error")), "the server reported an error: it does not say which", "Hello"
    ),
    "event: error that echoes the key": Row(
        then(sse({"message": f"key {KEY} expired"}, "error")), "the server reported an error: key *** expired", "Hello"
    ),
    "malformed JSON": Row(then(sse('{"choices": [')), NO_JSON + '{"choices": [', "Hello", retryable=True),
    "JSON that is no object": Row(then(sse("[1]")), NO_JSON + "[1]", "Hello", retryable=True),
    "JSON nested too deeply": Row(then(sse("[" * 9_999)), (NO_JSON + "[" * 999)[:299] + "…", "Hello", retryable=True),
    "bad UTF-8 instead of JSON": Row(then(b"data: \xff\xfe\n\n"), NO_JSON + "\ufffd\ufffd", "Hello", retryable=True),
    "error with lone surrogates": Row(
        then(sse(r'{"error": {"message": "a\ud800b\u0000c"}}')),
        "the server reported an error: a\ufffdb\ufffdc",
        "Hello",
    ),
    "done without a finish": Row(then(sse("[DONE]")), EARLY, "Hello", retryable=True),
    "nulls everywhere and no end": Row(
        then(sse('{"choices": null, "type": null}'), sse('{"choices": [null, {"delta": null}], "item": null}')),
        EARLY,
        "Hello",
        retryable=True,
    ),
    "response.failed": Row(
        responses_failed,
        "the server reported an error: the model crashed",
        "Hello",
        retryable=True,
        apis=(Api.RESPONSES,),
    ),
}

ROWS = [pytest.param(api, row, id=f"{api}: {name}") for name, row in TABLE.items() for api in row.apis]


@pytest.mark.parametrize(("api", "row"), ROWS)
async def test_a_fault_ends_in_one_line_and_keeps_what_was_said_before(api: Api, row: Row) -> None:
    async with Server([row.fault(api)]) as server:
        outcome = await ask_once(server, api, idle_timeout=IDLE if row.error == SILENT else 5.0)

    assert outcome.finished is None
    assert outcome.text == row.text
    assert outcome.error is not None
    assert str(outcome.error) == row.error
    assert (outcome.error.status, outcome.error.retryable) == (row.status, row.retryable)
    assert outcome.error.retry_after == row.retry_after
    assert outcome.error.__context__ is None
    assert outcome.error.__cause__ is None
    assert KEY not in repr(outcome.error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("api", Api)
async def test_a_server_that_is_not_there_is_a_fault_that_may_pass(api: Api) -> None:
    async with Server() as server:
        pass
    outcome = await ask_once(server, api)

    assert outcome.error is not None
    assert str(outcome.error).startswith("no connection to the server")
    assert outcome.error.retryable


@pytest.mark.parametrize("api", Api)
async def test_a_server_that_does_not_even_answer_is_given_up_after_the_idle_timeout(api: Api) -> None:
    async with Server([Answer("", head_gate=Gate())]) as server:
        outcome = await ask_once(server, api, idle_timeout=IDLE)

    assert str(outcome.error) == SILENT


CUT_SHORT: dict[str, tuple[str, Finish]] = {
    "length": ("max_output_tokens", Finish.LENGTH),
    "content_filter": ("content_filter", Finish.FILTERED),
}


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("reason", CUT_SHORT)
async def test_a_reply_that_the_server_cut_says_why(api: Api, reason: str) -> None:
    spelled, finish = CUT_SHORT[reason]
    reply = Reply("Hello", finish=reason if api is Api.CHAT else spelled)
    async with Server([reply]) as server:
        outcome = await ask_once(server, api)

    assert outcome.text == "Hello"
    assert outcome.finished and outcome.finished.finish is finish


@pytest.mark.parametrize("ending", [Ending.CUT, Ending.RESET, Ending.STALL])
async def test_what_happens_to_the_connection_after_the_finish_reason_does_not_matter(ending: Ending) -> None:
    chunks: list[dict[str, Any]] = [
        {"choices": [{"delta": {"content": "Hello"}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    ]
    async with Server([Answer(chat_stream(*chunks, done=False), ending=ending)]) as server:
        outcome = await ask_once(server, Api.CHAT, idle_timeout=IDLE if ending is Ending.STALL else 5.0)

    assert outcome.error is None
    assert outcome.text == "Hello"
    assert outcome.finished and outcome.finished.finish is Finish.STOP
