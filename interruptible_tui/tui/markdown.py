"""A block of Markdown as lines: calm, harmless, and with nothing left out that a reader would miss.

That leaves out the titles of links, what follows the language of a fence, and cells beyond a table's header.

What the parser has read is cleaned after it has decoded entities, which can spell hostile characters too. HTML and
images stay the text they are. A link shows where it leads; nothing can be clicked.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.segment import Segment

from interruptible_tui.text import clean
from interruptible_tui.tui.code import code_lines
from interruptible_tui.tui.inline import spans
from interruptible_tui.tui.tables import table_lines
from interruptible_tui.tui.wrapping import Line, Span, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it.token import Token
    from rich.style import Style

    from interruptible_tui.tui.blocks import References
    from interruptible_tui.tui.canvas import Canvas

_TASK = re.compile(r"\[([ xX])\] ")
_BOXES = {" ": "☐", "x": "☑", "X": "☑"}
_QUOTE = "▌ "


def markdown_lines(source: str, known: References, canvas: Canvas) -> list[Line]:
    """`source` on `canvas`; its links may be among those that are `known`."""
    tokens = _cleaned(_parser().parse(source, {"references": known}))
    return _Typesetter(canvas).blocks(tokens, canvas.width, canvas.styles["text"])


class _Typesetter:
    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def blocks(self, tokens: Sequence[Token], width: int, style: Style) -> list[Line]:
        """With a blank line between two, except in tight lists."""
        lines: list[Line] = []
        for first, inner in _nested(tokens):
            block = self._block(first, inner, max(1, width), style)
            if lines and block and not first.hidden and first.type not in _LISTS:
                lines.append([])
            lines += block
        return lines

    def _block(self, first: Token, inner: Sequence[Token], width: int, style: Style) -> list[Line]:
        canvas = self._canvas
        match first.type:
            case "heading_open":
                return wrapped(
                    self._spans(inner, canvas.styles["text"] + canvas.styles["heading"]), min(width, canvas.measure)
                )
            case "bullet_list_open" | "ordered_list_open":
                return self._list(first, inner, width, style)
            case "blockquote_open":
                quoted = self.blocks(inner, width - len(_QUOTE), style + canvas.styles["dim"])
                return [[Segment(_QUOTE, canvas.styles["dim"]), *line] for line in quoted]
            case "fence" | "code_block":
                return code_lines(first.content, first.info.partition(" ")[0], width, canvas)
            case "table_open":
                return self._table(inner, width, style)
            case "hr":
                return [[Segment("─" * width, canvas.styles["dim"])]]
            case _:
                return wrapped(self._spans(inner, style), min(width, canvas.measure))

    def _spans(self, tokens: Iterable[Token], style: Style) -> Iterator[Span]:
        return (span for token in tokens for span in spans(token.children or (), style, self._canvas))

    def _list(self, first: Token, inner: Sequence[Token], width: int, style: Style) -> list[Line]:
        items = [tokens for _, tokens in _nested(inner)]
        lines: list[Line] = []
        for tokens, mark in zip(items, _marks(first, items), strict=True):
            lines += self._item(tokens, mark, width, style)
        return lines

    def _item(self, tokens: Sequence[Token], mark: str, width: int, style: Style) -> list[Line]:
        lead = self._canvas.styles["lead"]
        indent = cell_len(mark)
        said = self.blocks(tokens, width - indent, style) or [[]]
        return [[Segment(mark if at == 0 else " " * indent, lead), *line] for at, line in enumerate(said)]

    def _table(self, inner: Sequence[Token], width: int, style: Style) -> list[Line]:
        rows: list[list[list[Span]]] = []
        alignments: list[str] = []
        for _, part in _nested(inner):
            for _, row in _nested(part):
                cells = list(_nested(row))
                alignments = alignments or [str(cell.attrs.get("style", "")).partition(":")[2] for cell, _ in cells]
                look = style if rows else style + self._canvas.styles["heading"]
                rows.append([list(self._spans(said, look)) for _, said in cells])
        return table_lines(rows, alignments, width, self._canvas)


_LISTS = {"bullet_list_open", "ordered_list_open"}


def _marks(opening: Token, items: Sequence[Sequence[Token]]) -> Iterator[str]:
    """What stands before each item: a bullet, a number, or the box of a task, which is taken out of the text."""
    start = int(opening.attrs.get("start", 1))
    digits = len(str(start + len(items)))
    for number, item in enumerate(items, start):
        usual = f" {number:>{digits}} " if opening.type == "ordered_list_open" else " • "
        text = next((each.children[0] for each in item[1:2] if each.children), None)
        task = _TASK.match(text.content) if text and text.type == "text" else None
        if text and task:
            text.content = text.content[task.end() :]
            usual = f" {_BOXES[task[1]]} "
        yield usual


def _nested(tokens: Sequence[Token]) -> Iterator[tuple[Token, Sequence[Token]]]:
    """Each token at the top level, with all that stands between it and the one that closes it."""
    at = 0
    while at < len(tokens):
        end, depth = at, int(tokens[at].nesting)
        while depth > 0:
            end += 1
            depth += tokens[end].nesting
        yield tokens[at], tokens[at + 1 : end]
        at = end + 1


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    return parser.enable(["strikethrough", "table"]).disable("image")


def _cleaned(tokens: Iterable[Token]) -> list[Token]:
    return list(_clean_each(tokens))


def _clean_each(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.markup == "autolink":
            continue
        token.content = clean(token.content)
        token.attrs = {name: clean(value) if isinstance(value, str) else value for name, value in token.attrs.items()}
        if token.children:
            token.children = _cleaned(token.children)
        yield token
