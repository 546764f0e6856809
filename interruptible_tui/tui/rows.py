"""Things on top of one another, each some rows high: which one is at a row, and at which row does one begin."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interruptible_tui.tui.canvas import Canvas


class Tall(Protocol):
    def height(self, canvas: Canvas) -> int:
        """Rows it takes on `canvas`; an estimate as long as it was not drawn there."""
        ...


T = TypeVar("T", bound=Tall)


class Stack(Generic[T]):
    """A change costs what lies below it: at the end, where a conversation grows, next to nothing."""

    def __init__(self, canvas: Canvas, items: Iterable[T] = ()) -> None:
        self.items = list(items)
        self._canvas = canvas
        self._starts = [0]
        """Where each item begins, and at last where the next one would; as far as known."""

    @property
    def height(self) -> int:
        return self.start(len(self.items))

    def start(self, index: int) -> int:
        """The row at which item `index` begins; for the number of items, the row after the last one."""
        if len(self._starts) <= index:
            known = len(self._starts) - 1
            heights = (item.height(self._canvas) for item in self.items[known:])
            self._starts[known:] = accumulate(heights, initial=self._starts[known])
        return self._starts[index]

    def at(self, row: int) -> int:
        """The index of the item at `row`, which is one of the stack's."""
        self.start(len(self.items))
        return bisect_right(self._starts, row) - 1

    def changed(self, index: int) -> None:
        """Item `index`, or the list from there on, is not what it was."""
        del self._starts[index + 1 :]

    def fit(self, canvas: Canvas) -> None:
        if canvas is not self._canvas:
            self._canvas = canvas
            self.changed(0)
