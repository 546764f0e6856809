"""A model call that fails before its first token is tried again, visibly; after it the run has failed."""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.conversation import Cut, Hold, MessageStatus, Mode
from interruptible_tui.events import RetryScheduled, TurnStarted
from interruptible_tui.providers import Finish, ProviderError, ReasoningDelta
from tests.engine.driver import Chat, Stopwatch, chatting
from tests.scripted import Gate, Scripted, says, too_many


def passing(text: str = "HTTP 500: oh no", retry_after: float | None = None) -> ProviderError:
    return ProviderError(text, status=500, retryable=True, retry_after=retry_after)


async def test_a_failure_before_the_first_token_is_tried_again_visibly(tmp_path: Path) -> None:
    model = Scripted(says(passing()), says("cooked"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert chat.heard(RetryScheduled) == [RetryScheduled(1, 1, 2, 0.0, "HTTP 500: oh no")]
        assert [event.attempt for event in chat.heard(TurnStarted)] == [1, 2]
        assert await chat.said() == ["user: cook", "assistant: cooked"]


async def test_after_four_retries_the_run_has_failed_and_the_queue_is_held(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says(gate, passing()), *[says(passing()) for _ in range(9)])
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        gate.open()
        await chat.idle()
        assert len(model.requests) == 5
        assert len(chat.heard(RetryScheduled)) == 4
        assert [(run.status, run.reason) for run in await chat.runs()] == [("failed", "HTTP 500: oh no")]
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], Hold.FAILED)


async def test_the_pause_doubles_where_the_server_does_not_say_how_long(tmp_path: Path) -> None:
    model = Scripted(*[says(passing()) for _ in range(9)])
    async with chatting(tmp_path, model, retry_delay=0.001) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert [event.delay for event in chat.heard(RetryScheduled)] == [0.001, 0.002, 0.004, 0.008]


async def test_retry_after_is_honoured(tmp_path: Path) -> None:
    model = Scripted(says(too_many(0.2)), says("cooked"))
    async with chatting(tmp_path, model, retry_delay=30) as chat:
        watch = Stopwatch()
        await chat.engine.submit("cook")
        await chat.idle()
        assert 0.2 <= watch.seconds < 2
        assert [event.delay for event in chat.heard(RetryScheduled)] == [0.2]


async def test_a_server_that_asks_for_more_than_a_minute_is_not_waited_for(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says(gate, too_many(61)), says("cooked"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        gate.open()
        await chat.idle()
        assert (len(model.requests), await chat.statuses()) == (1, ["failed"])
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], Hold.RATE_LIMIT)


async def test_what_cannot_succeed_later_is_not_tried_again(tmp_path: Path) -> None:
    """It will not get better by trying."""
    model = Scripted(says(ProviderError("HTTP 401: bad key", status=401)))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert (len(model.requests), chat.heard(RetryScheduled)) == (1, [])
        assert (await chat.runs())[0].reason == "HTTP 401: bad key"


@pytest.mark.parametrize("begun", ["Hel", ReasoningDelta("hm")])
async def test_a_failure_after_the_first_token_fails_the_run_and_keeps_its_text(
    tmp_path: Path, begun: str | ReasoningDelta
) -> None:
    async with chatting(tmp_path, Scripted(says(begun, passing()))) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert chat.heard(RetryScheduled) == []
        assert await chat.statuses() == ["failed"]
        assert (await chat.said())[1:] == (["assistant: Hel"] if begun == "Hel" else [])


async def test_esc_while_a_retry_is_waited_for_ends_the_wait_at_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says(too_many(50)), says("cooked"))) as chat:
        await chat.engine.submit("cook")
        await chat.hears(RetryScheduled)
        assert chat.engine.live is not None
        assert chat.engine.live.retry is not None
        watch = Stopwatch()
        await chat.engine.stop()
        await chat.idle()
        assert watch.seconds < 1
        assert await chat.statuses() == ["cancelled"]


async def test_an_interrupting_prompt_while_a_retry_is_waited_for_starts_its_run_at_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says(too_many(50)), says("baked"))) as chat:
        await chat.engine.submit("cook")
        await chat.hears(RetryScheduled)
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert await chat.said() == ["user: cook", "user: bake", "assistant: baked"]


# -- an end that is none ----------------------------------------------------------------------------------------------


async def failed_with_partial_text(chat: Chat) -> None:
    await chat.idle()
    last = (await chat.history())[-1]
    assert (last.text, last.status, last.cut) == ("Once upon", MessageStatus.PARTIAL, Cut.FAILURE)
    assert await chat.statuses() == ["failed"]


@pytest.mark.parametrize(
    ("finish", "reason"), [(Finish.LENGTH, "length limit"), (Finish.FILTERED, "content filter"), (None, "complete")]
)
async def test_a_reply_that_the_server_did_not_complete_fails_the_run_and_keeps_its_text(
    tmp_path: Path, finish: Finish | None, reason: str
) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Once upon", gate, finish=finish))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        gate.open()
        await failed_with_partial_text(chat)
        assert reason in (await chat.runs())[0].reason
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], Hold.FAILED)


async def test_a_stream_that_ends_before_it_began_is_tried_again(tmp_path: Path) -> None:
    model = Scripted(says(finish=None), says("cooked"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert (len(model.requests), await chat.statuses()) == (2, ["completed"])


async def test_after_a_failure_resume_tries_again_on_the_repaired_history(tmp_path: Path) -> None:
    model = Scripted(says("Once upon", passing()), says("a time"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("tell")
        await failed_with_partial_text(chat)
        await chat.engine.resume()
        await chat.ended(2)
        assert "cut short by an error" in model.requests[1].messages[-1].text
        assert (await chat.said())[-1] == "assistant: a time"


async def test_the_client_waits_without_blocking_anything_else(tmp_path: Path) -> None:
    """A blocking client would freeze every session for the length of a call."""
    gate = Gate()
    async with (
        chatting(tmp_path / "a", Scripted(says(gate, "slow"))) as slow,
        chatting(tmp_path / "b", Scripted()) as quick,
    ):
        await slow.engine.submit("cook")
        await gate.reached()
        await quick.engine.submit("cook")
        await quick.idle()
        assert await slow.active() == 1
        await asyncio.gather(slow.engine.submit("no onions"), quick.engine.submit("more"))
        gate.open()
        await slow.idle()
        assert await slow.users() == ["cook", "no onions"]
