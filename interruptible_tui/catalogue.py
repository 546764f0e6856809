"""All sessions: what is listed of each, and what is done to whole ones.

A session is known by its name. To rename one is to change that, and its title with it, so that `--session` finds it by
what is shown. To delete one hides it everywhere until it is brought back; nothing of it is lost, and what is pending in
it stays so. A fork is another session with the same conversation. What another process runs is not changed from here.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from interruptible_tui.host import Refused
from interruptible_tui.recovery import mend
from interruptible_tui.store import Session, SessionOwned, Store, Tables
from interruptible_tui.store.errors import described
from interruptible_tui.text import storable

_FORK = re.compile(r" fork( \d+)?$")
"""The end of a fork's name, which a fork of that does not have twice."""


class Listed(Struct, frozen=True):
    session: Session
    """With its title and how much is pending."""
    last_line: str
    owned: bool
    """Whether somebody runs it, here or elsewhere."""


class Catalogue:
    """Each method raises StoreError, and Refused where what was asked for is not done."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def listed(self) -> list[Listed]:
        """All that are not deleted, the last used first."""

        def read(tables: Tables) -> list[Listed]:
            return [Listed(each, last, self._store.owner(each) is not None) for each, last in tables.seen_sessions()]

        return await self._store.read(read)

    async def named(self, words: str, *, exactly: bool = False) -> Session:
        """The one of that name; unless `exactly`, else the only one whose name or title begins so, in any case."""
        name, start = storable(words), words.lower()
        sessions = [each for each, _ in await self._store.read(lambda tables: tables.seen_sessions())]
        exact = [each for each in sessions if each.name == name]
        alike = [] if exactly else [each for each in sessions if each.name.lower().startswith(start)]
        alike = alike or [each for each in sessions if not exactly and each.title.lower().startswith(start)]
        if len(exact or alike) > 1:
            raise Refused(f"{len(alike)} sessions begin with {words!r}")
        if not exact and not alike:
            raise Refused(f"there is no session named {words!r}: /new makes one")
        return (exact or alike)[0]

    async def now(self, session: Session) -> Session:
        """As it is known now, whatever it is called."""
        found = await self._store.read(lambda tables: tables.session_of(session.id))
        if not found:
            raise Refused(f"the session {session.name!r} was deleted")
        return found

    async def use(self, session: Session) -> None:
        """It is the one last used."""
        await self._store.write(lambda tables: tables.touch_session(session.id, time.time()))

    async def rename(self, session: Session, name: str) -> Session:
        name = " ".join(storable(name).split())
        if not name:
            raise Refused("a session needs a name")
        with self._kept_from_others(session, "renamed"):
            if not await self._store.write(lambda tables: tables.rename_session(session.id, name)):
                raise Refused(f"there is a session named {name!r} already")
        if self._store.owns(session):
            self._store.owned(session).tell_followers()
        return await self.now(session)

    async def check_changeable(self, session: Session) -> None:
        """Whether it could be deleted now."""
        with self._kept_from_others(session, "deleted"):
            await self.now(session)

    async def delete(self, session: Session) -> None:
        """Whoever runs it here goes on doing so."""
        with self._kept_from_others(session, "deleted"):
            await self._store.write(lambda tables: tables.delete_session(session.id, time.time()))

    async def bring_back(self, name: str | None) -> Session:
        """The deleted one of that name; None: the one that was deleted last."""
        wanted = name and storable(name)
        session = await self._store.write(lambda tables: tables.bring_back_session(wanted))
        if not session:
            raise Refused(f"no session named {name!r} was deleted" if name else "no session was deleted")
        return session

    async def fork(self, session: Session, name: str | None) -> Session:
        """What a crash has left half done is put in order first, as whoever opens it would do."""
        owned = self._store.owner(session) is not None
        made = name and " ".join(storable(name).split())

        def write(tables: Tables) -> Session | str:
            at = time.time()
            if not owned:
                mend(tables, session.id, at)
            if tables.rollback_under_way(session.id) is not None:
                return "a rollback is under way: fork it when that is done"
            called = made or tables.free_name(f"{_FORK.sub('', session.name)} fork", "{} {}")
            return tables.fork_session(session.id, called, at) or f"there is a session named {called!r} already"

        if owned:
            forked = await self._store.write(write)
        else:
            with self._kept_from_others(session, "forked"):
                forked = await self._store.write(write)
        if isinstance(forked, str):
            raise Refused(forked)
        return forked

    async def index(self) -> None:
        """Index what waits since a fork, in many short transactions, between which others write."""
        while await self._store.write(lambda tables: tables.index_batch()):
            pass

    @contextmanager
    def _kept_from_others(self, session: Session, what: str) -> Iterator[None]:
        """Nobody else runs it meanwhile."""
        if self._store.owns(session):
            yield
            return
        try:
            self._store.own(session)
        except SessionOwned as owned:
            where = f"open in another process ({described(owned.owner)})"
            raise Refused(f"{session.name!r} is {where}: it can be {what} there") from None
        try:
            yield
        finally:
            self._store.disown(session)
