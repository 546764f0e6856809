"""Which colours are shown: those of a theme, the sixteen of the terminal, or none at all.

Where a terminal has sixteen, a theme's colours would all become white or grey; SIXTEEN names the terminal's own, so
that they are told apart, on a dark ground and on a bright one. Nothing is said by a colour alone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.color import Color

DARK = Theme(
    name="dark",
    primary="#0178D4",
    secondary="#004578",
    accent="#ffa62b",
    warning="#ffa62b",
    error="#ba3c5b",
    success="#4EBF71",
    foreground="#e0e0e0",
    background="#121212",
    surface="#1e1e1e",
    variables={
        "text-primary": "#74b8ee",
        "text-error": "#f0a0b2",
        "text-muted": "#b4b4b4",
        "input-selection-background": "#0a3a62",
        "screen-selection-background": "#0a3a62",
    },
)
"""The usual one."""
SIXTEEN = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_blue",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_magenta",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "bold reverse",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
    },
)


def wanted() -> bool:
    """Whether there are to be colours, as https://no-color.org has it."""
    return not os.environ.get("NO_COLOR")


class Colourless(LineFilter):
    """Leaves bold, reverse, underline and the like."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        return [Segment(text, style.without_color if style else None, control) for text, style, control in segments]
