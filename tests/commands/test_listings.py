"""`history`, `runs`, `pending` and `sessions` as JSON: every key, its type, its order, and what is left out."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.arguments import Command, Format, UsageError
from interruptible_tui.commands import listing
from interruptible_tui.conversation import Mode, Usage
from tests.engine.driver import Chat, chatting, untimed
from tests.scripted import Gate, Scripted, Work, calls, says, too_many

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
Listed = list[dict[str, Any]]


async def listed(command: Command, directory: Path, name: str | None = None) -> Listed:
    values: Listed = json.loads(await listing(command, Format.JSON, directory, name))
    return values


async def ask(chat: Chat, text: str, mode: Mode | None = None) -> None:
    """Send `text`, and wait until all is done."""
    await chat.engine.submit(text, mode)
    await chat.idle()


def shape(entry: dict[str, Any]) -> dict[str, str]:
    return {key: type(value).__name__ for key, value in entry.items()}


USER = {
    "id": "int", "role": "str", "text": "str", "status": "str", "run": "int", "turn": "int", "prompt_id": "str",
    "mode": "str", "receipt": "str", "created_at": "str",
}  # fmt: skip
ANSWER = {"id": "int", "role": "str", "text": "str", "status": "str", "run": "int", "turn": "int", "created_at": "str"}
CALLING = {**ANSWER, "tool_calls": "list"}
RESULT = {**ANSWER, "tool_call_id": "str"}


async def test_each_message_has_the_keys_it_has_a_value_for_and_no_others(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(calls(("work", {"what": "burger"}), text="Now.")), Work()) as chat:
        await ask(chat, "Work.", Mode.QUEUE)
    user, calling, result, answer = await listed(Command.HISTORY, tmp_path)
    assert [shape(each) for each in (user, calling, result, answer)] == [USER, CALLING, RESULT, ANSWER]
    assert [each["role"] for each in (user, calling, result, answer)] == ["user", "assistant", "tool", "assistant"]
    assert [each["turn"] for each in (user, calling, result, answer)] == [1, 1, 1, 2]
    assert {each["status"] for each in (user, calling, result, answer)} == {"complete"}
    assert (user["text"], user["mode"], user["receipt"]) == ("Work.", "queue", "started run 1")
    assert calling["tool_calls"] == [
        {"id": "call-0", "name": "work", "arguments": {"what": "burger"}, "status": "done"}
    ]
    assert (result["tool_call_id"], result["text"]) == ("call-0", "done")


async def test_messages_and_runs_come_oldest_first_with_times_in_utc(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("One."), says("Two."))) as chat:
        await ask(chat, "First")
        await ask(chat, "Second")
    history, runs = await listed(Command.HISTORY, tmp_path), await listed(Command.RUNS, tmp_path)
    assert [each["text"] for each in history] == ["First", "One.", "Second", "Two."]
    assert [each["id"] for each in history] == sorted(each["id"] for each in history)
    assert [each["run"] for each in runs] == [1, 2]
    times = [each["created_at"] for each in history] + [run[key] for run in runs for key in ("started_at", "ended_at")]
    assert [time for time in times if not RFC_3339.fullmatch(time)] == []
    assert [each["created_at"] for each in history] == sorted(each["created_at"] for each in history)


async def test_a_completed_run_tells_its_trigger_prompts_turns_and_tokens(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("One.", usage=Usage(10, 5)), says("Two.", usage=Usage(7, 2)))) as chat:
        await ask(chat, "First")
    (run,) = await listed(Command.RUNS, tmp_path)
    (user, _) = await listed(Command.HISTORY, tmp_path)
    times = {run.pop("started_at"), run.pop("ended_at")}
    assert len(times) >= 1
    assert run == {
        "run": 1, "status": "completed", "trigger": "prompt", "prompts": [user["prompt_id"]], "turns": 1,
        "rolled_back": False, "usage": {"input": 10, "output": 5},
    }  # fmt: skip


async def test_a_failed_run_says_why(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says(too_many(retryable=False)))) as chat:
        await ask(chat, "First")
    (run,) = await listed(Command.RUNS, tmp_path)
    assert (run["status"], run["reason"]) == ("failed", "HTTP 429: too many requests")


async def test_a_run_at_its_turn_limit_has_failed_with_that_reason(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Work(), max_turns=1) as chat:
        await ask(chat, "First")
    (run,) = await listed(Command.RUNS, tmp_path)
    assert (run["status"], run["reason"]) == ("failed", "turn limit (1)")


async def test_an_interrupted_run_was_cancelled_and_its_partial_answer_is_marked(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Hel", gate, "lo"), says("Heard."))) as chat:
        await chat.engine.submit("First", None)
        await gate.reached()
        await chat.engine.submit("Second", Mode.INTERRUPT)
        await chat.idle()
    runs, history = await listed(Command.RUNS, tmp_path), await listed(Command.HISTORY, tmp_path)
    assert [(run["status"], run["trigger"]) for run in runs] == [("cancelled", "prompt"), ("completed", "interrupt")]
    assert [(each["text"], each["status"]) for each in history if each["role"] == "assistant"] == [
        ("Hel", "partial"), ("Heard.", "complete"),
    ]  # fmt: skip
    assert [untimed(each["receipt"]) for each in history if each["role"] == "user"] == [
        "started run 1", "interrupted run 1 after TIME",
    ]  # fmt: skip


async def test_an_interrupted_call_says_so_and_its_sibling_that_is_done_says_that(tmp_path: Path) -> None:
    gate = Gate()
    done, cut = Work("quick"), Work("slow", gate=gate, prints="half")
    script = Scripted(calls(("quick", {}), ("slow", {"what": "burger"})))
    async with chatting(tmp_path, script, done, cut) as chat:
        await chat.engine.submit("First", None)
        await gate.reached()
        await chat.until(lambda: bool(done.finished))
        await chat.engine.stop()
        await chat.idle()
    calling = (await listed(Command.HISTORY, tmp_path))[1]
    assert [(call["name"], call["status"]) for call in calling["tool_calls"]] == [
        ("quick", "done"), ("slow", "interrupted"),
    ]  # fmt: skip


async def test_a_failed_call_says_so_and_arguments_that_are_no_object_are_an_empty_one(tmp_path: Path) -> None:
    from interruptible_tui.providers import CallDelta

    script = Scripted(says(CallDelta(0, "call-0", "work", '{"what": "bur')))
    async with chatting(tmp_path, script, Work()) as chat:
        await ask(chat, "First")
    calling = (await listed(Command.HISTORY, tmp_path))[1]
    assert calling["tool_calls"] == [{"id": "call-0", "name": "work", "arguments": {}, "status": "failed"}]


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncIterator[Path]:
    """The directory of a session whose owner lives: a run is active, three prompts wait."""
    gate, tool = Gate(), Gate()
    script = Scripted(calls(("work", {"what": "burger"}), text="Working."), says("Hel", gate, "lo"))
    async with chatting(tmp_path, script, Work(gate=tool)) as chat:
        await chat.engine.submit("First", None)
        await tool.reached()
        await chat.engine.submit("later", Mode.QUEUE)
        await chat.engine.submit("next", Mode.INCORPORATE)
        await chat.engine.submit("after", Mode.QUEUE)
        yield tmp_path
        await chat.engine.stop(everything=True)


async def test_what_waits_is_listed_in_landing_order_with_its_place_and_no_hold(waiting: Path) -> None:
    pending = await listed(Command.PENDING, waiting)
    assert all(isinstance(each.pop("id"), str) for each in pending)
    assert pending == [
        {"text": "next", "mode": "incorporate", "position": 1, "hold": None},
        {"text": "later", "mode": "queue", "position": 2, "hold": None},
        {"text": "after", "mode": "queue", "position": 3, "hold": None},
    ]


async def test_while_its_owner_lives_a_run_and_a_call_are_running_and_the_session_is_open(waiting: Path) -> None:
    (run,) = await listed(Command.RUNS, waiting)
    assert (run["status"], "ended_at" in run, "reason" in run) == ("running", False, False)
    assert (await listed(Command.HISTORY, waiting))[1]["tool_calls"][0]["status"] == "running"
    (session,) = await listed(Command.SESSIONS, waiting)
    assert RFC_3339.fullmatch(session.pop("last_used"))
    assert session == {
        "name": "default",
        "title": "First",
        "mode": "incorporate",
        "messages": 2,
        "pending": 3,
        "open": True,
    }


async def test_a_database_that_nobody_runs_any_more_tells_what_became_of_its_run(waiting: Path) -> None:
    copy = waiting.parent / "copy"
    shutil.copytree(waiting, copy, ignore=shutil.ignore_patterns("locks"))
    (run,) = await listed(Command.RUNS, copy)
    assert run["status"] == "crashed"
    assert (await listed(Command.HISTORY, copy))[1]["tool_calls"][0]["status"] == "unknown"
    assert [each["hold"] for each in await listed(Command.PENDING, copy)] == ["restart"] * 3
    assert [session["open"] for session in await listed(Command.SESSIONS, copy)] == [False]
    text = await listing(Command.HISTORY, Format.TEXT, copy, None)
    assert 'work {"what": "burger"}: unknown' in text


async def test_a_prompt_that_was_incorporated_names_its_turn(tmp_path: Path) -> None:
    tool = Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Work(gate=tool)) as chat:
        await chat.engine.submit("First", None)
        await tool.reached()
        await chat.engine.submit("Second", Mode.INCORPORATE)
        tool.open()
        await chat.idle()
    users = [each for each in await listed(Command.HISTORY, tmp_path) if each["role"] == "user"]
    assert [(untimed(each["receipt"]), each["run"], each["turn"]) for each in users] == [
        ("started run 1", 1, 1), ("incorporated at turn 2 (TIME after sending)", 1, 2),
    ]  # fmt: skip
    (run,) = await listed(Command.RUNS, tmp_path)
    assert run["prompts"] == [each["prompt_id"] for each in users]


@pytest.mark.parametrize("command", [Command.HISTORY, Command.RUNS, Command.PENDING, Command.SESSIONS])
async def test_without_a_database_there_is_an_empty_array_and_none_is_made(tmp_path: Path, command: Command) -> None:
    assert await listing(command, Format.JSON, tmp_path / "nowhere", None) == "[]\n"
    assert await listing(command, Format.TEXT, tmp_path / "nowhere", None) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [False, True])
async def test_a_session_that_does_not_exist_is_wrong_usage(tmp_path: Path, there: bool) -> None:
    if there:
        async with chatting(tmp_path, Scripted()):
            pass
    with pytest.raises(UsageError, match="'nobody'"):
        await listing(Command.HISTORY, Format.JSON, tmp_path, "nobody")
