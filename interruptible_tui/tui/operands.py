"""What stands behind the word of a slash command."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from interruptible_tui.conversation import Mode, OnInterrupt
from interruptible_tui.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.conversation import Pending, Prompt

Choice = TypeVar("Choice", bound=StrEnum)

LITERALLY = "--"
"""What follows it is text, whatever word that begins with."""


class Complaint(Exception):  # noqa: N818 - what a person is told
    """A command cannot be carried out as it was written; the text is one line and says what to do."""


def choice(words: str, of: type[Choice], noun: str = "policy") -> Choice:
    """The member of `of`, which people know as a `noun`, that is named, in any case."""
    try:
        return of(words.strip().lower())
    except ValueError:
        named = f"there is no {noun} {clean_line(words)}" if words else f"which {noun}"
        raise Complaint(f"{named}: choose {', '.join(of)}") from None


def number(words: str, default: int, noun: str = "numbers") -> int:
    """A number from 1 of what people know as `noun`; `default` if there are no words."""
    if not words:
        return default
    if words.strip("0") == "":
        raise Complaint(f"{noun} count from 1")
    if not (words.isascii() and words.isdigit()):
        raise Complaint(f"{clean_line(words)} is no number")
    return int(words)


def file_name(words: str) -> str:
    """The name of one file. It may stand in quotes, as in a shell, and need not, whatever is in it."""
    import shlex

    words = words.strip()
    if not words.startswith(("'", '"')):
        return words
    try:
        names = shlex.split(words)
    except ValueError:
        raise Complaint("the quote is not closed") from None
    if len(names) > 1:
        raise Complaint("one file is expected: put all of its name in quotes")
    return names[0]


def pending_prompt(words: str, pending: Sequence[Pending], selected: str) -> Prompt:
    """The prompt at the position that is named, else the selected one, else the last one."""
    prompts = [waiting.prompt for waiting in pending]
    if not prompts:
        raise Complaint("nothing is pending")
    chosen = next((at for at, prompt in enumerate(prompts, 1) if prompt.id == selected), len(prompts))
    at = number(words.removeprefix("#"), chosen, "positions")
    if at > len(prompts):
        raise Complaint(f"there is no #{at}: {len(prompts)} {'is' if len(prompts) == 1 else 'are'} pending")
    return prompts[at - 1]


def position_and_mode(words: str) -> tuple[str, Mode]:
    """`[N] MODE`, the position still as it was written."""
    *position, mode = words.split() or [""]
    if len(position) > 1:
        raise Complaint("write the position, then the mode")
    return "".join(position), choice(mode, Mode, "mode")


def wish_and_text(words: str) -> tuple[OnInterrupt | None, str]:
    """`[keep|trim|rollback] [--] [TEXT]`. A sentence that begins with such a word, and with a capital, is text."""
    first, rest = _first_word(words)
    wish = OnInterrupt(first) if first in set(OnInterrupt) else None
    if wish:
        words, (first, rest) = rest, _first_word(rest)
    return wish, rest if first == LITERALLY else words


def _first_word(words: str) -> tuple[str, str]:
    first, *rest = words.split(maxsplit=1) or [""]
    return first, "".join(rest)
