"""A run in its task, and a session that keeps everything in memory: each wait of the run can be held up.

run = Run(Scripted(says("Hel", gate, "lo")))
await gate.reached()
run.next.append("no onions")       # what the next boundary gives
run.task.cut()
await run.ended()
"""

import asyncio
from collections.abc import Callable

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Cut, Message, Role, Trigger
from interruptible_tui.events import BoundaryReached, MessageAdded, Outcome, Recorded, RunEnded, Streamed, ToolEnded
from interruptible_tui.live import LiveRun
from interruptible_tui.providers import Provider
from interruptible_tui.run_task import RunTask
from interruptible_tui.tools import Tool, Toolbox
from tests.scripted import LIMIT

Step = BoundaryReached | Recorded


class Run:
    """Run 1, which has been asked to cook."""

    def __init__(
        self,
        model: Provider,
        *tools: Tool,
        max_turns: int = 50,
        retry_delay: float = 0.0,
        held: type[Step] | None = None,
    ) -> None:
        """`held`: steps of this kind are not durable before `release`."""
        self.next: list[str] = []
        self.messages = [Message(role=Role.USER, text="cook", run=1, turn=1)]
        """The conversation, as it is stored."""
        self.steps: list[Step] = []
        self.told: list[Streamed] = []
        self.live = LiveRun(1, Trigger.PROMPT, 0.0, 0.0)
        self.task = RunTask(1, self._record, self._hear, lambda _: None)
        self.observer: Callable[[Streamed], None] = lambda _: None
        """Called, in the run's own task, after what the run has told was taken in."""
        self._held = held
        self._waiting: list[tuple[Step, asyncio.Future[None]]] = []
        self._changed = asyncio.Event()
        self._end: asyncio.Future[RunEnded] = asyncio.get_running_loop().create_future()
        agent = Agent(model, Toolbox(tools), "m", "", max_turns, retry_delay)
        self.task.start(agent.run(1, self.messages, self.task), self._ended)
        self.asyncio_task = next(task for task in asyncio.all_tasks() if task.get_name() == "run 1")

    # -- what the task calls

    def _record(self, step: Step) -> asyncio.Future[None]:
        self.steps.append(step)
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, durable))
        if not (self._held and isinstance(step, self._held)):
            self._write()
        self._changed.set()
        return durable

    def _write(self) -> None:
        for step, durable in self._waiting:
            if isinstance(step, BoundaryReached):
                taken = [Message(role=Role.USER, text=text, run=1, turn=step.turn) for text in self.next]
                self.task.inbox.put_nowait(tuple(taken))
                self.messages += taken
                self.next.clear()
            else:
                self.live.follow(step, 0.0)
                self.messages += [step.message] if isinstance(step, MessageAdded | ToolEnded) else []
            if not durable.done():
                durable.set_result(None)
        self._waiting.clear()

    def _hear(self, event: Streamed) -> None:
        self.told.append(event)
        self.live.follow(event, 0.0)
        self._changed.set()
        self.observer(event)

    def _ended(self, end: RunEnded) -> None:
        self.messages += [remnant.message for remnant in self.live.remains(Cut.STOP, 0.0)]
        self._end.set_result(end)

    # -- what a test does

    async def tells(self, kind: type[Step | Streamed]) -> None:
        """Wait until the run has told or begun to record an event of a kind. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT):
            while not any(isinstance(event, kind) for event in (*self.steps, *self.told)):
                self._changed.clear()
                await self._changed.wait()

    def release(self) -> None:
        """What was held up is durable, and nothing is held up any more."""
        self._held = None
        self._write()

    async def ended(self) -> Outcome:
        """Raises TimeoutError."""
        async with asyncio.timeout(LIMIT):
            return (await self._end).outcome
