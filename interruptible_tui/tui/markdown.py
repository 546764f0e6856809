"""A block of Markdown as a Rich renderable: calm, harmless, and with nothing left out.

What the parser has read is cleaned after it has decoded entities, which can spell hostile characters too. HTML and
images stay the text they are. A link shows where it leads; nothing can be clicked.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from markdown_it import MarkdownIt
from rich import markdown as rich_markdown
from rich.rule import Rule
from rich.syntax import Syntax

from interruptible_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token
    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult

    from interruptible_tui.tui.canvas import Canvas

References = dict[str, Any]
"""Link targets that a text defines, as markdown-it keeps them."""

_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:", re.MULTILINE)


def references(text: str) -> References:
    """The link targets defined anywhere in `text`."""
    if not _DEFINITION.search(text):
        return {}
    found: dict[str, Any] = {}
    _parser().parse(text, found)
    return dict(found.get("references", {}))


class Markdown(rich_markdown.Markdown):
    """One block, `source`, as it looks on `canvas`."""

    def __init__(self, source: str, known: References, canvas: Canvas) -> None:
        super().__init__("", hyperlinks=False)
        self.parsed = _cleaned(_parser().parse(source, {"references": known}))
        self.canvas = canvas

    elements: ClassVar[dict[str, type[rich_markdown.MarkdownElement]]]


class _Heading(rich_markdown.Heading):
    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = {}


class _Code(rich_markdown.TextElement):
    style_name = "markdown.code_block"

    def __init__(self, lexer: str, canvas: Canvas) -> None:
        self.lexer = lexer
        self.canvas = canvas

    @classmethod
    def create(cls, markdown: rich_markdown.Markdown, token: Token) -> _Code:
        return cls(token.info.partition(" ")[0] or "text", cast("Markdown", markdown).canvas)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip("\n")
        background = self.canvas.styles["code"].bgcolor
        if code:
            yield Syntax(
                code,
                self.lexer,
                theme=self.canvas.syntax,
                word_wrap=True,
                padding=(0, 1),
                background_color=background.name if background else None,
            )


class _Rule(rich_markdown.HorizontalRule):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Rule(style="markdown.hr", characters="─")


class _Table(rich_markdown.TableElement):
    """A table whose long words are folded instead of lost."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            for column in getattr(table, "columns", ()):
                column.overflow = "fold"
            yield table


Markdown.elements = rich_markdown.Markdown.elements | {
    "heading_open": _Heading,
    "fence": _Code,
    "code_block": _Code,
    "hr": _Rule,
    "table_open": _Table,
}


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
