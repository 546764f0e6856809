"""A rollback undoes what its tools can undo, newest first, each of it written down before and after."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import Hold, Mode, OnInterrupt, Role
from interruptible_tui.events import (
    CompensationEnded,
    CompensationRequested,
    CompensationStarted,
    Published,
    RestoreRequested,
    RollbackEnded,
    RollbackRequested,
    RunEnded,
    StorageFailed,
    Submitted,
    ToolStarted,
)
from interruptible_tui.machine import SessionState
from interruptible_tui.tools import ToolResult
from tests.engine.driver import Chat, Stopwatch, chatting, failing, lines, query
from tests.scripted import LIMIT, Gate, Scripted, Undoable, Work, calls, says

_PROGRAM = """
import asyncio, sys
from pathlib import Path
from interruptible_tui.events import RollbackRequested
from tests.engine.driver import chatting
from tests.scripted import Gate, Scripted, Undoable, calls

async def main():
    undo = Gate()
    model = Scripted(calls(("work", {"what": "burger"}), ("work", {"what": "salad"})))
    async with chatting(Path(sys.argv[1]), model, Undoable(undo_gate=undo)) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        await chat.engine.ask(RollbackRequested(1))
        await undo.reached()
        print("under way", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""

BURGER_AND_SALAD = calls(("work", {"what": "burger"}), ("work", {"what": "salad"}))


async def rolled_back(chat: Chat, run: int = 1) -> None:
    await chat.engine.ask(RollbackRequested(run))
    await chat.idle()


async def cook(chat: Chat) -> None:
    await chat.engine.submit("cook")
    await chat.idle()


async def note(chat: Chat) -> str:
    """The note that holds; there is one at most."""
    notes = [each for each in await chat.history() if each.role is Role.NOTE and each.status == "complete"]
    assert len(notes) <= 1
    return notes[0].text if notes else ""


def statuses(directory: Path) -> list[str]:
    """In the order of the calls."""
    return query(directory, "SELECT status FROM compensations ORDER BY rollback, message_id, position")


async def test_what_was_done_is_undone_newest_first_and_then_nothing_has_to_be_told(tmp_path: Path) -> None:
    tool = Undoable()
    async with chatting(tmp_path, Scripted(BURGER_AND_SALAD, calls(("work", {"what": "cake"}))), tool) as chat:
        await cook(chat)
        await rolled_back(chat)
        assert [arguments["what"] for arguments, _ in tool.undone] == ["cake", "salad", "burger"]
        assert [result for _, result in tool.undone] == ["done"] * 3
        assert statuses(tmp_path) == ["done"] * 3
        assert await note(chat) == ""
        kinds = [
            type(e) for e, _ in chat.events if isinstance(e, CompensationStarted | CompensationEnded | RollbackEnded)
        ]
        assert kinds == [*3 * [CompensationStarted, CompensationEnded], RollbackEnded]


async def test_a_compensation_is_durable_before_it_starts_and_after_it_ended(tmp_path: Path) -> None:
    undo = Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Undoable(undo_gate=undo)) as chat:
        await cook(chat)
        await chat.engine.ask(RollbackRequested(1))
        await undo.reached()
        assert statuses(tmp_path) == ["running"]
        assert chat.engine.state.run and chat.engine.state.run.undoing
        undo.open()
        await chat.idle()
        assert query(tmp_path, "SELECT status, text, started_at <= ended_at FROM compensations") == [
            ("done", "undone", 1)
        ]


async def test_what_cannot_be_undone_is_told_in_one_note_that_the_model_keeps(tmp_path: Path) -> None:
    model = Scripted(calls(("work", {"what": "burger"}), ("pay", {"what": "bill"})))
    async with chatting(tmp_path, model, Undoable(failures=1), Work("pay")) as chat:
        await cook(chat)
        await rolled_back(chat)
        told = await note(chat)
        assert "no refund" in told and "pay" in told
        await chat.engine.submit("go on")
        await chat.hears(RunEnded, 2)
        assert lines(model.requests[-1].messages) == [f"user: {told}", "user: go on"]


async def test_a_call_whose_start_was_written_down_and_that_never_began_is_not_compensated(tmp_path: Path) -> None:
    """The run is cancelled when the start is durable, and before it goes on."""
    tool = Undoable()

    def interrupt(event: Published, _: SessionState) -> None:
        if isinstance(event, ToolStarted):
            chat.engine._post(Submitted("b", "bake", Mode.INTERRUPT, 0.0, OnInterrupt.ROLLBACK))

    async with chatting(tmp_path, Scripted(calls(("work", {}))), tool) as chat:
        chat.engine.observe(interrupt)
        await chat.engine.submit("cook")
        await chat.hears(RunEnded, 2)
        assert (tool.started, tool.undone) == ([], [])
        assert query(tmp_path, "SELECT started_at IS NOT NULL, status FROM calls") == [(1, "not_started")]
        assert statuses(tmp_path) == []


async def test_what_was_asked_for_meanwhile_starts_when_the_rollback_is_over(tmp_path: Path) -> None:
    undo, gate = Gate(), Gate()
    model = Scripted(calls(("work", {})), says("half", gate))
    async with chatting(tmp_path, model, Undoable(undo_gate=undo)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", OnInterrupt.ROLLBACK)
        await undo.reached()
        await chat.engine.submit("and more", Mode.INTERRUPT)
        await chat.engine.submit("dessert", Mode.QUEUE)
        assert len(await chat.runs()) == 1
        undo.open()
        await chat.hears(RunEnded, 3)
        assert await chat.users() == ["cook", "bake", "and more", "dessert"]


async def test_esc_does_not_stop_a_compensation_and_holds_what_waits(tmp_path: Path) -> None:
    undo, gate = Gate(), Gate()
    tool = Undoable(undo_gate=undo)
    async with chatting(tmp_path, Scripted(calls(("work", {})), says("half", gate)), tool) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", OnInterrupt.ROLLBACK)
        await undo.reached()
        await chat.engine.stop()
        undo.open()
        await chat.idle()
        assert len(tool.undone) == 1
        assert (chat.waiting, chat.engine.state.hold) == (["bake"], Hold.STOPPED)


class Broken(Work):
    """A tool whose compensation raises, which a tool must not."""

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        raise ValueError("no such order")


async def test_a_fault_while_a_rollback_is_under_way_is_reported_and_ends_it(tmp_path: Path) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Broken(compensated=True)) as chat:
        await cook(chat)
        await rolled_back(chat)
        assert [str(context["exception"]) for context in reported] == ["no such order"]
        assert statuses(tmp_path) == ["unknown"]
        assert "may have done a part" in await note(chat)


async def test_a_rollback_in_a_session_that_has_broken_down_has_no_fault_of_its_own(tmp_path: Path) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    undo = Gate()
    with pytest.raises(asyncio.CancelledError):  # noqa: PT012 - raised where the block closes the session
        async with chatting(tmp_path, Scripted(calls(("work", {}))), Undoable(undo_gate=undo)) as chat:
            await cook(chat)
            await chat.engine.ask(RollbackRequested(1))
            await undo.reached()
            undoing = next(task for task in asyncio.all_tasks() if task.get_name() == "rollback 1")
            chat.engine._server.cancel()
            await chat.over(chat.engine._server)
            undo.open()
            await chat.over(undoing)
    assert undoing.exception() is None and reported == []


# -- again ------------------------------------------------------------------------------------------------------------


async def test_a_failed_compensation_is_retried_on_request_and_its_note_is_out_of_date_then(tmp_path: Path) -> None:
    tool = Undoable(failures=1)
    async with chatting(tmp_path, Scripted(BURGER_AND_SALAD), tool) as chat:
        await cook(chat)
        await rolled_back(chat)
        assert statuses(tmp_path) == ["done", "failed"]
        assert "no refund" in await note(chat)
        await chat.engine.ask(CompensationRequested(1))
        await chat.hears(RollbackEnded, 2)
        assert statuses(tmp_path) == ["done", "done"]
        assert [arguments["what"] for arguments, _ in tool.undone] == ["burger", "salad"]
        assert await note(chat) == ""
        assert [each.status for each in await chat.history() if each.role is Role.NOTE] == ["rolled_back"]


async def test_a_retry_that_is_cut_leaves_what_it_had_not_begun_as_it_was(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(BURGER_AND_SALAD), Undoable(failures=2)) as chat:
        await cook(chat)
        await rolled_back(chat)
        assert statuses(tmp_path) == ["failed", "failed"]
    hangs = Gate()
    async with chatting(tmp_path, Scripted(), Undoable(undo_gate=hangs)) as chat:
        await chat.engine.ask(CompensationRequested(1))
        await hangs.reached()
    async with chatting(tmp_path, Scripted(), Undoable()) as chat:
        assert statuses(tmp_path) == ["failed", "unknown"]
        told = await note(chat)
        assert "its compensation failed: no refund" in told and "was cut" in told


async def test_bringing_back_tells_what_has_been_undone_and_rolling_back_again_does_not_undo_it_twice(
    tmp_path: Path,
) -> None:
    tool, model = Undoable(), Scripted(BURGER_AND_SALAD)
    async with chatting(tmp_path, model, tool) as chat:
        await cook(chat)
        await rolled_back(chat)
        await chat.engine.ask(RestoreRequested(1))
        told = await note(chat)
        assert "shown again" in told and "burger" in told and "salad" in told
        await rolled_back(chat)
        assert len(tool.undone) == 2
        assert query(tmp_path, "SELECT status FROM compensations WHERE rollback = 2") == ["done", "done"]
        assert await note(chat) == ""
        await chat.engine.ask(RestoreRequested(2))
        assert await note(chat) == told


async def test_the_compensations_of_a_rollback_that_was_brought_back_are_not_retried(tmp_path: Path) -> None:
    tool = Undoable(failures=1)
    async with chatting(tmp_path, Scripted(calls(("work", {}))), tool) as chat:
        await cook(chat)
        await rolled_back(chat)
        await chat.engine.ask(RestoreRequested(1))
        seen = await chat.seen()
        await chat.engine.ask(CompensationRequested(1))
        await chat.idle()
        assert tool.undone == []
        assert await chat.seen() == seen


async def test_what_a_rollback_has_left_undone_stays_so_when_it_was_brought_back(tmp_path: Path) -> None:
    await killed_while_a_compensation_runs(tmp_path)
    async with chatting(tmp_path, Scripted(), tool := Undoable()) as chat:
        await chat.engine.ask(RestoreRequested(1))
        await chat.engine.ask(CompensationRequested(1))
        await chat.idle()
        assert tool.undone == []
        assert statuses(tmp_path) == ["waiting", "unknown"]


# -- crashes ----------------------------------------------------------------------------------------------------------


async def killed_while_a_compensation_runs(directory: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, str(directory), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout
    async with asyncio.timeout(2 * LIMIT):
        assert await program.stdout.readline() == b"under way\n"
    os.kill(program.pid, signal.SIGKILL)
    assert await program.wait() == -signal.SIGKILL


async def test_a_compensation_that_a_crash_has_cut_is_told_as_unknown_and_not_repeated(tmp_path: Path) -> None:
    await killed_while_a_compensation_runs(tmp_path)
    tool, model = Undoable(), Scripted()
    async with chatting(tmp_path, model, tool) as chat:
        assert chat.engine.state.run is None
        assert statuses(tmp_path) == ["waiting", "unknown"]
        told = await note(chat)
        assert "may have done a part" in told and "not tried" in told
        await chat.engine.submit("go on")
        await chat.hears(RunEnded)
        assert lines(model.requests[-1].messages) == [f"user: {told}", "user: go on"]
        assert tool.undone == []


async def test_after_a_crash_compensations_are_tried_again_on_request(tmp_path: Path) -> None:
    await killed_while_a_compensation_runs(tmp_path)
    tool = Undoable()
    async with chatting(tmp_path, Scripted(), tool) as chat:
        await chat.engine.ask(CompensationRequested(1))
        await chat.idle()
        assert [arguments["what"] for arguments, _ in tool.undone] == ["salad", "burger"]
        assert statuses(tmp_path) == ["done", "done"]
        assert await note(chat) == ""


async def test_what_is_unknown_of_an_earlier_rollback_is_not_repeated_by_a_later_one(tmp_path: Path) -> None:
    await killed_while_a_compensation_runs(tmp_path)
    tool = Undoable()
    async with chatting(tmp_path, Scripted(), tool) as chat:
        await chat.engine.ask(RestoreRequested(1))
        assert "perhaps" in await note(chat)
        await rolled_back(chat)
        assert [arguments["what"] for arguments, _ in tool.undone] == ["burger"]
        assert query(tmp_path, "SELECT status FROM compensations WHERE rollback = 2") == ["done", "unknown"]


# -- closing ----------------------------------------------------------------------------------------------------------


async def test_closing_gives_the_compensation_that_runs_two_seconds_and_begins_no_further_one(tmp_path: Path) -> None:
    undo = Gate()
    async with chatting(tmp_path, Scripted(BURGER_AND_SALAD), Undoable(undo_gate=undo)) as chat:
        await cook(chat)
        await chat.engine.ask(RollbackRequested(1))
        await undo.reached()
        watch = Stopwatch()
        await chat.engine.close()
        assert 1.9 < watch.seconds < 4.5
        assert statuses(tmp_path) == ["waiting", "unknown"]
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["done"]
    async with chatting(tmp_path, Scripted()) as chat:
        assert "not tried" in await note(chat)


async def test_closing_waits_for_a_compensation_that_ends_in_time(tmp_path: Path) -> None:
    undo = Gate()
    tool = Undoable(undo_gate=undo)
    async with chatting(tmp_path, Scripted(calls(("work", {}))), tool) as chat:
        await cook(chat)
        await chat.engine.ask(RollbackRequested(1))
        await undo.reached()
        closing = asyncio.create_task(chat.engine.close())
        await chat.until(lambda: chat.engine.state.closing)
        undo.open()
        await closing
        assert statuses(tmp_path) == ["done"]


# -- storage ----------------------------------------------------------------------------------------------------------


async def test_a_rollback_that_cannot_be_written_did_not_happen(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(BURGER_AND_SALAD), tool := Undoable()) as chat:
        await cook(chat)
        with failing(tmp_path, "rollbacks"), pytest.raises(Exception, match="disk on fire"):
            await chat.engine.ask(RollbackRequested(1))
        assert chat.engine.state.run is None
        assert all("rolled_back" not in line for line in await chat.seen())
        assert tool.undone == []


@pytest.mark.parametrize("status", ["running", "done"])
async def test_a_compensation_that_cannot_be_written_down_ends_the_rollback_and_holds_everything(
    tmp_path: Path, status: str
) -> None:
    gate, tool = Gate(), Undoable()
    model = Scripted(BURGER_AND_SALAD, says("half", gate))
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with failing(tmp_path, "compensations", "UPDATE", f"NEW.status = '{status}'"):
            await chat.interrupt("bake", OnInterrupt.ROLLBACK)
            await chat.idle()
        assert chat.heard(StorageFailed)
        assert (chat.waiting, chat.engine.state.hold) == (["bake"], Hold.STORAGE)
        assert len(tool.undone) == (status == "done")
        expected = ["waiting", "waiting"] if status == "running" else ["waiting", "unknown"]
        assert statuses(tmp_path) == expected
        assert "not tried" in await note(chat)
        await chat.engine.resume()
        await chat.hears(RunEnded, 2)
        assert await chat.users() == ["cook", "bake"]


async def test_a_compensation_that_cannot_be_written_down_is_told_also_where_nothing_waits(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(BURGER_AND_SALAD), Undoable()) as chat:
        await cook(chat)
        with failing(tmp_path, "compensations", "UPDATE", "NEW.status = 'running'"):
            await rolled_back(chat)
        assert len(chat.heard(StorageFailed)) == 1
        assert statuses(tmp_path) == ["waiting", "waiting"]


async def test_an_end_of_a_rollback_that_cannot_be_written_holds_everything_and_is_mended_later(
    tmp_path: Path,
) -> None:
    gate = Gate()
    model = Scripted(calls(("pay", {})), says("half", gate))
    async with chatting(tmp_path, model, Work("pay")) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with failing(tmp_path, "rollbacks", "UPDATE"):
            await chat.interrupt("bake", OnInterrupt.ROLLBACK)
            await chat.idle()
        assert chat.heard(StorageFailed)
        assert (chat.waiting, chat.engine.state.hold) == (["bake"], Hold.STORAGE)
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["under way"]
        await chat.engine.resume()
        await chat.hears(RunEnded, 2)
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["done"]
        assert "pay" in await note(chat)
        assert lines(model.requests[-1].messages)[-1] == "user: bake"


async def test_an_end_of_a_rollback_that_could_not_be_written_is_mended_by_the_next_owner(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(calls(("pay", {}))), Work("pay")) as chat:
        await cook(chat)
        with failing(tmp_path, "rollbacks", "UPDATE"):
            await rolled_back(chat)
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["under way"]
    async with chatting(tmp_path, Scripted()) as chat:
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["done"]
        assert "pay" in await note(chat)


async def stuck(chat: Chat, directory: Path) -> None:
    """Two runs, of which the first is rolled back; the end of that could not be written."""
    for number in (1, 2):
        await chat.engine.submit("cook")
        await chat.ended(number)
        await chat.idle()
    with failing(directory, "rollbacks", "UPDATE"):
        await rolled_back(chat, 1)
    assert query(directory, "SELECT state FROM rollbacks") == ["under way"]


TWICE = [calls(("work", {"what": "burger"})), says("Served."), calls(("work", {"what": "salad"}))]


async def test_after_an_end_that_could_not_be_written_the_next_rollback_undoes_its_calls(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(*TWICE), tool := Undoable()) as chat:
        await stuck(chat, tmp_path)
        await rolled_back(chat, 2)
        assert [arguments["what"] for arguments, _ in tool.undone] == ["burger", "salad"]
        assert query(tmp_path, "SELECT state FROM rollbacks ORDER BY number") == ["done", "done"]


async def test_after_an_end_that_could_not_be_written_its_compensations_are_tried_again_on_request(
    tmp_path: Path,
) -> None:
    async with chatting(tmp_path, Scripted(*TWICE), tool := Undoable(failures=1)) as chat:
        await stuck(chat, tmp_path)
        await chat.engine.ask(CompensationRequested(1))
        await chat.idle()
        assert [arguments["what"] for arguments, _ in tool.undone] == ["burger"]
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["done"]


async def test_after_an_end_that_could_not_be_written_a_rollback_is_brought_back_whole(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(*TWICE), Undoable()) as chat:
        await stuck(chat, tmp_path)
        await chat.engine.ask(RestoreRequested(1))
        assert query(tmp_path, "SELECT state FROM rollbacks") == ["restored"]
        assert (await chat.seen())[0] == "user: cook"


async def test_a_run_whose_end_could_not_be_written_has_crashed_when_it_is_rolled_back(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with failing(tmp_path, "runs", "UPDATE"):
            gate.open()
            await chat.idle()
        assert await chat.statuses() == ["running"]
        await rolled_back(chat)
        assert await chat.statuses() == ["crashed"]


async def test_bringing_back_that_cannot_be_written_did_not_happen(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("cooked"))) as chat:
        await cook(chat)
        await rolled_back(chat)
        state = chat.engine.state
        with failing(tmp_path, "rollbacks", "UPDATE"), pytest.raises(Exception, match="disk on fire"):
            await chat.engine.ask(RestoreRequested(1))
        assert chat.engine.state == state
        assert await chat.seen() == ["user (rolled_back): cook", "assistant (rolled_back): cooked"]
