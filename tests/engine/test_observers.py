"""Observers are told what has happened after it is stored, in the order in which it happened."""

from collections import Counter
from pathlib import Path

from interruptible_tui.conversation import Mode, Trigger
from interruptible_tui.events import (
    MessageAdded,
    ModeSwitched,
    Published,
    RunEnded,
    RunStarted,
    Submitted,
    ToolEnded,
    ToolStarted,
)
from interruptible_tui.machine import SessionState
from tests.engine.driver import chatting, query
from tests.scripted import Gate, Scripted, Work, calls, says


def is_stored(directory: Path, event: Published) -> bool | None:
    """Whether the file has what `event` tells; None for an event that is not stored."""

    def has(sql: str, *values: object) -> bool:
        return len(query(directory, sql, *values)) == 1

    match event:
        case Submitted(id_):
            told = "SELECT 1 FROM prompts WHERE id = ?1 UNION ALL SELECT 1 FROM messages WHERE prompt_id = ?1"
            return has(told, id_)
        case ModeSwitched(mode):
            return has("SELECT 1 FROM sessions WHERE mode = ?", mode)
        case RunStarted(run):
            return has("SELECT 1 FROM runs WHERE number = ? AND status = 'running'", run)
        case RunEnded(run):
            return has("SELECT 1 FROM runs WHERE number = ? AND status = 'completed'", run)
        case MessageAdded(run, message):
            return has(
                "SELECT 1 FROM messages WHERE (run, turn, role, text) = (?, ?, ?, ?)",
                run,
                message.turn,
                message.role,
                message.text,
            )
        case ToolStarted(call_id=call_id):
            return has("SELECT 1 FROM calls WHERE call_id = ? AND status = 'running'", call_id)
        case ToolEnded(call_id=call_id):
            done = "SELECT 1 FROM calls JOIN messages ON tool_call_id = call_id WHERE call_id = ? AND"
            return has(f"{done} calls.status = 'done'", call_id)
        case _:
            return None


async def test_an_observer_that_reads_the_file_finds_there_what_it_is_told(tmp_path: Path) -> None:
    gate = Gate()
    model, found = Scripted(calls(("work", {})), says("cooked")), Counter[tuple[type[Published], bool]]()

    def look(event: Published, _: SessionState) -> None:
        stored = is_stored(tmp_path, event)
        if stored is not None:
            found[type(event), stored] += 1

    async with chatting(tmp_path, model, Work(gate=gate)) as chat:
        chat.engine.observe(look)
        await chat.engine.switch(Mode.QUEUE)
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("salt", Mode.INCORPORATE)
        await chat.engine.submit("dessert")
        gate.open()
        await chat.ended(2)
    assert found == {
        (ModeSwitched, True): 1,
        (Submitted, True): 3,
        (RunStarted, True): 2,
        (RunEnded, True): 2,
        (MessageAdded, True): 6,
        (ToolStarted, True): 1,
        (ToolEnded, True): 1,
    }


async def test_events_are_told_in_the_order_in_which_they_happened(tmp_path: Path) -> None:
    model = Scripted(calls(("work", {}), text="I cook"), says("cooked"))
    async with chatting(tmp_path, model, Work(prints="sizzle")) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        assert [type(event).__name__ for event, _ in chat.events] == [
            "Submitted",
            "RunStarted",
            "MessageAdded",
            "BoundaryReached",
            "TurnStarted",
            "TextStreamed",
            "CallStreamed",
            "UsageReported",
            "MessageAdded",
            "ToolStarted",
            "ToolPrinted",
            "ToolEnded",
            "BoundaryReached",
            "TurnStarted",
            "TextStreamed",
            "UsageReported",
            "MessageAdded",
            "BoundaryReached",
            "RunEnded",
        ]


async def test_the_end_of_a_run_is_told_after_what_it_left_and_before_the_next_start(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(1)
        names = [type(event).__name__ for event, _ in chat.events]
        end = names.index("RunEnded")
        assert names[end - 1 : end + 3] == ["MessageAdded", "RunEnded", "RunStarted", "MessageAdded"]
        assert [message.message.text for message in chat.heard(MessageAdded)][1:3] == ["half", "bake"]
        assert chat.heard(RunStarted)[1].trigger is Trigger.INTERRUPT
        assert chat.events[end][1] == chat.events[end + 1][1]
        await chat.ended(2)


async def test_an_observer_that_has_been_let_go_is_told_nothing_more(tmp_path: Path) -> None:
    told: list[Published] = []
    async with chatting(tmp_path, Scripted()) as chat:
        forget = chat.engine.observe(lambda event, _: told.append(event))
        await chat.engine.switch(Mode.QUEUE)
        forget()
        await chat.engine.switch(Mode.INTERRUPT)
    assert told == [ModeSwitched(Mode.QUEUE)]


async def test_what_a_run_has_told_so_far_can_be_seen_while_it_works(tmp_path: Path) -> None:
    gate, tool_gate = Gate(), Gate()
    model = Scripted(says("I co", gate, "ok", *calls(("work", {}))))
    async with chatting(tmp_path, model, Work(gate=tool_gate, prints="sizzle")) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        assert chat.engine.live and chat.engine.live.text == "I co"
        gate.open()
        await tool_gate.reached()
        live = chat.engine.live
        assert (live.text, live.turn, [call.output for call in live.calls.values()]) == ("", 1, ["sizzle"])
        tool_gate.open()
        await chat.idle()
        assert chat.events[-1][1].run is None
