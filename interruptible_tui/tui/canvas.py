"""What the transcript draws on: a width, the theme's styles, and a console of its own that knows no markup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING

from pygments.token import (  # type: ignore[import-untyped]  # pygments ships no types
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    String,
)
from rich.console import Console
from rich.style import Style
from rich.syntax import ANSISyntaxTheme
from rich.theme import Theme
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

STYLES = ("text", "user", "lead", "dim", "error", "good", "busy", "heading", "code", "link")
"""What the theme has a style for; each is a component class `transcript--…`."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Drawn things are kept per canvas: another width or theme is another canvas."""

    width: int
    styles: Mapping[str, Style]
    console: Console
    syntax: ANSISyntaxTheme

    @classmethod
    def create(cls, width: int, styles: Mapping[str, Style]) -> Canvas:
        console = Console(
            file=StringIO(),
            width=width,
            color_system="truecolor",
            force_terminal=True,
            markup=False,
            emoji=False,
            highlight=False,
            theme=Theme(_markdown_styles(styles)),
        )
        return cls(width, styles, console, ANSISyntaxTheme(_syntax_styles(styles)))

    def narrower(self, cells: int) -> Canvas:
        return replace(self, width=max(1, self.width - cells))

    def strips(self, renderable: RenderableType) -> list[Strip]:
        """`renderable` as lines of at most `width` cells."""
        options = self.console.options.update(width=self.width, height=None, highlight=False)
        lines = self.console.render_lines(renderable, options, style=self.styles["text"], pad=False)
        return [Strip(line) for line in lines]


def _markdown_styles(styles: Mapping[str, Style]) -> dict[str, Style]:
    headings = {f"markdown.h{level}": styles["heading"] for level in range(1, 7)}
    return headings | {
        "markdown.code": _colour(styles["busy"]),
        "markdown.block_quote": styles["dim"],
        "markdown.hr": styles["dim"],
        "markdown.item.bullet": styles["lead"],
        "markdown.item.number": styles["lead"],
        "markdown.link": styles["link"],
        "markdown.link_url": styles["dim"],
        "markdown.table.border": styles["dim"],
        "markdown.table.header": styles["heading"],
    }


def _syntax_styles(styles: Mapping[str, Style]) -> dict[tuple[str, ...], Style]:
    return {
        Comment: _colour(styles["dim"]) + Style(italic=True),
        Keyword: _colour(styles["lead"]),
        Operator.Word: _colour(styles["lead"]),
        Name.Function: _colour(styles["link"]),
        Name.Class: _colour(styles["link"]),
        Name.Decorator: _colour(styles["link"]),
        Name.Tag: _colour(styles["lead"]),
        String: _colour(styles["good"]),
        Number: _colour(styles["busy"]),
    }


def _colour(style: Style) -> Style:
    return Style(color=style.color)
