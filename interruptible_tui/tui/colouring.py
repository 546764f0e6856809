"""The colours of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygments.token import (  # type: ignore[import-untyped]  # pygments ships no types
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    String,
)
from rich.style import Style
from rich.syntax import ANSISyntaxTheme

from interruptible_tui.tui.canvas import colour

if TYPE_CHECKING:
    from collections.abc import Mapping


def theme(styles: Mapping[str, Style]) -> ANSISyntaxTheme:
    """What a canvas's `styles` mean for code."""
    return ANSISyntaxTheme(
        {
            Comment: colour(styles["dim"]) + Style(italic=True),
            Keyword: colour(styles["lead"]),
            Operator.Word: colour(styles["lead"]),
            Name.Function: colour(styles["link"]),
            Name.Class: colour(styles["link"]),
            Name.Decorator: colour(styles["link"]),
            Name.Tag: colour(styles["lead"]),
            String: colour(styles["good"]),
            Number: colour(styles["busy"]),
        }
    )
