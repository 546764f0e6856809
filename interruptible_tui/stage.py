"""What a session is doing: the durable state, the active run as far as it has told, and who is told of it all."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import assert_never

from msgspec.structs import asdict, replace

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Compensation, Message, Trigger
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    CloseRollback,
    Compensate,
    CutReply,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    Reopen,
    Restore,
    RewritePrompt,
    Rollback,
    SavePrompt,
    SetMode,
    SetPolicy,
    WithdrawPrompt,
)
from interruptible_tui.events import (
    BoundaryReached,
    FlushDue,
    MessageAdded,
    Outcome,
    Published,
    Recorded,
    RollbackEnded,
    RunEnded,
    RunStarted,
    SessionEvent,
    Streamed,
    ToolEnded,
    ToolStarted,
    UserEvent,
)
from interruptible_tui.host import Observer, Refused, publish
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import SessionState
from interruptible_tui.mailbox import unattended
from interruptible_tui.past import past
from interruptible_tui.run_task import RunTask
from interruptible_tui.store import Session, Store, StoreError, Tables
from interruptible_tui.store.rollbacks import RollbackState
from interruptible_tui.undoing import Saga
from interruptible_tui.writer import Work, Written, plan

Post = Callable[[SessionEvent], asyncio.Future[None]]
NOTHING_WRITTEN = Written()


class Stage:
    def __init__(self, store: Store, session: Session, agent: Agent, state: SessionState, post: Post) -> None:
        self.state = state
        self.live: LiveRun | None = None
        self.observers: list[Observer] = []
        self._store = store
        self.agent = agent
        """What the next run is made with; another one may take its place at any time."""
        self._session = session
        self._made_with = agent
        """What a run that begins in the step under way is made with."""
        self._post = post
        self._run: RunTask | None = None
        self._saga: Saga | None = None
        """While a rollback is under way."""
        self._undoing: asyncio.Task[None] | None = None
        """Its task, which the event loop alone would not keep."""
        self._worked = 0.0
        """Seconds that the last run took."""
        self._setup = _setup(agent)

    def plan(self, event: SessionEvent) -> Work:
        """The step that `event` makes from the durable state."""
        if self._made_with is not self.agent:
            self._made_with, self._setup = self.agent, _setup(self.agent)
        if not self._run:
            return plan(self.state, event, self.live, worked=self._worked, setup=self._setup)
        self._run.hear_out()
        if isinstance(event, FlushDue) and event.run == self._run.number:
            self._run.flushed()
        alive, not_begun = self._run.alive, self._run.not_begun
        return plan(self.state, event, self.live, setup=self._setup, alive=alive, not_begun=not_begun)

    async def take_over(self, work: Work, written: Written = NOTHING_WRITTEN) -> None:
        """Show and do what follows from a step that is durable, or has happened all the same."""
        work = _identified(work, written.ids)
        for remnant in work.remains:
            self._tell(remnant)
        before, self.state = self.state, work.state
        if not work.effects and before == self.state and not isinstance(work.event, UserEvent):
            return  # of a run that has ended
        if not isinstance(work.event, FlushDue):
            self._tell(work.event)
        for effect in work.effects:
            self._act(effect, work)
        if work.writes:
            self._store.owned(self._session).tell_followers()
        if self.state.closing and self._saga:
            self._saga.hurry()
        if written.revised:
            self.publish(written.revised)
        if self.state.run and not self.state.run.undoing and not self._run:
            self._start(self.state.run.number)

    def _act(self, effect: Effect, work: Work) -> None:
        match effect:
            case EndRun():
                self._worked = work.at - self.live.started_at if self.live else 0.0
                self.live = self._run = None
            case BeginRun(run, trigger, prompts):
                self.live = LiveRun(run, trigger, work.at, work.at)
                self._tell(RunStarted(run, trigger, prompts, work.at))
            case Deliver(prompt, run):
                self._tell(MessageAdded(run, work.delivered[prompt.id]))
            case CancelRun() | CutReply():
                self.end_early(effect)
            case Answer():
                if self._run:
                    self._run.inbox.put_nowait(tuple(work.delivered.values()))
            case Compensate():
                self._compensate(effect)
            case CloseRollback():
                self._saga = self._undoing = None
            case SavePrompt() | RewritePrompt() | WithdrawPrompt() | Arrange() | SetMode() | SetPolicy() | Record():
                pass
            case Rollback() | Reopen() | Restore() | Refuse():
                pass
            case _:
                assert_never(effect)

    def end_early(self, effect: CancelRun | CutReply) -> None:
        """Of the active run or of its reply; asking twice changes nothing."""
        if not self._run or self._run.number != effect.run:
            return
        if isinstance(effect, CancelRun):
            self._run.cancel(force=effect.force)
        else:
            self._run.cut()

    def abandon(self) -> None:
        """Nothing that the active run, or a rollback, does can be written any more."""
        if self._run:
            self._run.cancel(force=False)
        if self._saga:
            self._saga.hurry()

    # -- the active run

    def _start(self, number: int) -> None:
        """Start the task of a run that has begun, on the conversation as it is now."""
        self._run = run = RunTask(number, self._record, self._hear, self._flush_due)
        continues = self.live is not None and self.live.trigger is Trigger.CONTINUE
        work = self._work(self._made_with, run, continues=continues)
        run.start(work, lambda end: unattended(self._post(end)))

    async def _work(self, agent: Agent, run: RunTask, *, continues: bool) -> RunEnded:
        try:
            context = await past(self._store, self._session)
            return await agent.run(run.number, context, run, continues=continues)
        except StoreError as error:
            return RunEnded(run.number, Outcome.FAILED, str(error))

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

    # -- a rollback that is under way

    def _compensate(self, effect: Compensate) -> None:
        """In a task of its own, whose end is told whatever ends it."""
        self._saga = Saga(effect.rollback, self._made_with.toolbox, self._post)
        self._undoing = asyncio.create_task(self._undo(effect, self._saga), name=f"rollback {effect.rollback}")
        self._undoing.add_done_callback(lambda task: self._end_undoing(effect.rollback, task))

    def _end_undoing(self, rollback: int, task: "asyncio.Task[None]") -> None:
        """What it fails of is a fault of ours, or of a tool that should have told it as its result."""
        unattended(self._post(RollbackEnded(rollback)))
        if not task.cancelled() and (error := task.exception()):
            context = {"message": f"rollback {rollback} has broken down", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)

    async def _undo(self, effect: Compensate, saga: Saga) -> None:
        def noted(tables: Tables) -> list[Compensation]:
            """None of a rollback that is restored."""
            record = tables.rollback(self._session.id, effect.rollback)
            under_way = record is not None and record.state is RollbackState.UNDER_WAY
            return tables.compensations(self._session.id, effect.rollback) if under_way else []

        with suppress(StoreError, Refused):  # it has been told, and everything is held; or the session has broken down
            await saga.undo(await self._store.read(noted), again=effect.again)

    # -- who is told

    def _tell(self, event: SessionEvent | RunStarted) -> None:
        if isinstance(event, MessageAdded | ToolStarted | ToolEnded) and self.live and self.live.number == event.run:
            self.live.follow(event, time.time())
        self.publish(event)

    def publish(self, event: Published) -> None:
        publish(self.observers, event, self.state)


def _setup(agent: Agent) -> str:
    """What its requests are made of besides messages, as JSON."""
    tools = [asdict(spec) for spec in agent.toolbox.specs]
    made_with = {"model": agent.model, "system": agent.system, "tools": tools, "api": agent.api}
    return json.dumps({**made_with, "parameters": dict(agent.parameters)})


def _identified(work: Work, ids: Mapping[Message, int]) -> Work:
    """`work`, its messages with the ids that they are stored under."""

    def known(message: Message) -> Message:
        return replace(message, id=ids.get(message))

    event, remains = work.event, [replace(each, message=known(each.message)) for each in work.remains]
    if isinstance(event, MessageAdded | ToolEnded):
        event = replace(event, message=known(event.message))
    return replace(work, event=event, remains=remains, delivered={id_: known(m) for id_, m in work.delivered.items()})
