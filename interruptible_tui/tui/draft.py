"""What stands in the composer: it holds a text exactly and shows it harmlessly."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from textual.widgets.text_area import Document, EditResult

from interruptible_tui.text import clean
from interruptible_tui.tui.attachments import Attachments, spans

if TYPE_CHECKING:
    from textual.widgets.text_area import Location


class Draft(Document):
    """A document whose lines end at line feeds and nowhere else.

    Its lines, which are what is measured and drawn, are cleaned, and show the labels of chips; its text is not, and
    has the chips. Both have the same number of code points, so a location means the same in both.
    """

    def __init__(self, text: str, attachments: Attachments | None = None) -> None:
        super().__init__("\n")
        self._lines = text.split("\n")
        self._attachments = attachments or Attachments()

    @property
    def lines(self) -> list[str]:
        return [self._shown(line) for line in self._lines]

    def _shown(self, line: str) -> str:
        return clean(self._attachments.labelled(line))

    @overload
    def __getitem__(self, line_index: int) -> str: ...

    @overload
    def __getitem__(self, line_index: slice) -> list[str]: ...

    def __getitem__(self, line_index: int | slice) -> str | list[str]:
        if isinstance(line_index, slice):
            return [self._shown(line) for line in self._lines[line_index]]
        return self._shown(self._lines[line_index])

    def chips(self, row: int) -> list[tuple[int, int]]:
        """Where the chips in a row begin and end."""
        return spans(self._lines[row])

    def chip_around(self, location: Location) -> tuple[int, int] | None:
        """Where the chip that `location` is inside of begins and ends."""
        row, column = location
        return next((span for span in self.chips(row) if span[0] < column < span[1]), None)

    def with_whole_chips(self, start: Location, end: Location) -> tuple[Location, Location]:
        """A range that is in the document, and has all of the chips that it touches."""
        start, end = min(start, self.end), min(end, self.end)
        before, behind = self.chip_around(start), self.chip_around(end)
        return (start[0], before[0]) if before else start, (end[0], behind[1]) if behind else end

    def chip_before(self, location: Location) -> tuple[int, int] | None:
        """Where the last chip in the row begins and ends that begins before `location`, else the first one."""
        row, column = location
        chips = self.chips(row)
        return next((span for span in reversed(chips) if span[0] < column), chips[0] if chips else None)

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        (top, left), (bottom, right) = sorted((start, end))
        replaced = self.get_text_range(start, end)
        lines = text.split("\n")
        lines[0] = self._lines[top][:left] + lines[0]
        column = len(lines[-1])
        lines[-1] += self._lines[bottom][right:]
        self._lines[top : bottom + 1] = lines
        return EditResult((top + len(lines) - 1, column), replaced)
