"""Faults that were measured on other agents which can be interrupted, and that this one must not have.

The sweep of 150 prompts per mode around the end of a run is in `sweeps/test_end_of_run.py`.
"""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from interruptible_tui.conversation import Mode, Role
from interruptible_tui.events import RetryScheduled, RunEnded, RunStarted, TextStreamed
from interruptible_tui.providers import CallDelta, ProviderError, ReasoningDelta
from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.providers.responses import encode_responses
from interruptible_tui.request import Request
from tests.engine.driver import chatting, database, lines, run_task
from tests.scripted import Gate, Reply, Scripted, Stubborn, Work, calls, says


async def test_a_message_sent_during_the_last_model_call_is_heeded_by_the_same_run(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(says("cook", gate, "ed"), says("with croutons"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("add croutons", Mode.INCORPORATE)
        gate.open()
        await chat.idle()
        assert lines(model.requests[1].messages)[-1] == "user: add croutons"
        assert await chat.statuses() == ["completed"]


async def test_of_three_messages_within_one_tool_call_none_vanishes(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {})))
    async with chatting(tmp_path, model, Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        for text in ("one", "two", "three"):
            await chat.engine.submit(text, Mode.INCORPORATE)
        gate.open()
        await chat.idle()
        assert lines(model.requests[1].messages)[-3:] == ["user: one", "user: two", "user: three"]


async def test_a_run_cancelled_from_outside_does_not_leave_the_session_dead(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate), says("cooked"))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        run_task(1).cancel()
        await chat.ended(1)
        await chat.engine.submit("cook again")
        await chat.ended(2)
        assert (await chat.said())[-1] == "assistant: cooked"


async def test_a_late_end_of_a_run_does_not_erase_the_next_runs_identity(tmp_path: Path) -> None:
    """Run 1 is given up and ends late, while run 2 is active; run 2 can still be interrupted, and nothing overlaps."""
    tool_gate, second = Gate(), Gate()
    model = Scripted(calls(("stubborn", {})), says("two", second), says("three"))
    async with chatting(tmp_path, model, Stubborn(tool_gate, 1_000)) as chat:
        await chat.engine.submit("dig")
        await tool_gate.reached()
        ghost = run_task(1)
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await second.reached()
        tool_gate.open()
        await chat.over(ghost)
        assert await chat.active() == 2
        await chat.engine.submit("fry", Mode.INTERRUPT)
        await chat.ended(3)
        assert model.cut == 1
        order = [(type(event), event.run) for event, _ in chat.events if isinstance(event, RunStarted | RunEnded)]
        assert order == [(kind, run) for run in (1, 2, 3) for kind in (RunStarted, RunEnded)]
        assert await chat.statuses() == ["cancelled", "cancelled", "completed"]


async def test_a_queued_run_sees_the_history_of_its_start_and_cooks_nothing_twice(tmp_path: Path) -> None:
    work = Work()

    def cook(request: Request) -> Reply:
        """Cook the burger unless the conversation says that it is done."""
        done = any(message.role is Role.TOOL for message in request.messages)
        return says("done") if done else calls(("work", {"what": "burger"}))

    async with chatting(tmp_path, Scripted(script=cook), work) as chat:
        await chat.engine.submit("a burger")
        await asyncio.gather(*await chat.burst(Mode.QUEUE, "and a salad", "and a coffee"))
        await chat.ended(3)
        assert work.started == [{"what": "burger"}]


async def test_an_interrupted_run_leaves_its_trace_so_that_its_work_is_not_redone(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {"what": "burger"})), says("now the sa", gate))
    async with chatting(tmp_path, model, Work(result="burger is ready")) as chat:
        await chat.engine.submit("a burger and a salad")
        await gate.reached()
        await chat.engine.submit("with croutons", Mode.INTERRUPT)
        await chat.ended(2)
        sent = lines(model.requests[2].messages)
        assert sent[:4] == [
            "user: a burger and a salad",
            "assistant: ",
            "tool: burger is ready",
            "assistant: now the sa",
        ]
        assert "cut short" in sent[4]
        assert sent[5] == "user: with croutons"


async def test_an_answer_is_stored_and_replayed_as_the_assistants(tmp_path: Path) -> None:
    model = Scripted(says("an answer"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("ask")
        await chat.idle()
        await chat.engine.submit("ask more")
        await chat.idle()
        assert [message.role for message in await chat.history()] == [Role.USER, Role.ASSISTANT] * 2
        assert encode_chat(model.requests[1])["messages"][1] == {"role": "assistant", "content": "an answer"}
        assert encode_responses(model.requests[1])["input"][1]["role"] == "assistant"


async def test_text_beside_a_call_does_not_drop_the_call(tmp_path: Path) -> None:
    work = Work()
    async with chatting(tmp_path, Scripted(calls(("work", {}), text="I cook")), work) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert len(work.started) == 1
        assert (await chat.said())[1] == "assistant: I cook"


async def test_of_two_calls_none_is_dropped(tmp_path: Path) -> None:
    work = Work()
    async with chatting(tmp_path, Scripted(calls(("work", {"what": "a"}), ("work", {"what": "b"}))), work) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert work.started == [{"what": "a"}, {"what": "b"}]


async def test_a_reasoning_item_that_comes_first_makes_no_loop(tmp_path: Path) -> None:
    model = Scripted(says(ReasoningDelta("hm"), "cooked"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert len(model.requests) == 1
        assert await chat.said() == ["user: cook", "assistant: cooked"]


async def test_a_reasoning_item_before_a_call_does_not_drop_the_call(tmp_path: Path) -> None:
    work = Work()
    model = Scripted(says(ReasoningDelta(""), CallDelta(0, "a", "work", "{}")))
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert (len(work.started), len(model.requests)) == (1, 2)


async def test_a_401_is_not_retried_and_is_said(tmp_path: Path) -> None:
    model = Scripted(script=lambda _: says(ProviderError("HTTP 401: wrong key", status=401)))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert (len(model.requests), chat.heard(RetryScheduled)) == (1, [])
        assert [run.reason for run in await chat.runs()] == ["HTTP 401: wrong key"]


async def test_a_slow_model_call_of_one_session_freezes_no_other(tmp_path: Path) -> None:
    gate = Gate()
    async with (
        chatting(tmp_path / "slow", Scripted(says(gate))) as slow,
        chatting(tmp_path / "quick", Scripted(says("at once"))) as quick,
    ):
        await slow.engine.submit("cook")
        await gate.reached()
        await quick.engine.submit("cook")
        await quick.idle()
        assert [event.text for event in quick.heard(TextStreamed)] == ["at once"]
        assert await slow.active() == 1


async def test_what_is_stored_can_be_read_without_this_program_or_any_vendors_objects(tmp_path: Path) -> None:
    model = Scripted(says("I cook", ReasoningDelta("hm"), CallDelta(0, "server-id", "work", '{"what": "burger"}')))
    async with chatting(tmp_path, model, Work()) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE ?"
        )
        tables = [row[0] for row in connection.execute(query, ("found_%",))]  # the index is made of the messages
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                assert all(value is None or isinstance(value, str | int | float) for value in row)
        said = connection.execute("SELECT role, text FROM messages ORDER BY id").fetchall()
        called = connection.execute("SELECT name, arguments, status FROM calls").fetchall()
    assert said == [("user", "cook"), ("assistant", "I cook"), ("tool", "done"), ("assistant", "Done.")]
    assert [(name, json.loads(given), status) for name, given, status in called] == [
        ("work", {"what": "burger"}, "done")
    ]


async def test_a_conversation_with_one_provider_goes_on_with_another(tmp_path: Path) -> None:
    """No id or object of the server is needed to replay it: it is acceptable in both wire formats."""
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Work()) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
    other = Scripted()
    async with chatting(tmp_path, other, Work()) as chat:
        await chat.engine.submit("more")
        await chat.idle()
    assert lines(other.requests[0].messages) == [
        "user: cook",
        "assistant: ",
        "tool: done",
        "assistant: Done.",
        "user: more",
    ]
