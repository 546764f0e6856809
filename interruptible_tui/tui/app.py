"""The app: one screen per open session, and one way to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType

from interruptible_tui.follower import Follower
from interruptible_tui.guard import CRASHED
from interruptible_tui.host import Host
from interruptible_tui.store import SessionOwned, StoreError
from interruptible_tui.tools.call import GRACE
from interruptible_tui.tui.actions import ACTIONS
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.chat import ChatScreen
from interruptible_tui.tui.composer import COMMAND, Composer
from interruptible_tui.tui.driver import TerminalDriver

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen

_CLOSING = 1.0
"""Seconds in which sessions are closed; a tool's grace is added. Only a disk that hangs takes longer."""

OpenSession = Callable[[str | None], Awaitable[Host]]
"""Opens the session of that name; None: a new one, with a name of its own. Raises StoreError or SessionOwned."""


class ChatApp(App[StoreError | SessionOwned]):
    """Returns what kept the first session from being opened, if anything did; `return_code` is the exit status."""

    CSS_PATH = "app.tcss"
    TITLE = "interruptible-chat"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (40, "-wide")]  # noqa: RUF012 - as the next
    VERTICAL_BREAKPOINTS = [(0, "-low"), (12, "-high")]  # noqa: RUF012 - Textual types it as an instance's
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, id="app.quit"),
        Binding("ctrl+c", "back_out", show=False, system=True, id="app.back_out"),
    ]

    def __init__(
        self,
        open_first: Callable[[], Awaitable[Host]],
        open_session: OpenSession,
        *,
        model: str,
        welcome: str = "",
        after_first_frame: Callable[[], Awaitable[None]] | None = None,
        before_leaving: Callable[[int, float], None] = lambda *_: None,
    ) -> None:
        """`model` is shown as the model's name, `welcome` is said if the first session is empty.

        `after_first_frame` prepares what the first request needs, while the first session is opened. `before_leaving`
        is told the exit status and how many seconds it may take to close the sessions when the app begins to leave.
        """
        super().__init__(driver_class=TerminalDriver)
        self._open_first = open_first
        self._open_session = open_session
        self._model = model
        self._welcome = welcome
        self._after_first_frame = after_first_frame
        self._before_leaving = before_leaving
        self._background = Background(self)
        self._chats: dict[str, ChatScreen] = {}
        """By the name of their session."""
        self._opening = asyncio.Lock()
        """Sessions are opened one at a time, so that none is opened twice."""
        self._begun = asyncio.Event()
        """The first frame has been painted, or never will be."""
        self._leaving: asyncio.Task[None] | None = None
        self._skips_frames = False

    def on_mount(self) -> None:
        opened: asyncio.Future[Host] = asyncio.get_running_loop().create_future()
        self.push_screen(self._make_chat(opened, self._welcome))
        self.call_after_refresh(self._begin, opened)

    def _make_chat(self, opened: asyncio.Future[Host], welcome: str = "") -> ChatScreen:
        """Installed, so that it goes on when another one is shown."""
        chat = ChatScreen(opened, model=self._model, welcome=welcome)
        self.install_screen(chat, f"chat {id(chat)}")
        return chat

    def _begin(self, opened: asyncio.Future[Host]) -> None:
        self._begun.set()
        self._background.begin(self._open(opened))
        if self._after_first_frame:
            self._background.begin(self._prepare(self._after_first_frame))

    async def _open(self, opened: asyncio.Future[Host]) -> None:
        async with self._opening:
            try:
                host = await self._open_first()
            except (StoreError, SessionOwned) as error:
                self.exit(error)
            else:
                opened.set_result(host)
                self._add(host, self.chat)

    def _add(self, host: Host, chat: ChatScreen) -> None:
        self._chats[host.session.name] = chat
        if isinstance(host, Follower):
            self._background.begin(self._take_over(host, chat))

    async def _take_over(self, followed: Follower, chat: ChatScreen) -> None:
        """Run the session that was followed, as soon as nobody else does; where that fails, `/new NAME` tries again."""
        await followed.freed.wait()
        if self._leaving:
            return
        name = followed.session.name
        async with self._opening:
            try:
                host = await self._open_session(name)
            except (StoreError, SessionOwned) as error:
                del self._chats[name]
                chat.tell_error(f"The session is not taken over: {error}")
                return
        try:
            await chat.become(host)
        except StoreError as error:
            del self._chats[name]
            chat.tell_error(f"The session is not taken over: {error}")
            await host.close()
        else:
            await followed.close()
            self._add(host, chat)

    async def _prepare(self, prepare: Callable[[], Awaitable[None]]) -> None:
        await prepare()

    @property
    def chat(self) -> ChatScreen:
        """The screen of the session that is shown, whatever is on top of it."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, ChatScreen))

    # -- sessions -----------------------------------------------------------------------------------------------------

    @on(ChatScreen.SessionWanted)
    def open_session(self, event: ChatScreen.SessionWanted) -> None:
        self._background.begin(self._show_session(event.session))

    async def _show_session(self, name: str | None) -> None:
        async with self._opening:
            await self._show_session_now(name)

    async def _show_session_now(self, name: str | None) -> None:
        """Show a session; the one shown before goes on in the background."""
        if name is None or name not in self._chats:
            try:
                host = await self._open_session(name)
            except (StoreError, SessionOwned) as error:
                self.chat.tell_error(f"The session is not opened: {error}")
                return
            opened = asyncio.get_running_loop().create_future()
            opened.set_result(host)
            name = host.session.name
            self._add(host, self._make_chat(opened))
        await self.switch_screen(self._chats[name])

    # -- leaving ------------------------------------------------------------------------------------------------------

    @on(ChatScreen.QuitRequested)
    async def action_quit(self) -> None:
        self.leave(0)

    def leave(self, status: int) -> None:
        """Close all sessions and exit; asked for a second time, exit without waiting for them."""
        if not self._leaving:
            self._before_leaving(status, self._patience)
            self._leaving = self._background.begin(self._leave(status))
        elif self._begun.is_set():
            self.exit(return_code=status)

    async def _leave(self, status: int) -> None:
        await self._begun.wait()  # what is left while it is being mounted finds itself without its parts
        await self.close_sessions()
        self.exit(return_code=status)

    async def close_sessions(self) -> None:
        """Stop all runs; what they said and what is pending is kept. Bounded, also by a disk that hangs."""
        if self._hosts:
            closing = [asyncio.create_task(host.close()) for host in self._hosts]
            await asyncio.wait(closing, timeout=self._patience)

    @property
    def _hosts(self) -> list[Host]:
        return [chat.host for chat in self._chats.values() if chat.host]

    @property
    def _patience(self) -> float:
        """Seconds that closing the sessions may take now."""
        works = any(host.live and host.live.works for host in self._hosts)
        return _CLOSING + (GRACE if works else 0)

    def action_back_out(self) -> None:
        self.chat.query_one(Composer).action_back_out()

    # -- what Textual asks --------------------------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        chat = screen if isinstance(screen, ChatScreen) else self.chat
        for action in ACTIONS:
            yield SystemCommand(action.title, action.help, partial(chat.command, f"{COMMAND}{action.word}"))
        yield SystemCommand("Theme", "choose the colours", self.action_change_theme)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Paint, unless the terminal is behind: then nothing until it has caught up, and then all at once."""
        if isinstance(self._driver, TerminalDriver) and not self._skips_frames and self._driver.behind:
            self._skips_frames = True
            self._driver.when_caught_up(self._paint_again)
        if not self._skips_frames:
            super()._display(screen, renderable)

    def _paint_again(self) -> None:
        self._skips_frames = False
        self.call_later(self.refresh)  # unless the app has been left meanwhile, and its screen with it

    @property
    def fault(self) -> Exception | None:
        """What has ended the app because nobody handled it."""
        return self._exception

    def _handle_exception(self, error: Exception) -> None:
        """Textual's own shows local variables, one of which may hold a key; here `fault` is for who runs the app."""
        if not self.fault:
            self._exception = error
            self._begun.set()
            self.leave(CRASHED)
            self._exception_event.set()
