"""What a run says in one go is told once, in its order, and before all that follows from it."""

import asyncio

from interruptible_tui.conversation import Message, Role, Usage
from interruptible_tui.events import BoundaryReached, MessageAdded, Recorded, Streamed, TextStreamed, UsageReported
from interruptible_tui.run_task import RunTask


class Ear:
    """Hears a run, and notes what."""

    def __init__(self) -> None:
        self.heard: list[Streamed | BoundaryReached | Recorded] = []
        self.run = RunTask(1, self.record, self.heard.append, lambda _: None)

    def record(self, event: BoundaryReached | Recorded) -> asyncio.Future[None]:
        self.heard.append(event)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def test_tokens_that_arrive_together_are_one_event() -> None:
    ear = Ear()
    for token in ("one", " two", " three"):
        ear.run.emit(TextStreamed(1, 1, token))
    assert ear.heard == []
    await asyncio.sleep(0)
    assert ear.heard == [TextStreamed(1, 1, "one two three")]
    ear.run.flushed()


async def test_what_follows_a_text_is_told_after_it() -> None:
    ear, usage = Ear(), UsageReported(1, Usage(1, 1))
    added = MessageAdded(1, Message(role=Role.ASSISTANT, text="one", run=1, turn=1))
    ear.run.emit(TextStreamed(1, 1, "one"))
    ear.run.emit(usage)
    ear.run.emit(TextStreamed(1, 1, " more"))
    await ear.run.record(added)
    assert ear.heard == [TextStreamed(1, 1, "one"), usage, TextStreamed(1, 1, " more"), added]
    ear.run.flushed()
