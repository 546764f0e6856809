"""Servers that report nonsense: nothing of it is taken for a good answer, and nothing of it stalls the program."""

import time
from contextlib import aclosing
from pathlib import Path

import pytest
from pydantic import SecretStr

from interruptible_tui.conversation import Message, Role
from interruptible_tui.providers import Finished, ProviderError, TextDelta
from interruptible_tui.providers.openai import OpenAIProvider
from interruptible_tui.providers.wire import Api
from interruptible_tui.request import Request
from tests.commands.program import ended, model, stored
from tests.server import Answer, Reply, Server, serving
from tests.wire import chat_stream, sse

MEBIBYTES_4 = "x" * 4 * 2**20


def chunk(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def test_a_nonsensical_count_of_tokens_does_not_harm_the_run(tmp_path: Path) -> None:
    counted = {"choices": [], "usage": {"prompt_tokens": 10**30, "completion_tokens": 3}}
    with serving([Answer(chat_stream(chunk("Hello", "stop"), counted))]) as server:
        printed = ended(tmp_path, "run", *model(server), "Hi")
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, "Hello\n", "")
    (run,) = stored(tmp_path, "runs")
    assert run["status"] == "completed"
    assert run["usage"] == {"input": 0, "output": 3}


def test_a_reply_that_the_server_gave_up_is_not_complete(tmp_path: Path) -> None:
    with serving([Reply("Hello", finish="error")]) as server:
        printed = ended(tmp_path, "run", *model(server), "Hi")
        assert len(server.requests) == 1
    assert (printed.returncode, printed.stdout) == (1, "Hello\n")
    assert "the run failed" in printed.stderr
    answer = stored(tmp_path, "history")[1]
    assert (answer["text"], answer["status"]) == ("Hello", "partial")


JUNK = {
    "no JSON": sse(MEBIBYTES_4),
    "JSON of another kind": sse({"object": "junk", "choices": [], "pad": MEBIBYTES_4}),
    "an error": sse({"error": {"message": MEBIBYTES_4}}),
    "deeply nested": sse("[" * 2**20),
    "many short lines": b"data: x\n" * 2**18 + b"\n",
}


@pytest.mark.parametrize("kind", JUNK)
async def test_an_event_of_several_mebibytes_of_junk_does_not_stall_the_program(kind: str) -> None:
    request = Request("m", "", (Message(role=Role.USER, text="Hi", run=1, turn=1),), ())
    answer = Answer(chat_stream(chunk("Hello"), done=False) + JUNK[kind] + chat_stream(chunk("", "stop")))
    async with Server([answer]) as server:
        provider = OpenAIProvider(Api.CHAT, base_url=server.base_url, api_key=SecretStr("sk-canary-0123456789"))
        await provider.warm()
        computed = time.process_time()
        try:
            complaint = await complaint_of(provider, request)
        finally:
            await provider.close()
        assert time.process_time() - computed < 1
    assert len(complaint) < 2000 and "\n" not in complaint
    assert (complaint == "") == (kind == "JSON of another kind")


async def complaint_of(provider: OpenAIProvider, request: Request) -> str:
    """Why the model call failed; empty if it did not."""
    try:
        async with aclosing(provider.stream(request)) as deltas:
            said = [delta async for delta in deltas]
    except ProviderError as error:
        return str(error)
    assert [type(delta) for delta in said] == [TextDelta, Finished]
    return ""
