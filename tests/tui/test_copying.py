"""What is copied by name is the text itself, and the clipboard is written as terminals understand it."""

from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from interruptible_tui.conversation import Message, MessageStatus, Role
from interruptible_tui.tui.clipboard import sequences
from interruptible_tui.tui.copying import Kind, code_blocks, find, kind_and_number, told
from interruptible_tui.tui.operands import Complaint
from tests.tui.transcripts import reply, user

CODE = "def f():\n\treturn 'a very long line that no screen of eighty columns can show without wrapping it somewhere'\n"
ANSWER = f"Look:\n\n```python\n{CODE}```\n\n- an item\n  ```sh\n  ls -l\n  ```\n\nAnd\n\n    indented\n"
GONE = Message(role=Role.ASSISTANT, text="```\ngone\n```", run=3, turn=1, status=MessageStatus.ROLLED_BACK)
SAID = [user("First"), reply(ANSWER), user("Second", 2), reply("~~~\nlast", 2), reply("", 2, 2), GONE]


async def backwards() -> AsyncIterator[Message]:
    for message in reversed(SAID):
        yield message


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("answer", "~~~\nlast"),
        ("answer 2", ANSWER),
        ("CODE", "last"),
        ("code 3", "ls -l"),
        ("code 4", CODE.removesuffix("\n")),
        ("prompt", "Second"),
        ("message 2", "Second"),
        ("message 4", "First"),
    ],
)
async def test_what_is_named_is_counted_from_the_end_without_what_is_rolled_back(words: str, text: str) -> None:
    assert await find(backwards(), *kind_and_number(words)) == text


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("codes", "there is no part codes: choose answer, code, message, prompt"),
        ("code 0", "blocks of code count from 1"),
        ("answer x", "x is no number"),
        ("answer 3", "there are 2 answers"),
        ("prompt 9", "there are 2 prompts"),
    ],
)
async def test_what_is_not_there_is_said(words: str, hint: str) -> None:
    with pytest.raises(Complaint, match=hint):
        await find(backwards(), *kind_and_number(words))


def test_blocks_of_code_are_their_source() -> None:
    assert code_blocks(ANSWER) == [CODE.removesuffix("\n"), "ls -l", "indented"]
    assert code_blocks("no `code` here") == []


def test_one_line_says_what_was_copied() -> None:
    assert told("the last answer", "a\nb") == "copied the last answer: 2 lines, 3 bytes"
    assert told("the last answer", "\x1b[m") == "copied the last answer: 1 line, 3 bytes; it holds control characters"


def test_tmux_is_sent_both_forms_that_it_may_take() -> None:
    plain = sequences("hü\0", {"TERM": "xterm"})
    assert plain.startswith("\x1b]52;c;")
    assert b64decode(plain[7:-1]).decode() == "hü\ufffd"
    for environment in ({"TMUX": "a,1,0"}, {"TERM": "tmux-256color"}):
        assert sequences("hü\0", environment) == f"{plain}\x1bPtmux;\x1b{plain}\x1b\\"


def test_every_kind_can_be_copied() -> None:
    assert {kind_and_number(kind)[0] for kind in Kind} == set(Kind)
