"""The app: one screen per open session, and one way to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from interruptible_tui.guard import CRASHED, DATABASE_UNUSABLE
from interruptible_tui.host import Refused
from interruptible_tui.store import SessionOwned, StoreError
from interruptible_tui.text import clean_line
from interruptible_tui.tools import ToolsError
from interruptible_tui.tools.call import GRACE
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.badge import Other, badge
from interruptible_tui.tui.chat import ChatScreen
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.driver import ESCAPE_DELAY
from interruptible_tui.tui.preferences import Preferences
from interruptible_tui.tui.rooms import NotOpened, Rooms
from interruptible_tui.tui.showing import ShowingApp
from interruptible_tui.undoing import LAST

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from interruptible_tui.catalogue import Catalogue
    from interruptible_tui.host import Host
    from interruptible_tui.store import Session
    from interruptible_tui.tui.outfit import Workshop
    from interruptible_tui.tui.rooms import OpenSession
    from interruptible_tui.tui.session_asks import Asked
    from interruptible_tui.tui.session_wishes import SessionWishes
    from interruptible_tui.tui.sessions import SessionsScreen
    from interruptible_tui.tui.watching import Watching

_CLOSING = 1.0
"""Seconds in which sessions are closed; a tool's grace, or what a compensation is given, is added. Only a disk that
hangs takes longer."""


class ChatApp(ShowingApp[StoreError | SessionOwned | ToolsError]):
    """Returns what kept the only session from being opened or shown, if anything; `return_code` is the exit status."""

    CSS_PATH = "app.tcss"
    TITLE = "interruptible-chat"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (40, "-wide")]  # noqa: RUF012 - as the next
    VERTICAL_BREAKPOINTS = [(0, "-low"), (12, "-high")]  # noqa: RUF012 - Textual types it as an instance's
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, id="app.quit"),
        Binding("ctrl+c,super+c", "back_out", "Copy, clear, stop, quit", show=False, id="app.back_out"),
    ]

    def __init__(
        self,
        open_first: Callable[[], Awaitable[Host]],
        open_session: OpenSession,
        *,
        model: str,
        workshop: Workshop | None = None,
        welcome: str = "",
        catalogue: Catalogue | None = None,
        after_first_frame: Callable[[], Awaitable[None]] | None = None,
        before_leaving: Callable[[int, float], None] = lambda *_: None,
        escape_delay: float = ESCAPE_DELAY,
        inquire: Callable[[str, Host], str] = lambda *_: "",
        preferences: Preferences | None = None,
    ) -> None:
        """`model` is shown as the model's name until the session is open, and `workshop` has others.

        `welcome` is said if the first session is empty.

        `catalogue`: without it, nothing can be done to whole sessions but opening them. `after_first_frame` prepares
        what the first request needs, while the first session is opened. `before_leaving` is told the exit status and
        how many seconds it may take to close the sessions when the app begins to leave.
        `escape_delay`: seconds that the Escape key waits for the rest of another one. `inquire` tells "paths" and
        "config", as they are for a session. What of the `preferences` cannot be heeded is told when the first session
        is open.
        """
        super().__init__(escape_delay, preferences or Preferences())
        self._open_first = open_first
        self._model = model
        self._workshop = workshop
        self._welcome = welcome
        self._after_first_frame = after_first_frame
        self._before_leaving = before_leaving
        self._inquire = inquire
        self._background = Background(self)
        self._catalogue = catalogue
        self.rooms = Rooms(self, self._background, open_session, catalogue)
        self.sessions: SessionsScreen | None = None
        """The last one that was put up."""
        self._wishes: SessionWishes | None = None
        self.leaving: asyncio.Task[None] | None = None

    def get_default_screen(self) -> ChatScreen:
        """The first session's, below all others: an empty one below it would be laid out and painted first."""
        opened: asyncio.Future[Host] = asyncio.get_running_loop().create_future()
        self.call_after_refresh(self._begin, opened)
        welcome = self.key_names.hint(self._welcome, "chat")
        return ChatScreen(opened, model=self._model, welcome=welcome, workshop=self._workshop, warnings=self.warnings)

    def make_chat(self, opened: asyncio.Future[Host]) -> ChatScreen:
        """Installed, so that it goes on when another one is shown."""
        chat = ChatScreen(opened, model=self._model, workshop=self._workshop)
        self.install_screen(chat, f"chat {id(chat)}")
        return chat

    def _begin(self, opened: asyncio.Future[Host]) -> None:
        self.rooms.settled.set()
        self._background.begin(self._open(opened))
        if self._after_first_frame:
            self._background.begin(self._prepare(self._after_first_frame))

    async def _open(self, opened: asyncio.Future[Host]) -> None:
        async with self.rooms.one_at_a_time:
            try:
                host = await self._open_first()
            except (StoreError, SessionOwned, ToolsError) as error:
                self.exit(error)
            else:
                opened.set_result(host)
                self.rooms.add(host, self.chat)

    async def _prepare(self, prepare: Callable[[], Awaitable[None]]) -> None:
        await prepare()
        await asyncio.to_thread(import_module, "interruptible_tui.tui.markdown")  # the first reply finds it there

    # -- sessions -----------------------------------------------------------------------------------------------------

    @on(ChatScreen.SessionWanted)
    def open_session(self, event: ChatScreen.SessionWanted) -> None:
        self._background.begin(self._pass_on(event.composer, self._show_session(event.session)))

    async def _show_session(self, name: str | None) -> None:
        async with self.rooms.one_at_a_time:
            try:
                await self.rooms.show(name)
            except NotOpened as error:
                self.chat.tell_error(str(error))

    async def go_to_session(self, session: Session) -> ChatScreen | None:
        """Show it, whatever it is called now; if it cannot be, say why."""
        async with self.rooms.one_at_a_time:
            try:
                return await self.rooms.show(await self.rooms.name_now(session))
            except (NotOpened, Refused, StoreError) as error:
                self.chat.tell_error(str(error))
                return None

    @on(ChatScreen.NotShown)
    def take_away(self, event: ChatScreen.NotShown) -> None:
        self._background.begin(self._take_away(event.screen, event.error))

    async def _take_away(self, failed: Watching, error: StoreError) -> None:
        async with self.rooms.one_at_a_time:
            if self.leaving or failed not in self.rooms.chats.values():
                return
            if len(self.rooms.chats) == 1:
                self.leave(DATABASE_UNUSABLE, error)
                return
            composer = failed.query_one(Composer)
            composer.let_go()
            name = await self.rooms.take_away(failed)
            heir = self.chat.query_one(Composer)
            heir.inherit(composer.unsent)
            composer.hand_over(heir)
            self.chat.tell_error(f"{clean_line(name)} is not shown: {error}")

    @on(ChatScreen.SessionAsked)
    def ask_of_session(self, event: ChatScreen.SessionAsked) -> None:
        self._background.begin(self._pass_on(event.composer, self._carry_out(event.asked)))

    async def _pass_on(self, composer: Composer, wish: Awaitable[None]) -> None:
        """What was typed behind the `wish` is for the session that is shown then, if another one is."""
        try:
            await wish
        finally:
            gone = self.leaving or not self.screen_stack
            composer.give_to(composer if gone else self.chat.query_one(Composer))

    def ask(self, asked: Asked) -> None:
        """Do something to a whole session."""
        self._background.begin(self._carry_out(asked))

    async def _carry_out(self, asked: Asked) -> None:
        from interruptible_tui.tui.session_wishes import SessionWishes

        if self._catalogue:
            self._wishes = self._wishes or SessionWishes(self, self.rooms, self._catalogue)
            await self._wishes.carry_out(asked)

    @on(ChatScreen.SessionsWanted)
    def show_sessions(self, event: ChatScreen.SessionsWanted) -> None:
        self._show(self.action_show_sessions, event.composer)

    def action_show_sessions(self) -> None:
        """The keys that follow are the list's already."""
        if self._catalogue and self.chat.host and not (self.sessions and self.sessions.is_attached):
            self.list_sessions(self._catalogue, self.chat.host.session)

    def list_sessions(self, catalogue: Catalogue, shown: Session) -> AwaitMount:
        from interruptible_tui.tui.sessions import SessionsScreen

        self.sessions = SessionsScreen(self, catalogue, shown)
        return self.push_screen(self.sessions)

    @on(ChatScreen.FactsShown)
    def show_badge(self) -> None:
        """Something has happened in one of the sessions."""
        if self.leaving or not self.screen_stack:
            return
        others = self.rooms.others
        self.chat.show_others(
            badge([Other(chat.host.session.name, chat.state, chat.unseen) for chat in others if chat.host])
        )
        if self.sessions and self.sessions.is_attached:
            self.sessions.look()

    @on(ChatScreen.Inquired)
    def tell(self, event: ChatScreen.Inquired) -> None:
        if host := self.chat.host:
            self.chat.tell(self._inquire(event.what, host))

    def complain(self, text: str) -> None:
        self.chat.complain_of(text)

    # -- leaving ------------------------------------------------------------------------------------------------------

    @on(ChatScreen.QuitRequested)
    async def action_quit(self) -> None:
        self.leave(0)

    def leave(self, status: int, error: StoreError | None = None) -> None:
        """Close all sessions and exit; asked for a second time, exit without waiting for them.

        `error` is why, and is returned.
        """
        if not self.leaving:
            self._before_leaving(status, self._patience)
            self.leaving = self._background.begin(self._leave(status, error))
        elif self.rooms.settled.is_set():
            self.exit(return_code=status)

    async def _leave(self, status: int, error: StoreError | None) -> None:
        await self.rooms.settled.wait()  # what is left while it is being mounted finds itself without its parts
        await self.close_sessions()
        self.exit(error, return_code=status)

    async def close_sessions(self) -> None:
        """Stop all runs; what they said and what is pending is kept. Bounded, also by a disk that hangs."""
        if self.rooms.hosts:
            closing = [asyncio.create_task(self.rooms.closing(id_)) for id_ in self.rooms.hosts]
            await asyncio.wait(closing, timeout=self._patience)

    @property
    def _patience(self) -> float:
        """Seconds that closing the sessions may take now."""
        works = any(host.live and host.live.works for host in self.rooms.hosts.values())
        undoes = any(host.state.run and host.state.run.undoing for host in self.rooms.hosts.values())
        return _CLOSING + max(GRACE * works, LAST * undoes)

    def action_back_out(self) -> None:
        self.chat.query_one(Composer).action_back_out()

    # -- what Textual asks --------------------------------------------------------------------------------------------

    @property
    def fault(self) -> Exception | None:
        """What has ended the app because nobody handled it."""
        return self._exception

    def _handle_exception(self, error: Exception) -> None:
        """Textual's own shows local variables, one of which may hold a key; here `fault` is for who runs the app."""
        if not self.fault:
            self._exception = error
            self.rooms.settled.set()
            self.leave(CRASHED)
            self._exception_event.set()
