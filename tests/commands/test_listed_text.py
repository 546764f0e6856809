"""The listings for people: one line for each entry, history also as Markdown, and nothing that acts on a terminal."""

import json
import unicodedata
from pathlib import Path

import pytest

from interruptible_tui.arguments import FORMATS, Command, Format
from interruptible_tui.commands import listing
from interruptible_tui.conversation import CallStatus, Message, Mode, Prompt, Role, RunStatus, ToolCall, Trigger
from interruptible_tui.store import Store, Tables
from tests.commands.program import ONE_LINE, ended
from tests.e2e.chat import data_dir
from tests.engine.driver import chatting
from tests.scripted import Scripted, Work, calls, says

HOSTILE = "\x1b]52;c;SEFDS0VE\x07 \x1b[2J\x9b31m\x9d0;t\x9c \u202egpj \u2066x \u200f \x7f \u2028 \U000e0041 end\r\nnext"
TURNING = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
LISTINGS = (Command.HISTORY, Command.RUNS, Command.PENDING, Command.SESSIONS)


def acting(text: str) -> list[str]:
    """The characters in `text` that act on a terminal, or turn the writing direction."""
    wrong = {"Cc", "Cs", "Zl", "Zp"}
    return [each for each in text if each not in "\n\t" and (unicodedata.category(each) in wrong or each in TURNING)]


async def fill(directory: Path) -> None:
    """A session in which everything that can hold text holds hostile one."""

    def write(tables: Tables) -> None:
        tables.create_session(HOSTILE, Mode.QUEUE, HOSTILE, 1.0)
        session = tables.session(HOSTILE).id
        call = ToolCall("call-0", HOSTILE, json.dumps({HOSTILE: HOSTILE}, ensure_ascii=False), CallStatus.DONE)
        tables.begin_run(session, 1, Trigger.PROMPT, 1.0)
        for role, made in ((Role.USER, ()), (Role.ASSISTANT, (call,)), (Role.TOOL, ()), (Role.NOTE, ())):
            tables.add_message(session, Message(role=role, text=HOSTILE, run=1, turn=1, tool_calls=made))
        tables.end_run(session, 1, RunStatus.FAILED, HOSTILE, 2.0)
        tables.save_prompt(session, Prompt("p", HOSTILE, Mode.QUEUE, 1.0))

    store = await Store.open(directory)
    try:
        await store.write(write)
    finally:
        await store.close()


@pytest.mark.parametrize(("command", "form"), [(command, form) for command in LISTINGS for form in FORMATS[command]])
async def test_whatever_was_stored_is_printed_without_acting_on_the_terminal(
    tmp_path: Path, command: Command, form: Format
) -> None:
    await fill(tmp_path)
    printed = await listing(command, form, tmp_path, None)
    assert acting(printed) == []
    assert "]52;c;SEFDS0VE" in printed
    if form is Format.JSON:
        assert printed.isascii()
    elif command is not Command.HISTORY:
        assert printed.count("\n") == 1


async def test_the_program_itself_prints_hostile_names_and_errors_on_one_harmless_line(tmp_path: Path) -> None:
    await fill(data_dir(tmp_path))
    printed = ended(tmp_path, "sessions")
    assert (printed.returncode, acting(printed.stdout), printed.stdout.count("\n")) == (0, [], 1)
    refused = ended(tmp_path, "history", "--session", f"other {HOSTILE}")
    assert (refused.returncode, refused.stdout, acting(refused.stderr)) == (2, "", [])
    assert ONE_LINE.fullmatch(refused.stderr)


async def test_history_names_who_spoke_and_what_became_of_each_call(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(calls(("work", {"what": "burger"})), says("One.\nTwo.")), Work()) as chat:
        await chat.engine.submit("Work.", None)
        await chat.idle()
    assert await listing(Command.HISTORY, Format.TEXT, tmp_path, None) == (
        "user (started run 1): Work.\n"
        'assistant: \n    work {"what": "burger"}: done\ntool: done\nassistant: One.\n    Two.\n'
    )


async def test_history_as_markdown_has_a_heading_for_each_message(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("*One.*"))) as chat:
        await chat.engine.submit("Work.", None)
        await chat.idle()
    printed = await listing(Command.HISTORY, Format.MARKDOWN, tmp_path, None)
    assert printed == "## You (started run 1)\n\nWork.\n\n## Assistant\n\n*One.*\n\n"


def test_a_session_that_does_not_exist_is_told_in_one_line_with_status_2(tmp_path: Path) -> None:
    for command in ("history", "runs", "pending"):
        refused = ended(tmp_path, command, "--session", "nobody", "--format", "json")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert ONE_LINE.fullmatch(refused.stderr) and "'nobody'" in refused.stderr
    assert not data_dir(tmp_path).exists()


def test_a_form_that_a_command_does_not_have_is_wrong_usage(tmp_path: Path) -> None:
    for words in (("runs", "--format", "markdown"), ("sessions", "--format", "stream-json"), ("history", "words")):
        refused = ended(tmp_path, *words)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert ONE_LINE.fullmatch(refused.stderr)
