"""What can be copied by name: answers, messages, prompts and blocks of code, each counted from the last one.

What is copied is the text itself, not the lines that it was wrapped into on the screen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from interruptible_tui.conversation import MessageStatus, Role
from interruptible_tui.text import clean
from interruptible_tui.tui.blocks import structure
from interruptible_tui.tui.excerpt import size
from interruptible_tui.tui.operands import Complaint, choice, number

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator

    from interruptible_tui.conversation import Message


class Kind(StrEnum):
    ANSWER = "answer"
    CODE = "code"
    MESSAGE = "message"
    PROMPT = "prompt"


_NAMES = {Kind.CODE: ("block of code", "blocks of code")}
_SPEAKERS = {
    Kind.ANSWER: {Role.ASSISTANT},
    Kind.CODE: {Role.ASSISTANT},
    Kind.MESSAGE: {Role.ASSISTANT, Role.USER, Role.NOTE},
    Kind.PROMPT: {Role.USER},
}


def kind_and_number(words: str) -> tuple[Kind, int]:
    """`KIND [N]`. Complaint."""
    word, *rest = words.split(maxsplit=1)
    kind = choice(word, Kind, "part")
    return kind, number("".join(rest).strip(), 1, _noun(kind, 2))


async def find(messages: AsyncIterable[Message], kind: Kind, back: int) -> str:
    """The one of that kind so many back, 1 being the last; `messages` come newest first. Complaint."""
    count = 0
    async for message in messages:
        for text in _texts(message, kind):
            count += 1
            if count == back:
                return text
    raise Complaint(f"there {'is' if count == 1 else 'are'} {count or 'no'} {_noun(kind, count)}")


def _texts(message: Message, kind: Kind) -> Iterator[str]:
    """What `message` has of that kind, the last one first."""
    if message.role not in _SPEAKERS[kind] or message.status is MessageStatus.ROLLED_BACK:
        return
    if kind is Kind.CODE:
        yield from reversed(code_blocks(message.text))
    elif message.text.strip():
        yield message.text


def code_blocks(text: str) -> list[str]:
    """The blocks of code in a Markdown text; without the last line end, so that what is pasted does not run at once."""
    return [token.content.removesuffix("\n") for token in structure(text) if token.type in {"fence", "code_block"}]


def told(what: str, text: str) -> str:
    """What people are told of a copy of `text`."""
    lines = text.count("\n") + 1
    said = f"copied {what}: {lines:,} line{'s' * (lines != 1)}, {size(text)}"
    return f"{said}; it holds control characters" if clean(text) != text else said


def name(kind: Kind, back: int) -> str:
    noun = _noun(kind, 1)
    return f"the last {noun}" if back == 1 else f"{noun} {back} from the end"


def _noun(kind: Kind, count: int) -> str:
    one, several = _NAMES.get(kind, (kind, f"{kind}s"))
    return one if count == 1 else several
