"""A scroll view over a layout of entries.

- The rows on the screen are always exact. What turns out to be higher than its estimate moves the scroll bar, never
  the text that is being read.
- At the end the view stays at the end. Scrolled up it stays where it is, until it is scrolled back to the end.
- Only rows that changed are painted again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from interruptible_tui.tui.canvas import STYLES, Canvas
from interruptible_tui.tui.layout import Layout
from interruptible_tui.tui.selection import highlighted, selected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.theme import Theme

    from interruptible_tui.tui.entries import Entry
    from interruptible_tui.tui.parts import Part

MARGIN = 2
"""Cells on the left of every line; the first holds a part's lead."""


class EntriesView(ScrollView, can_focus=True):
    ALLOW_SELECT: ClassVar[bool] = True
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
        self._layout = self._laid_out(Canvas.create(1, dict.fromkeys(STYLES, Style.null())), ())
        self._placing = False

    def draw_part(self, part: Part) -> list[Strip]:
        """Draw `part`. Everything that is drawn comes through here."""
        return part.draw(self._layout.canvas)

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
            self.refresh(Region(0, start - self._top, self.size.width, end - start))

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
        width = max(1, self.size.width - MARGIN - 1)
        if (width, styles) != (self._layout.canvas.width, self._layout.canvas.styles):
            self._redraw(Canvas.create(width, styles))
        self._place_again()
        self.refresh()

    def _redraw(self, canvas: Canvas) -> None:
        """Draw everything anew, and find again what was at the top of the screen."""
        place = None if self.at_end else self._layout.at(self._top)
        self._layout.fit(canvas)
        if place:
            last = place.part.height(canvas) - 1
            offset = min(self._top - place.start, last)
            self._place(self._layout.row_of(place.entry, place.part) + offset, 0)

    # -- what is on the screen ----------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        row = self._top + y
        if row >= self._layout.height:
            return Strip.blank(self.size.width, self.rich_style)
        place = self._layout.at(row)
        line = row - place.start - place.part.gap
        strips = self.draw_part(place.part)
        strip = strips[line] if 0 <= line < len(strips) else Strip([])
        return self._line(strip, place.part, row, first=line == 0)

    def _line(self, strip: Strip, part: Part, row: int, *, first: bool) -> Strip:
        """`strip` behind the margin, which is no content: it is neither selected nor copied."""
        width = self.size.width
        strip = strip.adjust_cell_length(max(0, width - MARGIN), self.rich_style)
        strip = highlighted(strip, self.text_selection, row, self.selection_style).apply_offsets(0, row)
        glyph = part.lead.glyph if first else " "
        lead = Segment(glyph.ljust(MARGIN), self._layout.canvas.styles[part.lead.style])
        return Strip.join([Strip([lead], MARGIN), strip]).crop(0, width)

    # -- selected text ------------------------------------------------------------------------------------------------

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text without margins and padding."""
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else self._layout.height - 1
        return selected(self._layout.texts(first, last), selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's signature
        self.refresh()

    def text_select_all(self) -> None:
        """A double click selects what is on the screen: the whole conversation may be very long."""
        end = Offset(self.size.width, self._top + self.size.height - 1)
        self.screen.selections = {self: Selection(Offset(0, self._top), end)}
