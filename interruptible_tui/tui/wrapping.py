"""Styled text broken into lines: at blanks and between wide letters, else between two letters as people see them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.style import Style

Span = tuple[str, "Style"]
Line = list[Segment]

_WIDE = "\u2e80-\u2fff\u3005-\u3007\u3021-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff21-\uff9f\U00020000-\U0003ffff"
_CLOSING = "\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u300d\u300f\u3011\u2019\u201d"
_PIECES = re.compile("\n|[ \t]+|[^ \t\n]+")
"""A line's end, blanks, a word."""
TAB = "    "


@cache
def _wide_pieces() -> re.Pattern[str]:
    """Finds, besides, a letter that a line may end behind; closing punctuation does not begin a line. Compiled when
    there are such letters: it takes 3 ms."""
    return re.compile(f"\n|[ \t]+|[{_WIDE}][{_CLOSING}]*|[^ \t\n{_WIDE}]+")


@cache
def _wide_letter() -> re.Pattern[str]:
    return re.compile(f"[{_WIDE}]")


def wrapped(spans: Iterable[Span], width: int) -> list[Line]:
    """`spans` in lines of at most `width` cells, without blanks where a line was broken. A line feed ends a line."""
    broken = _Lines(max(1, width))
    for text, style in spans:
        for piece in (_PIECES if text.isascii() else _wide_pieces()).findall(text):
            if piece == "\n":
                broken.end()
            elif piece[0] in " \t":
                broken.blank(piece.replace("\t", TAB), style)
            else:
                broken.say(piece, style, alone=not piece.isascii() and _wide_letter().match(piece) is not None)
    return broken.finish()


class _Lines:
    """A word is what stands between two blanks, in however many styles; it is placed when it is whole."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[Line] = []
        self._line: list[Span] = []
        self._used = 0
        self._blank: Span | None = None
        """Stands between the line and the word."""
        self._word: list[Span] = []
        self._length = 0

    def say(self, text: str, style: Style, *, alone: bool) -> None:
        """Go on with the word. `alone`: a line may be broken before and behind `text`."""
        if alone:
            self._place()
        self._word.append((text, style))
        self._length += cell_len(text)
        if alone:
            self._place()

    def blank(self, text: str, style: Style) -> None:
        self._place()
        self._blank = (text, style)

    def end(self) -> None:
        self._place()
        self._break()

    def finish(self) -> list[Line]:
        self._place()
        if self._line or not self._lines:
            self._break()
        return self._lines

    def _place(self) -> None:
        if not self._word:
            return
        between = len(self._blank[0]) if self._blank and self._line else 0
        if self._used + between + self._length > self._width:
            if self._line:
                self._break()
        elif self._blank and self._line:
            self._line.append(self._blank)
            self._used += between
        self._blank = None
        for text, style in self._word:
            self._put(text, style)
        self._word, self._length = [], 0

    def _put(self, text: str, style: Style) -> None:
        """What is longer than a line is broken anywhere."""
        for piece, cells in folded(text, self._width, self._width - self._used):
            if self._used + cells > self._width:
                self._break()
            self._line.append((piece, style))
            self._used += cells

    def _break(self) -> None:
        self._lines.append(merged(self._line))
        self._line, self._used, self._blank = [], 0, None


def folded(text: str, width: int, first: int | None = None) -> Iterator[tuple[str, int]]:
    """`text` in pieces of at most `width` cells, `first` for the first one, and the cells of each."""
    room = (width if first is None else first) or width
    length = cell_len(text)
    if length <= room:
        yield text, length
    elif text.isascii():
        starts = [0, *range(room, len(text), width)]
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            yield text[start:end], end - start
    else:
        yield from _folded_between_letters(text, width, room)


def _folded_between_letters(text: str, width: int, room: int) -> Iterator[tuple[str, int]]:
    begin = used = 0
    for start, _, cells in split_graphemes(text)[0]:
        if used + cells > room and start > begin:
            yield text[begin:start], used
            begin, used, room = start, 0, width
        used += cells
    yield text[begin:], used


def merged(spans: Iterable[Span]) -> Line:
    """As few segments as say the same."""
    texts: list[str] = []
    line: Line = []
    last: Style | None = None
    for text, style in spans:
        if texts and style is not last:
            line.append(Segment("".join(texts), last))
            texts = []
        texts.append(text)
        last = style
    return [*line, Segment("".join(texts), last)] if texts else line


def cells(line: Iterable[Segment]) -> int:
    return sum(cell_len(segment.text) for segment in line)


def strip(line: Line) -> Strip:
    return Strip(line, cells(line))
