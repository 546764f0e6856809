"""A rollback's compensations run newest first, each written down before and after, in bounds, whatever they do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import CallStatus, Compensation, CompensationStatus, ToolCall
from interruptible_tui.events import CompensationEnded, CompensationStarted
from interruptible_tui.store import StoreError
from interruptible_tui.tools import Toolbox, ToolResult
from interruptible_tui.undoing import FORCE_DELAY, LAST, PATIENCE, Saga
from tests.scripted import Gate, Work
from tests.tools.driver import PATIENCE as TEST_PATIENCE
from tests.tools.driver import members, tools_in

GRACE = 2.0
"""Seconds that a cancelled compensation is given."""
SLACK = 0.5
"""Seconds more that a busy machine may take."""

DONE, FAILED, UNKNOWN = CompensationStatus.DONE, CompensationStatus.FAILED, CompensationStatus.UNKNOWN
NEEDLESS, NOT_DECLARED = CompensationStatus.NEEDLESS, CompensationStatus.NOT_DECLARED

TOOLS = """
    import os, signal, subprocess, sys, time
    from interruptible_tui import tool

    def _log(line):
        with open(os.environ["LOG"], "a") as log:
            log.write(line + "\\n")

    def _undo(what, result):
        _log(f"undo {what} {result}")
        return f"undid {what}"

    def _raises(): raise ValueError("no refund")

    def _tell(fifo):
        with open(fifo, "w") as told:
            told.write(str(os.getpid()))

    def _hangs(fifo):
        _tell(fifo)
        signal.pause()

    def _deaf(fifo):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["sleep", "1000"])
        _tell(fifo)
        while True:
            time.sleep(1000)

    def _listens(fifo):
        _tell(fifo)
        return open(fifo).read()

    def _kills(fifo):
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()

    @tool(compensate=_undo)
    def work(what: str): pass
    @tool(compensate=_raises)
    def raises(): pass
    @tool(compensate=_hangs)
    def hangs(fifo): pass
    @tool(compensate=_deaf)
    def deaf(fifo): pass
    @tool(compensate=_listens)
    def listens(fifo): pass
    @tool(compensate=_kills)
    def kills(fifo): pass
    def pay(): pass
"""


def call(
    name: str,
    arguments: str = "{}",
    result: str | None = "made",
    *,
    status: CallStatus = CallStatus.DONE,
    compensation: CompensationStatus = CompensationStatus.WAITING,
) -> Compensation:
    """Of a call whose id is its name."""
    return Compensation(1, 2, ToolCall(name, name, arguments, status), result, compensation)


def work(what: str) -> Compensation:
    return call("work", f'{{"what": "{what}"}}')


class Rollback:
    """Number 4, of the tools of a file; what it has recorded, and what the log of the tools had in it then."""

    def __init__(self, tools: Toolbox, folder: Path, limit: float) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.touch()
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self.recorded: list[tuple[CompensationStarted | CompensationEnded, str]] = []
        self.unwritable: Callable[[CompensationStarted | CompensationEnded], bool] = lambda _: False
        self.saga = Saga(4, tools, self._record, limit)

    async def _record(self, event: CompensationStarted | CompensationEnded) -> None:
        if self.unwritable(event):
            raise StoreError("the disk is full")
        self.recorded.append((event, self.log.read_text()))

    def waits(self, name: str) -> Compensation:
        """A call of a tool whose compensation tells `running` its group."""
        return call(name, f'{{"fifo": "{self.fifo}"}}')

    async def running(self) -> int:
        async with asyncio.timeout(TEST_PATIENCE):
            return int(await asyncio.to_thread(self.fifo.read_text))

    async def undo(self, *compensations: Compensation) -> None:
        async with asyncio.timeout(TEST_PATIENCE):
            await self.saga.undo(compensations)

    @property
    def course(self) -> list[str | tuple[str, CompensationStatus, str]]:
        """The ids of calls whose compensation was started; id, status and first line for one that has ended."""
        return [
            event.call_id
            if isinstance(event, CompensationStarted)
            else (event.call_id, event.status, event.text.partition("\n")[0])
            for event, _ in self.recorded
        ]


@asynccontextmanager
async def rolling_back(folder: Path, limit: float = 60.0) -> AsyncIterator[Rollback]:
    async with tools_in(folder, TOOLS, {"LOG": str(folder / "log")}) as tools:
        yield Rollback(Toolbox(tools.values()), folder, limit)


async def test_the_newest_call_is_undone_first_and_each_is_written_down_before_and_after(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        await rollback.undo(work("a"), work("b"))
    first, both = "undo b made\n", "undo b made\nundo a made\n"
    assert rollback.recorded == [
        (CompensationStarted(4, 1, 2, "work", work("b").call), ""),
        (CompensationEnded(4, 1, 2, "work", DONE, "undid b"), first),
        (CompensationStarted(4, 1, 2, "work", work("a").call), first),
        (CompensationEnded(4, 1, 2, "work", DONE, "undid a"), both),
    ]


async def test_one_that_fails_keeps_no_other_from_being_undone(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        await rollback.undo(work("a"), call("raises"))
    assert rollback.course == ["raises", ("raises", FAILED, "ValueError: no refund"), "work", ("work", DONE, "undid a")]


@pytest.mark.parametrize("status", [status for status in CompensationStatus if status != "waiting"])
async def test_only_those_that_wait_are_carried_out(tmp_path: Path, status: CompensationStatus) -> None:
    async with rolling_back(tmp_path) as rollback:
        await rollback.undo(call("raises", compensation=status))
    assert rollback.course == []


UNKNOWN_TOOL = "error: there is no tool named 'gone'; the tools are: work"
WRONG = "error: the arguments are wrong:\n- what: Missing required argument"
NO_OBJECT = "error: the arguments are not a JSON object: [1]"


@pytest.mark.parametrize(
    ("compensation", "status"),
    [
        (call("pay"), NOT_DECLARED),
        (call("pay", status=CallStatus.FAILED), NOT_DECLARED),
        (call("gone"), NOT_DECLARED),
        (call("gone", result=None, status=CallStatus.UNKNOWN), NOT_DECLARED),
        (call("gone", result="ValueError: it has run", status=CallStatus.FAILED), NOT_DECLARED),
        (call("gone", result=UNKNOWN_TOOL, status=CallStatus.FAILED), NEEDLESS),
        (call("gone", result=UNKNOWN_TOOL, status=CallStatus.DONE), NOT_DECLARED),
        (call("work", result=UNKNOWN_TOOL, status=CallStatus.FAILED), NEEDLESS),
        (call("work", result=WRONG, status=CallStatus.FAILED), NEEDLESS),
        (call("work", "[1]", result=NO_OBJECT, status=CallStatus.FAILED), NEEDLESS),
        (call("work", '{"what', result=None, status=CallStatus.UNKNOWN), NEEDLESS),
    ],
)
async def test_where_there_is_nothing_to_call_nothing_is_started(
    tmp_path: Path, compensation: Compensation, status: CompensationStatus
) -> None:
    async with rolling_back(tmp_path) as rollback:
        await rollback.undo(compensation)
    assert rollback.course == [(compensation.call.id, status, "")]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (CallStatus.INTERRUPTED, (NEEDLESS, "")),
        (CallStatus.UNKNOWN, (NEEDLESS, "")),
        (CallStatus.DONE, (FAILED, "error: the arguments are wrong:")),
        (CallStatus.FAILED, (FAILED, "error: the arguments are wrong:")),
    ],
)
async def test_arguments_that_the_tool_refuses_now_are_needless_unless_it_has_run_with_them(
    tmp_path: Path, status: CallStatus, verdict: tuple[CompensationStatus, str]
) -> None:
    async with rolling_back(tmp_path) as rollback:
        await rollback.undo(call("work", status=status))
    assert rollback.course == ["work", ("work", *verdict)]
    assert rollback.log.read_text() == ""


class Says(Work):
    """A tool whose compensation says something that SQLite refuses."""

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        return ToolResult("a\0b\ud800")


async def test_what_cannot_be_stored_is_replaced(tmp_path: Path) -> None:
    rollback = Rollback(Toolbox([Says(compensated=True)]), tmp_path, limit=60.0)
    await rollback.undo(work("a"))
    assert rollback.course[1] == ("work", DONE, "a\ufffdb\ufffd")


# -- the disk ---------------------------------------------------------------------------------------------------------


async def test_what_cannot_be_written_down_is_not_begun_and_nothing_after_it(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        rollback.unwritable = lambda event: isinstance(event, CompensationStarted)
        with pytest.raises(StoreError):
            await rollback.undo(work("a"), work("b"))
    assert rollback.log.read_text() == "" and rollback.course == []


async def test_nothing_is_begun_after_one_whose_end_cannot_be_written_down(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        rollback.unwritable = lambda event: isinstance(event, CompensationEnded)
        with pytest.raises(StoreError):
            await rollback.undo(work("a"), work("b"))
    assert rollback.log.read_text() == "undo b made\n" and rollback.course == ["work"]


# -- time -------------------------------------------------------------------------------------------------------------

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@needs_proc
@pytest.mark.parametrize(("name", "grace"), [("hangs", 0.0), ("deaf", GRACE)])
async def test_one_that_takes_too_long_is_ended_with_all_it_has_started(
    tmp_path: Path, name: str, grace: float
) -> None:
    async with rolling_back(tmp_path, limit=2.0) as rollback:
        clock = asyncio.get_running_loop().time
        undoing = asyncio.create_task(rollback.undo(work("a"), rollback.waits(name)))
        group, before = await rollback.running(), clock()
        await undoing
        assert clock() - before < 2.0 + grace + SLACK
        assert members(group) == []
    assert rollback.course == [name, (name, FAILED, "it took longer than 2 s"), "work", ("work", DONE, "undid a")]


async def test_when_its_template_is_killed_it_has_failed_and_the_others_go_on(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        await rollback.undo(work("a"), rollback.waits("kills"))
    why = "error: the tool's process could not be started, or the process that starts it has ended"
    assert rollback.course == ["kills", ("kills", FAILED, why), "work", ("work", DONE, "undid a")]


@needs_proc
@pytest.mark.parametrize("name", ["hangs", "deaf"])
async def test_closing_ends_the_one_that_runs_after_two_seconds_and_begins_no_other(tmp_path: Path, name: str) -> None:
    async with rolling_back(tmp_path) as rollback:
        clock = asyncio.get_running_loop().time
        undoing = asyncio.create_task(rollback.undo(work("a"), rollback.waits(name)))
        group, before = await rollback.running(), clock()
        rollback.saga.hurry()
        await undoing
        assert LAST <= clock() - before < LAST + FORCE_DELAY + SLACK
        assert members(group) == []
    assert rollback.course == [name, (name, UNKNOWN, "it was ended with the program")]


async def test_one_that_ends_soon_enough_while_the_program_is_closed_has_its_own_end(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        undoing = asyncio.create_task(rollback.undo(work("a"), rollback.waits("listens")))
        await rollback.running()
        rollback.saga.hurry()
        rollback.saga.hurry()
        await asyncio.to_thread(rollback.fifo.write_text, "all gone")
        await undoing
    assert rollback.course == ["listens", ("listens", DONE, "all gone")]


async def test_nothing_is_begun_in_a_program_that_is_being_closed(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        rollback.saga.hurry()
        await rollback.undo(work("a"), call("pay"))
    assert rollback.course == []


async def test_one_whose_start_was_being_written_down_when_the_program_is_closed_is_not_begun(tmp_path: Path) -> None:
    rollback = Rollback(Toolbox([tool := Work(compensated=True)]), tmp_path, limit=60.0)

    def closes(_: CompensationStarted | CompensationEnded) -> bool:
        rollback.saga.hurry()
        return False

    rollback.unwritable = closes
    await rollback.undo(work("a"), work("b"))
    assert tool.undone == []
    assert rollback.course == ["work", ("work", CompensationStatus.WAITING, "")]


@needs_proc
async def test_cancelling_the_whole_ends_the_one_that_runs_and_leaves_it_open(tmp_path: Path) -> None:
    async with rolling_back(tmp_path) as rollback:
        undoing = asyncio.create_task(rollback.saga.undo([work("a"), rollback.waits("deaf")]))
        group = await rollback.running()
        undoing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await undoing
        assert members(group) == []
    assert rollback.course == ["deaf"]


class Swallows(Work):
    """A tool whose compensation goes on whatever it is told."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(compensated=True)
        self.gate = gate

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        while True:
            try:
                await self.gate.passed()
                return ToolResult("late")
            except asyncio.CancelledError:
                continue


@pytest.mark.parametrize(("hurried", "verdict"), [(False, FAILED), (True, UNKNOWN)])
async def test_one_that_cannot_be_ended_is_given_up(tmp_path: Path, hurried: bool, verdict: CompensationStatus) -> None:
    gate = Gate()
    rollback = Rollback(Toolbox([Swallows(gate)]), tmp_path, limit=60.0 if hurried else 0.1)
    undoing = asyncio.create_task(rollback.undo(work("a")))
    await gate.reached()
    if hurried:
        rollback.saga.hurry()
    before = asyncio.get_running_loop().time()
    await undoing
    assert asyncio.get_running_loop().time() - before < LAST + PATIENCE + SLACK
    assert [event.status for event, _ in rollback.recorded if isinstance(event, CompensationEnded)] == [verdict]
    gate.open()
