"""Guarantee 3: a prompt in the last moment of a run is taken by this run or heads the next. There is no third outcome.

A commit is held up by holding the lock that every writer needs, so that a prompt arrives exactly while it is made.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode, Trigger
from interruptible_tui.events import BoundaryReached, Published, RunEnded, RunStarted, UsageReported
from interruptible_tui.machine import SessionState
from tests.engine.driver import Chat, chatting, lines, run_task, untimed, write_lock
from tests.scripted import Gate, Scripted, says

MODES = list(Mode)


async def submit_while_the_answer_is_committed(chat: Chat, gate: Gate, directory: Path, mode: Mode) -> None:
    await chat.engine.submit("cook")
    await gate.reached()
    with write_lock(directory):
        gate.open()
        await chat.hears(UsageReported)
        sending = await chat.send("last words", mode)
    await sending


async def submit_while_the_end_is_committed(chat: Chat, gate: Gate, directory: Path, mode: Mode) -> None:
    lock = ExitStack()

    def before_the_end(event: Published, _: SessionState) -> None:
        if isinstance(event, BoundaryReached) and event.turn == 2:
            lock.enter_context(write_lock(directory))

    forget = chat.engine.observe(before_the_end)
    with lock:
        await chat.engine.submit("cook")
        await gate.reached()
        gate.open()
        await chat.over(run_task(1))
        forget()
        sending = await chat.send("last words", mode)
        assert not chat.heard(RunEnded)
    await sending


async def test_an_incorporated_prompt_that_arrives_while_the_answer_is_committed_is_taken_by_the_same_run(
    tmp_path: Path,
) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate), says("heard"))
    async with chatting(tmp_path, model) as chat:
        await submit_while_the_answer_is_committed(chat, gate, tmp_path, Mode.INCORPORATE)
        await chat.idle()
        assert await chat.said() == ["user: cook", "assistant: cooked", "user: last words", "assistant: heard"]
        assert [untimed(message.receipt) for message in await chat.history() if message.prompt_id] == [
            "started run 1",
            "incorporated at turn 2 (TIME after sending)",
        ]
        assert await chat.statuses() == ["completed"]


async def test_a_queued_prompt_that_arrives_while_the_answer_is_committed_gets_the_next_run(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate), says("heard"))
    async with chatting(tmp_path, model) as chat:
        await submit_while_the_answer_is_committed(chat, gate, tmp_path, Mode.QUEUE)
        await chat.ended(2)
        assert await chat.said() == ["user: cook", "assistant: cooked", "user: last words", "assistant: heard"]
        assert [run.trigger for run in await chat.runs()] == [Trigger.PROMPT, Trigger.QUEUE]


async def test_an_interrupting_prompt_that_arrives_while_the_answer_is_committed_keeps_the_answer_and_opens_a_run(
    tmp_path: Path,
) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate), says("heard"))
    async with chatting(tmp_path, model) as chat:
        await submit_while_the_answer_is_committed(chat, gate, tmp_path, Mode.INTERRUPT)
        await chat.ended(2)
        assert await chat.said() == ["user: cook", "assistant: cooked", "user: last words", "assistant: heard"]
        assert await chat.statuses() == ["cancelled", "completed"]
        assert lines(model.requests[1].messages) == ["user: cook", "assistant: cooked", "user: last words"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_prompt_that_arrives_while_the_end_of_the_run_is_committed_heads_the_next(
    tmp_path: Path, mode: Mode
) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate), says("heard"))
    async with chatting(tmp_path, model) as chat:
        await submit_while_the_end_is_committed(chat, gate, tmp_path, mode)
        await chat.ended(2)
        assert await chat.said() == ["user: cook", "assistant: cooked", "user: last words", "assistant: heard"]
        assert (await chat.statuses())[0] == "completed" or mode is Mode.INTERRUPT
        assert [prompt.text for prompt in chat.heard(RunStarted)[1].prompts] == ["last words"]
        assert chat.waiting == []


# -- several together -------------------------------------------------------------------------------------------------


async def submit_three_while_running(chat: Chat, gate: Gate, mode: Mode) -> None:
    await chat.engine.submit("cook")
    await gate.reached()
    for sent in await chat.burst(mode, "one", "two", "three"):
        await sent
    gate.open()


async def test_several_incorporated_prompts_are_all_taken_at_one_boundary_unmerged_and_in_order(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate))
    async with chatting(tmp_path, model) as chat:
        await submit_three_while_running(chat, gate, Mode.INCORPORATE)
        await chat.idle()
        assert lines(model.requests[1].messages)[2:] == ["user: one", "user: two", "user: three"]
        assert len(model.requests) == 2
        assert await chat.statuses() == ["completed"]


async def test_several_queued_prompts_get_one_run_each_in_order(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate))
    async with chatting(tmp_path, model) as chat:
        await submit_three_while_running(chat, gate, Mode.QUEUE)
        await chat.ended(4)
        assert [[prompt.text for prompt in run.prompts] for run in chat.heard(RunStarted)] == [
            ["cook"],
            ["one"],
            ["two"],
            ["three"],
        ]


async def test_several_interrupting_prompts_make_one_stop_and_one_run_with_all_of_them(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("cook", gate, "ed"))
    async with chatting(tmp_path, model) as chat:
        await submit_three_while_running(chat, gate, Mode.INTERRUPT)
        await chat.ended(2)
        assert model.cut == 1
        assert await chat.statuses() == ["cancelled", "completed"]
        assert await chat.users() == ["cook", "one", "two", "three"]
        assert lines(model.requests[1].messages)[-3:] == ["user: one", "user: two", "user: three"]
        receipts = [message.receipt for message in await chat.history() if message.run == 2 and message.prompt_id]
        assert [untimed(receipt) for receipt in receipts] == ["interrupted run 1 after TIME"] * 3


async def test_a_prompt_withdrawn_by_nobody_is_delivered_once_even_if_its_sender_stops_waiting(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        sending = await chat.send("salt", Mode.INCORPORATE)
        sending.cancel()
        gate.open()
        await chat.idle()
        assert await chat.users() == ["cook", "salt"]
