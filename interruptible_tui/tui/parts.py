"""What a conversation is drawn from: stretches of rows, each drawn when first seen and kept until it changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from interruptible_tui.text import clean
from interruptible_tui.tui.markdown import Markdown, References

if TYPE_CHECKING:
    from interruptible_tui.tui.blocks import Block
    from interruptible_tui.tui.canvas import Canvas


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands in the margin beside the first line: one cell, and the name of its style."""

    glyph: str = " "
    style: str = "dim"


class Part(ABC):
    """A stretch of rows that is drawn as one."""

    def __init__(self, *, gap: int, lead: Lead | None = None) -> None:
        self.gap = gap
        """Blank rows above it."""
        self.lead = lead or Lead()
        self._drawn: tuple[Canvas, list[Strip]] | None = None

    @property
    @abstractmethod
    def text(self) -> str:
        """What it says, as plain text, whether drawn or not."""

    @abstractmethod
    def _draw(self, canvas: Canvas) -> list[Strip]: ...

    def is_drawn(self, canvas: Canvas) -> bool:
        return self._drawn is not None and self._drawn[0] is canvas

    def draw(self, canvas: Canvas) -> list[Strip]:
        """Its lines, without the gap; drawn once for each canvas."""
        if self._drawn is None or self._drawn[0] is not canvas:
            self._drawn = canvas, self._draw(canvas)
        return self._drawn[1]

    def height(self, canvas: Canvas) -> int:
        """Rows with the gap: an estimate until it is drawn."""
        if self._drawn is not None and self._drawn[0] is canvas:
            return self.gap + len(self._drawn[1])
        return self.gap + estimate(self.text, canvas)

    def _changed(self) -> None:
        self._drawn = None


class Literal(Part):
    """Text exactly as it is, in one style."""

    def __init__(self, text: str, style: str, *, gap: int, lead: Lead | None = None) -> None:
        super().__init__(gap=gap, lead=lead)
        self._text = clean(text)
        self._style = style

    @property
    def text(self) -> str:
        return self._text

    def _draw(self, canvas: Canvas) -> list[Strip]:
        return canvas.strips(Text(self._text, canvas.styles[self._style], overflow="fold"))


class MarkdownPart(Part):
    """A block of Markdown. Dimmed for what the model no longer sees."""

    def __init__(self, block: Block, known: References | None = None, *, dimmed: bool = False) -> None:
        super().__init__(gap=0 if block.joined else 1)
        self.block = block
        self._known = known or {}
        self._dimmed = dimmed

    @property
    def text(self) -> str:
        return clean(self.block.source)

    def _draw(self, canvas: Canvas) -> list[Strip]:
        strips = _trimmed(canvas.strips(Markdown(self.block.source, self._known, canvas)))
        if not strips and self.gap:
            strips = canvas.strips(Text(self.text, canvas.styles["dim"], overflow="fold"))
        return [_dimmed(strip, canvas) for strip in strips] if self._dimmed else strips


def estimate(text: str, canvas: Canvas) -> int:
    """About how many rows `text` takes."""
    return 1 + text.count("\n") + len(text) // canvas.width


def _trimmed(strips: list[Strip]) -> list[Strip]:
    """Without the blank lines that Rich draws around a table."""
    said = [index for index, strip in enumerate(strips) if strip.text.strip()]
    return strips[said[0] : said[-1] + 1] if said else []


def _dimmed(strip: Strip, canvas: Canvas) -> Strip:
    return Strip(Segment.apply_style(strip, post_style=canvas.styles["dim"]), strip.cell_length)
