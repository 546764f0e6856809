"""The line that says what a screen shows."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.text import clean_line


class TitleLine(Widget):
    DEFAULT_CSS = """
    TitleLine {
        height: 1;
        padding: 0 2;
        color: $text-primary;
        text-style: bold;
        text-wrap: nowrap;
    }
    """

    said: reactive[str] = reactive("")

    def render(self) -> Content:
        return Content(clean_line(self.said)).truncate(self.content_size.width, ellipsis=True)
