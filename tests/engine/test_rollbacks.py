"""What is left of a run: kept, trimmed, or rolled back; softly, so that it can be brought back."""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.conversation import CallStatus, Mode, OnInterrupt
from interruptible_tui.events import (
    HistoryChanged,
    PolicySwitched,
    RestoreRequested,
    RetryRequested,
    RollbackEnded,
    RollbackRequested,
    RunEnded,
    RunStarted,
    UndoRequested,
)
from interruptible_tui.host import Refused
from tests.engine.driver import Chat, chatting, lines, query, run_task, shown
from tests.engine.driver import told as history_of
from tests.scripted import Gate, Scripted, Undoable, Work, calls, says

KEEP, TRIM, ROLLBACK = OnInterrupt.KEEP, OnInterrupt.TRIM, OnInterrupt.ROLLBACK


def told(chat: Chat) -> list[str]:
    """The history as observers were told that it has become."""
    return shown(history_of(event for event, _ in chat.events))


async def test_an_interrupting_prompt_that_wishes_so_rolls_the_run_back_with_its_own_prompt(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {"what": "burger"}), text="First."), says("half", gate))
    async with chatting(tmp_path, model, Undoable()) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", ROLLBACK)
        await chat.idle()
        await chat.until(lambda: chat.engine.state.last == "completed")
        hidden = ["user (rolled_back): cook", "assistant (rolled_back): First.", "tool (rolled_back): done"]
        assert await chat.seen() == [*hidden, "assistant (rolled_back): half", "user: bake", "assistant: Done."]
        assert lines(model.requests[-1].messages) == ["user: bake"]
        assert [run.rolled_back for run in await chat.runs()] == [True, False]
        assert told(chat)[:4] == (await chat.seen())[:4]
        order = [type(event) for event, _ in chat.events]
        assert order.index(RunEnded) < order.index(RollbackEnded) < order.index(RunStarted, order.index(RunEnded))


async def test_the_receipt_of_a_prompt_that_rolled_a_run_back_tells_how_long_that_took(tmp_path: Path) -> None:
    gate, undo = Gate(), Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {})), says(0.3, gate)), Undoable(undo_gate=undo)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", ROLLBACK)
        await undo.reached()
        undo.open()
        await chat.hears(RunEnded, 2)
        (worked,) = query(tmp_path, "SELECT ended_at - started_at FROM runs WHERE number = 1")
        receipt = (await chat.history())[-2].receipt
        assert receipt and receipt.startswith("interrupted run 1 after ")
        seconds = float(receipt.removeprefix("interrupted run 1 after ").removesuffix(" s"))
        assert worked > 0.3 and seconds == pytest.approx(worked, abs=0.06)


async def test_trimming_drops_the_unfinished_turn_and_keeps_the_finished_ones(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {}), text="First."), calls(("dig", {}), ("dig", {}), text="Then."))
    async with chatting(tmp_path, model, Work(), Work("dig", gates=[gate], gate=Gate())) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        gate.open()
        await chat.interrupt("bake", TRIM)
        await chat.hears(RunEnded, 2)
        seen = await chat.seen()
        assert seen[:3] == ["user: cook", "assistant: First.", "tool: done"]
        assert [line.split(":")[0] for line in seen[3:6]] == ["assistant (trimmed)", *2 * ["tool (trimmed)"]]
        assert seen[6:] == ["user: bake", "assistant: Done."]
        assert lines(model.requests[-1].messages) == ["user: cook", "assistant: First.", "tool: done", "user: bake"]
        assert told(chat)[:6] == seen[:6]
        assert [run.rolled_back for run in await chat.runs()] == [False, False]


async def test_what_the_user_said_in_the_unfinished_turn_is_not_trimmed(tmp_path: Path) -> None:
    work, gate = Gate(), Gate()
    model = Scripted(calls(("work", {}), text="First."), says("half", gate))
    async with chatting(tmp_path, model, Work(gate=work)) as chat:
        await chat.engine.submit("cook")
        await work.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        work.open()
        await gate.reached()
        await chat.interrupt("bake", TRIM)
        await chat.hears(RunEnded, 2)
        assert (await chat.seen())[3:5] == ["user: no onions", "assistant (trimmed): half"]


async def test_keeping_hides_nothing(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", KEEP)
        await chat.hears(RunEnded, 2)
        assert (await chat.seen())[:2] == ["user: cook", "assistant (partial): half"]
        assert chat.heard(HistoryChanged) == []


async def test_the_strongest_wish_of_several_interrupting_prompts_counts(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        wishes = (("bake", TRIM), ("fry", ROLLBACK), ("boil", KEEP))
        await asyncio.gather(*(chat.interrupt(text, wish) for text, wish in wishes))
        await chat.hears(RunEnded, 2)
        assert (await chat.seen())[:2] == ["user (rolled_back): cook", "assistant (rolled_back): half"]
        assert await chat.users() == ["cook", "bake", "fry", "boil"]
        assert len(await chat.runs()) == 2


async def interrupt_after_the_last_word(chat: Chat, gate: Gate, text: str, wish: OnInterrupt) -> None:
    """When the task of the run is done, and the session has not yet heard of it."""
    await chat.engine.submit("cook")
    await gate.reached()
    run = run_task(1)
    gate.open()
    while not run.done():
        await asyncio.sleep(0)
    await chat.interrupt(text, wish)


async def test_a_run_that_completed_while_it_was_to_be_rolled_back_is_rolled_back(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked", gate))) as chat:
        await interrupt_after_the_last_word(chat, gate, "bake", ROLLBACK)
        await chat.hears(RunEnded, 2)
        assert await chat.statuses() == ["completed", "completed"]
        assert (await chat.seen())[:3] == ["user (rolled_back): cook", "assistant (rolled_back): cooked", "user: bake"]


async def test_of_a_run_that_completed_while_it_was_to_be_trimmed_nothing_is_dropped(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked", gate))) as chat:
        await interrupt_after_the_last_word(chat, gate, "bake", TRIM)
        await chat.hears(RunEnded, 2)
        assert await chat.statuses() == ["completed", "completed"]
        assert (await chat.seen())[:3] == ["user: cook", "assistant: cooked", "user: bake"]


async def test_the_sessions_own_wish_holds_for_prompts_that_have_none_and_is_stored(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate), says("more", gate))) as chat:
        await chat.engine.ask(PolicySwitched(ROLLBACK))
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.hears(RollbackEnded)
        assert (await chat.seen())[0] == "user (rolled_back): cook"
    assert query(tmp_path, "SELECT on_interrupt FROM sessions") == ["rollback"]
    async with chatting(tmp_path, Scripted()) as chat:
        assert chat.engine.state.on_interrupt is ROLLBACK


# -- on request -------------------------------------------------------------------------------------------------------


async def test_a_run_that_has_ended_is_rolled_back_on_request_and_brought_back_as_it_was(tmp_path: Path) -> None:
    model = Scripted(says("Hello."), says("cooked"))
    async with chatting(tmp_path, model) as chat:
        for text in ("hi", "cook"):
            await chat.engine.submit(text)
            await chat.idle()
        before = await chat.history()
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
        assert (await chat.seen())[:3] == ["user (rolled_back): hi", "assistant (rolled_back): Hello.", "user: cook"]
        assert [run.rolled_back for run in await chat.runs()] == [True, False]
        assert told(chat) == await chat.seen()
        await chat.engine.ask(RestoreRequested(1))
        await chat.hears(HistoryChanged, 2)
        assert await chat.history() == before == history_of(event for event, _ in chat.events)
        assert [run.rolled_back for run in await chat.runs()] == [False, False]
        await chat.engine.submit("more")
        await chat.idle()
        assert len(model.requests[-1].messages) == 5
    assert query(tmp_path, "SELECT count(*) FROM messages") == [6], "nothing is deleted"


async def test_the_active_run_is_stopped_and_rolled_back_on_request_and_nothing_starts(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
        assert await chat.seen() == ["user (rolled_back): cook", "assistant (rolled_back): half"]
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], "stopped")


async def test_undo_brings_the_last_rollback_back_also_after_a_restart(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("cooked"))) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
    async with chatting(tmp_path, Scripted()) as chat:
        with pytest.raises(Refused):
            await chat.engine.continue_run()
        await chat.engine.ask(UndoRequested())
        assert await chat.seen() == ["user: cook", "assistant: cooked"]
        with pytest.raises(Refused):
            await chat.engine.ask(UndoRequested())


async def test_a_run_that_was_stopped_and_rolled_back_is_not_continued_also_after_a_restart(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
        with pytest.raises(Refused, match="no unfinished run"):
            await chat.engine.continue_run()
    async with chatting(tmp_path, Scripted()) as chat:
        with pytest.raises(Refused, match="no unfinished run"):
            await chat.engine.continue_run()


async def test_a_message_is_hidden_by_one_rollback_and_shown_only_when_that_is_restored(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("one"), says("two"))) as chat:
        first = await chat.engine.submit("a")
        await chat.idle()
        await chat.engine.submit("b")
        await chat.idle()
        await chat.engine.ask(RollbackRequested(2))
        await chat.idle()
        await chat.engine.rewind("a again", first)
        await chat.hears(RunEnded, 3)
        assert all("rolled_back" in line for line in (await chat.seen())[:4])
        await chat.engine.ask(RestoreRequested(2))
        assert [line.split(":")[0] for line in (await chat.seen())[:4]] == [
            "user", "assistant", "user (rolled_back)", "assistant (rolled_back)",
        ]  # fmt: skip


async def test_restoring_twice_is_as_good_as_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Undoable()) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
        await chat.engine.ask(RestoreRequested(1))
        seen = await chat.seen()
        await chat.engine.ask(RestoreRequested(1))
        assert await chat.seen() == seen


# -- rewinding and repeating ------------------------------------------------------------------------------------------


async def test_rewinding_goes_on_from_an_earlier_prompt_without_what_came_after_it(tmp_path: Path) -> None:
    model = Scripted(says("Hello."), says("cooked"), says("eaten"))
    async with chatting(tmp_path, model) as chat:
        sent = []
        for text in ("hi", "cook", "eat"):
            sent.append(await chat.engine.submit(text))
            await chat.idle()
        await chat.engine.rewind("bake", sent[1])
        await chat.hears(RunEnded, 4)
        assert lines(model.requests[-1].messages) == ["user: hi", "assistant: Hello.", "user: bake"]
        assert [run.rolled_back for run in await chat.runs()] == [False, True, True, False]
        await chat.engine.ask(UndoRequested())
        assert await chat.said() == [
            "user: hi", "assistant: Hello.", "user: cook", "assistant: cooked", "user: eat", "assistant: eaten",
            "user: bake", "assistant: Done.",
        ]  # fmt: skip
        assert all("rolled_back" not in line for line in await chat.seen())


async def test_a_run_that_is_rewound_in_its_middle_is_not_rolled_back(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {})), says("cooked"))
    async with chatting(tmp_path, model, Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        added = await chat.engine.submit("no onions", Mode.INCORPORATE)
        gate.open()
        await chat.idle()
        await chat.engine.rewind("many onions", added)
        await chat.hears(RunEnded, 2)
        assert lines(model.requests[-1].messages) == ["user: cook", "assistant: ", "tool: done", "user: many onions"]
        assert [run.rolled_back for run in await chat.runs()] == [False, False]


async def test_retrying_after_a_completed_run_repeats_its_last_answer_and_hides_the_old_one(tmp_path: Path) -> None:
    model = Scripted(says("cooked"), says("cooked better"), says("cooked best"))
    async with chatting(tmp_path, model) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        for number in (2, 3):
            await chat.engine.ask(RetryRequested())
            await chat.hears(RunEnded, number)
        assert await chat.seen() == [
            "user: cook",
            "assistant (rolled_back): cooked",
            "assistant (rolled_back): cooked better",
            "assistant: cooked best",
        ]
        assert [lines(request.messages) for request in model.requests] == [["user: cook"]] * 3
        assert [run.rolled_back for run in await chat.runs()] == [True, True, False]


async def test_retrying_repeats_only_what_was_said_since_the_last_prompt(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {}), text="First."), says("cooked"), says("cooked better"))
    async with chatting(tmp_path, model, Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        gate.open()
        await chat.idle()
        await chat.engine.ask(RetryRequested())
        await chat.hears(RunEnded, 2)
        assert await chat.seen() == [
            "user: cook", "assistant: First.", "tool: done", "user: no onions", "assistant (rolled_back): cooked",
            "assistant: cooked better",
        ]  # fmt: skip
        assert [run.rolled_back for run in await chat.runs()] == [False, False]


async def test_a_call_of_a_run_that_was_rolled_back_keeps_its_own_status(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Work()) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
        assert [call.status for each in await chat.history() for call in each.tool_calls] == [CallStatus.DONE]
