"""What is done to whole sessions when it is asked for, one after the other; and what is said of it.

What is deleted while it is shown is left first. It is said where it was asked for: in the list, else in the session
that is shown then.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, assert_never

from interruptible_tui.host import Refused
from interruptible_tui.store import StoreError
from interruptible_tui.text import clean_line
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.delete_ask import DeleteAsk
from interruptible_tui.tui.rooms import NotOpened
from interruptible_tui.tui.session_asks import Asked, What

if TYPE_CHECKING:
    from interruptible_tui.catalogue import Catalogue, Listed
    from interruptible_tui.store import Session
    from interruptible_tui.tui.app import ChatApp
    from interruptible_tui.tui.chat import ChatScreen
    from interruptible_tui.tui.rooms import Rooms
    from interruptible_tui.tui.sessions import SessionsScreen


class SessionWishes:
    def __init__(self, app: ChatApp, rooms: Rooms, catalogue: Catalogue) -> None:
        self._app = app
        self._rooms = rooms
        self._catalogue = catalogue
        self._asking = False

    async def carry_out(self, asked: Asked) -> None:
        try:
            if asked.what is What.DELETE:
                await self._delete_if_wanted(asked)
            else:
                async with self._rooms.one_at_a_time:
                    await self._carry_out(asked)
        except (Refused, StoreError, NotOpened) as error:
            self._tell(str(error), error=True)
        if asked.what is What.FORK:
            with suppress(StoreError):  # what is not indexed is found all the same
                await self._catalogue.index()

    async def _carry_out(self, asked: Asked) -> None:
        match asked.what:
            case What.NEW:
                await self._show(asked.words.strip() or None)
            case What.SWITCH:
                session = asked.session or await self._catalogue.named(asked.words)
                await self._show(await self._rooms.name_now(session))
            case What.RENAME:
                renamed = await self._catalogue.rename(asked.session or self._shown, asked.words)
                self._rooms.renamed(renamed)
                self._tell(f"It is called {clean_line(renamed.name)} from now on, also for --session.")
            case What.FORK:
                forked = await self._catalogue.fork(asked.session or self._shown, asked.words or None)
                await self._offer(forked, f"This is a copy, called {clean_line(forked.name)}.")
            case What.BRING_BACK:
                session = await self._catalogue.bring_back(asked.words or None)
                await self._offer(session, f"{clean_line(session.name)} is back.")
            case What.DELETE:
                raise AssertionError("asks before it waits for others")
            case _:
                assert_never(asked.what)

    async def _offer(self, session: Session, said: str) -> None:
        """Choose it in the list, where that is shown; else show it."""
        if listing := self._listing:
            listing.choose(session)
        else:
            await self._show(session.name)
        self._tell(said)

    async def _show(self, name: str | None) -> None:
        """What was typed meanwhile is for its composer."""
        listing = self._listing
        chat = await self._rooms.show(name)
        if listing and not self._app.leaving:
            listing.hand_over(chat.query_one(Composer))

    # -- deleting -----------------------------------------------------------------------------------------------------

    async def _delete_if_wanted(self, asked: Asked) -> None:
        if self._asking:
            return
        self._asking = True
        try:
            listed = await self._meant(asked)
            if await self._is_wanted(listed):
                async with self._rooms.one_at_a_time:
                    await self._delete(listed.session)
        finally:
            self._asking = False

    async def _meant(self, asked: Asked) -> Listed:
        session = asked.session
        if not session and asked.words:
            session = await self._catalogue.named(asked.words, exactly=True)
        wanted = (session or self._shown).id
        for listed in await self._catalogue.listed():
            if listed.session.id == wanted:
                return listed
        raise Refused("it is deleted already")

    async def _is_wanted(self, listed: Listed) -> bool:
        """Asks where more than a conversation is concerned. One that others run is refused later on, without asking."""
        if not self._is_free(listed):
            return True
        kept = self._kept(listed, self._rooms.chats.get(listed.session.id))
        if not kept:
            return True
        ask = DeleteAsk(listed.session.name, kept)
        self._app.push_screen(ask)
        return await ask.answered

    def _kept(self, listed: Listed, chat: ChatScreen | None) -> list[str]:
        """What is the case in a session, and what would become of it."""
        kept = ["a run is active, and is stopped"] if chat and chat.state.run else []
        if pending := listed.session.pending:
            kept.append(f"{pending} {'prompt is' if pending == 1 else 'prompts are'} pending, and kept")
        return kept

    async def _delete(self, session: Session) -> None:
        listing = self._listing
        if self._app.chat is self._rooms.chats.get(session.id):
            await self._catalogue.check_changeable(session)
            await self._rooms.show(await self._another(session))
            if listing:
                await self._app.list_sessions(self._catalogue, session)
        await self._catalogue.delete(session)
        await self._rooms.close(session)
        self._tell(f"{clean_line(session.name)} is deleted: {'Ctrl+Z' if listing else '/undelete'} brings it back.")

    async def _another(self, session: Session) -> str | None:
        """Name of the one last used of those that nobody else runs; None where there is none."""
        for listed in await self._catalogue.listed():
            if listed.session.id != session.id and self._is_free(listed):
                return listed.session.name
        return None

    def _is_free(self, listed: Listed) -> bool:
        """Whether no other process runs it."""
        host = self._rooms.hosts.get(listed.session.id)
        return not host.read_only if host else not listed.owned

    # -- where it is said ---------------------------------------------------------------------------------------------

    @property
    def _shown(self) -> Session:
        host = self._app.chat.host
        if not host:
            raise Refused("the session is still being opened")
        return host.session

    @property
    def _listing(self) -> SessionsScreen | None:
        listing = self._app.sessions
        return listing if listing and listing.is_attached else None

    def _tell(self, text: str, *, error: bool = False) -> None:
        if listing := self._listing:
            listing.tell(text, error=error)
        elif error:
            self._app.chat.tell_error(text)
        else:
            self._app.chat.tell(text)
