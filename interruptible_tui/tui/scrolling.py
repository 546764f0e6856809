"""How whatever scrolls looks: a slim bar on the right, none below."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.geometry import Region

_STEPS = 8
"""Places of an end of the thumb within one cell, as Textual draws it."""


class SteadyBar(ScrollBar):
    """A bar that is painted when it looks other than before, and not with each row that what scrolls has grown by."""

    window_virtual_size: Reactive[int] = Reactive(100, repaint=False)
    position: Reactive[float] = Reactive(0, repaint=False)

    _thumb = (0, 0)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's, without a way of its own for each of many rows that look the same."""
        bar = self.render()
        if not isinstance(bar, ScrollBarRender) or not isinstance(bar.style, Style):
            return super().render_lines(crop)
        ground, thumb = bar.style.bgcolor or Color.default(), bar.style.color or Color.default()
        whole, window, (width, height) = bar.virtual_size, bar.window_size, self.size
        rows = bar.render_bar(height, whole, window, bar.position, width, True, ground, thumb).segments
        kinds = {row: self._filtered(Strip([row], width)) for row in set(rows)}
        return [kinds[rows[y]].crop(*crop.column_span) for y in crop.line_range]

    def _filtered(self, strip: Strip) -> Strip:
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        return strip

    def watch_window_virtual_size(self) -> None:
        self._follow()

    def watch_position(self) -> None:
        self._follow()

    def _follow(self) -> None:
        thumb = self._look()
        if thumb != self._thumb:
            self._thumb = thumb
            self.refresh()

    def _look(self) -> tuple[int, int]:
        """Where the thumb begins and how long it is, in eighths of a cell."""
        size, whole, window = self.size.height, self.window_virtual_size, self.window_size
        if not size or whole <= window:
            return 0, 0
        thumb = max(1.0, window * size / whole)
        return int((size - thumb) * self.position / (whole - window) * _STEPS), ceil(thumb * _STEPS)


class SlimScrollView(ScrollView, can_focus=True):
    DEFAULT_CSS = """
    SlimScrollView {
        background: $background;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    """

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """Made when it is first asked for, as Textual makes its own."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = SteadyBar(name="vertical", thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)  # noqa: SLF001 - nothing public starts one
        return self._vertical_scrollbar
