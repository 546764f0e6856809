"""What the word at the cursor may become, in a list above the composer, which has the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from interruptible_tui.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from interruptible_tui.tui.completions import Candidate

_WIDEST = 40
"""Cells that what is offered takes before what it is, at most."""


class Offer(Widget):
    DEFAULT_CSS = """
    Offer {
        height: auto;
        max-height: 8;
        padding: 0 1 0 2;
        background: $surface;
        text-wrap: nowrap;
        display: none;
    }
    """

    @dataclass
    class Clicked(Message):
        candidate: Candidate

    def __init__(self) -> None:
        super().__init__()
        self._candidates: Sequence[Candidate] = ()
        self._chosen = -1

    def show(self, candidates: Sequence[Candidate], chosen: int) -> None:
        """`chosen`: which one, from 0; -1: none."""
        self._candidates, self._chosen = candidates, chosen
        self.display = bool(candidates)
        self.refresh(layout=True)

    @property
    def _first(self) -> int:
        """The first one that there is room for, so that the chosen one is seen."""
        rows = self.size.height or len(self._candidates)
        return max(0, min(self._chosen - rows // 2, len(self._candidates) - rows))

    def render(self) -> Content:
        rows = list(enumerate(self._candidates))[self._first :]
        widest = min(_WIDEST, max((cell_len(clean_line(each.shown)) for _, each in rows), default=0))
        return Content("\n").join(self._row(each, widest, chosen=at == self._chosen) for at, each in rows)

    def _row(self, candidate: Candidate, width: int, *, chosen: bool) -> Content:
        shown = clean_line(candidate.shown)
        blanks = " " * (width - cell_len(shown))
        row = Content.assemble(
            ("▸ " if chosen else "  ", "$text-warning"),
            (shown, "bold" if chosen else ""),
            (f"{blanks}  {candidate.note}" if candidate.note else "", "$text-muted"),
        )
        return row.truncate(max(1, self.content_size.width), ellipsis=True)

    def get_content_height(self, *_: object) -> int:
        return len(self._candidates)

    def on_click(self, event: events.Click) -> None:
        at = self._first + event.get_content_offset_capture(self).y
        if at < len(self._candidates):
            self.post_message(self.Clicked(self._candidates[at]))
