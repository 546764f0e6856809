"""The screen of sessions: all there are, live, and what can be done to each.

The list is read again when something happens in a session that is open here, and every second for all others: nobody
tells what happens there.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from interruptible_tui.store import StoreError
from interruptible_tui.text import clean_line
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.lines import Line
from interruptible_tui.tui.session_asks import Asked, What
from interruptible_tui.tui.session_rows import ELSEWHERE, Row, heading, row
from interruptible_tui.tui.sessions_list import SessionsList
from interruptible_tui.tui.status import word
from interruptible_tui.tui.title import TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from interruptible_tui.catalogue import Catalogue, Listed
    from interruptible_tui.store import Session
    from interruptible_tui.tui.app import ChatApp

LOOK = 1.0
"""Seconds between two looks at the store."""
FIRST_LOOK = 0.5
"""Seconds that the first keys wait for the sessions that they are meant for; longer only where the disk hangs."""
_BORDER = 4
"""Cells beside a line: before the list is laid out, its width is what is left."""
HINTS = [
    "Enter: open", "Ctrl+N: new", "Ctrl+R: rename", "Ctrl+K: fork", "Del: delete", "Ctrl+Z: bring back", "Esc: back",
]  # fmt: skip
NAMING_HINTS = ["Enter: rename", "Esc: leave it"]


class TypedLine(Widget):
    """What is typed, and what for."""

    DEFAULT_CSS = """
    TypedLine {
        height: 1;
        padding: 0 1 0 2;
        background: $surface;
        text-wrap: nowrap;
    }
    """

    what: reactive[str] = reactive("")
    words: reactive[str] = reactive("")

    def render(self) -> Content:
        what, words = clean_line(self.what), clean_line(self.words)
        said = Content.assemble((f"{what}: ", "$text-muted"), (words, "bold"), ("▏", "$text-warning"))
        return said.truncate(self.content_size.width, ellipsis=True)


class SessionsScreen(PutUp, Screen[None]):
    AUTO_FOCUS = "SessionsList"
    DEFAULT_CSS = """
    SessionsScreen {
        background: $background;
        & > TitleLine { padding: 0 1; }
        & > #heading { color: $text-muted; text-style: none; padding: 0 1 0 3; }
        & > SessionsList { height: 1fr; padding: 0 1; }
    }
    """

    def __init__(self, app: ChatApp, catalogue: Catalogue, shown: Session) -> None:
        """`shown`: the session that is on the screen, and chosen at first."""
        super().__init__()
        self._chats = app
        self._catalogue = catalogue
        self._wanted: int | None = shown.id
        """Id of a session that is to be chosen as soon as it is listed."""
        self._renamed: Session | None = None
        """The one whose name is being typed; None: what is typed filters."""
        self._rows: Sequence[Row] = ()
        self._place = 0
        """Of the chosen one, in the list."""
        self._list = SessionsList(self._show_matches)
        self._background = Background(self)
        self._stale = False
        self._reading: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        yield TitleLine(id="title")
        yield TitleLine(id="heading")
        yield self._list
        yield TypedLine()
        yield HintLine()

    async def on_mount(self) -> None:
        hints = self.query_one(HintLine)
        hints.places, hints.said = ("sessions",), HINTS
        self.set_interval(LOOK, self.look)
        self.look()
        if self._reading:
            await asyncio.wait({self._reading}, timeout=FIRST_LOOK)

    # -- what there is ------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read what there is now. What is asked for while it is being read makes one more reading."""
        self._stale = True
        if not self._reading:
            self._reading = self._background.begin(self._read())

    async def _read(self) -> None:
        try:
            while self._stale:
                self._stale = False
                listed = await self._catalogue.listed()
                if not self.is_attached:
                    return
                self._rows = [self._row(each) for each in listed]
                self._paint()
        except StoreError as error:
            self.tell(str(error), error=True)
        finally:
            self._reading = None

    def _row(self, listed: Listed) -> Row:
        rooms, id_ = self._chats.rooms, listed.session.id
        host = rooms.hosts.get(id_)
        if host and not host.read_only:
            state = word(host.state)
        elif host or listed.owned:
            state = ELSEWHERE
        else:
            state = "held" if listed.session.pending else "idle"
        return Row(listed, state, shown=rooms.chats.get(id_) is self._chats.chat)

    def _paint(self) -> None:
        view, now = self._list, time.time()
        rows = self._matching
        ids = [each.listed.session.id for each in rows]
        chosen = next((each for each in (self._wanted, view.chosen) if each in ids), None)
        if chosen is None and ids:  # what was chosen has gone: the one that has its place
            chosen = ids[min(self._place, len(ids) - 1)]
        self._place = ids.index(chosen) if chosen is not None else 0
        self._wanted = None if chosen == self._wanted else self._wanted
        width = view.line_width if view.size.width else self.app.size.width - _BORDER
        self.query_one("#title", TitleLine).said = f"Sessions: {len(self._rows)}"
        self.query_one("#heading", TitleLine).said = heading(width)
        lines = [Line(row(each, width, now), each.listed.session.id) for each in rows]
        view.show(lines, chosen)
        line = self.query_one(TypedLine)
        line.what = f"new name of {self._renamed.name}" if self._renamed else "filter"
        line.words = view.words

    @property
    def _matching(self) -> Sequence[Row]:
        words = "" if self._renamed else self._list.words
        return [each for each in self._rows if each.matches(words)]

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def choose(self, session: Session) -> None:
        """It is chosen as soon as it is listed."""
        self._list.words = ""
        self._wanted = session.id
        self.look()

    def tell(self, text: str, *, error: bool = False) -> None:
        """Say what has been done, or why not; then keys are for the list again."""
        if self.is_attached:
            hints = self.query_one(HintLine)
            hints.complaint, hints.remark = (text, "") if error else ("", text)
            hints.add_class("-telling")
            self._list.go_on()
            self.look()

    def _leave_keys(self, heir: Widget) -> None:
        """They are kept: who has it left knows when they can be handed over, and to whom."""

    def hand_over(self, heir: Widget) -> None:
        """What has been typed since a session was to be opened is for `heir`."""
        self._list.hand_over(heir)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _show_matches(self) -> None:
        hints = self.query_one(HintLine)
        hints.complaint = hints.remark = ""
        hints.remove_class("-telling")
        self._paint()

    @on(SessionsList.Accepted)
    def open(self, event: SessionsList.Accepted) -> None:
        session = self._session(event.chosen)
        if self._renamed:
            asked = Asked(What.RENAME, self._list.words, self._renamed)
            self._end_naming()
            self._chats.ask(asked)
        elif session:
            self._chats.ask(Asked(What.SWITCH, session=session))
        else:
            self.tell("no session matches: Ctrl+N makes one of that name", error=True)

    @on(SessionsList.Wished)
    def wish(self, event: SessionsList.Wished) -> None:
        session = self._session(event.chosen)
        if event.wish == "new":
            self._chats.ask(Asked(What.NEW, self._list.words))
            return
        if event.wish == "undelete":
            self._chats.ask(Asked(What.BRING_BACK))
        elif session and event.wish == "rename":
            self._begin_naming(session)
        elif session:
            self._chats.ask(Asked(What(event.wish), session=session))
        self._list.go_on()

    @on(SessionsList.Left)
    def leave(self) -> None:
        if self._renamed or self._list.words:
            self._end_naming()
            self._list.go_on()
        else:
            self.dismiss()
            self.hand_over(self._chats.chat.query_one(Composer))

    def _begin_naming(self, session: Session) -> None:
        self._await_words(session, session.name, NAMING_HINTS)

    def _end_naming(self) -> None:
        self._await_words(None, "", HINTS)

    def _await_words(self, session: Session | None, words: str, hints: list[str]) -> None:
        self._renamed, self._list.words, self._list.names = session, words, session is not None
        self.query_one(HintLine).said = hints
        self._paint()

    def _session(self, chosen: int | None) -> Session | None:
        return next((each.listed.session for each in self._rows if each.listed.session.id == chosen), None)
