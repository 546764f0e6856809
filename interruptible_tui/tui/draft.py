"""What stands in the composer: it holds a text exactly and shows it harmlessly."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from textual.widgets.text_area import Document, EditResult

from interruptible_tui.text import clean

if TYPE_CHECKING:
    from textual.widgets.text_area import Location


class Draft(Document):
    """A document whose lines end at line feeds and nowhere else.

    Its lines, which are what is measured and drawn, are cleaned; its text is not. Both have the same number of code
    points, so a location means the same in both.
    """

    def __init__(self, text: str) -> None:
        super().__init__("\n")
        self._lines = text.split("\n")

    @property
    def lines(self) -> list[str]:
        return [clean(line) for line in self._lines]

    @overload
    def __getitem__(self, line_index: int) -> str: ...

    @overload
    def __getitem__(self, line_index: slice) -> list[str]: ...

    def __getitem__(self, line_index: int | slice) -> str | list[str]:
        if isinstance(line_index, slice):
            return [clean(line) for line in self._lines[line_index]]
        return clean(self._lines[line_index])

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        (top, left), (bottom, right) = sorted((start, end))
        replaced = self.get_text_range(start, end)
        lines = text.split("\n")
        lines[0] = self._lines[top][:left] + lines[0]
        column = len(lines[-1])
        lines[-1] += self._lines[bottom][right:]
        self._lines[top : bottom + 1] = lines
        return EditResult((top + len(lines) - 1, column), replaced)
