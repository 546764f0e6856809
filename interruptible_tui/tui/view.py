"""A scroll view over a layout of entries: where they are, and what moves them.

- The rows on the screen are always exact. What turns out to be higher than its estimate moves the scroll bar, never
  the text that is being read.
- At the end the view stays at the end. Scrolled up it stays where it is, until it is scrolled back to the end.
- What looks as before is neither drawn nor placed again.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.reactive import var
from textual.selection import Selection
from textual.widget import Widget

from interruptible_tui.tui.canvas import STYLES, Canvas
from interruptible_tui.tui.layout import Layout
from interruptible_tui.tui.lexers import Lexers
from interruptible_tui.tui.reading_on import same_line
from interruptible_tui.tui.scrolling import SlimScrollView
from interruptible_tui.tui.strips import Strips

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.strip import Strip
    from textual.theme import Theme

    from interruptible_tui.tui.entries import Entry
    from interruptible_tui.tui.parts import Part

MARGIN = 2
"""Cells on the left of every line; the first holds a part's lead."""


class EntriesView(SlimScrollView):
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{name}" for name in STYLES}

    at_end: var[bool] = var(True)
    """Whether the view follows what is added."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._lexers = Lexers(self._lexer_loaded)
        self._layout = self._laid_out(Canvas.create(1, dict.fromkeys(STYLES, Style.null())), ())
        self._placing = False
        self._strips = Strips()
        self._look: tuple[int, Mapping[str, Style], Style] | None = None
        """The width, the styles, and the style below all of them, for which parts are drawn."""

    def draw_part(self, part: Part) -> list[Strip]:
        """Draw `part`. Everything that is drawn comes through here."""
        strips = part.draw(self._layout.canvas)
        self._strips.seen(part, len(strips))
        return strips

    def _laid_out(self, canvas: Canvas, entries: Iterable[Entry]) -> Layout:
        return Layout(canvas, entries, self.draw_part, self._moved)

    # -- what is in it ------------------------------------------------------------------------------------------------

    def replace_entries(self, entries: Iterable[Entry]) -> None:
        self._layout = self._laid_out(self._layout.canvas, entries)
        self.follow()

    def add_entry(self, entry: Entry) -> None:
        self._layout.stack.items.append(entry)
        self._changed(len(self._layout.stack.items) - 1)

    def remove_entry(self, entry: Entry) -> None:
        index = self._layout.index_of(entry)
        del self._layout.stack.items[index]
        self._changed(index)
        self.refresh()

    def entry_changed(self, entry: Entry, first: int = 0) -> None:
        """`entry` is not what it was, from its row `first` on."""
        self._changed(self._layout.index_of(entry), first)

    def is_seen(self, entry: Entry) -> bool:
        """Whether some of it is on the screen."""
        stack = self._layout.stack
        index = self._layout.index_of(entry)
        return stack.start(index) < self._top + self.size.height and self._top < stack.start(index + 1)

    # -- where it is --------------------------------------------------------------------------------------------------

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self.at_end = True
        self._place_again()
        self.refresh()

    def reveal(self, row: int, above: int) -> None:
        """Scroll, if `row` is not on the screen, so that it is, with `above` rows above it."""
        if not self._top <= row < self._top + self.size.height:
            self._place(row, above)
            self.at_end = self._top >= self.max_scroll_y
            self.refresh()

    def _changed(self, index: int, first: int = 0) -> None:
        """Show entry `index` again from its row `first` on, and everything below if it moved."""
        stack, top = self._layout.stack, self._top
        below = stack.height - stack.start(min(index + 1, len(stack.items)))
        height = stack.height
        stack.changed(index)
        self._place_again()
        self.at_end = self.at_end or self._top >= self.max_scroll_y
        if self._top == top:
            end = stack.height - below if stack.height == height else top + self.size.height
            self._repaint(stack.start(index) + first, end)

    def _repaint(self, start: int, end: int) -> None:
        start, end = max(start, self._top), min(end, self._top + self.size.height)
        if start < end:
            self.refresh(Region(0, start - self._top, self.outer_size.width, end - start))

    def _place_again(self) -> None:
        if self.at_end:
            self._place(self._layout.height, self.size.height)
        else:
            self._place(self._top, 0)

    def _place(self, pin: int, above: int) -> None:
        """Show row `pin` with `above` rows above it."""
        if not self.size:
            return
        self._placing = True
        top = self._layout.settle(pin, above, self.size.height)
        size = Size(self.size.width, self._layout.height)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
        self.scroll_target_y = self.scroll_y = top
        self._placing = False

    def _moved(self, row: int, rows: int) -> None:
        """What is selected moves with the text."""
        if selection := self.text_selection:
            ends = [end + Offset(0, rows) if end and end.y > row else end for end in selection]
            self.screen.selections = {**self.screen.selections, self: Selection(*ends)}

    # -- what moves it ------------------------------------------------------------------------------------------------

    def _scroll_to(self, *args: Any, **options: Any) -> bool:
        """Scroll at once: an animation would aim at a row that may turn out to be another."""
        return super()._scroll_to(*args, **{**options, "animate": False})

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        old, new = round(old_value), round(new_value)
        if self._placing or old == new:
            return
        self.at_end = new >= self.max_scroll_y
        if not self.at_end and 0 < old - new < self.size.height:
            self._place(old, old - new)
        else:
            self._place_again()

    def on_mount(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.app.theme_changed_signal.subscribe(self, self._themed)

    def on_resize(self) -> None:
        self._fit()

    def _themed(self, _: Theme) -> None:
        self._fit()

    def _fit(self) -> None:
        """Take a new size or theme; keep what is at the top of the screen, or the end."""
        if not self.size:
            return
        styles = {name: self.get_component_rich_style(f"transcript--{name}") for name in STYLES}
        look = self.size.width, styles, self.rich_style
        if look != self._look:
            self._look = look
            self._redraw(Canvas.create(max(1, self.size.width - MARGIN - 1), styles, self._lexers))
        self._place_again()
        self.refresh()

    def _lexer_loaded(self) -> None:
        """Called in another thread."""
        with suppress(RuntimeError):  # the app has ended
            self._loop.call_soon_threadsafe(self._recolour)

    def _recolour(self) -> None:
        """Code that was drawn without its colours is drawn anew, and all else with it."""
        if self.is_attached and self.size:
            self._redraw(replace(self._layout.canvas))
            self._place_again()
            self.refresh()

    def _redraw(self, canvas: Canvas) -> None:
        """Draw everything anew, and find again what was at the top of the screen.

        What is selected is so no longer if lines may be broken elsewhere: its rows would hold other text.
        """
        place = None if self.at_end else self._layout.at(self._top)
        before = self._texts(place.part) if place else []
        if canvas.width != self._layout.canvas.width:
            self._deselect()
        self._layout.fit(canvas)
        if place:
            offset, gap = self._top - place.start, place.part.gap
            line = same_line(max(0, offset - gap), before, self._texts(place.part))
            self._place(self._layout.row_of(place.entry, place.part) + min(offset, gap) + line, 0)

    def _texts(self, part: Part) -> list[str]:
        return [strip.text for strip in self.draw_part(part)]

    def _deselect(self) -> None:
        if self.text_selection:
            all_ = self.screen.selections.items()
            self.screen.selections = {widget: selection for widget, selection in all_ if widget is not self}
