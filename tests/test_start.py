"""What is imported, and when: every start pays for it, and a key waits for what stands before the first frame."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from interruptible_tui.store import Store
from tests.commands.program import model
from tests.e2e.chat import Chat, data_dir
from tests.e2e.terminal import clean_environment
from tests.engine.driver import session_in
from tests.server import Reply, serving

LAUNCHER = """
import os, sys
from interruptible_tui.__main__ import main

here = os.path.dirname(__file__)

def note(name):
    with open(os.path.join(here, name), "w") as file:
        file.write("\\n".join(sys.modules))

def end(status, ended=os._exit):
    note("at the end")
    ended(status)

os._exit = end
if sys.argv[1] == "--base-url":
    from interruptible_tui.tui.app import ChatApp

    def begin(app, opened, begun=ChatApp._begin):
        note("at the first frame")
        begun(app, opened)

    ChatApp._begin = begin
main()
"""
WITHOUT_A_DEADLINE = """
import os, sys
from interruptible_tui.__main__ import main
from interruptible_tui.deadline import Deadline

Deadline.start = lambda *_: None  # it would end the program, but late
sys.path.insert(0, os.path.dirname(__file__))
main()
"""
NEVER_IMPORTED = """
import pathlib, threading

pathlib.Path(__file__).with_name("importing").touch()
threading.Event().wait()
"""
NOT_WITHOUT_A_SCREEN = {"textual", "rich", "pygments", "markdown_it", "openai", "httpx2"}
NOT_BEFORE_THE_FIRST_FRAME = {
    *("openai", "httpx2", "httpcore2", "anyio", "certifi", "http"),
    *("markdown_it", "mdurl", "linkify_it", "pygments", "rich.markdown", "rich.syntax", "html"),
    *("multiprocessing", "interruptible_tui.engine", "interruptible_tui.commands"),
    *(
        "interruptible_tui.agent",
        "interruptible_tui.providers",
        "interruptible_tui.follower",
        "interruptible_tui.request",
    ),
    *("interruptible_tui.tui.runs", "interruptible_tui.tui.help_screen", "interruptible_tui.tui.themes"),
    *("interruptible_tui.tui.bindings", "interruptible_tui.tui.keymap", "interruptible_tui.crash"),
}
MOST = 700
"""Modules at the first frame; the smallest program with Textual, aiosqlite and pydantic-settings has 503."""
COMMANDS = [
    ("history",),
    ("history", "--format", "json"),
    ("runs",),
    ("pending",),
    ("sessions", "--format", "json"),
    ("send", "Hello"),
    ("doctor", "--demo"),
    ("search", "words"),
    ("search", "words", "--format", "json"),
    ("export", "--format", "json"),
    ("paths",),
    ("config", "--format", "json"),
]


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    script = tmp_path / "launcher.py"
    script.write_text(LAUNCHER)
    return script


async def make_session(directory: Path) -> None:
    store = await Store.open(directory)
    try:
        await session_in(store)
    finally:
        await store.close()


def modules(home: Path, moment: str) -> set[str]:
    return set((home / moment).read_text().split())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_without_a_screen_imports_neither_a_screen_nor_a_client(
    launcher: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    started = [sys.executable, "-P", str(launcher), *words]
    asyncio.run(make_session(data_dir(tmp_path)))
    subprocess.run(started, env=clean_environment(tmp_path), check=True, capture_output=True)
    assert modules(tmp_path, "at the end") & NOT_WITHOUT_A_SCREEN == set()


def test_the_first_frame_waits_for_no_import_that_it_does_not_need(launcher: Path, tmp_path: Path) -> None:
    program: list[str | Path] = [sys.executable, "-P", launcher]
    with serving([Reply("Hello")]) as server:
        with Chat(*model(server), home=tmp_path, program=program) as chat:
            chat.wait_status("default")
            found = modules(tmp_path, "at the first frame")
            chat.say("Hi")
            chat.wait_for("Hello")
            chat.wait_status("idle")
            chat.quit()
        assert found & NOT_BEFORE_THE_FIRST_FRAME == set()
        assert len(found) <= MOST
        assert {"openai", "markdown_it"} <= modules(tmp_path, "at the end")


def test_leaving_does_not_wait_for_an_import(tmp_path: Path) -> None:
    script = tmp_path / "launcher.py"
    script.write_text(WITHOUT_A_DEADLINE)
    (tmp_path / "openai.py").write_text(NEVER_IMPORTED)
    program: list[str | Path] = [sys.executable, "-P", script]
    with serving([]) as server, Chat(*model(server), home=tmp_path, program=program) as chat:
        chat.wait_status("default")
        while not (tmp_path / "importing").exists():
            chat.watch(0.01)
        chat.quit()


def test_tools_that_cannot_be_loaded_end_the_chat_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_this_name")
    with Chat("--demo", "--tools", "broken.py", home=tmp_path, cols=200) as chat:
        assert chat.wait_exit() == 2
        assert chat.unrestored == set()
        assert len([line for line in chat.screen if "interruptible-chat: error: " in line]) == 1
