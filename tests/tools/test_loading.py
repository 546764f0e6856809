"""Tool files are imported elsewhere; what goes wrong with them is one line that says what to do."""

import os
import re
from pathlib import Path

import pytest

from interruptible_tui.tools import ToolsError
from interruptible_tui.tools.python import python_tools
from tests.tools.driver import Printed, tools_in


async def _refusal(folder: Path, code: str, load_seconds: float = 10.0) -> str:
    with pytest.raises(ToolsError) as refused:
        async with tools_in(folder, code, load_seconds=load_seconds):
            pass
    message = str(refused.value)
    assert "\n" not in message
    return message.replace(str(folder), "FOLDER")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\ny = z", "NameError: name 'z' is not defined (FOLDER/mine.py, line 2); mend it or leave it out"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("def f(:", "FOLDER/mine.py, line 1"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (FOLDER/mine.py, line 2)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os\nos._exit(3)", "ended its process with status 3"),
        ("import nothing_like_it", "ModuleNotFoundError: No module named 'nothing_like_it' (FOLDER/mine.py, line 1)"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
        ("from json import dumps\ndef _f(): pass", "mine.py has no tools: a tool is a function defined in it"),
        ("x = 1\ndef f(*words): pass", "f cannot be a tool: its parameter *words cannot be passed by name"),
        ("x = 1\ndef f(*words): pass", "(FOLDER/mine.py, line 2)"),
        ("def f(a, /): pass", "its parameter a cannot be passed by name"),
        ("def größe(): pass", "größe cannot be a tool: a tool's name is made of at most 64 of"),
        ("def " + 65 * "f" + "(): pass", "rename it"),
        ("def f():\n    yield 1", "it yields; let it return its result"),
        ("async def f():\n    yield 1", "it yields; let it return its result"),
        ("class C: pass\ndef f(c: C): pass", "f cannot be a tool: Unable to generate"),
        ("def f(c: 'Missing'): pass", "name 'Missing' is not defined"),
    ],
)
async def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path, code: str, message: str) -> None:
    assert message in await _refusal(tmp_path, code)


async def test_an_import_that_never_ends_is_given_up(tmp_path: Path) -> None:
    message = await _refusal(tmp_path, "while True: pass", load_seconds=1.0)
    assert message == "importing the tools in FOLDER/mine.py takes too long; move slow work into the functions"


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match=re.escape(f"there is no tool file {tmp_path}/none.py")):
        async with python_tools([f"{tmp_path}/none.py"], {}):
            pass


async def test_a_tool_says_whether_it_is_idempotent_and_is_a_function_as_before(tmp_path: Path) -> None:
    code = """
        from interruptible_tui import tool

        @tool(idempotent=True)
        def look(what: str) -> str:
            "Look."
            return f"seen: {what}"

        def pay() -> str:
            return look("a receipt")
        """
    async with tools_in(tmp_path, code) as tools:
        look, pay = tools["look"], tools["pay"]
        assert (look.spec.idempotent, pay.spec.idempotent) == (True, False)
        assert (look.spec.description, list(look.spec.parameters["properties"])) == ("Look.", ["what"])
        assert (await pay.call({}, Printed())).text == "seen: a receipt"


@pytest.mark.parametrize(("line", "message"), [("@tool", "TypeError"), ("@tool(idempotnet=True)", "idempotnet")])
async def test_a_wrong_option_is_one_line(tmp_path: Path, line: str, message: str) -> None:
    code = f"from interruptible_tui import tool\n{line}\ndef look() -> str:\n    return ''\n"
    with pytest.raises(ToolsError, match=f"(?s)^[^\n]*{message}[^\n]*line 2[^\n]*$"):
        async with tools_in(tmp_path, code):
            pass


async def test_two_tools_of_one_name_are_both_named(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("\ndef cook(): pass")
    places = f"two tools are named cook: {tmp_path}/a.py, line 2 and {tmp_path}/b.py, line 2; rename one"
    with pytest.raises(ToolsError, match=re.escape(places)):
        async with python_tools([f"{tmp_path}/a.py", f"{tmp_path}/b.py"], {}):
            pass


async def test_no_sources_are_no_tools_and_no_process() -> None:
    async with python_tools([], {}) as tools:
        assert tools == ()


async def test_a_relative_path_is_meant_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text("def here(): pass")
    monkeypatch.chdir(tmp_path)
    for source in ("mine.py", "./mine.py"):
        async with python_tools([source], {}) as tools:
            assert [tool.spec.name for tool in tools] == ["here"]


async def test_a_module_is_not_looked_for_in_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mytools.py").write_text("def f(): pass")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ToolsError, match=r"there is no module mytools .* given as \./mytools\.py"):
        async with python_tools(["mytools"], {}):
            pass


async def test_a_hostile_current_directory_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "pydantic", "asyncio", "interruptible_tui", "colorsys", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'seen')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    code = """
    def which():
        import colorsys
        import sys
        return [colorsys.__file__, sys.path]
    """
    async with tools_in(tmp_path, code) as tools:
        result = await tools["which"].call({}, print)
    assert not result.failed
    assert str(tmp_path) not in result.text
    assert not (tmp_path / "seen").exists()


async def test_a_file_named_like_a_module_does_not_hide_it(tmp_path: Path) -> None:
    file = tmp_path / "json.py"
    file.write_text("import json\ndef dump(): return json.dumps([1])")
    async with python_tools([str(file)], {}) as (tool,):
        assert (await tool.call({}, print)).text == "[1]"


async def test_what_a_file_prints_and_reads_while_it_is_imported_reaches_nobody(tmp_path: Path) -> None:
    code = """
    import os, sys
    print("hello")
    os.write(1, b"hello")
    read = sys.stdin.read()
    def tool(): return read
    """
    async with tools_in(tmp_path, code) as tools:
        assert (await tools["tool"].call({}, print)).text == ""


async def test_the_file_is_imported_once_and_keeps_nothing_between_calls(tmp_path: Path) -> None:
    code = """
    import os
    imported_by = os.getpid()
    calls = 0
    def tool():
        global calls
        calls += 1
        return [calls, imported_by == os.getppid()]
    """
    async with tools_in(tmp_path, code) as tools:
        for _ in range(2):
            assert (await tools["tool"].call({}, print)).text == "[1,true]"


async def test_a_template_that_was_killed_is_started_anew(tmp_path: Path) -> None:
    code = """
    import os, signal
    def kill(): os.kill(os.getppid(), signal.SIGKILL); signal.pause()
    def tool(): return "here"
    """
    async with tools_in(tmp_path, code) as tools:
        killed = await tools["kill"].call({}, print)
        assert killed.failed and "the process that starts it has ended" in killed.text
        assert (await tools["tool"].call({}, print)).text == "here"


async def test_the_environment_is_inherited_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-of-the-key")
    monkeypatch.setenv("KEPT", "kept")
    code = """
    import os
    from pathlib import Path
    def environment():
        kernel = [Path(f"/proc/{pid}/environ").read_text() for pid in (os.getpid(), os.getppid())]
        return [dict(os.environ), kernel]
    def kept(): return os.environ["KEPT"] + os.environ["GIVEN"]
    """
    async with tools_in(tmp_path, code, {"GIVEN": "given"}) as tools:
        assert "canary" not in (await tools["environment"].call({}, print)).text
        assert (await tools["kept"].call({}, print)).text == "keptgiven"
    assert os.environ["OPENAI_API_KEY"] == "canary-of-the-key"


async def test_a_worker_has_imported_nothing_heavy(tmp_path: Path) -> None:
    code = """
    import sys
    def heavy(): return [name for name in ("openai", "textual", "aiosqlite", "httpx2") if name in sys.modules]
    """
    async with tools_in(tmp_path, code) as tools:
        assert (await tools["heavy"].call({}, print)).text == "[]"


async def test_the_demos_task_tells_its_progress_and_its_end() -> None:
    printed = Printed()
    async with python_tools(["interruptible_tui.tools.demo"], {"INTERRUPTIBLE_CHAT_DEMO_SPEED": "100"}) as (tool,):
        result = await tool.call({"description": "Prepare a burger"}, printed)
    assert result.text == "done: Prepare a burger"
    assert " 40 %  half way there\n" in printed.text
