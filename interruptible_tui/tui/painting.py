"""A view of entries as the terminal gets it: rows that are painted once, with what is selected marked in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from interruptible_tui.tui.placing import placed
from interruptible_tui.tui.selection import highlighted, selected
from interruptible_tui.tui.view import MARGIN, EntriesView

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Region

    from interruptible_tui.tui.canvas import Canvas
    from interruptible_tui.tui.layout import Place
    from interruptible_tui.tui.parts import Part


class PaintedView(EntriesView):
    ALLOW_SELECT: ClassVar[bool] = True

    _blank: tuple[Canvas, Strip] | None = None
    """A row without anything, once it was painted."""

    # -- what is on the screen ----------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """In place of Textual's way from a line to what is painted: a row is made once, and moves as it is."""
        strips = [self.paint_row(y) for y in crop.line_range]
        columns = crop.column_span
        return strips if columns == (0, self.outer_size.width) else [strip.crop(*columns) for strip in strips]

    def paint_row(self, y: int) -> Strip:
        """Row `y` of the screen as it is painted. Kept with its part until that is drawn anew, unless it is marked.

        Nothing is kept of a frame between a new size and the news of it, whose rows are as wide for that frame alone.
        """
        row = self._top + y
        if row >= self._layout.height:
            return self._blank_row()
        place = self._layout.at(row)
        line = row - place.start - place.part.gap
        if self._is_marked(place.part, row, first=line == 0):
            return self._finished(self._mark(self._row(place, row), place.part, row, first=line == 0))
        if line < 0:
            return self._blank_row()
        self.draw_part(place.part)
        if not self._fits:
            return self._finished(self._row(place, row))
        painted = place.part.painted(self._layout.canvas)
        if line not in painted:
            painted[line] = self._finished(self._row(place, row))
        return painted[line]

    def _blank_row(self) -> Strip:
        if not self._fits:
            return self._finished(Strip([]))
        known = self._blank
        if known is None or known[0] is not self._layout.canvas:
            known = self._blank = self._layout.canvas, self._finished(Strip([]))
        return known[1]

    @property
    def _fits(self) -> bool:
        """Whether what is drawn is for the size that the view has."""
        return self._look is not None and self._look[0] == self.size.width

    @property
    def _ground(self) -> Style:
        """The style below all others; Textual takes its time to tell."""
        return self._look[2] if self._look else self.rich_style

    def render_line(self, y: int) -> Strip:
        """Row `y` of the screen with what Textual wants to know to find the letter under the mouse."""
        row = self._top + y
        if row >= self._layout.height:
            return Strip.blank(self.size.width, self.rich_style)
        lead, *said = self._row(self._layout.at(row), row)
        said_there = Strip(said).adjust_cell_length(max(0, self.size.width - MARGIN), self.rich_style)
        return Strip.join([Strip([lead]), said_there.apply_offsets(0, row)]).crop(0, self.size.width)

    def _row(self, place: Place, row: int) -> Strip:
        """Behind the margin, which is no content: it is neither selected nor copied."""
        line = row - place.start - place.part.gap
        strips = self.draw_part(place.part)
        strip = strips[line] if 0 <= line < len(strips) else Strip([])
        glyph = place.part.lead.glyph if line == 0 else " "
        lead = Segment(glyph.ljust(MARGIN), self._layout.canvas.styles[place.part.lead.style])
        return Strip([lead, *strip], MARGIN + strip.cell_length)

    def _is_marked(self, part: Part, row: int, *, first: bool) -> bool:  # noqa: ARG002 - for those that mark more
        """Whether it looks other than its part and its row in that make it look."""
        return self.text_selection is not None and self.text_selection.get_span(row) is not None

    def _mark(self, strip: Strip, part: Part, row: int, *, first: bool) -> Strip:  # noqa: ARG002 - as above
        lead, *said = strip.adjust_cell_length(self.size.width, self.rich_style)
        return Strip([lead, *highlighted(Strip(said), self.text_selection, row, self.selection_style)])

    def _finished(self, strip: Strip) -> Strip:
        """`strip` in the widget's padding and colours, as the terminal takes it."""
        width, padding, ground = self.size.width, self.styles.padding, self._ground
        inner = strip.crop(0, width) if strip.cell_length > width else strip
        segments = [Segment(" " * padding.left, ground)] if padding.left else []
        segments += Segment.apply_style(inner, ground)
        segments.append(Segment(" " * (width - inner.cell_length + padding.right), ground))
        whole = Strip(segments, width + padding.width)
        for line_filter in self.get_line_filters():
            whole = whole.apply_filter(line_filter, self.background_colors[1])
        return placed(whole, self.region.x)

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
