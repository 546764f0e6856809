"""The request of a turn, as it was sent: JSON, of which only what is on the screen is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from interruptible_tui.archive import Unknown
from interruptible_tui.store import StoreError
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.entries import Entry
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.painting import PaintedView
from interruptible_tui.tui.parts import Literal, Part
from interruptible_tui.tui.request_text import pieces, pretty
from interruptible_tui.tui.title import TitleLine
from interruptible_tui.tui.turns import InTurn

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from interruptible_tui.archive import Archive, RunDetails

PATHS = {"chat": "/chat/completions", "responses": "/responses"}
"""Where each format is sent to, below the base URL."""


class _Json(Entry):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    @property
    def text(self) -> str:
        return self._text

    def _make(self) -> list[Part]:
        return [Literal(self._text, "text", gap=0)]


class RequestView(InTurn, PaintedView):
    DEFAULT_CSS = """
    RequestView {
        height: 1fr;
        overflow-y: auto;
        scrollbar-gutter: stable;
        & > .transcript--text { color: $foreground; }
    }
    """

    def show(self, text: str) -> None:
        """From its beginning."""
        self.replace_entries([_Json(piece) for piece in pieces(text)])
        self.scroll_home(animate=False)


class RequestScreen(PutUp, Screen[None]):
    """The requests of one run, one at a time."""

    AUTO_FOCUS = "RequestView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,r", "dismiss", "Back", id="request.back"),
        Binding("left", "turn(-1)", "Turn before", id="request.before"),
        Binding("right", "turn(1)", "Next turn", id="request.next"),
        Binding("y", "copy", "Copy all", id="request.copy"),
        Binding("ctrl+c,super+c", "copy_selected", "Copy", show=False, id="request.copy_selected"),
    ]

    def __init__(self, archive: Archive, run: RunDetails, turn: int) -> None:
        super().__init__()
        self._archive = archive
        self._run = run
        self._turns = [each.number for each in run.turns if each.asked]
        self._turn = turn
        self._text = ""
        self._background = Background(self)

    def compose(self) -> ComposeResult:
        yield TitleLine()
        yield RequestView()
        hints = HintLine()
        hints.places = ("request",)
        yield hints

    def on_mount(self) -> None:
        self._hint()
        self._background.begin(self._show())

    async def _show(self) -> None:
        turn, number = self._turn, self._run.listed.record.number
        title = f"Request of run {number}, turn {turn}"
        try:
            api, body = await self._archive.request(self._run.listed, turn)
        except (Unknown, StoreError) as error:
            self._text = ""
            said = f"This request cannot be shown: {error}"
        else:
            self._text = said = pretty(body)
            title += f" · POST {PATHS[api]} · {len(self._text)} characters"
        if turn == self._turn and self.is_attached:
            self.query_one(TitleLine).said = title
            self.query_one(RequestView).show(said)

    def action_turn(self, step: int) -> None:
        at = self._turns.index(self._turn) + step
        if 0 <= at < len(self._turns):
            self._turn = self._turns[at]
            self._background.begin(self._show())

    def action_copy(self) -> None:
        self._copy(self._text)

    def action_copy_selected(self) -> None:
        self._copy(self.get_selected_text() or self._text)

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        self._hint(f"{len(text)} characters copied")

    def _hint(self, *before: str) -> None:
        turns = ["←→: other turns"] if len(self._turns) > 1 else []
        self.query_one(HintLine).said = [*before, *turns, "y: copy", "Ctrl+C: copy what is selected", "Esc: back"]
