"""What a conversation is drawn from: stretches of rows, each drawn when first seen and kept until it changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from interruptible_tui.text import clean
from interruptible_tui.tui.wrapping import strip

if TYPE_CHECKING:
    from interruptible_tui.tui.blocks import Block, References
    from interruptible_tui.tui.canvas import Canvas


class Lead(Struct, frozen=True):
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
        self._measured: tuple[int, int] | None = None
        """A width, and how many lines it has then; stays known when it is drawn no longer, or in other colours."""
        self._painted: dict[int, Strip] = {}

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
            self._drawn, self._painted = (canvas, self._draw(canvas)), {}
            self._measured = canvas.width, len(self._drawn[1])
        return self._drawn[1]

    def painted(self, canvas: Canvas) -> dict[int, Strip]:
        """A place for its lines as they were painted; empty when it is drawn anew."""
        self.draw(canvas)
        return self._painted

    def begin_as(self, other: Part, rows: int) -> None:
        """Its first `rows` lines look as those of `other`."""
        self._painted |= {row: strip for row, strip in other._painted.items() if row < rows}

    def height(self, canvas: Canvas) -> int:
        """Rows with the gap: an estimate until it is drawn."""
        if self._measured is not None and self._measured[0] == canvas.width:
            return self.gap + self._measured[1]
        return self.gap + estimate(self.text, canvas)

    def is_measured(self, canvas: Canvas) -> bool:
        """Whether it has ever been drawn as wide as that."""
        return self._measured is not None and self._measured[0] == canvas.width

    def release(self) -> None:
        """Let go of its strips: it is drawn again when it is seen again."""
        self._drawn, self._painted = None, {}

    def _changed(self) -> None:
        self._drawn = self._measured = None


class Literal(Part):
    """Text exactly as it is, in one style. Lines of what is `prose` are not longer than can be read well."""

    def __init__(self, text: str, style: str, *, gap: int, lead: Lead | None = None, prose: bool = False) -> None:
        super().__init__(gap=gap, lead=lead)
        self._text = clean(text)
        self._style = style
        self._prose = prose

    @property
    def text(self) -> str:
        return self._text

    def _draw(self, canvas: Canvas) -> list[Strip]:
        ground = canvas.narrower(canvas.width - canvas.measure) if self._prose else canvas
        return ground.strips(Text(self._text, canvas.styles[self._style], overflow="fold"))


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
        from interruptible_tui.tui.markdown import markdown_lines  # with its parser: not for an empty screen

        strips = [strip(line) for line in markdown_lines(self.block.source, self._known, canvas)]
        if not strips and self.gap:
            strips = canvas.strips(Text(self.text, canvas.styles["dim"], overflow="fold"))
        return [_dimmed(each, canvas) for each in strips] if self._dimmed else strips


def estimate(text: str, canvas: Canvas) -> int:
    """About how many rows `text` takes."""
    return 1 + text.count("\n") + len(text) // canvas.measure


def _dimmed(strip: Strip, canvas: Canvas) -> Strip:
    return Strip(Segment.apply_style(strip, post_style=canvas.styles["dim"]), strip.cell_length)
