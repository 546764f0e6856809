"""Copying: with the mouse and Ctrl+C, with keys and commands; the terminal's clipboard has the source."""

import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chat import Chat, chatting, composer
from tests.server import Gate, Reply, Server, serving

CODE = "for word in words:\n\tprint(word, 'and a line that is wrapped on a screen of eighty columns, as it is long')"
ANSWER = f"So:\n\n```python\n{CODE}\n```\n\nThat is **all**."
FILLER = "\n\n".join(f"Verse {number}." for number in range(60))


def copied(chat: Chat) -> list[str]:
    """All that the program has put into the clipboard."""
    return [b64decode(found).decode() for found in re.findall(rb"\x1b\]52;c;([^\x07\x1b]*)\x07", bytes(chat.raw))]


def drag(chat: Chat, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Select with the mouse; column and row from 1 (xterm's SGR mouse reports)."""
    (left, top), (right, bottom) = start, end
    chat.send(f"\x1b[<0;{left};{top}M\x1b[<32;{right};{bottom}M")
    chat.send(f"\x1b[<0;{right};{bottom}m")


def place(chat: Chat, words: str) -> tuple[int, int]:
    """Where `words` begin on the screen."""
    row = next(at for at, line in enumerate(chat.screen) if words in line)
    return chat.screen[row].index(words) + 1, row + 1


@contextmanager
def answered(home: Path, *others: Reply, **named: Any) -> Iterator[tuple[Server, Chat]]:
    """A chat that has been told ANSWER."""
    with serving([Reply(ANSWER), *others]) as server, chatting(server, home, **named) as chat:
        chat.say("How?")
        chat.wait_for("That is all.")
        chat.wait_status("idle")
        yield server, chat


def test_what_is_selected_with_the_mouse_is_copied_by_ctrl_c_which_then_means_something_else(tmp_path: Path) -> None:
    gate = Gate()
    with answered(tmp_path, Reply("More.", gate=gate)) as (_, chat):
        chat.say("Go on.")
        gate.reached.wait_here()
        chat.wait_for("More.")
        chat.send("a draft")
        chat.wait_for(lambda screen: composer(screen) == "a draft")
        column, row = place(chat, "That is all.")
        drag(chat, (column, row), (column + 6, row))
        chat.key("ctrl+c")
        chat.wait_for("copied what is selected: 1 line, 7 bytes")
        assert copied(chat) == ["That is"]
        assert composer(chat.screen) == "a draft"
        chat.wait_status("running")
        chat.key("ctrl+c")
        chat.wait_for(lambda screen: composer(screen).startswith("Write to"))
        chat.key("ctrl+c")
        chat.wait_for("Stopped")
        assert copied(chat) == ["That is"]
        chat.quit()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("/copy", ANSWER),
        ("/copy answer", ANSWER),
        ("/copy code", CODE),
        ("/copy prompt", "How?"),
        ("/copy message 2", "How?"),
    ],
)
def test_a_command_copies_the_source_and_says_so(tmp_path: Path, command: str, text: str) -> None:
    with answered(tmp_path) as (server, chat):
        assert copied(chat) == []
        chat.say(command)
        chat.wait_for(" bytes")
        assert copied(chat) == [text]
        chat.wait_empty()
        assert len(server.requests) == 1
        chat.quit()


def test_keys_copy_what_is_scrolled_out_of_view(tmp_path: Path) -> None:
    with answered(tmp_path, Reply(FILLER)) as (_, chat):
        chat.say("Sing.")
        chat.wait_for("Verse 59.")
        chat.wait_status("idle")
        chat.key("alt+k")
        chat.wait_for("copied the last block of code: 2 lines")
        chat.key("alt+c")
        chat.wait_for("copied the last answer")
        assert copied(chat) == [CODE, FILLER]
        chat.quit()


def test_what_is_not_there_is_said_and_the_command_stays(tmp_path: Path) -> None:
    with answered(tmp_path) as (_, chat):
        chat.say("/copy code 2")
        chat.wait_for("nothing is copied: there is 1 block of code")
        chat.key("ctrl+c")
        chat.say("/copy all")
        chat.wait_for("choose answer, code, message, prompt")
        assert copied(chat) == []
        chat.quit()


def test_tmux_is_sent_what_it_passes_on(tmp_path: Path) -> None:
    with answered(tmp_path, environment={"TMUX": "a,1,0", "TERM": "tmux-256color"}) as (_, chat):
        chat.key("alt+k")
        chat.wait_for("copied the last block of code")
        assert copied(chat) == [CODE, CODE]
        assert b"\x1bPtmux;\x1b\x1b]52;c;" in chat.raw
        chat.quit()
