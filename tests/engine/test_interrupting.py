"""INTERRUPT and Esc at each moment of a run: what was said is kept, what was not begun is said so, nothing dangles."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from interruptible_tui.conversation import CallStatus, Hold, MessageStatus, Mode, Role, Trigger
from interruptible_tui.events import ModeSwitched, Published, RunEnded, RunStarted, TextStreamed, ToolEnded, ToolStarted
from interruptible_tui.machine import SessionState
from interruptible_tui.providers import CallDelta
from tests.engine.driver import Chat, chatting, lines, run_task, write_lock
from tests.scripted import Gate, Scripted, Work, calls, says

BY_A_PROMPT = "cut short by a new message of the user"


async def call_statuses(chat: Chat) -> list[CallStatus]:
    return [call.status for message in await chat.history() for call in message.tool_calls]


async def test_interrupting_before_the_first_token_leaves_no_empty_answer(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says(gate, "never said"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("stop, bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert await chat.said() == ["user: cook", "user: stop, bake", "assistant: Done."]
        assert await chat.statuses() == ["cancelled", "completed"]
        assert (await chat.runs())[0].reason == "interrupted by a new prompt"


async def test_interrupting_a_reply_keeps_its_text_and_tells_the_model_who_cut_it(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("I will co", gate, "ok"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert [message.status for message in await chat.history()][1] is MessageStatus.PARTIAL
        sent = lines(model.requests[1].messages)
        assert sent[:2] == ["user: cook", "assistant: I will co"]
        assert BY_A_PROMPT in sent[2]
        assert sent[3:] == ["user: bake"]


async def test_interrupting_in_the_middle_of_a_calls_arguments_leaves_the_call_out_and_says_so(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("Well.", CallDelta(0, "a", "work", '{"what": "bur'), gate))
    work = Work()
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert not work.started
        sent = model.requests[1].messages
        assert not any(message.tool_calls or message.role is Role.TOOL for message in sent)
        assert "a call of work, which was not started" in lines(sent)[2]


async def test_interrupting_after_a_finished_call_was_written_says_that_it_was_not_started(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says(CallDelta(0, "a", "work", '{"what": "burger"}'), gate))
    work = Work()
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert not work.started
        assert lines(model.requests[1].messages)[1:3] == ["assistant: ", "tool: not started"]
        assert await call_statuses(chat) == [CallStatus.NOT_STARTED]


async def test_interrupting_a_tool_cancels_it_and_tells_its_output_so_far(tmp_path: Path) -> None:
    gate = Gate()
    model, work = Scripted(calls(("work", {}))), Work(gate=gate, prints="patty in the pan")
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert work.cancelled == 1
        result = model.requests[1].messages[2].text
        assert result.startswith("interrupted after 0.")
        assert result.endswith("may have partial effects, output so far: patty in the pan")
        assert await call_statuses(chat) == [CallStatus.INTERRUPTED]


async def test_interrupting_between_parallel_tools_keeps_the_result_of_the_one_that_is_done(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("quick", {}), ("slow", {})))
    async with chatting(tmp_path, model, Work("quick", result="fine"), Work("slow", gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.hears(ToolEnded)
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert await call_statuses(chat) == [CallStatus.DONE, CallStatus.INTERRUPTED]
        assert lines(model.requests[1].messages)[2] == "tool: fine"


async def test_siblings_that_have_not_begun_when_the_run_is_interrupted_are_not_started(tmp_path: Path) -> None:
    """The third call's start is held up in the middle of its commit, the fourth's waits behind it."""
    gate, lock = Gate(), ExitStack()
    model = Scripted(calls(("quick", {}), ("slow", {}), ("third", {}), ("fourth", {})))
    quick, slow, third, fourth = Work("quick", result="fine"), Work("slow", gate=gate), Work("third"), Work("fourth")

    def hold_up_the_third(event: Published, _: SessionState) -> None:
        if isinstance(event, ToolStarted) and event.call_id == "call-1":
            lock.enter_context(write_lock(tmp_path))

    async with chatting(tmp_path, model, quick, slow, third, fourth) as chat:
        with lock:
            chat.engine.observe(hold_up_the_third)
            await chat.engine.submit("cook")
            await gate.reached()
            sending = await chat.send("bake", Mode.INTERRUPT)
        await sending
        await chat.ended(2)
        assert not third.started
        assert not fourth.started
        assert await call_statuses(chat) == [
            CallStatus.DONE,
            CallStatus.INTERRUPTED,
            CallStatus.NOT_STARTED,
            CallStatus.NOT_STARTED,
        ]
        assert lines(model.requests[1].messages)[4:6] == ["tool: not started"] * 2


async def test_an_interrupting_prompt_while_stopping_starts_when_the_run_has_ended_and_never_beside_it(
    tmp_path: Path,
) -> None:
    gate = Gate()
    model, work = Scripted(calls(("work", {}))), Work(gate=gate)
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await asyncio.gather(chat.engine.stop(), chat.engine.submit("bake", Mode.INTERRUPT))
        await chat.ended(2)
        assert await chat.statuses() == ["cancelled", "completed"]
        order = [
            (type(event).__name__, event.run) for event, _ in chat.events if isinstance(event, RunStarted | RunEnded)
        ]
        assert order == [("RunStarted", 1), ("RunEnded", 1), ("RunStarted", 2), ("RunEnded", 2)]
        assert await chat.users() == ["cook", "bake"]


async def test_queued_prompts_stay_when_an_interrupting_one_comes_and_go_on_after_its_run_completed(
    tmp_path: Path,
) -> None:
    gate = Gate()
    model = Scripted(says("one", gate))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.submit("coffee", Mode.QUEUE)
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(4)
        assert await chat.users() == ["cook", "bake", "dessert", "coffee"]
        assert [run.trigger for run in await chat.runs()] == [
            Trigger.PROMPT,
            Trigger.INTERRUPT,
            Trigger.QUEUE,
            Trigger.QUEUE,
        ]


async def test_esc_keeps_what_was_said_holds_the_queue_and_lets_corrections_open_the_next_run(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("half", gate))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        await chat.engine.stop()
        await chat.ended(2)
        assert await chat.users() == ["cook", "no onions"]
        assert chat.waiting == ["dessert"]
        assert chat.engine.state.hold is Hold.STOPPED
        assert "cut short by the user" in model.requests[1].messages[2].text


async def test_what_was_held_by_esc_goes_on_when_resumed(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("half", gate))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.stop()
        await chat.ended(1)
        assert [(each.prompt.text, each.hold) for each in await chat.stored()] == [("dessert", Hold.STOPPED)]
        await chat.engine.resume()
        await chat.ended(2)
        assert await chat.users() == ["cook", "dessert"]
        assert chat.engine.state.hold is None


async def test_esc_cancels_before_it_waits_for_the_disk(tmp_path: Path) -> None:
    gate = Gate()
    model, work = Scripted(calls(("work", {}))), Work(gate=gate)
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with write_lock(tmp_path):
            queueing = await chat.send("dessert", Mode.QUEUE)
            stopping = asyncio.create_task(chat.engine.stop())
            await chat.over(run_task(1))
            assert work.cancelled == 1
            assert not queueing.done()
            assert not stopping.done()
        await asyncio.gather(queueing, stopping)
        await chat.idle()
        assert chat.waiting == ["dessert"]


async def test_switching_the_mode_changes_no_pending_prompt_and_what_the_next_one_does(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("half", gate))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions")
        await chat.engine.switch(Mode.QUEUE)
        await chat.engine.submit("dessert")
        await chat.engine.switch(Mode.INTERRUPT)
        assert [(each.prompt.text, each.prompt.mode) for each in await chat.stored()] == [
            ("no onions", Mode.INCORPORATE),
            ("dessert", Mode.QUEUE),
        ]
        assert len(chat.heard(ModeSwitched)) == 2
        assert await chat.active() == 1
        gate.open()
        await chat.ended(2)
        assert [message.mode for message in await chat.history() if message.prompt_id] == [
            Mode.INCORPORATE,
            Mode.INCORPORATE,
            Mode.QUEUE,
        ]


async def test_enter_takes_the_mode_of_the_moment_it_is_handled(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("half", gate))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await asyncio.gather(chat.engine.switch(Mode.QUEUE), chat.engine.submit("dessert"))
        assert [each.prompt.mode for each in await chat.stored()] == [Mode.QUEUE]
        gate.open()
        await chat.ended(2)


async def test_the_mode_survives_the_program(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.engine.switch(Mode.INTERRUPT)
    async with chatting(tmp_path, Scripted()) as chat:
        assert chat.engine.state.mode is Mode.INTERRUPT


@pytest.mark.parametrize("mode", list(Mode))
async def test_with_no_run_active_every_mode_starts_a_run_at_once(tmp_path: Path, mode: Mode) -> None:
    async with chatting(tmp_path, Scripted(says("Hello"))) as chat:
        await chat.engine.submit("cook", mode)
        await chat.idle()
        assert await chat.said() == ["user: cook", "assistant: Hello"]
        assert len(chat.heard(TextStreamed)) == 1


async def test_a_tool_whose_run_is_stopped_in_the_moment_its_start_is_told_is_not_started(tmp_path: Path) -> None:
    model, work = Scripted(calls(("work", {}))), Work(gate=Gate())
    stops: list[asyncio.Task[None]] = []
    async with chatting(tmp_path, model, work) as chat:

        def stop_on_start(event: Published, _: SessionState) -> None:
            if isinstance(event, ToolStarted):
                stops.append(asyncio.create_task(chat.engine.stop()))

        chat.engine.observe(stop_on_start)
        await chat.engine.submit("cook")
        await chat.ended(1)
        await asyncio.gather(*stops)
        started = [CallStatus.INTERRUPTED] if work.started else [CallStatus.NOT_STARTED]
        assert await call_statuses(chat) == started
