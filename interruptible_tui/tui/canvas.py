"""What the transcript draws on: a width, the theme's styles, and a console of its own that knows no markup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from textual.strip import Strip

from interruptible_tui.tui.lexers import Lexers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from rich.syntax import ANSISyntaxTheme

STYLES = ("text", "user", "lead", "dim", "error", "good", "busy", "heading", "code", "link")
"""What the theme has a style for; each is a component class `transcript--…`."""

MEASURE = 100
"""Cells of a line of prose at most: in longer ones the eye loses its way back. Code and tables take what there is."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """Drawn things are kept per canvas: another width or theme is another canvas."""

    width: int
    styles: Mapping[str, Style]
    console: Console
    inline_code: Style
    lexers: Lexers

    @classmethod
    def create(cls, width: int, styles: Mapping[str, Style], lexers: Lexers | None = None) -> Canvas:
        console = Console(
            file=StringIO(),
            width=width,
            color_system="truecolor",
            force_terminal=True,
            markup=False,
            emoji=False,
            highlight=False,
        )
        return cls(width, styles, console, colour(styles["busy"]), lexers or Lexers())

    @cached_property
    def syntax(self) -> ANSISyntaxTheme:
        from interruptible_tui.tui.colouring import theme  # with Pygments, which only code needs

        return theme(self.styles)

    @property
    def measure(self) -> int:
        """Cells of a line of prose."""
        return min(self.width, MEASURE)

    def narrower(self, cells: int) -> Canvas:
        return replace(self, width=max(1, self.width - cells))

    def strips(self, renderable: RenderableType) -> list[Strip]:
        """`renderable` as lines of at most `width` cells."""
        options = self.console.options.update(width=self.width, height=None, highlight=False)
        lines = self.console.render_lines(renderable, options, style=self.styles["text"], pad=False)
        return [Strip(line) for line in lines]


def colour(style: Style) -> Style:
    """The colour of `style` and nothing else of it."""
    return Style(color=style.color)
