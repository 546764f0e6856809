"""The sessions that are open here: each has a screen of its own, and one of them is shown.

A session that is not shown goes on. Sessions are opened, and otherwise changed as a whole, one at a time.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interruptible_tui.host import Refused
from interruptible_tui.store import SessionOwned, StoreError
from interruptible_tui.tui.chat import ChatScreen
from interruptible_tui.tui.left_once import PutUp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.screen import Screen

    from interruptible_tui.catalogue import Catalogue
    from interruptible_tui.host import Host
    from interruptible_tui.store import Session
    from interruptible_tui.tui.app import ChatApp
    from interruptible_tui.tui.background import Background
    from interruptible_tui.tui.watching import Watching

    OpenSession = Callable[[str | None], Awaitable[Host]]
    """Opens the session of that name; None: a new one, with a name of its own. Raises StoreError or SessionOwned."""


class NotOpened(Exception):  # noqa: N818 - it says what is the case
    """A session is not opened; the text says why."""


class Rooms:
    def __init__(
        self, app: ChatApp, background: Background, open_session: OpenSession, catalogue: Catalogue | None
    ) -> None:
        """`catalogue`: without one, whoever is followed is opened by the name it had."""
        self.chats: dict[int, ChatScreen] = {}
        """By the id of their session."""
        self.hosts: dict[int, Host] = {}
        """Likewise; a screen has its own a little later."""
        self._left: list[ChatScreen] = []
        """Those that were shown before, the last one last."""
        self.one_at_a_time = asyncio.Lock()
        self.settled = asyncio.Event()
        """The first frame has been painted, or never will be; and no other screen is just being put up."""
        self._app = app
        self._background = background
        self._open_session = open_session
        self._catalogue = catalogue

    @property
    def others(self) -> list[ChatScreen]:
        """The screens of the sessions that are open and not shown."""
        return [chat for chat in self.chats.values() if chat is not self._app.chat]

    def add(self, host: Host, chat: ChatScreen) -> None:
        self.chats[host.session.id], self.hosts[host.session.id] = chat, host
        if host.freed:
            self._background.begin(self._take_over(host, host.freed, chat))

    async def _take_over(self, followed: Host, freed: asyncio.Event, chat: ChatScreen) -> None:
        """Run the session that was followed, as soon as nobody else does; where that fails, `/new NAME` tries again."""
        await freed.wait()
        if self._app.leaving:
            return
        async with self.one_at_a_time:
            try:
                host = await self._open_session(await self.name_now(followed.session))
            except (StoreError, SessionOwned, Refused) as error:
                self._give_up(followed, chat, error)
                return
        try:
            await chat.become(host)
        except StoreError as error:
            self._give_up(followed, chat, error)
            await host.close()
        else:
            await followed.close()
            self.add(host, chat)
            self._app.took_over(followed, host)

    def _give_up(self, followed: Host, chat: ChatScreen, error: Exception) -> None:
        if self.hosts.get(followed.session.id) is followed:
            self._forget(followed.session)
        chat.tell_error(f"The session is not taken over: {error}")

    # -- showing ------------------------------------------------------------------------------------------------------

    async def show(self, name: str | None) -> ChatScreen:
        """Show a session, and open it first if need be; None: a new one. NotOpened."""
        known = self._known(name)
        chat = known or await self._open(name)
        if not self._app.leaving:
            self._left = [*(each for each in self._left if each is not self._app.chat), self._app.chat]
            await self._put_up(chat)
        if known:
            await self._use(chat)
        return chat

    async def _use(self, chat: ChatScreen) -> None:
        """The one that was shown last is opened first the next time; that it is not is no reason to complain."""
        if self._catalogue and chat.host and not chat.host.read_only:
            with suppress(StoreError):
                await self._catalogue.use(chat.host.session)

    def _known(self, name: str | None) -> ChatScreen | None:
        return next((self.chats[id_] for id_, host in self.hosts.items() if host.session.name == name), None)

    async def _open(self, name: str | None) -> ChatScreen:
        try:
            host = await self._open_session(name)
        except (StoreError, SessionOwned) as error:
            raise NotOpened(f"The session is not opened: {error}") from error
        if host.session.id in self.hosts:  # its owner, who is followed, has given it another name
            await host.close()
            self.renamed(host.session)
            return self.chats[host.session.id]
        opened = asyncio.get_running_loop().create_future()
        opened.set_result(host)
        chat = self._app.make_chat(opened)
        self.add(host, chat)
        return chat

    async def _put_up(self, chat: ChatScreen) -> None:
        app = self._app
        self.settled.clear()
        try:
            while not isinstance(app.screen, ChatScreen) or (chat in app.screen_stack and chat is not app.screen):
                await self._put_away(app.screen)
            if len(app.screen_stack) > 1:
                await app.switch_screen(chat)
            elif chat is not app.screen:
                await app.push_screen(chat)
        finally:
            self.settled.set()
        for each in self.chats.values():
            each.stand(behind=each is not chat)

    async def _put_away(self, screen: Screen[Any]) -> None:
        """Whoever waits for what is picked there, or for the keyboard, is told."""
        if isinstance(screen, PutUp):
            left = screen.dismiss()
            left.set_pre_await_callback(None)  # it may have been asked for there, but no handler waits for it
            await left
        else:
            await self._app.pop_screen()

    async def take_away(self, failed: Watching) -> str:
        """Close the session of a screen that cannot show it, which is not the only one; returns its name.

        If it is in sight, the session that was shown before it is shown.
        """
        session = next(self.hosts[id_].session for id_, chat in self.chats.items() if chat is failed)
        if self._app.chat is failed:
            others = self.others
            before = next((chat for chat in reversed(self._left) if chat in others), others[-1])
            await self._put_up(before)
            await self._use(before)
        await self.close(session)
        return session.name

    # -- what is done to whole sessions -------------------------------------------------------------------------------

    async def name_now(self, session: Session) -> str:
        """What it is called, which is shown from now on. StoreError; Refused where it was deleted."""
        if not self._catalogue:
            return session.name
        now = await self._catalogue.now(session)
        self.renamed(now)
        return now.name

    def renamed(self, session: Session) -> None:
        """It has another name since."""
        if host := self.hosts.get(session.id):
            host.session = replace(host.session, name=session.name)
            self.chats[session.id].show_facts()

    async def close(self, session: Session) -> None:
        """Its run ends and its screen goes; it is not the one that is shown."""
        if session.id not in self.hosts:
            return
        await self.closing(session.id)
        chat = self._forget(session)
        if chat and self._app.is_screen_installed(chat) and chat not in self._app.screen_stack:
            self._app.uninstall_screen(chat)
            await chat.remove()

    async def closing(self, session: int) -> None:
        """Let go of the session of that id; what stands in its composer is kept."""
        chat = self.chats[session]
        await (chat if chat.host else self.hosts[session]).close()

    def _forget(self, session: Session) -> ChatScreen | None:
        self.hosts.pop(session.id, None)
        forgotten = self.chats.pop(session.id, None)
        self._left = [each for each in self._left if each is not forgotten]
        self._app.show_badge()
        return forgotten
