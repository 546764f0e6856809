"""The test server keeps its own promises."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.server import Gate, Reply, Server, serving


@contextmanager
def posted(
    server: Server, body: dict[str, Any], path: str = "/v1/chat/completions", method: str = "POST"
) -> Iterator[http.client.HTTPResponse]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as client:
        client.request(method, path, json.dumps(body))
        with client.getresponse() as response:
            yield response


def answer(server: Server, body: dict[str, Any]) -> bytes:
    with posted(server, body) as response:
        return response.read()


ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def test_a_script_is_played_in_order_and_then_the_last_word_repeats() -> None:
    with serving([Reply("one")]) as server:
        replies = [answer(server, ASKED) for _ in range(3)]

    assert b"one" in replies[0]
    assert b"Done." in replies[1]
    assert b"Done." in replies[2]


def test_a_script_may_look_at_the_request() -> None:
    with serving(lambda body: Reply(f"asked {body['messages'][-1]['content']}", chunk=99)) as server:
        assert b"asked Hi" in answer(server, ASKED)


def test_what_the_api_refuses_gets_400_is_noted_and_takes_nothing_from_the_script() -> None:
    with serving([Reply("one")]) as server:
        with posted(server, {"model": "m", "messages": []}) as refused:
            message = json.loads(refused.read())["error"]["message"]
        accepted = answer(server, ASKED)

    assert refused.status == 400
    assert server.refusals == [message]
    assert b"one" in accepted


def test_models_are_listed_and_other_endpoints_are_not_there() -> None:
    with serving() as server:
        with posted(server, {}, "/v1/models", "GET") as response:
            models = json.loads(response.read())
        with posted(server, {}, "/v1/chat") as missing:
            missing.read()

    assert [model["id"] for model in models["data"]] == ["scripted"]
    assert missing.status == 404


def test_a_thread_can_wait_for_requests_gates_and_closes() -> None:
    gate = Gate()
    with serving([Reply("Hello", gate=gate)]) as server:
        with pytest.raises(TimeoutError):
            server.request_here(1, timeout=0.01)
        with posted(server, ASKED) as reply:
            gate.reached.wait_here()
            request = server.request_here(1)
            assert not request.answered.is_set()
            gate.open()
            request.answered.wait_here()
            assert b"[DONE]" in reply.read()
        request.closed.wait_here()

    assert request.answered_at is not None
    assert request.closed_at is not None
    assert request.arrived_at <= request.answered_at <= request.closed_at
