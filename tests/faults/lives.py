"""One session through several lives: opened, driven step by step, crashed, closed, opened again.

A life's end is either a close or a crash; a crash is the files as they are at that moment, opened in a new directory.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from interruptible_tui.conversation import CallStatus, Mode, OnInterrupt, Pending, RunStatus
from interruptible_tui.events import PendingEvent, Published, RunEnded, RunStarted
from interruptible_tui.host import Refused
from interruptible_tui.machine import SessionState
from tests.engine.driver import Chat, chatting, query, write_lock
from tests.faults.checked import Checked
from tests.faults.puppets import PuppetModel, PuppetTool
from tests.scripted import LIMIT

_UNFINISHED = {CallStatus.NOT_STARTED, CallStatus.RUNNING}


class Lives:
    def __init__(self, home: Path) -> None:
        self.accepted: set[str] = set()
        """Texts, each sent once, that the user was told are safe."""
        self._sending: dict[asyncio.Task[str], str] = {}
        self._wishes: list[asyncio.Task[None]] = []
        self._home = home
        self._number = 0

    # -- lives

    async def begin(self) -> None:
        """Open the session as it is in the current directory."""
        self._stack = AsyncExitStack()
        self.model, self.tool = PuppetModel(), PuppetTool()
        self._checked = Checked(self.model)
        self.chat: Chat = await self._stack.enter_async_context(chatting(self._directory, self._checked, self.tool))
        self._watch = Watch(self.chat.engine.state)
        self.chat.engine.observe(self._watch.hear)

    async def close(self) -> None:
        await self._all_is_done()
        await self._stack.aclose()

    async def crash(self) -> None:
        """What was about to be accepted may be there or not."""
        self._collect()
        safe, unsure = set(self.accepted), set(self._sending.values())
        crashed, self._number = self._directory, self._number + 1
        with write_lock(crashed):
            shutil.copytree(crashed, self._directory, ignore=_not_left)
        await self.close()
        await self.begin()
        found = Counter(await self._sent())
        assert safe <= set(found), f"lost {safe - set(found)}"
        assert set(found) <= safe | unsure, f"never sent {set(found) - safe - unsure}"
        self.accepted = set(found)

    @property
    def _directory(self) -> Path:
        return self._home / str(self._number)

    # -- what the user does; none of it is waited for

    async def send(self, text: str, mode: Mode | None) -> None:
        self._sending[asyncio.create_task(self.chat.engine.submit(text, mode))] = text

    async def ask(self, wish: Coroutine[Any, Any, None]) -> None:
        self._wishes.append(asyncio.create_task(wish))

    async def send_wishing(self, text: str, wish: OnInterrupt) -> None:
        self._sending[asyncio.create_task(self.chat.engine.submit(text, Mode.INTERRUPT, on_interrupt=wish))] = text

    async def change(self, number: int, change: Callable[[str], PendingEvent]) -> None:
        """Of a prompt that waits."""
        if pending := self.chat.engine.state.pending:
            await self.ask(self.chat.engine.ask(change(pending[number % len(pending)].prompt.id)))

    async def cancel_from_outside(self) -> None:
        """The task of the run, if there is one."""
        for task in asyncio.all_tasks():
            if task.get_name().startswith("run "):
                task.cancel()

    def _collect(self) -> None:
        for task in [task for task in self._sending if task.done()]:
            task.result()
            self.accepted.add(self._sending.pop(task))

    async def _all_is_done(self) -> None:
        async with asyncio.timeout(LIMIT):
            for wish in self._wishes:
                with suppress(Refused):
                    await wish
            await asyncio.gather(*self._sending)
        self._wishes.clear()
        self._collect()

    # -- what holds

    async def _sent(self) -> list[str]:
        """The texts of all prompts: in the conversation, pending, and withdrawn."""
        withdrawn = query(self._directory, "SELECT text FROM withdrawn")
        return [*await self.chat.users(), *self.chat.waiting, *withdrawn]

    async def settle(self) -> None:
        """Until all that was sent is accepted, and the run, if there is one, waits for its puppets."""
        await self._all_is_done()
        async with asyncio.timeout(LIMIT):
            while not self._is_quiet():
                await asyncio.sleep(0)

    def _is_quiet(self) -> bool:
        engine = self.chat.engine
        if not engine.state.run or not engine.live:
            return not engine.state.run
        unfinished = [call.call.status for call in engine.live.calls.values() if call.call.status in _UNFINISHED]
        at_work = CallStatus.NOT_STARTED not in unfinished and 0 < len(unfinished) == self.tool.running
        return not engine.state.run.stop and (self.model.is_waiting or at_work)

    async def check(self) -> None:
        """The guarantees, of a settled session."""
        state = self.chat.engine.state
        fates = Counter(await self._sent())
        assert fates == Counter(self.accepted), f"accepted {self.accepted}, found {fates}"
        stored, runs = await self.chat.stored(), await self.chat.runs()
        shown = [_without_wish(waiting) for waiting in state.pending]
        assert stored == shown, f"stored {stored}, shown {shown}"
        running = [run.number for run in runs if run.status is RunStatus.RUNNING]
        assert running == ([state.run.number] if state.run else []), f"running {running}, shown {state.run}"
        session = await self.chat.store.read(lambda tables: tables.session(self.chat.engine.session.name))
        assert session.mode is state.mode, f"stored {session.mode}, shown {state.mode}"
        assert not self._checked.refusals, self._checked.refusals
        assert not self._watch.faults, self._watch.faults

    async def finish(self) -> None:
        """Let go of the puppets; all that waits is delivered, and the whole history is in a request once more."""
        await self.settle()
        self.model.let_go()
        while self.tool.running:
            self.tool.finish(0)
        await self.chat.idle()
        for _ in self.accepted:
            await self.chat.engine.resume()
            await self.chat.idle()
        await self.send("the last prompt", Mode.INCORPORATE)
        await self._all_is_done()
        await self.chat.idle()
        assert not self.chat.waiting
        sent = await self._sent()
        assert Counter(sent) == Counter(self.accepted), f"accepted {self.accepted}, delivered {sent}"
        assert not query(self._directory, "SELECT number FROM rollbacks WHERE state = 'under way'")


def _without_wish(waiting: Pending) -> Pending:
    """A wish is not stored: it concerns a run that a restart has ended."""
    return Pending(replace(waiting.prompt, on_interrupt=OnInterrupt.KEEP), waiting.hold)


def _not_left(directory: str, names: list[str]) -> list[str]:
    """SQLite's shared memory, and what is neither a file nor a directory."""
    paths = [Path(directory, name) for name in names]
    return [path.name for path in paths if path.name.endswith("-shm") or not (path.is_file() or path.is_dir())]


class Watch:
    """Sees each state that is told: order within each place, and one run at a time."""

    def __init__(self, state: SessionState) -> None:
        self.faults: list[str] = []
        self._state = state
        self._running: int | None = None

    def hear(self, event: Published, state: SessionState) -> None:
        before, after = _places(self._state), _places(state)
        self._state = state
        if not isinstance(event, PendingEvent) and not all(map(_keeps_order, before, after)):
            self.faults.append(f"out of order on {event}: {before} became {after}")
        match event:
            case RunStarted(run):
                if self._running:
                    self.faults.append(f"run {run} started during run {self._running}")
                self._running = run
            case RunEnded(run):
                self._running = None


def _places(state: SessionState) -> tuple[list[str], ...]:
    """What waits in next, as corrections in later, and as queue in later."""
    corrections = [prompt.text for prompt in state.later if prompt.mode is not Mode.QUEUE]
    queue = [prompt.text for prompt in state.later if prompt.mode is Mode.QUEUE]
    return [prompt.text for prompt in state.next], corrections, queue


def _keeps_order(before: list[str], after: list[str]) -> bool:
    """Prompts leave a place at its front, and join it at its end."""
    stay = [text for text in before if text in after]
    return before[len(before) - len(stay) :] == stay == after[: len(stay)]
