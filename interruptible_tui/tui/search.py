"""Where words stand in a conversation, and in the rows that are drawn of it.

- Case counts only where the words have a capital letter (smart case).
- White space in the words is any white space in a text, and the marks of Markdown beside it: where a line was wrapped
  and what is bold does not matter.
- Texts are searched as people see them, cleaned: answers and prompts, notes, calls and what came of them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

from interruptible_tui.conversation import Message, Role
from interruptible_tui.text import clean
from interruptible_tui.tui.calls import named

Pattern = re.Pattern[str]

_BETWEEN = r"[*_`~]*\s+[*_`~]*"
"""What may stand between two words."""


class Hit(Struct, frozen=True):
    message: int
    """Its id."""
    number: int
    """Which one of those in the same text, from 0."""
    call: str = ""
    """The id of the call that it is in, or in what came of that; empty: it is in what was said."""
    in_result: bool = False


class Piece(NamedTuple):
    """A part of a row, in characters."""

    row: int
    start: int
    end: int


def pattern(words: str) -> Pattern | None:
    """What finds `words`; None where there are none."""
    found = [re.escape(word) for word in words.split()]
    any_case = re.IGNORECASE if words == words.lower() else re.NOFLAG
    return re.compile(_BETWEEN.join(found), any_case) if found else None


def hits(message: Message, sought: Pattern) -> list[Hit]:
    """All hits in `message`, in their order."""
    id_ = message.id or 0
    if message.role is Role.TOOL:
        call = message.tool_call_id or ""
        return [Hit(id_, number, call, in_result=True) for number in range(count(message.text, sought))]
    found = [Hit(id_, number) for number in range(count(message.text, sought))]
    for each in message.tool_calls:
        found += [Hit(id_, number, each.id) for number in range(count(named(each), sought))]
    return found


def count(text: str, sought: Pattern) -> int:
    return sum(1 for _ in sought.finditer(clean(text)))


def occurrences(rows: Sequence[str], sought: Pattern) -> list[list[Piece]]:
    """Where the words stand in `rows`, which are one text that was wrapped: the pieces of each, row by row."""
    lines = [row.rstrip() for row in rows]
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    return [list(_pieces(starts, lines, found.start(), found.end())) for found in sought.finditer("\n".join(lines))]


def _pieces(starts: Sequence[int], lines: Sequence[str], start: int, end: int) -> Iterator[Piece]:
    row = bisect_right(starts, start) - 1
    while start < end:
        stop = min(end, starts[row] + len(lines[row]))
        if start < stop:
            yield Piece(row, start - starts[row], stop - starts[row])
        row += 1
        start = starts[row]
