"""What is known of runs, in all sessions: read when it is asked for, and kept nowhere else.

Reading does not make anybody the owner of a session, and disturbs none.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from interruptible_tui.conversation import Compensation, Message, Role, RunStatus, Trigger
from interruptible_tui.exporting import exported
from interruptible_tui.providers.wire import Api, encode
from interruptible_tui.request import Setup
from interruptible_tui.retracing import Hiding, Kept, Turn, repeats, request, turns
from interruptible_tui.store import Page, RunRecord, Session, Store, Tables
from interruptible_tui.store.messages import LAST, StoredMessage
from interruptible_tui.store.pages import PAGE
from interruptible_tui.store.runs import CallRecord
from interruptible_tui.store.searching import Hit
from interruptible_tui.words import Words

SAID = 200
"""Characters of a run's first prompt that are listed."""


class ListedRun(Struct, frozen=True):
    session: Session
    record: RunRecord
    said: str
    """The beginning of its first prompt; empty where it took none."""
    owned: bool
    """Whether somebody runs its session."""

    @property
    def key(self) -> tuple[int, int]:
        return self.session.id, self.record.number

    @property
    def status(self) -> RunStatus:
        """A run that nobody runs has crashed, though nobody has written it down yet."""
        crashed = self.record.status is RunStatus.RUNNING and not self.owned
        return RunStatus.CRASHED if crashed else self.record.status


class RunDetails(Struct, frozen=True):
    listed: ListedRun
    prompts: tuple[Message, ...]
    """The messages that they have become, in their order."""
    turns: tuple[Turn, ...]
    calls: Mapping[int, Sequence[CallRecord]]
    """By turn, in the order in which the model made them."""
    rollback: int | None
    """The one that hides it, or a part of it, from the model."""
    compensations: tuple[Compensation, ...]
    """Of that rollback."""


class Unknown(Exception):  # noqa: N818 - it says what is the case
    """The request of a turn cannot be told; the text is for people."""


class Archive:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def sessions(self) -> list[tuple[Session, int]]:
        """All, the last used first, each with how often its messages came to be seen differently. StoreError."""
        return await self._store.read(lambda tables: [(each, tables.revision(each.id)) for each in tables.sessions()])

    async def runs(self, session: Session, after: int = 0) -> list[ListedRun]:
        """The runs of `session` behind the one numbered `after`, oldest first. StoreError.

        Whoever owns the session before or after they are read may run one that has not ended by what was read.
        """
        owned = self._store.owner(session) is not None
        records, said = await self._store.read(
            lambda tables: (tables.runs(session.id, after), tables.first_prompts(session.id, after, SAID))
        )
        owned = owned or self._store.owner(session) is not None
        return [ListedRun(session, record, said.get(record.number, ""), owned) for record in records]

    async def page(
        self,
        session: Session,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = PAGE,
    ) -> Page:
        """About `limit` messages before, behind or around the one of that id, else the last ones. StoreError."""

        def read(tables: Tables) -> Page:
            if around is not None:
                return tables.page_around(session.id, around, limit)
            if after is not None:
                return tables.page_after(session.id, after, limit)
            return tables.page_before(session.id, LAST if before is None else before, limit)

        return await self._store.read(read)

    async def said(self, session: Session, before: int | None = None, limit: int = PAGE) -> list[Message]:
        """The last `limit` messages of the user, before that one, oldest first. StoreError."""
        end = LAST if before is None else before
        return await self._store.read(lambda tables: tables.said(session.id, end, limit))

    async def search(self, words: Words, session: Session | None = None) -> AsyncGenerator[list[Hit], None]:
        """The messages in which the words are, newest first; None: of all sessions. StoreError.

        They are looked for a stretch at a time, each of which may have none, so that nothing else waits long for the
        database and whoever looks can give up.
        """
        before, number = LAST, session.id if session else None
        while before:
            read = partial(Tables.search, words=words, session=number, before=before)
            hits, before = await self._store.read(read)
            yield hits

    def exported(self, session: Session, *, as_json: bool) -> AsyncIterator[str]:
        """The text of a file with all of `session`, piece by piece. StoreError."""
        return exported(self._store, session, as_json=as_json)

    async def last_run(self, session: Session) -> int:
        """The number of the newest run; 0 where there is none. StoreError."""
        newest = await self._store.read(lambda tables: tables.last_run(session.id))
        return newest[0] if newest else 0

    async def details(self, listed: ListedRun) -> RunDetails:
        """StoreError."""
        return await self._store.read(lambda tables: _details(tables, listed))

    async def request(self, listed: ListedRun, turn: int) -> tuple[Api, dict[str, Any]]:
        """The body of what was sent at `turn`, and its format. Unknown, StoreError."""
        session, run = listed.key
        setup, kept = await self._store.read(lambda tables: (_setup(tables, listed), _kept(tables, session)))
        if setup is None:
            raise Unknown("the run is from a version that did not note what its requests were made with")
        api = Api(setup.api or Api.CHAT)
        return api, await asyncio.to_thread(lambda: encode(request(setup, kept, run, turn), api))


def _details(tables: Tables, listed: ListedRun) -> RunDetails:
    session, run = listed.key
    written = tables.messages_of_run(session, run)
    own = [stored.message for stored in written]
    rollback = tables.rollback_of(session, run)
    calls: dict[int, list[CallRecord]] = defaultdict(list)
    for call in tables.calls_of_run(session, run):
        calls[call.turn].append(call)
    return RunDetails(
        listed,
        tuple(message for message in own if message.role is Role.USER),
        tuple(turns(own, listed.status, listed.record.reason, repeats=_repeats(tables, listed, written))),
        calls,
        rollback,
        tuple(tables.compensations(session, rollback)) if rollback is not None else (),
    )


def _repeats(tables: Tables, listed: ListedRun, own: Sequence[StoredMessage]) -> bool:
    """Whether its first turn has made calls of a crashed run again. Of what came before, that run is read for that."""
    wordless = any(_is_wordless(each.message) for each in own)
    if listed.record.trigger is not Trigger.CONTINUE or not wordless:
        return False
    setup, (session, run) = _setup(tables, listed), listed.key
    continued = tables.run_before(session, run)
    if setup is None or continued is None:
        return False
    written = [*tables.messages_of_run(session, continued), *own]
    return repeats(_with_hidings(tables, session, written), run, setup.tools)


def _is_wordless(message: Message) -> bool:
    return message.role is Role.ASSISTANT and message.turn == 1 and not message.text


def _setup(tables: Tables, listed: ListedRun) -> Setup | None:
    content = tables.setup(*listed.key)
    return Setup.decode(content) if content else None


def _kept(tables: Tables, session: int) -> list[Kept]:
    """The whole conversation as it was written, and from which runs each message was hidden."""
    return _with_hidings(tables, session, tables.written_messages(session))


def _with_hidings(tables: Tables, session: int, written: Sequence[StoredMessage]) -> list[Kept]:
    hidings: dict[int, list[Hiding]] = defaultdict(list)
    for message, after, until in tables.hidings(session):
        hidings[message].append(Hiding(after, until))
    return [Kept(each.message, tuple(hidings[each.id])) for each in written]
