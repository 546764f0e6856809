"""What is told of runs by somebody who looks at a session while it is run, ended or begun by another one."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from interruptible_tui.archive import Archive
from interruptible_tui.conversation import RunStatus
from interruptible_tui.store import Store, Tables
from tests.engine.driver import chatting
from tests.scripted import Gate, Scripted, says

T = TypeVar("T")


async def _nothing() -> None:
    pass


class Overtaken(Store):
    """Something happens right before it reads, or before its reader gets what was read."""

    before: Callable[[], Awaitable[None]] = staticmethod(_nothing)
    after: Callable[[], Awaitable[None]] = staticmethod(_nothing)

    async def read(self, work: Callable[[Tables], T]) -> T:
        await self.before()
        result = await super().read(work)
        await self.after()
        return result


async def test_a_run_that_ends_with_its_program_while_it_is_looked_at_has_not_crashed(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("half", gate := Gate()))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        reader = await Overtaken.open_for_reading(tmp_path)
        assert reader
        reader.after = chat.engine.close
        [run] = await Archive(reader).runs(chat.engine.session)
        assert run.status is RunStatus.RUNNING
        [run] = await Archive(reader).runs(chat.engine.session)
        assert run.status is RunStatus.CANCELLED
        await reader.close()


async def test_a_run_that_begins_with_its_program_while_it_is_looked_at_has_not_crashed(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        session = chat.engine.session
    async with AsyncExitStack() as stack:

        async def begin() -> None:
            chat = await stack.enter_async_context(chatting(tmp_path, Scripted(says("half", gate := Gate()))))
            await chat.engine.submit("cook")
            await gate.reached()

        reader = await Overtaken.open_for_reading(tmp_path)
        assert reader
        reader.before = begin
        [run] = await Archive(reader).runs(session)
        assert run.status is RunStatus.RUNNING
        await reader.close()
