"""Markdown as it streams in, cut into blocks that never change again.

A block is closed when the next one has begun on a complete line: CommonMark never reopens it. A block that grows too
long is cut where it can go on as if nothing had happened: a fence and a table repeat their opening lines, a list is
cut between two items. Where a text is cut depends on the text alone, not on the pieces it arrived in, so a streamed
reply and a stored one look the same.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LIMIT = 2048
"""Characters of a block; what is redrawn while it grows is hardly ever longer."""
NESTED_LIMIT = 8 * LIMIT
"""Characters of a list without a good place to be cut, like one item with a long fence in it."""

References = dict[str, Any]
"""Link targets that a text defines, as markdown-it keeps them."""

_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:", re.MULTILINE)
_LINE_END = re.compile(r"\r\n?|\n")
_LISTS = {"bullet_list_open", "ordered_list_open"}
_REPEATED_LINES = {"fence": 1, "table_open": 2}


class Block(Struct, frozen=True):
    source: str
    joined: bool = False
    """Goes on with the block above, without a blank line between them."""


class Splitter:
    """Takes a text in pieces of any size and gives its blocks as they are closed."""

    def __init__(self) -> None:
        self._open = ""
        self._joined = False

    @property
    def open(self) -> list[Block]:
        """What may still change: mostly one block, more while its last line is incomplete, none where there is none."""
        first, *more = _bodies(self._open + "\n")
        blocks = [_block(first, joined=self._joined), *(_block(body) for body in more)]
        return [block for block in blocks if block.source.strip()]

    def feed(self, text: str) -> list[Block]:
        """The blocks that `text` closes. Linear: what is parsed again is never longer than one block and a piece."""
        closed: list[Block] = []
        for at in range(0, len(text), LIMIT):
            piece = text[at : at + LIMIT]
            self._open += piece
            if "\n" in piece or len(self._open) > LIMIT:
                closed += self._settle()
        return closed

    def finish(self) -> list[Block]:
        """The last blocks, closed by the end of the text."""
        closed = self.open
        self._open, self._joined = "", False
        return closed

    def _settle(self) -> list[Block]:
        closed: list[Block] = []
        bodies = _bodies(self._open)
        while bodies:
            body = bodies.pop(0)
            cut = _cut(body) if len(body) > LIMIT else None
            if cut is not None:
                end, repeated = cut
                closed.append(self._close(body[:end]))
                self._open, self._joined = "".join((repeated, body[end:], *bodies)), True
                bodies = _bodies(self._open)
            elif bodies:
                closed.append(self._close(body))
            else:
                self._open = body
        return closed

    def _close(self, source: str) -> Block:
        block, self._joined = _block(source, joined=self._joined), False
        return block


def references(text: str) -> References:
    """The link targets defined anywhere in `text`."""
    if not _DEFINITION.search(text):
        return {}
    found: dict[str, Any] = {}
    _parser().parse(text, found)
    return dict(found.get("references", {}))


def _block(source: str, *, joined: bool = False) -> Block:
    return Block(source.strip("\r\n"), joined)


def _bodies(text: str) -> list[str]:
    """`text`, cut before each top-level block after the first that begins on a complete line."""
    complete = text[: text.rfind("\n") + 1]
    lines = _line_starts(complete)
    tops = [token.map[0] for token in structure(complete) if token.level == 0 and token.nesting >= 0 and token.map]
    starts = [0, *(lines[top] for top in tops[1:]), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]


def _cut(body: str) -> tuple[int, str] | None:
    """Where a block longer than LIMIT is cut and what the rest repeats, or None: not yet. Looks at its head alone."""
    head = body[:LIMIT]
    tokens = structure(head)
    kind = tokens[0].type if tokens else ""
    line = head.rfind("\n") + 1
    if kind in _LISTS:
        item = _last_item(head, tokens)
        return (item or line or LIMIT, "") if item or len(body) > NESTED_LIMIT else None
    repeated = _opening(head, tokens[0]) if kind in _REPEATED_LINES else ""
    if repeated:
        return (line if line > len(repeated) else LIMIT, repeated)
    return (line or head.rfind(" ") + 1 or LIMIT, "")


def _last_item(head: str, tokens: list[Token]) -> int:
    """Where the last item of a list begins; 0 if that is the first."""
    items = [token.map[0] for token in tokens if token.type == "list_item_open" and token.level == 1 and token.map]
    return _line_starts(head)[items[-1]] if len(items) > 1 else 0


def _opening(head: str, token: Token) -> str:
    """The lines that the rest of a cut fence or table needs; empty where they are absurdly long."""
    first = token.map[0] if token.map else 0
    lines = _line_starts(head)
    opening = head[lines[first] : lines[min(first + _REPEATED_LINES[token.type], len(lines) - 1)]]
    return opening if len(opening) <= LIMIT // 4 else ""


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # an empty screen does without

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("inline")


def structure(text: str) -> list[Token]:
    """The block structure of `text`; what stands inside of paragraphs is not looked at."""
    return _parser().parse(text)
