"""A text area that holds text exactly, and shows it harmlessly; chips stand in it for what is too long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import DocumentNavigator, Edit, EditResult, Selection, WrappedDocument

from interruptible_tui.tui.attachments import Attachments, spans
from interruptible_tui.tui.draft import Draft
from interruptible_tui.tui.turns import Typed

if TYPE_CHECKING:
    from typing import Any

    from rich.text import Text
    from textual import events
    from textual.geometry import Region
    from textual.widgets.text_area import Location

_NARROWEST = 2
"""Cells."""


_CHIP = Style(reverse=True)


class Editor(Typed, TextArea):
    """Its `text` has the chips, and `attachments` what they stand for."""

    document: Draft
    _is_styled = False
    """Whether the styles of its parts are known."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.attachments = Attachments()
        super().__init__(*args, **options)

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document("", language)
        self.document = Draft(text, self.attachments)
        self.wrapped_document = WrappedDocument(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    @property
    def has_chips(self) -> bool:
        return bool(spans(self.text))

    @property
    def selected_text(self) -> str:
        return self.attachments.expand(super().selected_text)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        self._is_styled = False
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As TextArea's, which looks up the styles of its parts anew each time: a third of what a key takes."""
        if self._is_styled:
            return ScrollView.render_lines(self, crop)
        self._is_styled = True
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Nothing, where there is no room for a character and the cursor; the placeholder cannot be wrapped there."""
        if self.content_size.width < _NARROWEST:
            return Strip.blank(self.size.width, self.rich_style)
        return super().render_line(y)

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        for start, end in self.document.chips(line_index):
            line.stylize(_CHIP, start, end)
        return line

    # -- a chip is one thing ------------------------------------------------------------------------------------------

    def edit(self, edit: Edit) -> EditResult:
        """What touches a part of a chip takes all of it."""
        start, end = self.document.with_whole_chips(edit.top, edit.bottom)
        return super().edit(replace(edit, from_location=start, to_location=end))

    def _validate_selection(self, selection: Selection) -> Selection:
        selection = super()._validate_selection(selection)
        onwards = selection.end > self.selection.end
        return Selection(*(self._outside(location, onwards=onwards) for location in selection))

    def _outside(self, location: Location, *, onwards: bool) -> Location:
        document: object = self.document
        around = document.chip_around(location) if isinstance(document, Draft) else None  # another while it is set
        return (location[0], around[onwards]) if around else location

    def action_write_out(self) -> None:
        """Write the text of the chip before the cursor in its place. Refused if it is too long to be edited."""
        row = self.cursor_location[0]
        span = self.document.chip_before(self.cursor_location)
        if span is None:
            return
        start, end = (row, span[0]), (row, span[1])
        chip = self.document.get_text_range(start, end)
        if self.attachments.can_be_edited(chip):
            self.move_cursor(self.replace(self.attachments.write_out(chip), start, end).end_location)
        else:
            self.refuse_to_write_out()

    def refuse_to_write_out(self) -> None:
        """For those that can say so."""

    # -- writing ------------------------------------------------------------------------------------------------------

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Write `text`, or a chip for it, at the cursor."""
        self.put(self.attachments.paste(text, beside=len(self.text)))

    def action_paste(self) -> None:
        self.paste(self.app.clipboard)

    def action_cut(self) -> None:
        start, end = self.selection
        cut = self._delete_cursor_line() if start == end else self._delete_via_keyboard(start, end)
        if cut:
            self.app.copy_to_clipboard(self.attachments.expand(cut.replaced_text))

    def put(self, text: str) -> None:
        """Write `text` at the cursor, in place of what is selected."""
        self.move_cursor(self.replace(text, *self.selection, maintain_selection_offset=False).end_location)

    def action_new_line(self) -> None:
        self.put("\n")
        self.scroll_cursor_visible()

    def replace_from(self, index: int, text: str) -> None:
        """Write `text` in place of everything from character `index` on; it can be undone."""
        self.move_cursor(self.replace(text, self._location(index), self.document.end).end_location)

    @property
    def behind(self) -> int:
        """How many characters stand behind the cursor."""
        return len(self.get_text_range(self.cursor_location, self.document.end))

    def load(self, text: str, behind: int) -> None:
        """Show `text`, with so many characters behind the cursor."""
        self.load_text(text)
        self.move_cursor(self._location(max(0, len(self.text) - behind)))

    def _location(self, index: int) -> tuple[int, int]:
        """Line and column of character `index`."""
        before = self.text[:index].split("\n")
        return len(before) - 1, len(before[-1])
