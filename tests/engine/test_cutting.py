"""`incorporate_at = now`: a prompt ends the reply that is being generated, and the same run goes on with it."""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.conversation import IncorporateAt, Mode
from interruptible_tui.events import ModeChanged, PolicySwitched, Submitted
from interruptible_tui.store import StoreError
from interruptible_tui.store.bells import ring
from tests.engine.driver import chatting, failing, lines, write_lock
from tests.scripted import Gate, Scripted, Work, calls, says

NOW = IncorporateAt.NOW


async def test_a_reply_is_cut_and_kept_and_the_same_run_goes_on_with_the_prompt(tmp_path: Path) -> None:
    model = Scripted(says("half", gate := Gate()), says("heard"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.ask(PolicySwitched(NOW))
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        await chat.idle()
        assert await chat.seen() == ["user: cook", "assistant (partial): half", "user: no onions", "assistant: heard"]
        assert await chat.statuses() == ["completed"]
        assert lines(model.requests[1].messages)[-1] == "user: no onions"


async def test_the_reply_is_cut_before_the_prompt_is_on_the_disk_and_the_prompt_is_taken_after_that(
    tmp_path: Path,
) -> None:
    model = Scripted(says("half", gate := Gate()))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with write_lock(tmp_path):
            sending = asyncio.create_task(chat.engine.submit("no onions", Mode.INCORPORATE, incorporate_at=NOW))
            while not model.cut:
                await asyncio.sleep(0)
            assert not sending.done()
        await sending
        await chat.idle()
        assert await chat.users() == ["cook", "no onions"]
        assert len(model.requests) == 2, "the reply that has the prompt is not cut"


async def test_a_prompt_that_cannot_be_stored_has_cut_the_reply_all_the_same_and_the_run_goes_on(
    tmp_path: Path,
) -> None:
    model = Scripted(says("half", gate := Gate()), says("cooked"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with failing(tmp_path, "prompts"), pytest.raises(StoreError, match="disk on fire"):
            await chat.engine.submit("no onions", Mode.INCORPORATE, incorporate_at=NOW)
        await chat.idle()
        assert await chat.seen() == ["user: cook", "assistant (partial): half", "assistant: cooked"]
        assert await chat.statuses() == ["completed"]


async def test_a_tool_is_not_cut(tmp_path: Path) -> None:
    work = Work(gate=(gate := Gate()))
    async with chatting(tmp_path, Scripted(calls(("work", {}))), work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE, incorporate_at=NOW)
        gate.open()
        await chat.idle()
        assert (work.cancelled, len(work.finished)) == (0, 1)
        assert await chat.said() == [
            "user: cook", "assistant: ", "tool: done", "user: no onions", "assistant: Done.",
        ]  # fmt: skip


async def test_a_queued_prompt_that_becomes_a_correction_cuts_the_reply(tmp_path: Path) -> None:
    model = Scripted(says("half", gate := Gate()))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.ask(PolicySwitched(NOW))
        await chat.engine.submit("cook")
        await gate.reached()
        id_ = await chat.engine.submit("no onions", Mode.QUEUE)
        await chat.engine.ask(ModeChanged(id_, Mode.INCORPORATE))
        await chat.idle()
        assert model.cut == 1
        assert await chat.statuses() == ["completed"]


async def test_what_another_program_sends_cuts_the_reply_where_it_wishes_so(tmp_path: Path) -> None:
    model = Scripted(says("half", gate := Gate()))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        sent = Submitted("s", "no onions", Mode.INCORPORATE, 1.0, None, NOW)
        await chat.store.write(lambda tables: tables.add_sent(chat.engine.session.id, sent))
        assert ring(chat.store.places(chat.engine.session).bell)
        await chat.idle()
        assert model.cut == 1
        assert await chat.users() == ["cook", "no onions"]
