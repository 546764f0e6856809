"""A tool may name the function that undoes its calls; that runs as a tool does, with what the call was given."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import ToolCall
from interruptible_tui.tools import Toolbox, ToolResult, ToolsError
from interruptible_tui.tools.python import python_tools
from tests.tools.driver import PATIENCE, Printed, cancelled, members, tools_in

GRACE = 2.0
"""Seconds that a cancelled compensation is given."""


async def undone(
    folder: Path, compensation: str, tool: str, arguments: dict[str, Any], result: str | None = "made"
) -> ToolResult:
    """What came of compensating a call of a tool with the parameters `tool`; `compensation` is its function."""
    code = f"import datetime, os\nfrom interruptible_tui import tool\n{compensation}\n"
    code += f"@tool(compensate=_undo)\ndef make({tool}): raise SystemError('not called')\n"
    async with tools_in(folder, code) as tools:
        return await tools["make"].compensate(arguments, result, print)


@pytest.mark.parametrize(
    ("compensation", "tool", "arguments", "text"),
    [
        ("def _undo(): return 'undone'", "dish", {"dish": "soup"}, "undone"),
        ("def _undo(dish): return dish", "dish, sauce", {"dish": "soup", "sauce": "none"}, "soup"),
        ("async def _undo(dish): return dish", "dish", {"dish": "soup"}, "soup"),
        ("_undo = lambda dish: dish", "dish", {"dish": "soup"}, "soup"),
        ("def _undo(*, day): return type(day).__name__", "day: datetime.date", {"day": "2024-05-06"}, "date"),
        ("def _undo(count): return count", "count: int = 3", {}, "3"),
        ("def _undo(dish, force=True): return force", "dish", {"dish": "soup"}, "true"),
        ("def _undo(*, dish, result): return [dish, result]", "dish", {"dish": "soup"}, '["soup","made"]'),
        ("def _undo(result=1, *others): return [result, others]", "dish", {"dish": "soup"}, '["made",[]]'),
        ("def _undo(**all): return all", "dish, size=1", {"dish": "soup"}, '{"result":"made","dish":"soup","size":1}'),
        ("def _undo(**all): return all", "**options", {"dish": "soup"}, '{"result":"made","dish":"soup"}'),
        ("def _undo(result): return result", "result: int", {"result": 7}, "7"),
        ("def _undo(dish): print('cleared', dish)", "dish", {"dish": "soup"}, "cleared soup\n"),
    ],
)
async def test_a_compensation_is_given_what_it_declares(
    tmp_path: Path, compensation: str, tool: str, arguments: dict[str, Any], text: str
) -> None:
    assert await undone(tmp_path, compensation, tool, arguments) == ToolResult(text)


async def test_a_function_of_a_module_can_be_one(tmp_path: Path) -> None:
    written = tmp_path / "written"
    written.touch()
    assert not (await undone(tmp_path, "_undo = os.remove", "path: str", {"path": str(written)})).failed
    assert not written.exists()


async def test_a_call_without_a_result_is_compensated_too(tmp_path: Path) -> None:
    assert (await undone(tmp_path, "def _undo(result): return repr(result)", "", {}, None)).text == "None"


async def test_a_result_of_any_text_arrives_as_it_is(tmp_path: Path) -> None:
    text = "🍟\n\"'\\\n{}" * 100_000
    assert (await undone(tmp_path, "def _undo(result): return result", "", {}, text)).text == text


async def test_what_a_compensation_raises_says_where(tmp_path: Path) -> None:
    result = await undone(tmp_path, "def _undo(): raise ValueError('no refund')", "", {})
    assert result.failed and not result.refused
    assert "ValueError: no refund\n  line 3 in _undo: def _undo(): raise ValueError('no refund')" in result.text


async def test_arguments_that_the_tool_refuses_reach_neither_it_nor_its_compensation(tmp_path: Path) -> None:
    result = await undone(tmp_path, "def _undo(): raise SystemError", "count: int", {"count": "many"})
    assert result.refused and result.failed
    assert result.text == "error: the arguments are wrong:\n- count: " + result.text.partition("count: ")[2]


NEEDS = "its compensation _undo needs dish, which is neither a parameter of the tool nor named result"


@pytest.mark.parametrize(
    ("compensation", "tool", "message"),
    [
        ("def _undo(dish): pass", "", NEEDS),
        ("def _undo(*, dish): pass", "meal", NEEDS),
        ("def _undo(dish): pass", "**options", NEEDS),
        ("async def _undo(dish): pass", "", NEEDS),
        ("def _undo(dish): pass", "**dish", NEEDS),
        ("def _undo(dish, /): pass", "dish", "its compensation _undo needs dish, which cannot be passed by name"),
        ("def _undo():\n    yield", "", "its compensation _undo yields; let it return what it did"),
        ("async def _undo():\n    yield", "", "its compensation _undo yields; let it return what it did"),
        ("_undo = 'undo'", "", "its compensation 'undo' is not a function"),
        ("class _undo: pass", "", "its compensation <class '"),
        ("_undo = min", "", "no signature found for builtin"),
    ],
)
async def test_a_compensation_that_cannot_be_called_is_one_line(
    tmp_path: Path, compensation: str, tool: str, message: str
) -> None:
    with pytest.raises(ToolsError) as refused:
        await undone(tmp_path, compensation, tool, {})
    text = str(refused.value)
    assert text.startswith("the function make cannot be a tool: ") and message in text
    assert text.endswith(")") and "mine.py, line " in text and "\n" not in text


async def test_a_tool_says_whether_it_is_compensated_beside_its_other_options(tmp_path: Path) -> None:
    code = """
    from interruptible_tui import tool
    def _undo(): return "undone"
    @tool(compensate=_undo, idempotent=True)
    def both(): pass
    @tool(idempotent=True)
    def one(): pass
    def none(): pass
    """
    async with tools_in(tmp_path, code) as tools:
        assert list(tools) == ["both", "one", "none"]
        said = {name: (tool.spec.idempotent, tool.spec.compensated) for name, tool in tools.items()}
    assert said == {"both": (True, True), "one": (True, False), "none": (False, False)}


async def test_the_toolbox_knows_what_can_be_undone_and_refuses_what_it_refuses_to_call(tmp_path: Path) -> None:
    code = """
    from interruptible_tui import tool
    @tool(compensate=lambda dish: f"no {dish}")
    def cook(dish: str): pass
    def pay(): pass
    """
    async with tools_in(tmp_path, code) as tools:
        box = Toolbox(tools.values())
        known = [box.is_compensated(ToolCall("1", name, "{}")) for name in ("cook", "pay", "other")]
        undone = await box.compensate(ToolCall("1", "cook", '{"dish": "soup"}'), None, print)
        for call in (ToolCall("1", "other", "{}"), ToolCall("1", "cook", '{"a')):
            assert await box.compensate(call, None, print) == await box.call(call, print)
            assert (await box.compensate(call, None, print)).refused
    assert known == [True, False, False]
    assert undone == ToolResult("no soup")


# -- it is a process like a call's ------------------------------------------------------------------------------------

WAITS = """
    import os, signal, subprocess, time, asyncio
    from interruptible_tui import tool

    def _deaf(dish):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["sleep", "1000"])
        print(os.getpid())
        while True:
            time.sleep(1000)

    async def _later(dish):
        try:
            print(os.getpid())
            await asyncio.sleep(1000)
        finally:
            open(dish, "w").close()

    def _forks(dish):
        if not os.fork():
            signal.pause()
        return os.getpid()

    def _kills(dish):
        os.kill(os.getppid(), signal.SIGKILL)
        signal.pause()

    @tool(compensate=_deaf)
    def deaf(dish): pass
    @tool(compensate=_later)
    def later(dish): pass
    @tool(compensate=_forks)
    def forks(dish): pass
    @tool(compensate=_kills)
    def kills(dish): pass
    @tool(compensate=lambda: [os.getpid(), os.getppid()])
    def who(): return [os.getpid(), os.getppid()]
"""

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


async def test_it_has_a_process_of_its_own_beside_those_of_the_calls(tmp_path: Path) -> None:
    async with tools_in(tmp_path, WAITS) as tools:
        call, compensation = await tools["who"].call({}, print), await tools["who"].compensate({}, None, print)
    pids, others = eval(call.text), eval(compensation.text)  # noqa: S307 - two lists of numbers
    assert pids[1] == others[1] and len({*pids, *others, os.getpid()}) == 4


@needs_proc
async def test_what_it_leaves_behind_is_ended_with_it(tmp_path: Path) -> None:
    async with tools_in(tmp_path, WAITS) as tools, asyncio.timeout(PATIENCE):
        result = await tools["forks"].compensate({"dish": ""}, None, print)
        assert members(int(result.text)) == []


@needs_proc
async def test_cancelling_it_ends_its_group_after_the_grace(tmp_path: Path) -> None:
    printed = Printed()
    async with tools_in(tmp_path, WAITS) as tools:
        compensation = asyncio.create_task(tools["deaf"].compensate({"dish": ""}, None, printed))
        group = await printed.number()
        assert GRACE <= await cancelled(compensation) < GRACE + 0.1
        assert members(group) == []


async def test_it_may_clean_up_when_it_is_cancelled(tmp_path: Path) -> None:
    printed, marker = Printed(), tmp_path / "cleaned"
    async with tools_in(tmp_path, WAITS) as tools:
        compensation = asyncio.create_task(tools["later"].compensate({"dish": str(marker)}, None, printed))
        await printed.number()
        assert await cancelled(compensation) < GRACE / 2
    assert marker.exists()


async def test_one_whose_template_is_killed_fails_and_the_next_one_works(tmp_path: Path) -> None:
    async with tools_in(tmp_path, WAITS) as tools, asyncio.timeout(PATIENCE):
        killed = await tools["kills"].compensate({"dish": ""}, None, print)
        assert killed.failed and not killed.refused and "the process that starts it has ended" in killed.text
        assert not (await tools["who"].compensate({}, None, print)).failed


async def test_one_that_a_changed_file_does_not_declare_any_more_fails(tmp_path: Path) -> None:
    async with tools_in(tmp_path, WAITS) as tools, asyncio.timeout(PATIENCE):
        (tmp_path / "mine.py").write_text("def who(): pass")
        await tools["kills"].compensate({"dish": ""}, None, print)
        result = await tools["who"].compensate({}, None, print)
    assert result == ToolResult("error: who has no compensation any more", failed=True)


async def test_the_demos_task_is_cleared_away() -> None:
    async with python_tools(["interruptible_tui.tools.demo"], {"INTERRUPTIBLE_CHAT_DEMO_SPEED": "100"}) as (task,):
        assert task.spec.compensated
        result = await task.compensate({"description": "Prepare a burger"}, None, print)
    assert result == ToolResult("cleared away: Prepare a burger")
