"""What a reply has streamed is written down while it streams, and is there after a crash; nothing is there twice."""

import asyncio
from pathlib import Path

from interruptible_tui.conversation import CallStatus, Cut, Message, MessageStatus, Mode, Role
from interruptible_tui.providers import CallDelta
from tests.engine.driver import Chat, Stopwatch, chatting, failing, lines, query
from tests.engine.test_restart import copied
from tests.scripted import LIMIT, Gate, Scripted, Step, Work, calls, says

SOON = 0.25
"""Seconds after which what was streamed is promised to be on the disk."""


async def written(chat: Chat, text: str) -> Message:
    """The reply in the file, as soon as it says `text`."""
    async with asyncio.timeout(LIMIT):
        while True:
            last = (await chat.history())[-1]
            if last.role is Role.ASSISTANT and last.text == text:
                return last
            await asyncio.sleep(0.005)


async def test_a_crash_keeps_what_was_streamed_and_the_model_is_told_that_it_was_cut(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()
    async with chatting(tmp_path / "a", Scripted(says("Half of", " it", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await written(chat, "Half of it")
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, again) as chat:
        reply = (await chat.history())[1]
        assert (reply.text, reply.status, reply.cut) == ("Half of it", MessageStatus.PARTIAL, Cut.CRASH)
        assert [(run.status, run.turns) for run in await chat.runs()] == [("crashed", 1)]
        await chat.engine.continue_run()
        await chat.ended(2)
        said = lines(again.requests[0].messages)
        assert said[1] == "assistant: Half of it"
        assert "cut short by a crash of the program while it was being written" in said[2]


async def test_what_streams_is_written_down_in_time_and_without_a_row_for_each_token(tmp_path: Path) -> None:
    gate, tokens = Gate(), ["word "] * 500
    async with chatting(tmp_path, Scripted(says(*tokens, gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        watch = Stopwatch()
        await written(chat, "word " * 500)
        assert watch.seconds < 2 * SOON
        assert query(tmp_path, "SELECT count(*) FROM pieces")[0] <= 3
        gate.open()


async def test_a_finished_reply_takes_the_place_of_its_pieces_and_keeps_its_id(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Half", gate, " and half"))) as chat:
        await chat.engine.submit("cook")
        await written(chat, "Half")
        before = query(tmp_path, "SELECT id, status FROM messages WHERE role = 'assistant'")
        gate.open()
        await chat.idle()
        assert await chat.said() == ["user: cook", "assistant: Half and half"]
        assert before == [(2, "partial")]
        assert query(tmp_path, "SELECT id, status, text FROM messages WHERE id > 1") == [
            (2, "complete", "Half and half")
        ]
        assert query(tmp_path, "SELECT * FROM pieces") == []


async def test_a_reply_that_was_stopped_takes_the_place_of_its_pieces(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Half", gate))) as chat:
        await chat.engine.submit("cook")
        await written(chat, "Half")
        await chat.engine.stop()
        await chat.idle()
        reply = (await chat.history())[1]
        assert (reply.text, reply.status, reply.cut) == ("Half", MessageStatus.PARTIAL, Cut.STOP)
        assert query(tmp_path, "SELECT * FROM pieces") == []


async def test_a_call_that_was_being_written_is_known_after_a_crash_and_is_not_sent(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()
    pieces: list[Step] = [CallDelta(0, "call-0", "work", '{"what": "bur'), CallDelta(0, arguments="ger, with"), gate]
    async with chatting(tmp_path / "a", Scripted(says("First this.", *pieces)), Work()) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await written(chat, "First this.")
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, again, Work()) as chat:
        (call,) = (await chat.history())[1].tool_calls
        assert (call.name, call.arguments, call.status) == ("work", '{"what": "burger, with', CallStatus.NOT_STARTED)
        await chat.engine.continue_run()
        await chat.ended(2)
        sent = again.requests[0].messages
        assert not any(message.tool_calls for message in sent)
        assert "while it was writing a call of work, which was not started" in sent[-1].text


async def test_pieces_of_two_crashed_runs_do_not_mix(tmp_path: Path) -> None:
    directory = tmp_path / "0"
    for number, text in enumerate(("one", "two")):
        gate, after = Gate(), tmp_path / str(number + 1)
        async with chatting(directory, Scripted(says(text, gate))) as chat:
            await chat.engine.submit(f"cook {text}")
            await written(chat, text)
            directory = copied(directory, after)
    async with chatting(directory, Scripted()) as chat:
        assert await chat.said() == ["user: cook one", "assistant: one", "user: cook two", "assistant: two"]


async def test_streamed_text_that_cannot_be_written_stops_the_run_and_holds_everything(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Half", gate))) as chat:
        with failing(tmp_path, "pieces"):
            await chat.engine.submit("cook")
            await chat.engine.submit("dessert", Mode.QUEUE)
            await gate.reached()
            await chat.idle()
        assert [waiting.hold for waiting in chat.engine.state.pending] == ["storage"]
        assert await chat.said() == ["user: cook", "assistant: Half"]


async def test_what_an_ended_run_still_streams_is_not_written(tmp_path: Path) -> None:
    gate, second = Gate(), Gate()
    async with chatting(tmp_path, Scripted(says("Half", gate), says("New", second)), Work()) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("stop", Mode.INTERRUPT)
        await second.reached()
        await written(chat, "New")
        assert await chat.said() == ["user: cook", "assistant: Half", "user: stop", "assistant: New"]
        second.open()
        await chat.idle()
        assert [message.status for message in await chat.history()][1::2] == ["partial", "complete"]


async def test_a_tool_call_that_follows_streamed_text_is_journaled_in_the_same_message(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {}), text="First.")), Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        reply = (await chat.history())[1]
        assert (reply.text, reply.status) == ("First.", MessageStatus.COMPLETE)
        assert [call.status for call in reply.tool_calls] == [CallStatus.RUNNING]
        gate.open()
