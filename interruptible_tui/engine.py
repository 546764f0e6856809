"""The shell around the machine: one per session, with one mailbox, one run task and one writer.

Every event goes through the mailbox. Its step is computed, written in one transaction, and only then taken over,
told to observers and acted upon; a step whose transaction failed did not happen. Cancelling alone does not wait for
the disk: `_ahead` is the state after all that is in the mailbox, and a step that cancels there cancels at once.

What others send to the session waits in a table of its own; a bell says that there may be something. It becomes a
step like any other, between two of the mailbox.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce
from typing import Self, assert_never
from uuid import uuid4

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Hold, Message, Mode, Trigger
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    SavePrompt,
    SetMode,
    Stop,
)
from interruptible_tui.events import (
    BoundaryReached,
    CallStreamed,
    CloseRequested,
    ContinueRequested,
    FlushDue,
    MessageAdded,
    ModeSwitched,
    Outcome,
    Published,
    Recorded,
    ResumeRequested,
    RunEnded,
    RunStarted,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Streamed,
    Submitted,
    TextStreamed,
    ToolEnded,
    ToolStarted,
    UserEvent,
)
from interruptible_tui.host import Observer, Refused
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import SessionState, step
from interruptible_tui.run_task import RunTask
from interruptible_tui.store import Session, Store, StoreError, Tables
from interruptible_tui.text import storable
from interruptible_tui.writer import Work, plan, write

FLUSH = 0.2
"""Seconds after which what a run has streamed is written down."""


@dataclass(frozen=True, slots=True)
class _Entry:
    event: SessionEvent
    done: asyncio.Future[None]


class Engine:
    """What the screen and the commands talk to. Made by `open`; runs until `close`."""

    def __init__(self, store: Store, session: Session, agent: Agent, state: SessionState) -> None:
        self.session = session
        self.read_only = ""
        self.state = state
        """The durable state."""
        self.live: LiveRun | None = None
        """The active run as far as it has told."""
        self._ahead = state
        self._store = store
        self._agent = agent
        self._run: RunTask | None = None
        self._mailbox: deque[_Entry] = deque()
        self._wake = asyncio.Event()
        self._flush: asyncio.TimerHandle | None = None
        """While streamed text waits to be written down."""
        self._rung = False
        self._observers: list[Observer] = []
        self._server = asyncio.create_task(self._serve(), name=f"engine of session {session.id}")
        self._server.add_done_callback(self._break_down)

    @classmethod
    async def open(cls, store: Store, session: Session, agent: Agent) -> Self:
        """Become the owner of `session`; what was pending is held, a run that was active has crashed.

        The mode and the model that `session` has here are the stored ones from now on. SessionOwned, StoreError.
        """
        store.own(session)

        def recover(tables: Tables) -> SessionState:
            tables.use_session(session.id, session.mode, session.model, time.time())
            tables.end_crashed_runs(session.id, time.time())
            prompts = tuple(waiting.prompt for waiting in tables.waiting(session))
            for prompt in prompts[len(tables.pending(session.id)) :]:
                tables.save_prompt(session.id, prompt)
            number, last = tables.last_run(session.id) or (0, None)
            hold = Hold.RESTART if prompts else None
            state = SessionState(mode=session.mode, later=prompts, hold=hold, runs=number, last=last)
            tables.arrange(state.pending)
            return state

        try:
            return cls(store, session, agent, await store.write(recover))
        except BaseException:
            store.disown(session)
            raise

    @property
    def model(self) -> str:
        return self._agent.model

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Tell `observer` everything from now on; returns what ends that.

        What others send is not taken in before somebody observes: it would be missed by whoever shows `history` first.
        """
        if not self._observers:
            self._store.owned(self.session).listen(self._heard)
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    async def history(self) -> list[Message]:
        """All stored messages, oldest first. StoreError."""
        stored = await self._store.read(lambda tables: tables.messages(self.session.id))
        return [each.message for each in stored]

    # -- what the user does. Each returns when it is durable, and raises StoreError or Refused if it did not happen.

    async def submit(self, text: str, mode: Mode | None = None) -> str:
        """Send a prompt and return its id; `mode` None is the session's.

        Cancelling the caller does not take the prompt back.
        """
        prompt = uuid4().hex
        await self._post(Submitted(prompt, storable(text), mode, time.time()))
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

    async def close(self) -> None:
        """Stop the run, keep what it said and all that is pending, and end. Bounded by PATIENCE."""
        if not self._server.done():
            _unattended(self._post(CloseRequested()))
        await asyncio.shield(self._server)
        self._store.disown(self.session)

    # -- the mailbox

    def _post(self, event: SessionEvent) -> asyncio.Future[None]:
        """Put `event` into the mailbox; the future is done when its effects are."""
        done = asyncio.get_running_loop().create_future()
        if self._server.done():
            done.set_exception(Refused("the session is closed"))
            return done
        self._ahead, effects = step(self._ahead, event)
        for effect in effects:
            if isinstance(effect, CancelRun):
                self._cancel(effect)
        self._mailbox.append(_Entry(event, done))
        self._wake.set()
        return done

    async def _serve(self) -> None:
        while self._mailbox or self.state.run or not self.state.closing:
            if not self._mailbox:
                self._wake.clear()
                await self._wake.wait()
            if self._rung:
                await self._take_in()
            if self._mailbox:
                await self._serve_first()

    async def _serve_first(self) -> None:
        entry = self._mailbox.popleft()
        try:
            await self._handle(entry)
        except BaseException:
            self._mailbox.appendleft(entry)
            raise

    def _heard(self) -> None:
        self._rung = True
        self._wake.set()

    async def _take_in(self) -> None:
        """Submit what others have sent, in their order. What cannot be read or written now is tried again later."""
        self._rung = False
        try:
            for prompt in await self._store.read(lambda tables: tables.sent(self.session.id)):
                await self._submit_sent(prompt)
        except StoreError:
            self._rung = True
        self._look_ahead()

    async def _submit_sent(self, prompt: Submitted) -> None:
        """One that is refused stays where it is, and is found when the session is opened again."""
        work = self._plan(self.state, prompt)
        if not any(isinstance(effect, Refuse) for effect in work.effects):
            await self._write(work)
            await self._take_over(work)

    def _look_ahead(self) -> None:
        self._ahead = reduce(lambda state, entry: step(state, entry.event)[0], self._mailbox, self.state)

    def _break_down(self, server: asyncio.Task[None]) -> None:
        """The mailbox is not served any more. After a fault of ours nobody may wait for it, and nothing run on."""
        error = None if server.cancelled() else server.exception()
        if self._run:
            self._run.cancel(force=False)
        for entry in self._mailbox:
            _fail(entry.done, Refused(f"the session has broken down: {error!r}"))
        if error:
            context = {"message": "a session has broken down", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    async def _handle(self, entry: _Entry) -> None:
        if isinstance(entry.event, FlushDue):
            self._stop_flushing()
        work = self._plan(self.state, entry.event)
        refused = next((effect.reason for effect in work.effects if isinstance(effect, Refuse)), None)
        if refused:
            return _fail(entry.done, Refused(refused))
        try:
            await self._write(work)
        except StoreError as error:
            await self._fail(work, error)
            if isinstance(entry.event, UserEvent):  # a run is cancelled instead, while it waits for this future
                _fail(entry.done, error)
            return None
        await self._take_over(work)
        if not entry.done.done():
            entry.done.set_result(None)
        return None

    def _plan(self, state: SessionState, event: SessionEvent) -> Work:
        if not self._run:
            return plan(state, event, self.live)
        return plan(state, event, self.live, alive=self._run.alive, not_begun=self._run.not_begun)

    async def _write(self, work: Work) -> None:
        if work.writes:
            await self._store.write(lambda tables: write(tables, self.session.id, work))

    async def _fail(self, work: Work, error: StoreError) -> None:
        """The step did not happen. What has happened outside all the same is taken over without being written."""
        match work.event:
            case StopRequested() | CloseRequested() | StorageFailed():
                await self._take_over(work)
            case RunEnded(run):
                await self._end_unwritten(run, work.event, error)
            case BoundaryReached(run) | MessageAdded(run) | ToolStarted(run) | ToolEnded(run) | FlushDue(run):
                self._insert(StorageFailed(run, str(error)))
            case Submitted() if any(isinstance(effect, CancelRun) for effect in work.effects):
                self._insert(StopRequested())
            case _:
                pass
        self._look_ahead()

    async def _end_unwritten(self, run: int, end: RunEnded, error: StoreError) -> None:
        """A run has ended, written or not: everything is held. What stays unwritten is found as a crashed run."""
        failed = StorageFailed(run, str(error))
        told = self.state.run is not None and self.state.run.stop is Stop.STORAGE
        self.state, _ = step(self.state, failed)
        if not told:
            self._publish(failed)
        work = self._plan(self.state, end)
        with suppress(StoreError):
            await self._write(work)
        await self._take_over(work)

    def _insert(self, event: SessionEvent) -> None:
        """Put `event` before all that waits in the mailbox."""
        done = asyncio.get_running_loop().create_future()
        _unattended(done)
        self._mailbox.appendleft(_Entry(event, done))
        self._wake.set()

    # -- what follows when a step is durable

    async def _take_over(self, work: Work) -> None:
        for remnant in work.remains:
            self._tell(remnant)
        self.state = work.state
        if not work.effects and not isinstance(work.event, UserEvent):
            return  # of a run that has ended
        if not isinstance(work.event, FlushDue):
            self._tell(work.event)
        for effect in work.effects:
            self._act(effect, work)
        if work.writes:
            self._store.owned(self.session).tell_followers()
        if self.state.run and not self._run:
            await self._start(self.state.run.number)

    def _act(self, effect: Effect, work: Work) -> None:
        match effect:
            case EndRun():
                self.live = self._run = None
                self._stop_flushing()
            case BeginRun(run, trigger, prompts):
                self.live = LiveRun(run, trigger, work.at, work.at)
                self._tell(RunStarted(run, trigger, prompts, work.at))
            case Deliver(prompt, run):
                self._tell(MessageAdded(run, work.delivered[prompt.id]))
            case CancelRun():
                self._cancel(effect)
            case Answer():
                if self._run:
                    self._run.inbox.put_nowait(tuple(work.delivered.values()))
            case SavePrompt() | Arrange() | SetMode() | Record() | Refuse():
                pass
            case _:
                assert_never(effect)

    async def _start(self, number: int) -> None:
        """Start the task of a run that has begun, on the conversation as it is now."""
        self._run = run = RunTask(number, self._record, self._hear)
        try:
            context = await self.history()
        except StoreError as error:
            _unattended(self._post(RunEnded(number, Outcome.FAILED, str(error))))
        else:
            continues = self.live is not None and self.live.trigger is Trigger.CONTINUE
            work = self._agent.run(number, context, run, continues=continues)
            run.start(work, lambda end: _unattended(self._post(end)))

    def _cancel(self, effect: CancelRun) -> None:
        if self._run and self._run.number == effect.run:
            self._run.cancel(force=effect.force)

    def _record(self, event: BoundaryReached | Recorded) -> asyncio.Future[None]:
        if isinstance(event, MessageAdded | ToolEnded):
            event = replace(event, message=replace(event.message, created_at=time.time()))
        return self._post(event)

    def _hear(self, event: Streamed) -> None:
        if self.live and self._run and event.run == self._run.number == self.live.number:
            self.live.follow(event, time.time())
            if not self._flush and isinstance(event, TextStreamed | CallStreamed):
                self._flush = asyncio.get_running_loop().call_later(FLUSH, self._flush_now, event.run)
            self._publish(event)

    def _flush_now(self, run: int) -> None:
        _unattended(self._post(FlushDue(run)))

    def _stop_flushing(self) -> None:
        if self._flush:
            self._flush.cancel()
            self._flush = None

    def _tell(self, event: SessionEvent | RunStarted) -> None:
        if isinstance(event, MessageAdded | ToolStarted | ToolEnded) and self.live and self.live.number == event.run:
            self.live.follow(event, time.time())
        self._publish(event)

    def _publish(self, event: Published) -> None:
        for observer in tuple(self._observers):
            try:
                observer(event, self.state)
            except Exception as error:  # noqa: BLE001 - an observer's fault is its own, the session goes on
                context = {"message": f"an observer failed on {type(event).__name__}", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)


def _fail(future: asyncio.Future[None], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _unattended(future: asyncio.Future[None]) -> None:
    """Nobody waits for this one; what it fails of is dealt with where it happens."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
