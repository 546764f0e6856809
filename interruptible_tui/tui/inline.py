"""What stands inside of a paragraph, a heading or a cell: text in several styles. A link shows where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from interruptible_tui.tui.wrapping import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

    from interruptible_tui.tui.canvas import Canvas

_STYLES = {
    "strong_open": Style(bold=True),
    "em_open": Style(italic=True),
    "s_open": Style(strike=True),
}


def spans(tokens: Iterable[Token], style: Style, canvas: Canvas) -> Iterator[Span]:
    """The children of an inline token, in `style` and what they add to it."""
    styles, links = [style], list[tuple[str, list[str]]]()
    for token in tokens:
        match token.type:
            case "softbreak":
                said = " "
            case "hardbreak":
                said = "\n"
            case "link_open":
                links.append((str(token.attrs.get("href", "")), []))
                styles.append(styles[-1] + canvas.styles["link"])
                continue
            case "link_close":
                styles.pop()
                target, text = links.pop()
                if target and target != "".join(text):
                    yield f" ({target})", style + canvas.styles["dim"]
                continue
            case _ if token.nesting == 1:
                styles.append(styles[-1] + _STYLES.get(token.type, Style.null()))
                continue
            case _ if token.nesting == -1:
                styles.pop()
                continue
            case _:
                said = token.content
        for _, text in links:
            text.append(said)
        yield said, styles[-1] + canvas.inline_code if token.type == "code_inline" else styles[-1]
