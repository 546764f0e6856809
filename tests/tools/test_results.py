"""Whatever a tool does, its call has a result that the model can read."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import ToolCall
from interruptible_tui.tools import Toolbox
from tests.tools.driver import Printed, members, tools_in


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        ("'as it is \\U0001f35f'", "as it is 🍟"),
        ("''", ""),
        ("3", "3"),
        ("{'a': [1, None]}", '{"a":[1,null]}'),
        ("datetime.date(2024, 5, 6)", '"2024-05-06"'),
        ("object", "\"<class 'object'>\""),
        ("Point(1, 2)", '{"x":1,"y":2}'),
        ("circular", "[[...]]"),
        ("['\\ud800']", "['\\ud800']"),
        ("b'\\xff'", "b'\\xff'"),
        ("'a\\x00b\\ud800c'", "a�b�c"),
        ("None", "(no output)"),
    ],
)
async def test_what_is_returned_is_the_result(tmp_path: Path, returned: str, text: str) -> None:
    code = f"""
    import dataclasses, datetime
    @dataclasses.dataclass
    class Point:
        x: int
        y: int
    circular = []
    circular.append(circular)
    def sync(): return {returned}
    async def later(): return {returned}
    """
    async with tools_in(tmp_path, code) as tools:
        for tool in tools.values():
            result = await tool.call({}, print)
            assert (result.text, result.failed) == (text, False)


async def test_a_tool_that_returns_nothing_has_what_it_printed_for_its_result(tmp_path: Path) -> None:
    code = """
    import os, subprocess, sys
    def tool():
        print("one")
        print("two", file=sys.stderr)
        subprocess.run(["echo", "three"])
        os.write(1, "fünf \\N{FRENCH FRIES}".encode()[:-1])
        print("not ended\\0", end="", flush=True)
        os.write(1, "ü".encode()[:1])
    """
    printed = Printed()
    async with tools_in(tmp_path, code) as tools:
        result = await tools["tool"].call({}, printed)
    assert result.text == printed.text == "one\ntwo\nthree\nfünf �not ended��"


async def test_output_appears_while_the_tool_runs(tmp_path: Path) -> None:
    code = """
    def tool(gate: str):
        print("before the gate")
        return open(gate).read()
    """
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    printed = Printed()
    async with tools_in(tmp_path, code) as tools:
        call = asyncio.create_task(tools["tool"].call({"gate": str(fifo)}, printed))
        await printed.shows("before the gate\n")
        assert not call.done()
        fifo.write_text("opened")
        assert (await call).text == "opened"


async def test_what_is_still_in_the_pipes_when_the_process_has_ended_is_taken(tmp_path: Path) -> None:
    code = """
    import os
    def tool():
        print(os.getpid())
        return "x" * 150_000
    """

    def look_away(text: str) -> None:
        while members(int(text)):
            pass

    async with tools_in(tmp_path, code) as tools:
        assert len((await tools["tool"].call({}, look_away)).text) == 150_000


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"count": "many"}, "- count: Input should be a valid integer"),
        ({}, "- count: Missing required argument"),
        ({"count": 1, "sauce": 2}, "- sauce: Unexpected keyword argument"),
        ({"count": 1, "dishes": ["a", 3]}, "- dishes.1: Input should be a valid string"),
    ],
)
async def test_wrong_arguments_are_named_for_the_model(
    tmp_path: Path, arguments: dict[str, Any], complaint: str
) -> None:
    code = """
    def tool(count: int, dishes: list[str] = []): raise SystemError("not called")
    """
    async with tools_in(tmp_path, code) as tools:
        result = await tools["tool"].call(arguments, print)
    assert result.failed
    assert result.text.startswith("error: the arguments are wrong:\n")
    assert complaint in result.text
    assert "pydantic" not in result.text


async def test_the_toolbox_answers_for_unknown_tools_and_for_arguments_that_are_not_json(tmp_path: Path) -> None:
    async with tools_in(tmp_path, "def tool(): pass") as tools:
        box = Toolbox(tools.values())
        unknown = await box.call(ToolCall("1", "other", "{}"), print)
        broken = await box.call(ToolCall("2", "tool", '{"a'), print)
    assert unknown.failed and "the tools are: tool" in unknown.text
    assert broken.failed and "not a JSON object" in broken.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("raise ValueError('no salt')", "ValueError: no salt\n  line 2 in tool: raise ValueError('no salt')"),
        (
            "import json; json.loads('[')",
            "JSONDecodeError: Expecting value: line 1 column 2 (char 1)\n  line 2 in tool:",
        ),
        ("raise KeyError", "KeyError\n"),
        ("import sys; sys.exit(3)", "SystemExit: 3\n"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt\n"),
        ("tool()", "RecursionError: "),
        (
            "import os; os._exit(3)",
            "error: the tool's process ended with status 3 before it returned; output so far: none",
        ),
        (
            "import os; os.kill(0, 9)",
            "error: the tool's process ended with signal 9 (Killed) before it returned; output",
        ),
        ("import os; print('x'); os.abort()", "ended with signal 6 (Aborted) before it returned; output so far: x\n"),
    ],
)
async def test_a_tool_that_fails_says_how(tmp_path: Path, body: str, text: str) -> None:
    async with tools_in(tmp_path, f"def tool():\n    {body}") as tools:
        result = await tools["tool"].call({}, print)
        assert result.failed
        assert text in result.text
        assert len(result.text) < 2000
        assert (await tools["tool"].call({}, print)) == result


async def test_an_error_of_validation_inside_the_tool_is_not_taken_for_wrong_arguments(tmp_path: Path) -> None:
    code = """
    from pydantic import TypeAdapter
    def tool(): TypeAdapter(int).validate_python("x")
    """
    async with tools_in(tmp_path, code) as tools:
        result = await tools["tool"].call({}, print)
    assert result.text.startswith("ValidationError: 1 validation error for int")


async def test_a_result_without_end_keeps_its_two_ends(tmp_path: Path) -> None:
    code = """
    def tool(size: int): return "<" + "\\N{FRENCH FRIES}" * size + ">"
    """
    async with tools_in(tmp_path, code) as tools:
        result = await tools["tool"].call({"size": 3_000_000}, print)
    assert not result.failed
    assert result.text[0] == "<" and result.text[-1] == ">"
    assert "\n... 1,951,426 characters left out ...\n" in result.text
    assert len(result.text) < 1024 * 1024 + 100


async def test_arguments_of_any_size_arrive(tmp_path: Path) -> None:
    text = "🍟\n\"'\\" * 200_000
    async with tools_in(tmp_path, "def tool(text: str): return [len(text), text[:2]]") as tools:
        result = await tools["tool"].call({"text": text}, print)
    assert json.loads(result.text) == [len(text), "🍟\n"]
