"""The shell around the machine, one per session: what the screen and the commands talk to.

Every event goes through the mailbox. Its step is computed, written in one transaction, and only then taken over,
told to observers and acted upon; a step whose transaction failed did not happen. Cancelling alone does not wait for
the disk: the mailbox knows the state after all that is in it, and a step that cancels there cancels at once.

What others send to the session waits in a table of its own; a bell says that there may be something. It becomes a
step like any other, between two of the mailbox.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self
from uuid import uuid4

from msgspec.structs import replace

from interruptible_tui.agent import Agent
from interruptible_tui.archive import Archive
from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.drafts import Drafts
from interruptible_tui.effects import CancelRun, Refuse, Stop
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
    CompensationEnded,
    CompensationStarted,
    ContinueRequested,
    FlushDue,
    MessageAdded,
    ModeSwitched,
    ResumeRequested,
    RewindRequested,
    RollbackEnded,
    RunEnded,
    RunEvent,
    SessionChanged,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
    ToolEnded,
    ToolStarted,
    UserEvent,
)
from interruptible_tui.host import Observer, Refused
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import SessionState, step
from interruptible_tui.mailbox import Entry, Mailbox, unattended
from interruptible_tui.recovery import recover
from interruptible_tui.stage import Stage
from interruptible_tui.store import Page, Session, Store, StoreError, Tables
from interruptible_tui.switching import Change, Switch, Switches
from interruptible_tui.text import storable
from interruptible_tui.writer import Work, Written, write

_CLOSED = "the session is closed"
RETRY = 1.0
"""Seconds after which what others have sent is looked for again, if the database could not be read or written."""


class Engine:
    """Made by `open`; runs until `close`."""

    def __init__(self, store: Store, session: Session, agent: Agent, state: SessionState) -> None:
        self.session = session
        self.read_only = ""
        self.freed = None
        self.model = agent.model
        self.archive = Archive(store)
        self.drafts = Drafts(store, session)
        self._store = store
        self._stage = Stage(store, session, agent, state, self._post)
        self._mailbox = Mailbox(state, self._stage.end_early)
        self._switches = Switches()
        self._last: asyncio.Future[None] | None = None
        """Done when what was asked for last has happened, or has not."""
        self._rung = False
        """Others may have sent something."""
        self._server = asyncio.create_task(self._serve(), name=f"engine of session {session.id}")
        self._server.add_done_callback(self._break_down)

    @classmethod
    async def open(cls, store: Store, session: Session, agent: Agent) -> Self:
        """Become the owner of `session`; what was pending is held, a run that was active has crashed.

        The mode, the policies and the model that `session` has here are the stored ones from now on. SessionOwned,
        StoreError.
        """
        store.own(session)
        recovering = asyncio.ensure_future(store.write(lambda tables: recover(tables, session)))
        try:
            return cls(store, session, agent, await asyncio.shield(recovering))
        except BaseException:
            await asyncio.wait({recovering})  # the next owner must not be recovered by it
            unattended(recovering)
            store.disown(session)
            raise

    @property
    def state(self) -> SessionState:
        """The durable state."""
        return self._stage.state

    @property
    def live(self) -> LiveRun | None:
        """The active run as far as it has told."""
        return self._stage.live

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Tell `observer` everything from now on; returns what ends that.

        What others send is not taken in before somebody observes: whoever shows the last page first would miss it.
        """
        observers = self._stage.observers
        if not observers:
            self._store.owned(self.session).listen(self._heard)
        observers.append(observer)
        return lambda: observers.remove(observer)

    async def last_page(self) -> Page:
        """The last messages. StoreError."""
        return await self.archive.page(self.session)

    # -- what the user does. Each returns when it is durable, and raises StoreError or Refused if it did not happen.

    async def submit(
        self,
        text: str,
        mode: Mode | None = None,
        *,
        on_interrupt: OnInterrupt | None = None,
        incorporate_at: IncorporateAt | None = None,
    ) -> str:
        """Send a prompt and return its id; what is None is the session's.

        Cancelling the caller does not take the prompt back.
        """
        prompt = uuid4().hex
        self.drafts.sent(prompt)
        try:
            await self._post(Submitted(prompt, storable(text), mode, time.time(), on_interrupt, incorporate_at))
        finally:
            self.drafts.decided(prompt)
        return prompt

    async def rewind(self, text: str, to: str) -> str:
        """Go on with `text` in the place of the earlier prompt `to`; returns the id of the new one."""
        prompt = uuid4().hex
        self.drafts.sent(prompt)
        try:
            await self._post(RewindRequested(prompt, storable(text), to, time.time()))
        finally:
            self.drafts.decided(prompt)
        return prompt

    async def switch(self, mode: Mode) -> None:
        await self._post(ModeSwitched(mode))

    async def stop(self, *, everything: bool = False) -> None:
        """Esc. The run is cancelled before this first waits."""
        await self._post(StopRequested(everything))

    async def resume(self) -> None:
        await self._post(ResumeRequested())

    async def continue_run(self) -> None:
        await self._post(ContinueRequested())

    async def ask(self, wish: UserEvent) -> None:
        await self._post(wish)

    async def equip(self, change: Change) -> None:
        """The next run is made with another agent; what the session asks models with is stored. An active run goes on.

        What was asked for before is done before.
        """
        if self._server.done() or self.state.closing:
            raise Refused(_CLOSED)
        switched = self._switches.add(change, self._last)
        self._mailbox.ring()
        await switched

    async def close(self) -> None:
        """Stop the run, keep what it said and all that is pending, and end.

        Takes `run_task.PATIENCE` at most, or what a hurried rollback takes, and a write.
        """
        if not self._server.done():
            unattended(self._post(CloseRequested()))
        await asyncio.shield(self._server)
        self._store.disown(self.session)

    def _post(self, event: SessionEvent) -> asyncio.Future[None]:
        """The future is done when the effects of `event` are."""
        if not self._server.done():
            self._last = self._mailbox.post(event)
            return self._last
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(Refused(_CLOSED))
        return refused

    # -- one step after the other

    async def _serve(self) -> None:
        while self._mailbox or self.state.run or not self.state.closing:
            await self._mailbox.wait()
            if self._rung:
                await self._take_in()
            while switch := self._switches.due(alone=not self._mailbox):
                await self._equip(switch)
            if self._mailbox:
                await self._serve_next()

    async def _equip(self, switch: Switch) -> None:
        try:
            session, agent = switch.change(self.session)
            await self._store.write(lambda tables: tables.equip_session(session))
        except StoreError as error:
            switch.fail(error)
        except BaseException:
            switch.fail(Refused(_CLOSED))
            raise
        else:
            self.session = replace(session, name=self.session.name)  # it may have been renamed meanwhile
            self.model, self._stage.agent = agent.model, agent
            self._store.owned(session).tell_followers()
            self._stage.publish(SessionChanged())
            switch.succeed()

    async def _serve_next(self) -> None:
        entry = self._mailbox.take()
        try:
            await self._handle(entry)
        except BaseException:
            self._mailbox.put_back(entry)
            raise

    def _break_down(self, server: asyncio.Task[None]) -> None:
        """The mailbox is not served any more. After a fault of ours nobody may wait for it, and nothing run on."""
        error = None if server.cancelled() else server.exception()
        self._stage.abandon()
        self._mailbox.fail(Refused(f"the session has broken down: {error!r}"))
        self._switches.fail(Refused(_CLOSED))
        if error:
            context = {"message": "a session has broken down", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    async def _handle(self, entry: Entry) -> None:
        if isinstance(entry.event, RunEnded):
            self._heard()  # for a bell that somebody has broken
        work = self._stage.plan(entry.event)
        if refusal := _refusal(work):
            entry.fail(Refused(refusal))
            return
        try:
            written = await self._write(work)
        except StoreError as error:
            await self._fail(work, error)
            if not isinstance(entry.event, RunEvent):  # a run is cancelled instead, while it waits
                entry.fail(error)
            return
        entry.succeed()  # whatever happens now, it is durable
        await self._stage.take_over(work, written)

    async def _write(self, work: Work) -> Written:
        if not work.writes:
            return Written()
        return await self._store.write(lambda tables: self._write_down(tables, work))

    def _write_down(self, tables: Tables, work: Work) -> Written:
        self.drafts.write(tables, work.event)
        return write(tables, self.session.id, work)

    async def _fail(self, work: Work, error: StoreError) -> None:
        """The step did not happen. What has happened outside all the same is taken over without being written."""
        match work.event:
            case StopRequested() | CloseRequested() | StorageFailed():
                await self._stage.take_over(work)
            case RunEnded() | RollbackEnded():
                await self._end_unwritten(work.event, error)
            case CompensationStarted() | CompensationEnded():
                self._mailbox.insert(StorageFailed(self._active, str(error)))
            case BoundaryReached(run) | MessageAdded(run) | ToolStarted(run) | ToolEnded(run) | FlushDue(run):
                self._mailbox.insert(StorageFailed(run, str(error)))
            case _ if any(isinstance(effect, CancelRun) for effect in work.effects):
                self._mailbox.insert(StopRequested())
            case _:
                pass
        self._mailbox.follow(self.state)

    async def _end_unwritten(self, end: RunEnded | RollbackEnded, error: StoreError) -> None:
        """It has ended, written or not: everything is held. What stays unwritten is found half done, and mended."""
        failed = StorageFailed(self._active, str(error))
        told = self.state.run is not None and self.state.run.stop is Stop.STORAGE
        self._stage.state, _ = step(self.state, failed)
        if not told:
            self._stage.publish(failed)
        work, written = self._stage.plan(end), Written()
        with suppress(StoreError):
            written = await self._write(work)
        await self._stage.take_over(work, written)

    @property
    def _active(self) -> int:
        """The number of the run that is active, or that a rollback goes on in place of."""
        return self.state.run.number if self.state.run else 0

    # -- what others send

    def _heard(self) -> None:
        self._rung = True
        self._mailbox.ring()

    async def _take_in(self) -> None:
        """Submit what others have sent, in their order. What cannot be read or written now is tried again soon."""
        self._rung = False
        try:
            for prompt in await self._store.read(lambda tables: tables.sent(self.session.id)):
                await self._submit_sent(prompt)
        except StoreError:
            asyncio.get_running_loop().call_later(RETRY, self._heard)
        self._mailbox.follow(self.state)

    async def _submit_sent(self, prompt: Submitted) -> None:
        """One that is refused stays where it is, and is found when the session is opened again."""
        work = self._stage.plan(prompt)
        if not _refusal(work):
            await self._stage.take_over(work, await self._write(work))


def _refusal(work: Work) -> str | None:
    return next((effect.reason for effect in work.effects if isinstance(effect, Refuse)), None)
