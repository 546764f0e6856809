"""A session that another process runs, seen from here: read-only, and live.

Its owner rings a bell after each commit; then the follower looks at what may have changed, and tells its observers
what an engine would have told them. It writes nothing and recovers nothing.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from interruptible_tui.archive import Archive
from interruptible_tui.conversation import Message, Mode, OnInterrupt, Role, RunStatus
from interruptible_tui.drafts import Drafts, NoDrafts
from interruptible_tui.events import (
    ModeSwitched,
    Outcome,
    PolicySwitched,
    Published,
    RollbackEnded,
    RunEnded,
    RunStarted,
    SessionChanged,
    UserEvent,
)
from interruptible_tui.host import Observer, Refused, publish
from interruptible_tui.live import LiveRun
from interruptible_tui.looking import Look, at_the_end, state_after, taken
from interruptible_tui.machine import SessionState
from interruptible_tui.retelling import Retold, amended, retell
from interruptible_tui.store import Page, RunRecord, Session, Store, StoreError, Tables
from interruptible_tui.store.errors import described
from interruptible_tui.store.locks import Owner
from interruptible_tui.store.revisions import Hiding
from interruptible_tui.switching import Change

_OUTCOMES = {RunStatus.COMPLETED: Outcome.COMPLETED, RunStatus.FAILED: Outcome.FAILED}


class Follower:
    """Follows from its making until `close`."""

    def __init__(self, store: Store, session: Session, owner: Owner, model: Callable[[Session], str]) -> None:
        """Follow `session`, which `owner` runs; `model` tells the name that is shown of its model. StoreError."""
        self.session = session
        self._model = model
        self.archive = Archive(store)
        self.drafts: Drafts = NoDrafts(store, session)
        self.state = SessionState(mode=session.mode)
        self.live: LiveRun | None = None
        self.read_only = f"read-only: open in another process ({described(owner)})"
        self.freed = asyncio.Event()
        self._store = store
        self._observers: list[Observer] = []
        self._rung = asyncio.Event()
        self._settled = (0, 0)
        """The last run and the last message that can no longer change."""
        self._known: dict[int, Message] = {}
        """The messages after that, by id."""
        self._draft: int | None = None
        self._seen = (-1, Hiding(frozenset(), frozenset()))
        """How the history was seen that was told of last: its revision, and what hid any of it."""
        self._following = store.follow(session, self._rung.set, self.freed.set)
        self._reader = asyncio.create_task(self._follow(), name=f"follower of session {session.id}")
        self._reader.add_done_callback(_report)

    @property
    def model(self) -> str:
        return self._model(self.session)

    def observe(self, observer: Observer) -> Callable[[], None]:
        self._observers.append(observer)
        self._rung.set()
        return lambda: self._observers.remove(observer)

    async def last_page(self) -> Page:
        """The last messages but one that is being written, which observers are told. StoreError."""
        start, look = await self._store.read(
            lambda tables: (tables.page_start(self.session.id), at_the_end(tables, self.session))
        )
        messages = [(id_, message) for id_, message in look.messages if id_ != look.draft]
        self.state = state_after(look, self.state)
        if look.running:
            self._begin(look.running)
            self._retell(look.running, {}, None, replace(look, messages=messages))
        self._settle(replace(look, messages=messages))
        return Page(tuple(message for _, message in messages), start)

    # -- what the user does

    async def submit(  # the signature of all hosts
        self,
        text: str,  # noqa: ARG002
        mode: Mode | None = None,  # noqa: ARG002
        *,
        on_interrupt: OnInterrupt | None = None,  # noqa: ARG002
    ) -> str:
        raise self._refused()

    async def rewind(self, text: str, to: str) -> str:  # noqa: ARG002
        raise self._refused()

    async def ask(self, wish: UserEvent) -> None:  # noqa: ARG002
        raise self._refused()

    async def equip(self, change: Change) -> None:  # noqa: ARG002
        raise self._refused()

    async def switch(self, mode: Mode) -> None:  # noqa: ARG002
        raise self._refused()

    async def stop(self, *, everything: bool = False) -> None:  # noqa: ARG002
        raise self._refused()

    async def resume(self) -> None:
        raise self._refused()

    async def continue_run(self) -> None:
        raise self._refused()

    def _refused(self) -> Refused:
        return Refused(f"{self.read_only}; `interruptible-chat send` writes to it")

    async def close(self) -> None:
        self._following.close()
        self._reader.cancel()
        await asyncio.wait({self._reader})

    # -- what the owner does

    async def _follow(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            if not self._observers:
                continue
            try:
                look = await self._store.read(self._look)
            except StoreError:  # the next ring is another try; what cannot be read has the owner's screen full of it
                continue
            self._tell(look)

    def _look(self, tables: Tables) -> Look:
        return taken(tables, self.session, self._settled, self._seen)

    def _tell(self, look: Look) -> None:
        before, self.state = self.state, state_after(look, self.state)
        known, self.session = self.session, look.session
        events = self._events(before, look)
        for event in events:
            self._publish(event)
        if _itself(known) != _itself(self.session) or (before != self.state and not events):
            self._publish(SessionChanged())
        self._settle(look)

    def _events(self, before: SessionState, look: Look) -> list[Published]:
        delivered = {message.prompt_id for _, message in look.messages}
        events: list[Published] = list(amended(before.pending, look.pending, delivered))
        events += _switches(before, look)
        for run in look.runs:
            if not self.live or self.live.number != run.number:
                self._begin(run)
                events.append(RunStarted(run.number, run.trigger, (), run.started_at))
            events += self._retell(run, self._known, self._draft, look)
            if run.status is not RunStatus.RUNNING:
                events.append(RunEnded(run.number, _OUTCOMES.get(run.status, Outcome.CANCELLED), run.reason))
        if before.run and before.run.undoing and look.undoing != before.run.undoing.rollback:
            events.append(RollbackEnded(before.run.undoing.rollback))
        if look.revised is not None:
            events.append(look.revised)
        self._draft = look.draft
        return events

    def _begin(self, run: RunRecord) -> None:
        self.live = LiveRun(run.number, run.trigger, run.started_at, time.time(), run.turns)

    def _retell(self, run: RunRecord, known: Mapping[int, Message], drafted: int | None, look: Look) -> list[Retold]:
        own = [(id_, message) for id_, message in look.messages if message.run == run.number]
        events = list(retell(known, drafted, own, look.draft))
        if self.live:
            for event in events:
                self.live.follow(event, time.time())
            self.live.usage = run.usage
        return events

    def _settle(self, look: Look) -> None:
        """Only the last reply of the active run, and what follows it, can still change."""
        active = look.running.number if look.running else None
        replies = [id_ for id_, each in look.messages if each.run == active and each.role is Role.ASSISTANT]
        last = replies[-1] if replies else 0
        final = {id_ for id_, each in look.messages if each.run != active or id_ < last}
        self._settled = (
            max([self._settled[0], *(run.number for run in look.runs if run.number != active)]),
            max([self._settled[1], *final]),
        )
        self._known = {id_: each for id_, each in look.messages if id_ not in final}
        self._seen = (look.revision, look.hiding)
        if not look.running:
            self.live = None

    def _publish(self, event: Published) -> None:
        publish(self._observers, event, self.state)


def _report(reader: asyncio.Task[None]) -> None:
    if not reader.cancelled() and (error := reader.exception()):
        context = {"message": "a follower has broken down", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)


def _itself(session: Session) -> tuple[object, ...]:
    """Its name and what it asks models with."""
    return session.name, session.endpoint, session.model, session.system, session.parameters


def _switches(before: SessionState, look: Look) -> Iterator[ModeSwitched | PolicySwitched]:
    mode, on_interrupt, incorporate_at = look.policies
    if mode is not before.mode:
        yield ModeSwitched(mode)
    if on_interrupt is not before.on_interrupt:
        yield PolicySwitched(on_interrupt)
    if incorporate_at is not before.incorporate_at:
        yield PolicySwitched(incorporate_at)
