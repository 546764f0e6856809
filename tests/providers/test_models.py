"""The list of a server's models, from whichever server, and what is no such list."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from interruptible_tui.providers import ProviderError, openai
from interruptible_tui.providers.models import Model, listed
from interruptible_tui.providers.openai import OpenAIProvider
from interruptible_tui.providers.wire import Api
from tests.server import Answer, Gate, Server

KEY = "sk-canary-0d1f6a"


def entries(*models: object) -> bytes:
    return json.dumps({"object": "list", "data": models}).encode()


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ({"max_model_len": 32768}, 32768),
        ({"context_length": 131072, "top_provider": {"context_length": 5}}, 131072),
        ({"context_window": 8192}, 8192),
        ({"max_context_length": 4096, "loaded_context_length": 2048}, 2048),
        ({"meta": {"n_ctx_train": 40960}}, 40960),
        ({"context_length": None, "max_model_len": "many", "meta": []}, None),
        ({"context_length": True}, None),
        ({"context_length": -1}, None),
        ({}, None),
    ],
)
def test_a_window_has_many_names(entry: dict[str, Any], window: int | None) -> None:
    assert listed(entries({"id": "m", **entry})) == [Model("m", window)]


def test_each_model_is_listed_once_and_what_has_no_name_is_not() -> None:
    found = listed(
        entries({"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": ""}, {}, 5, {"id": "x" * 1000}, {"id": "\ud800"})
    )
    assert [model.name for model in found] == ["a", "b", "�"]
    assert listed(b'[{"id": "together"}]') == [Model("together", None)]


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"5", b"[" * 100_000, b'{"data": 5}', b"<html>"])
def test_what_is_no_list_of_models_is_a_failure(content: bytes) -> None:
    with pytest.raises(ProviderError, match="something else than a list of models"):
        listed(content)


async def failure(server: Server) -> str:
    provider = OpenAIProvider(Api.CHAT, base_url=server.base_url, api_key=SecretStr(KEY))
    try:
        with pytest.raises(ProviderError) as raised:
            await provider.models()
        return str(raised.value)
    finally:
        await provider.close()


async def test_the_list_is_bounded_in_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server() as server:
        server.models = Answer(
            entries(*({"id": f"model {n}"} for n in range(100_000))), content_type="application/json"
        )
        monkeypatch.setattr(openai, "MODELS_LIMIT", 2**20)
        assert await failure(server) == "the server's list of models has more than 1 MiB"
        server.models = Answer(b"", head_gate=Gate())
        monkeypatch.setattr(openai, "MODELS_TIMEOUT", 0.05)
        assert await failure(server) == "the server sent no list of models for 0.05 s"


async def test_a_refusal_is_told_without_the_key() -> None:
    async with Server() as server:
        server.models = Answer("wrong key: {key}", status=401, content_type="text/plain")
        said = await failure(server)
    assert said.startswith("HTTP 401")
    assert KEY not in said
