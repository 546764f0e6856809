"""A recorded stream, cut at every byte: what was said is kept, and nothing is taken for complete before its end."""

import pytest

from interruptible_tui.providers import CallDelta, Delta, Finished, ProviderError, ReasoningDelta, TextDelta
from interruptible_tui.providers.chat import ChatDecoder
from interruptible_tui.providers.dialect import ReplyDecoder
from interruptible_tui.providers.responses import ResponsesDecoder
from interruptible_tui.providers.sse import EventDecoder
from interruptible_tui.providers.wire import Api
from tests.providers.asking import ask, provider_of
from tests.server import Call, Ending, Fault, Reply, Server
from tests.wire import render

REPLY = Reply("Two dishes 🍔.", [Call("cook", {"dish": "burger"}), Call("cook", {"dish": "salad"})], "Hm", chunk=6)
PATHS = {Api.CHAT: "/v1/chat/completions", Api.RESPONSES: "/v1/responses"}
STRIDE = 97
"""Bytes from one cut to the next where each costs a connection; a prime, so that it meets every place in an event."""


def recorded(api: Api, number: int = 1) -> tuple[bytes, int]:
    """The stream that answers request `number`, and where the event that completes the reply ends."""
    events = render(REPLY, PATHS[api], number)
    return b"".join(events.body + events.closing), len(b"".join(events.body + events.closing[:1]))


def replayed(stream: bytes, api: Api) -> tuple[list[Delta], Finished | None]:
    events = EventDecoder()
    decoder: ReplyDecoder = ChatDecoder() if api is Api.CHAT else ResponsesDecoder()
    deltas = [delta for event in events.feed(stream) for delta in decoder.decode(event)]
    finished = next((delta for delta in deltas if isinstance(delta, Finished)), None)
    return [delta for delta in deltas if not isinstance(delta, Finished)], finished or decoder.end()


def said(deltas: list[Delta]) -> str:
    return "".join(
        delta.text if isinstance(delta, TextDelta | ReasoningDelta) else f"<{delta.index}{delta.name}{delta.arguments}>"
        for delta in deltas
        if isinstance(delta, TextDelta | ReasoningDelta | CallDelta)
    )


@pytest.mark.parametrize("api", Api)
def test_a_stream_cut_at_any_byte_is_complete_only_with_its_end(api: Api) -> None:
    stream, end = recorded(api)
    whole, _ = replayed(stream, api)

    for at in range(len(stream) + 1):
        deltas, finished = replayed(stream[:at], api)
        assert deltas == whole[: len(deltas)]
        assert (finished is not None) == (at >= end)
    assert deltas == whole


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("ending", [Ending.CUT, Ending.END])
@pytest.mark.parametrize("stride", [pytest.param(1, marks=pytest.mark.slow), STRIDE])
async def test_a_connection_cut_at_any_byte_is_complete_only_with_its_end(
    api: Api, ending: Ending, stride: int
) -> None:
    stream, _ = recorded(api)
    whole, _ = replayed(stream, api)
    cuts = range(0, len(stream), stride)
    async with Server([Fault(REPLY, at, ending) for at in cuts]) as server:
        provider = provider_of(server, api)
        for number, at in enumerate(cuts, start=1):
            _, end = recorded(api, number)
            outcome = await ask(provider)
            assert said(whole).startswith(said(outcome.deltas))
            assert (outcome.finished is not None) == (at >= end)
            assert isinstance(outcome.error, ProviderError) == (at < end)
        await provider.close()
