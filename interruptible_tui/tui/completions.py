"""What the word at the cursor may become: commands and their words, and files after an `@`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from interruptible_tui.conversation import Mode
from interruptible_tui.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interruptible_tui.tui.paths import Listing

MOST = 200
"""Files that are offered; whoever looks for another one types on."""
_FILE = re.compile(r'(?:^|(?<=\s))@(?:"([^"]*)|([^\s"]*))\Z')
_CHOICE = re.compile(r"\[?([a-z]+(?:\|[a-z]+)+)\]?")


class Candidate(Struct, frozen=True):
    text: str
    """What stands in the place of the word once it is chosen."""
    shown: str
    """For people; not cleaned."""
    note: str = ""
    """What it is, for people; the program's own words."""
    file: str = ""
    """The path of the file that is attached in the word's place; empty: `text` is written."""


class Word(Struct, frozen=True):
    """What is completed: the text that ends at the cursor."""

    text: str
    path: str | None = None
    """The path of what is to be attached, as it was typed; None in a command."""

    @property
    def folder(self) -> str:
        return (self.path or "")[: (self.path or "").rfind("/") + 1]

    @property
    def name(self) -> str:
        """What the name in the folder begins with."""
        return (self.path or "")[len(self.folder) :]


def word_of(line: str, *, is_command: bool) -> Word | None:
    """The word at the end of `line`, if it is one that can be completed. `line` ends at the cursor."""
    if found := _FILE.search(line):
        return Word(found[0], found[1] if found[1] is not None else found[2])
    return Word(line[max(map(line.rfind, " \t")) + 1 :]) if is_command else None


def common_start(texts: Sequence[str]) -> str:
    """The longest text that all of `texts` begin with."""
    first, last = min(texts), max(texts)
    differing = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differing, min(len(first), len(last)))]


# -- commands ---------------------------------------------------------------------------------------------------------


def commands(line: str) -> list[Candidate]:
    """What the last word of the slash command `line` may become."""
    from interruptible_tui.tui.actions import ACTIONS

    before, typed = line[1:].split()[: len(line[1:].split()) - (not line[-1:].isspace())], line.split()[-1:]
    if not before:
        matching = [each for each in ACTIONS if f"/{each.word}".startswith(line.lower())]
        return [Candidate(f"/{each.word} ", f"/{each.word} {each.argument}".strip(), each.help) for each in matching]
    word = "" if line[-1:].isspace() else typed[0]
    action = next((each for each in ACTIONS if each.word == before[0].lower()), None)
    offered = choices(action.argument, len(before)) if action else ()
    return [Candidate(f"{each} ", each) for each in offered if each.startswith(word.lower())]


def choices(argument: str, place: int) -> tuple[str, ...]:
    """The words that may stand in that place, from 1, behind a command with such an argument, if they are few."""
    words = argument.split()
    if words[:1] == ["[N]"] and place == 1:
        words = words[1:] or words  # the number may be left out
    word = words[place - 1] if place <= len(words) else ""
    if word.strip("[]") == "MODE":
        return tuple(Mode)
    found = _CHOICE.fullmatch(word)
    return tuple(found[1].split("|")) if found else ()


# -- files ------------------------------------------------------------------------------------------------------------


def files(word: Word, listing: Listing) -> list[Candidate]:
    """What in the folder begins as the word does."""
    return [_file(word.folder, name, is_folder=is_folder) for name, is_folder in _offered(word, listing)][:MOST]


def _offered(word: Word, listing: Listing) -> Iterable[tuple[str, bool]]:
    for name, is_folder in listing.matching(word.name):
        if not is_folder or (storable(name) == name and not set(name) & set('"\n\r')):
            yield name, is_folder


def _file(folder: str, name: str, *, is_folder: bool) -> Candidate:
    path = f"{folder}{name}"
    if is_folder:
        return Candidate(_spelled(f"{path}/"), f"{name}/", "folder")
    return Candidate(_spelled(storable(path)), name, file=path)


def _spelled(path: str) -> str:
    """As it is typed; a quotation mark holds a path with blanks together."""
    return f'@"{path}' if any(letter.isspace() for letter in path) else f"@{path}"
