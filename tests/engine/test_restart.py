"""The program ends without warning: its run has crashed, everything pending is held, nothing is replayed or lost."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import CallStatus, Hold, Mode
from interruptible_tui.engine import Engine
from interruptible_tui.events import MessageAdded, Published, ToolStarted
from interruptible_tui.machine import SessionState
from interruptible_tui.store import Store
from interruptible_tui.tools import Toolbox
from tests.engine.driver import chatting, lines, query, session_in, write_lock
from tests.scripted import LIMIT, Gate, Scripted, Work, calls, says

_PROGRAM = """
import asyncio, sys
from pathlib import Path
from interruptible_tui.conversation import Mode
from interruptible_tui.events import MessageAdded, Published
from interruptible_tui.machine import SessionState
from tests.engine.driver import chatting
from tests.scripted import Gate, Scripted, Work, calls

async def main():
    gate = Gate()
    async with chatting(Path(sys.argv[1]), Scripted(calls(("work", {}))), Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        print("accepted", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def copied(directory: Path, to: Path) -> Path:
    """The files as they are now: what a crash at this moment leaves."""
    with write_lock(directory):
        shutil.copytree(directory, to, ignore=shutil.ignore_patterns("*-shm", "locks"))
    return to


async def test_after_a_crash_every_prompt_is_still_there_once_and_held_and_nothing_starts(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()
    async with chatting(tmp_path / "a", Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, again) as chat:
        assert chat.waiting == ["no onions", "dessert"]
        assert [each.hold for each in await chat.stored()] == [Hold.RESTART, Hold.RESTART]
        assert chat.engine.state.run is None
        assert await chat.statuses() == ["crashed"]
        assert again.requests == []
        await chat.engine.resume()
        await chat.ended(3)
        assert await chat.users() == ["cook", "no onions", "dessert"]
        assert query(after, "SELECT count(*) FROM prompts") == [0]


async def test_after_a_crash_a_running_tool_is_of_unknown_outcome_and_is_not_executed_again(tmp_path: Path) -> None:
    gate, again, work = Gate(), Scripted(), Work()
    async with chatting(tmp_path / "a", Scripted(calls(("work", {}))), Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, again, work) as chat:
        assert [call.status for message in await chat.history() for call in message.tool_calls] == [CallStatus.UNKNOWN]
        await chat.engine.continue_run()
        await chat.idle()
        assert lines(again.requests[0].messages) == ["user: cook", "assistant: ", "tool: outcome unknown (restart)"]
        assert not work.started


async def test_continued_after_a_crash_an_idempotent_tool_is_called_again_and_no_other(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()
    look, pay = (Work(name, idempotent=name == "look", result=f"{name} again") for name in ("look", "pay"))
    wanted = calls(("look", {"what": "a"}), ("pay", {"what": "b"}), ("look", {"what": "c"}))
    first = [Work(name, gate=gate) for name in ("look", "pay")]
    async with chatting(tmp_path / "a", Scripted(wanted), *first) as chat:
        await chat.engine.submit("cook")
        await chat.hears(ToolStarted, 3)
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, again, look, pay) as chat:
        await chat.engine.continue_run()
        await chat.idle()
        assert (look.started, pay.started) == ([{"what": "a"}, {"what": "c"}], [])
        unknown, done = "tool: outcome unknown (restart)", "tool: look again"
        assert lines(again.requests[0].messages)[2:] == [unknown, unknown, unknown, "assistant: ", done, done]
        assert [run.turns for run in await chat.runs()] == [1, 2]
        await chat.engine.submit("thanks")
        await chat.ended(3)
        assert len(look.started) == 2


async def test_after_a_crash_a_new_prompt_calls_nothing_again(tmp_path: Path) -> None:
    gate, look = Gate(), Work("look", idempotent=True)
    async with chatting(tmp_path / "a", Scripted(calls(("look", {}))), Work("look", gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, Scripted(), look) as chat:
        await chat.engine.submit("never mind")
        await chat.idle()
        assert look.started == []


async def test_a_call_made_again_that_a_crash_cuts_too_is_made_once_more(tmp_path: Path) -> None:
    directory = tmp_path / "0"
    for number in range(3):
        gate = Gate()
        look = Work("look", idempotent=True, gate=gate)
        async with chatting(directory, Scripted(calls(("look", {}))), look) as chat:
            if number:
                await chat.engine.continue_run()
            else:
                await chat.engine.submit("cook")
            await gate.reached()
            assert len(look.started) == 1
            directory = copied(directory, tmp_path / str(number + 1))
    async with chatting(directory, Scripted(), Work("look", idempotent=True)) as chat:
        await chat.engine.continue_run()
        await chat.idle()
        assert await chat.statuses() == ["crashed", "crashed", "crashed", "completed"]


async def test_a_crash_between_a_call_and_its_start_says_that_it_was_not_started(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()

    def copy_before_the_start(event: Published, _: SessionState) -> None:
        if isinstance(event, MessageAdded) and event.message.tool_calls:
            copied(tmp_path / "a", tmp_path / "b")

    async with chatting(tmp_path / "a", Scripted(calls(("work", {}))), Work(gate=gate)) as chat:
        chat.engine.observe(copy_before_the_start)
        await chat.engine.submit("cook")
        await gate.reached()
    async with chatting(tmp_path / "b", again) as chat:
        await chat.engine.continue_run()
        await chat.idle()
        assert lines(again.requests[0].messages)[2] == "tool: not started"


async def test_kill_9_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout
    async with asyncio.timeout(2 * LIMIT):
        assert await program.stdout.readline() == b"accepted\n"
    os.kill(program.pid, signal.SIGKILL)
    assert await program.wait() == -signal.SIGKILL
    async with chatting(tmp_path, Scripted()) as chat:
        assert chat.waiting == ["no onions", "dessert"]
        assert chat.engine.state.hold is Hold.RESTART
        assert await chat.statuses() == ["crashed"]
        await chat.engine.submit("dinner")
        await chat.ended(2)
        assert chat.waiting == ["no onions", "dessert"]


async def test_a_crashed_run_without_pending_prompts_holds_nothing_and_can_be_continued(tmp_path: Path) -> None:
    gate, again = Gate(), Scripted()
    async with chatting(tmp_path / "a", Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        after = copied(tmp_path / "a", tmp_path / "b")
    async with chatting(after, again) as chat:
        assert (chat.waiting, chat.engine.state.hold) == ([], None)
        await chat.engine.continue_run()
        await chat.ended(2)
        assert await chat.said() == ["user: cook", "assistant: Done."]
        assert await chat.statuses() == ["crashed", "completed"]


async def test_an_opening_that_is_cancelled_recovers_nothing_once_the_session_has_been_given_up(tmp_path: Path) -> None:
    """Its transaction waits for the lock of all who write; whoever opens next must find it done, or not begun."""
    store, gate = await Store.open(tmp_path), Gate()
    session = await session_in(store)
    with write_lock(tmp_path):
        opening = asyncio.create_task(Engine.open(store, session, Agent(Scripted(), Toolbox(()), "m", "")))
        while store.owner(session) is None:
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.sleep(0)
        assert store.owner(session) is not None
    await asyncio.wait({opening})
    assert opening.cancelled() and store.owner(session) is None
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        assert await chat.statuses() == ["running"]
    await store.close()
