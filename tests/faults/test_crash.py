"""An error that nobody handles ends the program like every other way out, and leaves a report and one line.

The program has no place for faults: a launcher of the tests puts them into it before it starts.
"""

import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from tests.commands.program import ended, model
from tests.e2e import keys
from tests.e2e.chat import Chat, chatting, data_dir, is_pending, listing
from tests.e2e.kitchen import Kitchen
from tests.server import Call, Gate, Reply, Server, serving

BOUND = 3.0
"""Seconds that leaving may take where no tool runs."""
KEY = "sk-canary-4f9a1c7e2b8d"
LINE = re.compile(r"interruptible-chat: error: (.*); what was accepted is kept; the report is (/.*\.txt)$")

ON_KEY = """
    from interruptible_tui.tui.chat import ChatScreen
    from interruptible_tui.tui.composer import Composer

    async def fail():
        raise ValueError("a fault")

    def on_key(self, event):
        if event.key == "f9":
            {what}

    ChatScreen.on_key = on_key
    """
WITH_A_KEY = """
    from interruptible_tui.tui.chat import ChatScreen

    def on_key(self, event):
        if event.key == "f9":
            hidden = "".join(["a local", " variable"])
            raise ValueError(f"a fault with {os.environ['OPENAI_API_KEY']} and \\x1b[31m in it")

    ChatScreen.on_key = on_key
    """
INPUT = """
    from interruptible_tui.tui.driver import TerminalDriver

    take_in = TerminalDriver._take_in

    def fail(self, text, *rest):
        if "\\x1b[20~" in text:
            raise ValueError("a fault")
        take_in(self, text, *rest)

    TerminalDriver._take_in = fail
    """
ENGINE = """
    from interruptible_tui.events import ModeSwitched
    from interruptible_tui.stage import Stage

    plan = Stage.plan

    def fail(self, event):
        if isinstance(event, ModeSwitched):
            raise ValueError("a fault")
        return plan(self, event)

    Stage.plan = fail
    """
OBSERVER = """
    from interruptible_tui.events import ModeSwitched
    from interruptible_tui.tui.chat import ChatScreen

    hear = ChatScreen._hear

    def fail(self, event, state):
        if isinstance(event, ModeSwitched):
            raise ValueError("a fault")
        hear(self, event, state)

    ChatScreen._hear = fail
    """
FAULTS = {
    "a handler": (ON_KEY.format(what="int('a fault')"), "f9"),
    "a task": (ON_KEY.format(what="asyncio.create_task(fail())"), "f9"),
    "a callback": (ON_KEY.format(what="asyncio.get_running_loop().call_soon(int, 'a fault')"), "f9"),
    "a thread": (ON_KEY.format(what="threading.Thread(target=int, args=['a fault']).start()"), "f9"),
    "painting": (ON_KEY.format(what="Composer.render_line = None; self.query_one(Composer).refresh()"), "f9"),
    "the input": (INPUT, "f9"),
    "the engine": (ENGINE, "f4"),
    "an observer": (OBSERVER, "f4"),
}


def launcher(home: Path, fault: str) -> list[Path | str]:
    """The program with `fault` in it."""
    script = home / "launcher.py"
    script.write_text(
        "import asyncio, os, sys, threading\n"
        "from interruptible_tui.__main__ import main\n"
        f"{dedent(fault)}\n"
        "sys.argv[0] = 'interruptible-chat'\n"
        "main()\n"
    )
    return [sys.executable, "-P", script]


def report_named(line: str) -> tuple[str, Path]:
    """What is said about the fault in the line that people see, and the report."""
    found = LINE.fullmatch(line)
    assert found, line
    return found[1], Path(found[2])


@contextmanager
def faulty(home: Path, server: Server, fault: str, *options: str | Path) -> Iterator[Chat]:
    """The chat with `fault` in it, on a screen that is wide enough for its last line."""
    environment = {"OPENAI_API_KEY": KEY}
    with chatting(server, home, *options, program=launcher(home, fault), environment=environment, cols=300) as chat:
        yield chat


def test_a_crash_in_the_middle_of_a_run_keeps_everything_and_leaves_one_line_and_a_report(tmp_path: Path) -> None:
    script = [Reply("Working on it.", calls=[Call("execute_task", {"description": "a burger"})])]
    with (
        Kitchen(tmp_path) as kitchen,
        serving(script) as server,
        faulty(tmp_path, server, WITH_A_KEY, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Work.")
        order = kitchen.order("burger")
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.key("f9")
        order.wait_gone()
        assert chat.wait_exit() == 1
        assert chat.unrestored == set()
    [line] = filter(None, chat.screen)
    said, report = report_named(line)
    assert said == "ValueError: a fault with [key] and ␛[31m in it"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert text.startswith("interruptible-chat ")
    assert "Python 3" in text and "in on_key" in text and said in text
    assert "a local variable" not in text
    assert not any(KEY.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KEY.encode() not in chat.raw
    assert [entry["text"] for entry in listing(tmp_path, "history")][:2] == ["Work.", "Working on it."]
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled"]
    assert [prompt["text"] for prompt in listing(tmp_path, "pending")] == ["Queued"]


@pytest.mark.parametrize("where", FAULTS)
def test_wherever_the_fault_is_the_screen_is_restored_and_one_line_names_the_report(tmp_path: Path, where: str) -> None:
    fault, key = FAULTS[where]
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server, faulty(tmp_path, server, fault) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.key(key)
        assert chat.wait_exit() == 1
        assert chat.unrestored == set()
        server.request_here(1).closed.wait_here()
    [line] = filter(None, chat.screen)
    assert "Traceback" in report_named(line)[1].read_text()
    if where != "the engine":
        said = [(entry["text"], entry["status"]) for entry in listing(tmp_path, "history")]
        assert said == [("Work.", "complete"), ("Working on it", "partial")]


IN_RUN = """
    from interruptible_tui import headless

    class Fails(headless._Printer):
        def tell(self, event, state):
            raise ValueError("a fault")

    headless._Printer = Fails
    """
IN_LIST = """
    from interruptible_tui import commands

    async def fails(*_):
        raise ValueError("a fault")

    commands.listing = fails
    """
IN_SETTINGS = """
    from interruptible_tui import settings

    def fails(_):
        raise ValueError("a fault")

    settings.load = fails
    """


@pytest.mark.parametrize("place", [IN_RUN, IN_LIST], ids=["run", "list"])
def test_without_a_screen_it_is_the_same(tmp_path: Path, place: str) -> None:
    with serving([Reply("Working on it.", gate=Gate())]) as server:
        words = ["run", *model(server), "Hi"] if place is IN_RUN else ["sessions"]
        crashed = ended(tmp_path, *words, program=launcher(tmp_path, place))
    assert crashed.returncode == 1
    assert crashed.stdout == ""
    assert "Traceback" in report_named(crashed.stderr.rstrip("\n"))[1].read_text()


def read_only(home: Path) -> str:
    data_dir(home).parent.mkdir(parents=True)
    data_dir(home).write_text("not a directory")
    return IN_LIST


def in_settings(home: Path) -> str:
    return IN_SETTINGS


@pytest.mark.parametrize("prepare", [read_only, in_settings])
def test_where_no_report_can_be_written_one_line_says_so(tmp_path: Path, prepare: Callable[[Path], str]) -> None:
    crashed = ended(tmp_path, "sessions", program=launcher(tmp_path, prepare(tmp_path)))
    assert crashed.returncode == 1
    assert crashed.stdout == ""
    assert re.fullmatch(
        "interruptible-chat: error: ValueError: a fault; what was accepted is kept; "
        "the report could not be written: [^\n]+\n",
        crashed.stderr,
    )


ON_MOUNT = """
    from interruptible_tui.tui.foot import Foot

    def on_mount(self):
        raise ValueError("a fault")

    Foot.on_mount = on_mount
    """


def test_a_fault_before_the_first_frame_is_told_like_the_others(tmp_path: Path) -> None:
    with Chat("--demo", home=tmp_path, program=launcher(tmp_path, ON_MOUNT), cols=300) as chat:
        assert chat.wait_exit() == 1
        assert chat.unrestored == set()
    [line] = filter(None, chat.screen)
    assert report_named(line)[0] == "ValueError: a fault"


def test_a_crash_at_a_terminal_that_does_not_read_is_reported_and_ends_in_time(tmp_path: Path) -> None:
    gate = Gate()
    song = Reply("\n\n".join(["bottles of beer " * 12] * 800), chunk=100, delay=0.001, gate=gate, gate_at=3)
    with serving([song]) as server, faulty(tmp_path, server, WITH_A_KEY) as chat:
        chat.say("Sing.")
        chat.wait_for("bottles of beer")
        gate.open()
        server.request_here(1).answered.wait_here(30)
        chat.send_blindly(keys.legacy("f9"))
        assert chat.process.wait(BOUND) == 1
    [report] = data_dir(tmp_path).glob("crash-*.txt")
    assert "a fault with [key]" in report.read_text()
