"""Turns and their limit, tools and their order, and whatever nonsense a model may say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import CallStatus, Hold, Mode, Trigger, Usage
from interruptible_tui.events import ToolEnded
from interruptible_tui.providers import CallDelta, Finish, ReasoningDelta
from interruptible_tui.tools import ToolResult
from tests.engine.driver import Chat, chatting, lines, query
from tests.scripted import Gate, Reply, Scripted, Work, calls, says


async def run_once(chat: Chat, text: str = "cook") -> None:
    await chat.engine.submit(text)
    await chat.idle()


# -- turns ------------------------------------------------------------------------------------------------------------


async def test_the_turn_limit_ends_a_loop_holds_the_queue_and_says_why(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(script=lambda _: calls(("work", {})))
    async with chatting(tmp_path, model, Work(gates=[gate]), max_turns=3) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        gate.open()
        await chat.idle()
        assert len(model.requests) == 3
        assert [(run.status, run.reason, run.turns) for run in await chat.runs()] == [("failed", "turn limit (3)", 3)]
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], Hold.TURN_LIMIT)


async def test_taking_a_message_in_restarts_the_count_of_the_turn_limit(tmp_path: Path) -> None:
    passable, gate = Gate(), Gate()
    passable.open()
    model = Scripted(script=lambda _: calls(("work", {})))
    async with chatting(tmp_path, model, Work(gates=[passable, gate]), max_turns=3) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        gate.open()
        await chat.idle()
        assert len(model.requests) == 5
        assert await chat.statuses() == ["failed"]


async def test_a_run_that_finishes_in_its_last_turn_has_completed(tmp_path: Path) -> None:
    model = Scripted(calls(("work", {})), says("cooked"))
    async with chatting(tmp_path, model, Work(), max_turns=2) as chat:
        await run_once(chat)
        assert await chat.statuses() == ["completed"]


async def test_a_correction_that_comes_during_the_final_answer_gets_one_more_turn_of_the_same_run(
    tmp_path: Path,
) -> None:
    gate = Gate()
    model = Scripted(says("cooked", gate, "."), says("without onions"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        gate.open()
        await chat.idle()
        assert await chat.said() == [
            "user: cook",
            "assistant: cooked.",
            "user: no onions",
            "assistant: without onions",
        ]
        assert [run.turns for run in await chat.runs()] == [2]


async def test_a_correction_during_a_tool_is_taken_after_the_whole_batch(tmp_path: Path) -> None:
    gate, other = Gate(), Gate()
    model = Scripted(calls(("slow", {}), ("slower", {})), says("cooked"))
    async with chatting(tmp_path, model, Work("slow", gate=gate), Work("slower", gate=other)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        gate.open()
        await other.reached()
        other.open()
        await chat.idle()
        assert lines(model.requests[1].messages) == [
            "user: cook",
            "assistant: ",
            "tool: done",
            "tool: done",
            "user: no onions",
        ]


async def test_a_queued_run_sees_the_answer_of_the_run_before_it(tmp_path: Path) -> None:
    """A context is built when a run starts, not captured when the prompt was queued."""
    gate = Gate()
    model = Scripted(says("cooked", gate), says("served"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("serve", Mode.QUEUE)
        gate.open()
        await chat.ended(2)
        assert lines(model.requests[1].messages) == ["user: cook", "assistant: cooked", "user: serve"]
        assert [run.trigger for run in await chat.runs()] == [Trigger.PROMPT, Trigger.QUEUE]


async def test_the_tokens_of_a_run_are_those_of_all_its_turns(tmp_path: Path) -> None:
    first = [*calls(("work", {}))[:-1], *says(usage=Usage(10, 1))]
    async with chatting(tmp_path, Scripted(first, says("cooked", usage=Usage(20, 2))), Work()) as chat:
        await run_once(chat)
        assert [run.usage for run in await chat.runs()] == [Usage(30, 3)]


# -- tools ------------------------------------------------------------------------------------------------------------


async def test_parallel_calls_run_in_parallel_and_their_results_keep_the_order_of_the_calls(tmp_path: Path) -> None:
    first, second = Gate(), Gate()
    model = Scripted(calls(("one", {}), ("two", {})))
    one, two = Work("one", gate=first, result="first"), Work("two", gate=second, result="second")
    async with chatting(tmp_path, model, one, two) as chat:
        await chat.engine.submit("cook")
        await first.reached()
        await second.reached()
        second.open()
        await chat.hears(ToolEnded)
        first.open()
        await chat.idle()
        assert lines(model.requests[1].messages)[2:] == ["tool: first", "tool: second"]


async def test_one_tool_that_fails_does_not_cancel_its_siblings(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("bad", {}), ("good", {})))
    bad, good = Work("bad", result="error: burnt", failed=True), Work("good", gate=gate)
    async with chatting(tmp_path, model, bad, good) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        gate.open()
        await chat.idle()
        assert lines(model.requests[1].messages)[2:] == ["tool: error: burnt", "tool: done"]
        statuses = [call.status for message in await chat.history() for call in message.tool_calls]
        assert statuses == [CallStatus.FAILED, CallStatus.DONE]


@pytest.mark.parametrize(
    ("delta", "told"),
    [
        (CallDelta(0, "a", "nonsense", "{}"), "there is no tool named 'nonsense'; the tools are: work"),
        (CallDelta(0, "a", "", "{}"), "there is no tool named ''; the tools are: work"),
        (CallDelta(0, "a", "work", '{"what":'), 'the arguments are not a JSON object: {"what":'),
        (CallDelta(0, "a", "work", "[1]"), "the arguments are not a JSON object: [1]"),
        (CallDelta(0, "a", "work", ""), "the arguments are not a JSON object"),
        (CallDelta(0, "a", "work", "NaN"), "the arguments are not a JSON object"),
        (CallDelta(0, "a", "work", '{"what": "\\ud800"}'), "the arguments are not a JSON object"),
    ],
)
async def test_a_call_that_cannot_be_made_goes_back_to_the_model_as_an_error(
    tmp_path: Path, delta: CallDelta, told: str
) -> None:
    model, work = Scripted(says(delta), says("sorry")), Work()
    async with chatting(tmp_path, model, work) as chat:
        await run_once(chat)
        assert not work.started
        assert told in model.requests[1].messages[-1].text
        assert await chat.statuses() == ["completed"]
        await run_once(chat, "again")
        assert await chat.statuses() == ["completed"] * 2


IDS: dict[str, Reply] = {
    "twice the same": says(CallDelta(0, "same", "work", "{}"), CallDelta(1, "same", "work", "{}")),
    "none": says(CallDelta(0, None, "work", "{}"), CallDelta(1, None, "work", "{}")),
    "empty": says(CallDelta(0, "", "work", "{}"), CallDelta(1, "", "work", "{}")),
    "too long": says(CallDelta(0, "x" * 41, "work", "{}"), CallDelta(1, "x" * 500, "work", "{}")),
    "hostile": says(CallDelta(0, "\ud800\0", "work", "{}"), CallDelta(1, "\udfff\0", "work", "{}")),
    "ours": says(CallDelta(1, "call_1_1_0", "work", "{}"), CallDelta(0, None, "work", "{}")),
}


@pytest.mark.parametrize("reply", IDS.values(), ids=IDS)
async def test_calls_with_bad_ids_are_all_made_and_each_has_its_result(tmp_path: Path, reply: Reply) -> None:
    model, work = Scripted(reply), Work()
    async with chatting(tmp_path, model, work) as chat:
        await run_once(chat)
        assert len(work.started) == 2
        assert lines(model.requests[1].messages)[1:] == ["assistant: ", "tool: done", "tool: done"]
        assert await chat.statuses() == ["completed"]
        ids = [call.id for message in await chat.history() for call in message.tool_calls]
        assert len(set(ids)) == 2 and all(0 < len(id_) <= 40 for id_ in ids)
        assert query(tmp_path, "SELECT status FROM calls") == ["done", "done"]


async def test_the_same_id_in_every_turn_confuses_nothing(tmp_path: Path) -> None:
    model = Scripted(calls(("work", {})), calls(("work", {})))
    async with chatting(tmp_path, model, Work()) as chat:
        await run_once(chat)
        assert await chat.said() == [
            "user: cook",
            "assistant: ",
            "tool: done",
            "assistant: ",
            "tool: done",
            "assistant: Done.",
        ]
        assert query(tmp_path, "SELECT status FROM calls") == ["done", "done"]


async def test_a_tools_late_output_changes_nothing(tmp_path: Path) -> None:
    """A tool whose output arrives after its result, in a later turn."""
    gate = Gate()
    model, work = Scripted(calls(("work", {})), says("coo", gate, "ked")), PrintsLate()
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        work.print("late")
        gate.open()
        await chat.idle()
        work.print("later still")
        assert await chat.said() == ["user: cook", "assistant: ", "tool: done", "assistant: cooked"]


class PrintsLate(Work):
    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        self.print = printed
        return await super().call(arguments, printed)


# -- texts ------------------------------------------------------------------------------------------------------------


async def test_lone_surrogates_and_nul_are_replaced_wherever_they_come_from(tmp_path: Path) -> None:
    bad = "a\ud800b\0c"
    wanted = (CallDelta(0, bad, bad, f'{{"what": "{bad}"}}'), CallDelta(1, "x", "work", "{}"))
    reply = says(bad, ReasoningDelta(bad), *wanted)
    model = Scripted(reply, says(bad))
    async with chatting(tmp_path, model, Work(prints=bad, result=bad)) as chat:
        await run_once(chat, bad)
        assert await chat.statuses() == ["completed"]
        assert (await chat.said())[0] == "user: a\ufffdb\ufffdc"
        stored = "".join(query(tmp_path, "SELECT text FROM messages UNION ALL SELECT name || arguments FROM calls"))
        assert "\ud800" not in stored and "\0" not in stored


async def test_a_reply_without_anything_ends_the_run_and_is_never_sent_back(tmp_path: Path) -> None:
    model = Scripted(says())
    async with chatting(tmp_path, model) as chat:
        await run_once(chat)
        await run_once(chat, "hello?")
        assert lines(model.requests[1].messages) == ["user: cook", "user: hello?"]


async def test_text_and_several_calls_in_one_reply_are_all_heeded(tmp_path: Path) -> None:
    model, work = Scripted(calls(("work", {"what": "a"}), ("work", {"what": "b"}), text="I cook")), Work()
    async with chatting(tmp_path, model, work) as chat:
        await run_once(chat)
        assert work.started == [{"what": "a"}, {"what": "b"}]
        assert (await chat.said())[1] == "assistant: I cook"


async def test_a_finish_without_stop_keeps_finished_calls_as_not_started(tmp_path: Path) -> None:
    model, work = Scripted(says(CallDelta(0, "a", "work", "{}"), finish=Finish.LENGTH)), Work()
    async with chatting(tmp_path, model, work) as chat:
        await run_once(chat)
        assert not work.started
        await run_once(chat, "again")
        assert lines(model.requests[1].messages)[2] == "tool: not started"
