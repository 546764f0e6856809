"""What a session is doing: the durable state, the active run as far as it has told, and who is told of it all."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Message, Trigger
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
)
from interruptible_tui.events import (
    BoundaryReached,
    FlushDue,
    MessageAdded,
    Outcome,
    Published,
    Recorded,
    RunEnded,
    RunStarted,
    SessionEvent,
    Streamed,
    ToolEnded,
    ToolStarted,
    UserEvent,
)
from interruptible_tui.host import Observer, publish
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import SessionState
from interruptible_tui.mailbox import unattended
from interruptible_tui.run_task import RunTask
from interruptible_tui.store import Session, Store, StoreError
from interruptible_tui.writer import Work, plan

Post = Callable[[SessionEvent], asyncio.Future[None]]


class Stage:
    def __init__(self, store: Store, session: Session, agent: Agent, state: SessionState, post: Post) -> None:
        self.state = state
        self.live: LiveRun | None = None
        self.observers: list[Observer] = []
        self._store = store
        self._session = session
        self._agent = agent
        self._post = post
        self._run: RunTask | None = None

    def plan(self, event: SessionEvent) -> Work:
        """The step that `event` makes from the durable state."""
        if not self._run:
            return plan(self.state, event, self.live)
        if isinstance(event, FlushDue) and event.run == self._run.number:
            self._run.flushed()
        return plan(self.state, event, self.live, alive=self._run.alive, not_begun=self._run.not_begun)

    async def take_over(self, work: Work) -> None:
        """Show and do what follows from a step that is durable, or has happened all the same."""
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
            self._store.owned(self._session).tell_followers()
        if self.state.run and not self._run:
            await self._start(self.state.run.number)

    def _act(self, effect: Effect, work: Work) -> None:
        match effect:
            case EndRun():
                self.live = self._run = None
            case BeginRun(run, trigger, prompts):
                self.live = LiveRun(run, trigger, work.at, work.at)
                self._tell(RunStarted(run, trigger, prompts, work.at))
            case Deliver(prompt, run):
                self._tell(MessageAdded(run, work.delivered[prompt.id]))
            case CancelRun():
                self.cancel(effect)
            case Answer():
                if self._run:
                    self._run.inbox.put_nowait(tuple(work.delivered.values()))
            case SavePrompt() | Arrange() | SetMode() | Record() | Refuse():
                pass
            case _:
                assert_never(effect)

    def cancel(self, effect: CancelRun) -> None:
        if self._run and self._run.number == effect.run:
            self._run.cancel(force=effect.force)

    def abandon(self) -> None:
        """Nothing that the active run does can be written any more."""
        if self._run:
            self._run.cancel(force=False)

    # -- the active run

    async def history(self) -> list[Message]:
        """All stored messages, oldest first. StoreError."""
        stored = await self._store.read(lambda tables: tables.messages(self._session.id))
        return [each.message for each in stored]

    async def _start(self, number: int) -> None:
        """Start the task of a run that has begun, on the conversation as it is now."""
        self._run = run = RunTask(number, self._record, self._hear, self._flush_due)
        try:
            context = await self.history()
        except StoreError as error:
            unattended(self._post(RunEnded(number, Outcome.FAILED, str(error))))
        else:
            continues = self.live is not None and self.live.trigger is Trigger.CONTINUE
            work = self._agent.run(number, context, run, continues=continues)
            run.start(work, lambda end: unattended(self._post(end)))

    def _record(self, event: BoundaryReached | Recorded) -> asyncio.Future[None]:
        if isinstance(event, MessageAdded | ToolEnded):
            event = replace(event, message=replace(event.message, created_at=time.time()))
        return self._post(event)

    def _hear(self, event: Streamed) -> None:
        if self.live and self._run and event.run == self._run.number == self.live.number:
            self.live.follow(event, time.time())
            self.publish(event)

    def _flush_due(self, run: int) -> None:
        unattended(self._post(FlushDue(run)))

    # -- who is told

    def _tell(self, event: SessionEvent | RunStarted) -> None:
        if isinstance(event, MessageAdded | ToolStarted | ToolEnded) and self.live and self.live.number == event.run:
            self.live.follow(event, time.time())
        self.publish(event)

    def publish(self, event: Published) -> None:
        publish(self.observers, event, self.state)
