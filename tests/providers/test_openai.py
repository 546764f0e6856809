"""The provider on the wire: cancellation, keys, waiting, and what the environment must not change."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest
from pydantic import SecretStr

from interruptible_tui.providers import Finish, Finished, TextDelta
from interruptible_tui.providers.failures import retry_after, without_key
from interruptible_tui.providers.openai import OpenAIProvider
from interruptible_tui.providers.wire import Api
from tests.providers.asking import KEY, REQUEST, Outcome, ask, ask_once, provider_of
from tests.server import Answer, Ending, Gate, Received, Reply, Server
from tests.wire import chat_stream

NOW = 1_700_000_000.0
AT_ONCE = 0.5
"""Seconds; a connection that is left to itself is open for as long as its server likes."""


@asynccontextmanager
async def opened(server: Server, api: Api) -> AsyncIterator[OpenAIProvider]:
    provider = provider_of(server, api)
    await provider.warm()
    yield provider
    await provider.close()


async def cancelled(asking: asyncio.Task[Outcome], request: Received) -> float:
    """Cancel; seconds until the server saw the connection closed."""
    asking.cancel()
    began = asyncio.get_running_loop().time()
    await request.closed.wait()
    assert request.closed_at is not None
    with pytest.raises(asyncio.CancelledError):
        await asking
    return request.closed_at - began


@pytest.mark.parametrize("api", Api)
async def test_cancelling_while_waiting_for_headers_closes_the_connection(api: Api) -> None:
    gate = Gate()
    async with Server([Reply("never", head_gate=gate)]) as server, opened(server, api) as provider:
        asking = asyncio.create_task(ask(provider))
        await gate.reached.wait()

        assert await cancelled(asking, server.requests[0]) < AT_ONCE


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("gate_at", [1, 3, None])
async def test_cancelling_in_the_middle_of_a_stream_closes_the_connection(api: Api, gate_at: int | None) -> None:
    gate = Gate()
    script = [Reply("Hello world", gate=gate, gate_at=gate_at, chunk=2)]
    async with Server(script) as server, opened(server, api) as provider:
        asking = asyncio.create_task(ask(provider))
        await gate.reached.wait()

        assert await cancelled(asking, server.requests[0]) < AT_ONCE


@pytest.mark.parametrize("api", Api)
async def test_closing_the_generator_closes_the_connection(api: Api) -> None:
    async with Server([Reply("Hello world", gate=Gate(), chunk=2)]) as server, opened(server, api) as provider:
        async with aclosing(provider.stream(REQUEST)) as deltas:
            first = await anext(deltas)

        await server.requests[0].closed.wait()
        assert first == TextDelta("He")


@pytest.fixture
def unreachable() -> Iterator[socket.socket]:
    """A listener whose queue of connections is full: connecting to it hangs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    filler = socket.create_connection(listener.getsockname())
    yield listener
    filler.close()
    listener.close()


def base_url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


async def test_cancelling_while_connecting_ends_at_once(unreachable: socket.socket) -> None:
    provider = OpenAIProvider(Api.CHAT, base_url=base_url(unreachable))
    await provider.warm()
    asking = asyncio.create_task(ask(provider))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(asking), 0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await provider.close()


async def test_connecting_is_given_up_after_the_idle_timeout(unreachable: socket.socket) -> None:
    provider = OpenAIProvider(Api.CHAT, base_url=base_url(unreachable), idle_timeout=0.2)
    outcome = await ask(provider)
    await provider.close()

    assert str(outcome.error) == "the server sent nothing for 0.2 s"
    assert outcome.error and outcome.error.retryable


async def test_cancelling_while_the_sdk_is_imported_leaves_the_provider_usable() -> None:
    async with Server() as server:
        provider = provider_of(server, Api.CHAT)
        asking = asyncio.create_task(ask(provider))
        await asyncio.wait({asking}, timeout=0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

        assert (await ask(provider)).text == "Done."
        await provider.close()


@pytest.mark.parametrize("api", Api)
async def test_the_key_is_sent_in_the_authorization_header_and_nowhere_else(api: Api) -> None:
    async with Server() as server:
        await ask_once(server, api)
    request = server.requests[0]

    assert request.headers.pop("authorization") == f"Bearer {KEY}"
    assert KEY not in repr((request.path, request.headers, request.body))


@pytest.mark.parametrize("api", Api)
async def test_without_a_key_there_is_no_authorization_header(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-from-the-environment")
    async with Server() as server:
        provider = provider_of(server, api, key=None)
        await ask(provider)
        await provider.close()

    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("api", Api)
async def test_no_variable_of_the_environment_changes_where_or_what_is_sent(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "http://canary.invalid")
    async with Server() as server:
        outcome = await ask_once(server, api)

    assert outcome.text == "Done."
    assert "canary" not in repr(server.requests[0].headers).replace(KEY, "")
    assert {"openai-organization", "openai-project"}.isdisjoint(server.requests[0].headers)


@pytest.mark.parametrize("api", Api)
async def test_one_connection_serves_one_request_after_the_other(api: Api) -> None:
    async with Server() as server:
        provider = provider_of(server, api)
        for _ in range(3):
            assert (await ask(provider)).text == "Done."
        await provider.close()

    assert server.connections == 1


@pytest.mark.parametrize("base_url", ["", "localhost:1", "ftp://localhost", "http://localhost:port/v1"])
async def test_a_base_url_that_cannot_be_used_is_said_and_not_tried_again(base_url: str) -> None:
    provider = OpenAIProvider(Api.CHAT, base_url=base_url or "//")
    await provider.warm()
    outcome = await ask(provider)
    await provider.close()

    assert outcome.error is not None
    assert "cannot be" in str(outcome.error)
    assert not outcome.error.retryable


@pytest.mark.parametrize("key", ["sk-with\nnewline-1234", "sk-schlüssel-12345678"])
async def test_a_key_that_cannot_be_sent_is_not_told(key: str) -> None:
    async with Server() as server:
        provider = OpenAIProvider(Api.CHAT, base_url=server.base_url, api_key=SecretStr(key))
        outcome = await ask(provider)
        await provider.close()

    assert str(outcome.error).startswith("the request cannot be sent")
    assert not any(key[at : at + 8] in str(outcome.error) for at in range(len(key) - 7))


async def test_a_provider_that_was_never_used_closes() -> None:
    await OpenAIProvider(Api.CHAT).close()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_how_long_to_wait_is_understood_in_each_of_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_no_eight_characters_in_a_row_of_a_key_stay_in_a_text() -> None:
    for start in range(len(KEY) - 7):
        for stop in range(start + 8, len(KEY) + 1):
            assert without_key(f"the key {KEY[start:stop]} is bad", KEY) == "the key *** is bad"


def test_a_text_without_the_key_stays_as_it_is() -> None:
    assert without_key("a canary sings", KEY) == "a canary sings"
    assert without_key("nothing to hide", "") == "nothing to hide"
    assert without_key("key abc abc", "abc") == "key *** ***"


async def test_the_end_of_a_reply_is_told_although_the_server_keeps_the_connection_open() -> None:
    stream = chat_stream({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]})
    async with Server([Answer(stream, ending=Ending.STALL)]) as server:
        async with asyncio.timeout(5):
            outcome = await ask_once(server, Api.CHAT, idle_timeout=60.0)

    assert outcome.finished == Finished(Finish.STOP)
