"""Words that are looked for in all that was said, and the excerpt in which a person sees them again.

- All of the words must be in a message, in any order and any case; what stands in "quotes" is a phrase.
- White space in a phrase is any white space in a text: where a line was wrapped does not matter.
- Texts are searched as people see them, cleaned: what was said, calls by name and arguments, and what came of them.
"""

import json
import re
from collections.abc import Iterable

from msgspec import Struct

from interruptible_tui.conversation import parse_arguments
from interruptible_tui.text import clean, clean_line

GRAM = 3
"""Characters of the pieces by which the index knows a text; a shorter word is looked for in the texts themselves."""
BEFORE, BEHIND = 40, 120
"""Characters that an excerpt shows before the first hit, and behind its beginning."""
LONGEST = 1_000
"""Characters that are looked for, at most."""

_BLANK = re.compile(r"\s")
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Words(Struct, frozen=True):
    terms: tuple[re.Pattern[str], ...]
    """Each of them must be there."""
    any_of: re.Pattern[str]
    """Finds the next place of any of them."""
    grams: frozenset[str]
    """Pieces that are in every text in which the words are; empty where all of the words are too short for that."""


class Excerpt(Struct, frozen=True):
    """One line."""

    text: str
    matches: tuple[tuple[int, int], ...]
    """Where the words stand in it: the first character and the one behind the last."""

    def marked(self, before: str, behind: str) -> str:
        """With signs before and behind each of the words."""
        pieces, end = [], 0
        for start, stop in self.matches:
            pieces += [self.text[end:start], before, self.text[start:stop], behind]
            end = stop
        return "".join([*pieces, self.text[end:]])


def parsed(text: str) -> Words | None:
    """What `text` asks for; None where there is no word in it. A quote that is still open ends with the text."""
    phrases = [(quoted or word).split() for quoted, word in _TERM.findall(clean(text[:LONGEST]))]
    phrases = [phrase for phrase in phrases if phrase]
    if not phrases:
        return None
    terms = [r"\s+".join(map(re.escape, phrase)) for phrase in phrases]
    longest_first = sorted(terms, key=len, reverse=True)
    return Words(
        tuple(re.compile(term, re.IGNORECASE) for term in terms),
        re.compile("|".join(longest_first), re.IGNORECASE),
        frozenset(word[at : at + GRAM] for phrase in phrases for word in phrase for at in range(len(word) - GRAM + 1)),
    )


def told(text: str, calls: Iterable[tuple[str, str]]) -> str:
    """All of a message that can be found: its text, and each of its calls by name and arguments."""
    return "\n".join([clean(text), *(f"{clean_line(name)} {_spoken(arguments)}" for name, arguments in calls)]).strip()


def _spoken(arguments: str) -> str:
    known = parse_arguments(arguments)
    if known is None:
        return clean(arguments)
    values = {
        name: each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for name, each in known.items()
    }
    return clean(", ".join(f"{name}: {value}" for name, value in values.items()))


def excerpt(text: str, words: Words) -> Excerpt | None:
    """Where the words stand first in `text`, which is cleaned; None where not all of them are in it."""
    if not all(term.search(text) for term in words.terms):
        return None
    found = words.any_of.search(text)
    first = found.start() if found else 0
    start, end = max(0, first - BEFORE), first + BEHIND
    if start and (blank := _BLANK.search(text, start, first)):
        start = blank.end()
    if end < len(text):
        end = next((blank.start() for blank in _BLANK.finditer(text, end, end + BEFORE)), end)
    line = f"{'…' * (start > 0)}{' '.join(text[start:end].split())}{'…' * (end < len(text))}"
    return Excerpt(line, tuple(each.span() for each in words.any_of.finditer(line)))
