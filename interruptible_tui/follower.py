"""A session that another process runs, seen from here: read-only, and live.

Its owner rings a bell after each commit; then the follower looks at what may have changed, and tells its observers
what an engine would have told them. It writes nothing and recovers nothing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from interruptible_tui.conversation import Hold, Message, Mode, Pending, Role, RunStatus
from interruptible_tui.events import ModeSwitched, Outcome, Published, RunEnded, RunStarted, Submitted
from interruptible_tui.host import Observer, Refused, publish
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.retelling import Retold, draft_of, retell
from interruptible_tui.store import RunRecord, Session, Store, StoreError, Tables
from interruptible_tui.store.errors import described
from interruptible_tui.store.locks import Owner

_OUTCOMES = {RunStatus.COMPLETED: Outcome.COMPLETED, RunStatus.FAILED: Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class _Look:
    """What is stored, without what can no longer change."""

    mode: Mode
    pending: list[Pending]
    runs: list[RunRecord]
    messages: list[tuple[int, Message]]

    @property
    def running(self) -> RunRecord | None:
        return next((run for run in self.runs if run.status is RunStatus.RUNNING), None)

    @property
    def draft(self) -> int | None:
        """The id of the reply that is being written."""
        return draft_of(self.messages, self.running.number if self.running else None)


class Follower:
    """Follows from its making until `close`."""

    def __init__(self, store: Store, session: Session, owner: Owner, model: str) -> None:
        """Follow `session`, which `owner` runs; `model` is shown as the model's name. StoreError."""
        self.session = session
        self.model = model
        self.state = SessionState(mode=session.mode)
        self.live: LiveRun | None = None
        self.read_only = f"read-only: open in another process ({described(owner)})"
        self.freed = asyncio.Event()
        """Set when nobody runs the session any more."""
        self._store = store
        self._observers: list[Observer] = []
        self._rung = asyncio.Event()
        self._settled = (0, 0)
        """The last run and the last message that can no longer change."""
        self._known: dict[int, Message] = {}
        """The messages after that, by id."""
        self._draft: int | None = None
        self._following = store.follow(session, self._rung.set, self.freed.set)
        self._reader = asyncio.create_task(self._follow(), name=f"follower of session {session.id}")
        self._reader.add_done_callback(_report)

    def observe(self, observer: Observer) -> Callable[[], None]:
        self._observers.append(observer)
        self._rung.set()
        return lambda: self._observers.remove(observer)

    async def history(self) -> list[Message]:
        """All messages but one that is being written, which observers are told. StoreError."""
        self._settled = (0, 0)
        look = await self._store.read(self._look)
        messages = [(id_, message) for id_, message in look.messages if id_ != look.draft]
        self.state = _state(look, self.state)
        if look.running:
            self._begin(look.running)
            self._retell(look.running, {}, None, replace(look, messages=messages))
        self._settle(replace(look, messages=messages))
        return [message for _, message in messages]

    # -- what the user does

    async def submit(self, text: str, mode: Mode | None = None) -> str:  # noqa: ARG002 - the signature of all hosts
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

    def _look(self, tables: Tables) -> _Look:
        run, message = self._settled
        return _Look(
            tables.mode(self.session.id),
            tables.waiting(self.session),
            tables.runs(self.session.id, after=run),
            [(stored.id, stored.message) for stored in tables.messages(self.session.id, after=message)],
        )

    def _tell(self, look: _Look) -> None:
        before, self.state = self.state, _state(look, self.state)
        told = False
        for event in self._events(before, look):
            told = True
            self._publish(event)
        if not told and before != self.state:
            self._publish(ModeSwitched(self.state.mode))
        self._settle(look)

    def _events(self, before: SessionState, look: _Look) -> list[Published]:
        known = {waiting.prompt.id for waiting in before.pending}
        new = [waiting.prompt for waiting in look.pending if waiting.prompt.id not in known]
        events: list[Published] = [Submitted(each.id, each.text, each.mode, each.created_at) for each in new]
        for run in look.runs:
            if not self.live or self.live.number != run.number:
                self._begin(run)
                events.append(RunStarted(run.number, run.trigger, (), run.started_at))
            events += self._retell(run, self._known, self._draft, look)
            if run.status is not RunStatus.RUNNING:
                events.append(RunEnded(run.number, _OUTCOMES.get(run.status, Outcome.CANCELLED), run.reason))
        self._draft = look.draft
        return events

    def _begin(self, run: RunRecord) -> None:
        self.live = LiveRun(run.number, run.trigger, run.started_at, time.time(), run.turns)

    def _retell(self, run: RunRecord, known: Mapping[int, Message], drafted: int | None, look: _Look) -> list[Retold]:
        own = [(id_, message) for id_, message in look.messages if message.run == run.number]
        events = list(retell(known, drafted, own, look.draft))
        if self.live:
            for event in events:
                self.live.follow(event, time.time())
            self.live.usage = run.usage
        return events

    def _settle(self, look: _Look) -> None:
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
        if not look.running:
            self.live = None

    def _publish(self, event: Published) -> None:
        publish(self._observers, event, self.state)


def _report(reader: asyncio.Task[None]) -> None:
    if not reader.cancelled() and (error := reader.exception()):
        context = {"message": "a follower has broken down", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)


def _state(look: _Look, before: SessionState) -> SessionState:
    """The state of the owner, as far as it is stored."""
    newest = look.runs[-1] if look.runs else None
    hold = next((waiting.hold for waiting in look.pending if waiting.hold), None)
    joins = [each.prompt for each in look.pending if not each.hold and each.prompt.mode is not Mode.QUEUE]
    return SessionState(
        mode=look.mode,
        run=ActiveRun(look.running.number) if look.running else None,
        next=tuple(joins),
        later=tuple(each.prompt for each in look.pending if each.prompt not in joins),
        hold=Hold(hold) if hold else None,
        runs=newest.number if newest else before.runs,
        last=newest.status if newest and newest.status is not RunStatus.RUNNING else before.last,
    )
