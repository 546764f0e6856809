"""Long texts that do not stand in the composer themselves: a chip stands for each.

- What is pasted and longer than PASTED_LINES or PASTED_CHARACTERS becomes a chip; so does what is written back (an
  earlier prompt, one that was refused) where it holds a text that was a chip before, or more than MOST characters.
- In a text with chips a chip is as many code points as the label that people see, all of them lone surrogates: the
  number of the attachment in two, then padding. No text from outside has lone surrogates, see `storable`.
- `expand` gives the exact text back. It is what is sent and stored: nobody else knows of chips.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interruptible_tui.text import storable
from interruptible_tui.tui.excerpt import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interruptible_tui.drafts import Pieces

PASTED_LINES = 20
PASTED_CHARACTERS = 2_000
MOST = 20_000
"""Characters of a text that can be edited without delay: each costs a text area some microseconds, at each key."""
MOST_LINES = 1_000

_DIGIT = 0x400
_HIGH, _LOW, _PADDING = 0xD800, 0xDC00, "\udfff"
_CHIP = re.compile("[\ud800-\udbff][\udc00-\udfff]\udfff+")


class Attachments:
    def __init__(self) -> None:
        self._texts: list[str] = []
        self._labels: list[str] = []
        self._written_out: set[int] = set()
        """The numbers of those that shall not become chips again."""

    def paste(self, text: str, beside: int = 0) -> str:
        """What stands for a text that is pasted: itself, or its chip. `beside`: characters that are there already."""
        text = storable(text)
        lines = text.count("\n") + text.count("\r") - text.count("\r\n") + (not text.endswith(("\n", "\r")))
        if lines < PASTED_LINES and len(text) <= PASTED_CHARACTERS and beside + len(text) <= MOST:
            return _with_line_feeds(text)
        return self.chip(text if "\n" in text else _with_line_feeds(text))

    def chip(self, text: str, label_: str = "") -> str:
        """What stands for `text`, shown as `label_`, else as something pasted."""
        if text in self._texts:
            number = self._texts.index(text)
        else:
            number = len(self._texts)
            self._texts.append(text)
            self._labels.append(label_ or label(text))
        self._written_out.discard(number)
        high, low = divmod(number, _DIGIT)
        return f"{chr(_HIGH + high)}{chr(_LOW + low)}".ljust(len(self._labels[number]), _PADDING)

    def fold(self, text: str) -> str:
        """`text`, which may have chips already, with chips for what is too long, or was a chip before."""
        return "".join(piece if chip else self._fold(piece) for piece, chip in _pieces(text))

    def expand(self, text: str) -> str:
        """`text` with what its chips stand for."""
        return "".join(self._text(piece) if chip else piece for piece, chip in _pieces(text))

    def pieces(self, text: str) -> Pieces:
        """`text` as it can be written down."""
        return tuple(
            (self._text(piece), self.labelled(piece)) if chip else (piece, "") for piece, chip in _pieces(text)
        )

    def joined(self, pieces: Pieces) -> str:
        """What `pieces` were made of."""
        return "".join(self.chip(text, label_) if label_ else text for text, label_ in pieces)

    def labelled(self, line: str) -> str:
        """`line` with the labels of its chips, as many code points as before."""
        return "".join(self._labels[_number(piece)] if chip else piece for piece, chip in _pieces(line))

    def write_out(self, chip: str) -> str:
        """The text of `chip`, which is to be edited."""
        self._written_out.add(_number(chip))
        return self._text(chip)

    def can_be_edited(self, chip: str) -> bool:
        return is_short(self._text(chip))

    def _text(self, chip: str) -> str:
        return self._texts[_number(chip)]

    def _fold(self, text: str) -> str:
        known = [each for at, each in enumerate(self._texts) if at not in self._written_out and each in text]
        if known:
            longest = max(known, key=len)
            return self.chip(longest).join(self._fold(piece) for piece in text.split(longest))
        return text if is_short(text) else self.chip(text)


def spans(line: str) -> list[tuple[int, int]]:
    """Where the chips of `line` begin and end."""
    return [found.span() for found in _CHIP.finditer(line)]


def label(text: str) -> str:
    """What is shown for an attached text."""
    lines = text.count("\n") + (not text.endswith("\n"))
    return f"[pasted {lines:,} line{'s' * (lines != 1)}, {size(text)}]"


def is_short(text: str) -> bool:
    """Whether it can be edited without delay."""
    return len(text) <= MOST and text.count("\n") < MOST_LINES


def _with_line_feeds(text: str) -> str:
    """Most terminals paste each line end as CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _number(chip: str) -> int:
    return (ord(chip[0]) - _HIGH) * _DIGIT + ord(chip[1]) - _LOW


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` in pieces that are not empty, each with whether it is a chip."""
    end = 0
    for start, stop in spans(text):
        if start > end:
            yield text[end:start], False
        yield text[start:stop], True
        end = stop
    if end < len(text):
        yield text[end:], False
