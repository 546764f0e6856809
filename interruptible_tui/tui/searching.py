"""The screen on which words are looked for in all sessions, while they are written.

Hits come as they are found, the newest first. Nothing waits for them: other words begin anew, and what is still being
looked for then is given up at its next stretch.
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual import on
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.screen import Screen

from interruptible_tui.conversation import MessageStatus
from interruptible_tui.store import StoreError
from interruptible_tui.text import clean_line
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.find_bar import LONGEST
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.lines import Line, LinesView, Piece
from interruptible_tui.tui.seeking import Seeking
from interruptible_tui.tui.title import TitleLine
from interruptible_tui.tui.turns import Picks, Typed
from interruptible_tui.words import Words, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.timer import Timer

    from interruptible_tui.archive import Archive
    from interruptible_tui.store.searching import Hit

FIRST_HIT = 0.5
"""Seconds that what is typed behind Enter waits for something to be found."""
MOST = 200
"""Hits that are shown; more words find less."""
HINTS = ['"...": a phrase', "Up, Down: choose", "Enter: go there", "Ctrl+U: other words", "Esc: back"]


class Found(Struct, frozen=True):
    """The hit that was chosen."""

    hit: Hit
    words: Words


class HitsView(Picks, Typed, LinesView):
    """Each hit has two lines, which stay together. What is typed is for the screen."""

    DEFAULT_CSS = """
    HitsView > .lines--busy { text-style: bold underline; }
    """

    def action_open(self) -> None:
        self.let_go_to_pick()
        super().action_open()

    def _reveal(self) -> None:
        if self.chosen is not None:
            self.scroll_to_region(Region(0, 2 * self.chosen, 1, 2), animate=False, force=True)


class SearchScreen(Seeking, Screen[Found | None]):
    AUTO_FOCUS = "HitsView"
    DEFAULT_CSS = """
    SearchScreen {
        background: $background;
        & > #words { color: $foreground; background: $surface; }
        & > HitsView { height: 1fr; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,f8", "dismiss", "Back to the chat", id="search.back"),
        Binding("backspace", "erase", "Erase", show=False, id="search.erase"),
        Binding("ctrl+u,ctrl+w", "erase_all", "Erase all", show=False, id="search.erase_all"),
    ]

    def __init__(self, archive: Archive, words: str = "") -> None:
        super().__init__()
        self._archive = archive
        self._written = words[:LONGEST]
        self._words: Words | None = None
        self._hits: list[Hit] = []
        self._is_complete = True
        self._opens_first = False
        """Whether the first hit is to be gone to as soon as there is one."""
        self._patience: Timer | None = None
        """For that hit."""
        self._background = Background(self)

    def compose(self) -> ComposeResult:
        yield TitleLine(id="title")
        yield TitleLine(id="words")
        yield HitsView()
        yield HintLine()

    def on_mount(self) -> None:
        hints = self.query_one(HintLine)
        hints.places, hints.said = ("search",), HINTS
        self._seek(self._written)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._seek(self._written + " ".join(event.text[: 2 * LONGEST].split()))

    @on(HitsView.Opened)
    def open_chosen(self) -> None:
        """Where nothing is found yet, what comes behind waits a moment: it is meant for where the hit is."""
        chosen = self.query_one(HitsView).chosen
        if chosen is not None and self._words:
            found, self._words, self._opens_first = Found(self._hits[chosen], self._words), None, False
            self.dismiss(found)
        elif self._is_complete:
            self._go_on()
        else:
            self._opens_first = True
            self._patience = self._patience or self.set_timer(FIRST_HIT, self._go_on)

    def _go_on(self) -> None:
        """What comes is for this screen."""
        if self._patience:
            self._patience.stop()
        self._patience = None
        self.query_one(HitsView).go_on()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    # -- looking ------------------------------------------------------------------------------------------------------

    def _seek(self, written: str) -> None:
        self._written = written[:LONGEST]
        self._words, self._hits, self._opens_first = parsed(self._written), [], False
        self._is_complete = self._words is None
        self._show()
        if self._words:
            self._background.begin(self._look(self._words))

    async def _look(self, words: Words) -> None:
        """Give up when other words are looked for."""
        try:
            async with aclosing(self._archive.search(words)) as stretches:
                async for hits in stretches:
                    if words is not self._words or not self.is_attached:
                        return
                    self._hits = [*self._hits, *hits][:MOST]
                    if hits:
                        self._show()
                    if len(self._hits) >= MOST:
                        break
        except StoreError as error:
            if self.is_attached:
                self.query_one(HintLine).complaint = str(error)
        if words is self._words and self.is_attached:
            self._is_complete = len(self._hits) < MOST
            self._show()
            if self._patience:
                self._go_on()

    # -- showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        view = self.query_one(HitsView)
        self.query_one("#title", TitleLine).said = f"Search all sessions{self._count()}"
        self.query_one("#words", TitleLine).said = f"search: {self._written}▏"
        chosen = view.chosen if view.chosen is not None and view.chosen < len(self._hits) else 0
        view.show(
            [line for at, hit in enumerate(self._hits) for line in _lines(hit, at)], chosen if self._hits else None
        )
        if self._opens_first and self._hits:
            self.open_chosen()

    def _count(self) -> str:
        if self._words is None:
            return ""
        if not self._hits:
            return ": nothing found" if self._is_complete else ": …"
        more = "" if self._is_complete else "+"
        return f": {len(self._hits)}{more} message{'s' * (len(self._hits) != 1)}"


def _lines(hit: Hit, at: int) -> Sequence[Line]:
    message = hit.message
    when = datetime.fromtimestamp(message.created_at).astimezone()
    fate = "" if message.status is MessageStatus.COMPLETE else f" ({message.status.replace('_', ' ')})"
    head = Piece(clean_line(hit.session.name), "strong"), Piece(f"  {when:%Y-%m-%d %H:%M}  {message.role}{fate}", "dim")
    return Line(head, at), Line(tuple(_excerpt(hit)))


def _excerpt(hit: Hit) -> Iterator[Piece]:
    text, end = hit.excerpt.text, 0
    for start, stop in hit.excerpt.matches:
        yield Piece(clean_line(text[end:start]), "dim")
        yield Piece(clean_line(text[start:stop]), "busy")
        end = stop
    yield Piece(clean_line(text[end:]), "dim")
