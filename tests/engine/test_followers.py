"""A second program on a session: told who runs it, shown live what happens, refused every wish; then it takes over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from interruptible_tui.agent import Agent
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import Hold, IncorporateAt, Message, Mode, OnInterrupt
from interruptible_tui.events import (
    EditOpened,
    EditSaved,
    HistoryChanged,
    MessageAdded,
    ModeChanged,
    ModeSwitched,
    Moved,
    PolicySwitched,
    Published,
    RestoreRequested,
    RollbackEnded,
    RollbackRequested,
    RunEnded,
    RunStarted,
    SessionChanged,
    Submitted,
    TextStreamed,
    ToolEnded,
    ToolStarted,
    Withdrawn,
)
from interruptible_tui.follower import Follower
from interruptible_tui.host import Refused
from interruptible_tui.machine import SessionState
from interruptible_tui.store import SessionOwned
from interruptible_tui.tools import Toolbox
from tests.engine.driver import Chat, chatting, lines, session_in, shown, told
from tests.scripted import LIMIT, Gate, Scripted, Undoable, Work, calls, says
from tests.store.test_files import opened


class Watching:
    """A follower, and what it has told."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.events: list[Published] = []
        self.found: Sequence[Message] = ()
        self._told = asyncio.Event()

    def hear(self, event: Published, state: SessionState) -> None:
        self.events.append(event)
        self._told.set()

    async def until(self, kind: type[Published], number: int = 1) -> None:
        await self.holds(lambda _: sum(isinstance(event, kind) for event in self.events) >= number)

    async def holds(self, true: Callable[[SessionState], bool]) -> None:
        """Wait until something told makes `true` true of the state."""
        async with asyncio.timeout(LIMIT):
            while not true(self.follower.state):
                self._told.clear()
                await self._told.wait()

    @property
    def history(self) -> list[str]:
        """As it was found, and told that it has become."""
        return shown(told(self.events, self.found))

    @property
    def streamed(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextStreamed))

    @property
    def said(self) -> list[str]:
        return lines(event.message for event in self.events if isinstance(event, MessageAdded | ToolEnded))


@asynccontextmanager
async def watching(directory: Path) -> AsyncIterator[tuple[Watching, list[str]]]:
    """A follower of the session in `directory`, and the history that it began with."""
    async with opened(directory) as store:
        session = await session_in(store)
        with pytest.raises(SessionOwned) as owned:
            store.own(session)
        follower = Follower(store, session, owned.value.owner, lambda session: session.model)
        watching = Watching(follower)
        watching.found = (await follower.last_page()).messages
        history = lines(watching.found)
        follower.observe(watching.hear)
        try:
            yield watching, history
        finally:
            await follower.close()


async def test_a_follower_is_told_what_the_owner_does_while_it_does_it(tmp_path: Path) -> None:
    half, work = Gate(), Gate()
    model = Scripted(says("Half", half, " and half."), calls(("work", {})))
    async with chatting(tmp_path, model, Work(gate=work)) as chat, watching(tmp_path) as (follower, history):
        assert history == []
        await chat.engine.submit("cook")
        await follower.until(TextStreamed)
        assert follower.streamed == "Half"
        assert follower.follower.state.run is not None
        half.open()
        await follower.until(RunEnded)
        await chat.engine.submit("work")
        await follower.until(ToolStarted)
        work.open()
        await follower.until(RunEnded, 2)
        assert follower.said == await chat.said()
        assert follower.follower.state.run is None


async def test_a_follower_that_comes_in_the_middle_of_a_reply_knows_all_of_it_once(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Half", gate, " and half."))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        async with watching(tmp_path) as (follower, history):
            assert history == ["user: cook"]
            await follower.until(TextStreamed)
            assert follower.streamed == "Half"
            assert [waiting.prompt.text for waiting in follower.follower.state.pending] == ["dessert"]
            gate.open()
            await follower.until(RunEnded, 2)
            assert history + follower.said == await chat.said()


async def test_a_follower_that_comes_during_a_tool_hears_of_its_end(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {}))), Work(gate=gate)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        async with watching(tmp_path) as (follower, history):
            gate.open()
            await follower.until(RunEnded)
            assert history + follower.said == await chat.said()
            assert not any(isinstance(event, RunStarted) for event in follower.events)


async def test_a_follower_refuses_every_wish_and_names_the_owner(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()), watching(tmp_path) as (watched, _):
        follower = watched.follower
        for wish in (
            follower.submit("x"),
            follower.switch(Mode.QUEUE),
            follower.stop(),
            follower.resume(),
            follower.continue_run(),
        ):
            with pytest.raises(Refused, match=r"pid \d+, since 20.*interruptible-chat send"):
                await wish


async def test_a_follower_hears_that_the_session_is_free_when_its_owner_closes_it(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, watching(tmp_path) as (follower, _):
        assert not follower.follower.freed.is_set()
        await chat.engine.close()
        async with asyncio.timeout(LIMIT):
            await follower.follower.freed.wait()
        follower.follower._store.own(follower.follower.session)


async def test_a_follower_that_has_gone_costs_its_owner_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        async with watching(tmp_path) as (follower, _):
            await chat.engine.submit("cook")
            await follower.until(RunEnded)
        await chat.engine.submit("again")
        await chat.idle()
        assert sorted(path.name for path in (tmp_path / "locks").iterdir()) == ["session-1.bell", "session-1.lock"]


async def test_many_runs_are_followed_without_reading_the_conversation_again(tmp_path: Path) -> None:
    async def ask(chat: Chat, number: int) -> None:
        await chat.engine.submit(f"prompt {number}")
        await chat.ended(number)

    async with chatting(tmp_path, Scripted()) as chat, watching(tmp_path) as (follower, _):
        for number in range(1, 31):
            await ask(chat, number)
        await follower.until(RunEnded, 30)
        assert follower.said == await chat.said()
        assert follower.follower._settled[0] >= 29
        assert len(follower.follower._known) <= 2


async def test_of_a_long_run_only_what_can_still_change_is_read_again(tmp_path: Path) -> None:
    gate = Gate()
    turns = [calls(("work", {})) for _ in range(20)]
    async with chatting(tmp_path, Scripted(*turns, says("Half", gate)), Work()) as chat, watching(tmp_path) as (one, _):
        await chat.engine.submit("cook")
        await gate.reached()
        await one.until(TextStreamed)
        assert len(one.follower._known) <= 3
        gate.open()
        await one.until(RunEnded)
        assert one.said == await chat.said()


# -- what is seen differently -----------------------------------------------------------------------------------------


async def test_a_follower_is_told_of_a_rollback_and_of_what_is_brought_back(tmp_path: Path) -> None:
    undo = Gate()
    model = Scripted(says("Hello."), calls(("pay", {}), ("work", {})))
    async with chatting(tmp_path, model, Undoable(undo_gate=undo), Work("pay")) as chat:
        for text in ("hi", "cook"):
            await chat.engine.submit(text)
            await chat.idle()
        async with watching(tmp_path) as (follower, _):
            await chat.engine.ask(RollbackRequested(2))
            await undo.reached()
            await follower.until(HistoryChanged)
            assert follower.history == await chat.seen()
            await follower.holds(lambda state: state.run is not None and state.run.undoing is not None)
            undo.open()
            await follower.until(RollbackEnded)
            await follower.holds(lambda state: state.run is None)
            await follower.until(HistoryChanged, 2)
            assert follower.history == await chat.seen()
            assert follower.history[-1].startswith("note: ")
            await chat.engine.ask(RestoreRequested(1))
            await follower.until(HistoryChanged, 3)
            assert follower.history == await chat.seen()
            assert follower.said == []


async def test_a_follower_is_told_what_was_trimmed_after_all_that_the_run_said(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat, watching(tmp_path) as (follower, _):
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", OnInterrupt.TRIM)
        await chat.hears(RunEnded, 2)
        await follower.until(RunEnded, 2)
        await follower.until(HistoryChanged)
        assert follower.history[:2] == ["user: cook", "assistant (trimmed): half"]
        assert [line for line in follower.said if line.startswith("user")] == ["user: cook", "user: bake"]


async def test_a_follower_does_not_read_the_session_again_where_nothing_is_seen_differently(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        await chat.engine.ask(RollbackRequested(1))
        await chat.idle()
        async with watching(tmp_path) as (follower, history):
            assert history == ["user: cook", "assistant: Done."]
            await chat.engine.submit("bake")
            await follower.until(RunEnded)
            assert not any(isinstance(event, HistoryChanged) for event in follower.events)


async def test_a_follower_is_told_what_is_done_to_what_is_pending(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says(gate))) as chat, watching(tmp_path) as (follower, _):
        await chat.engine.submit("cook")
        await gate.reached()
        one, two = [await chat.engine.submit(text, Mode.QUEUE) for text in ("one", "two")]
        await follower.until(Submitted, 2)
        await chat.engine.ask(Moved(two, -1))
        await follower.holds(lambda state: [each.text for each in state.later] == ["two", "one"])
        await chat.engine.ask(EditOpened(one))
        await follower.holds(lambda state: state.held is Hold.EDITING)
        await chat.engine.ask(EditSaved(one, "one and a half"))
        await follower.until(EditSaved)
        assert [each.text for each in follower.follower.state.later] == ["two", "one and a half"]
        await chat.engine.ask(ModeChanged(one, Mode.INCORPORATE))
        await follower.until(ModeChanged)
        assert [each.text for each in follower.follower.state.next] == ["one and a half"]
        await chat.engine.ask(Withdrawn(two))
        await follower.until(Withdrawn)
        assert follower.follower.state.later == ()


async def test_a_follower_is_told_of_policies(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, watching(tmp_path) as (follower, _):
        await chat.engine.ask(PolicySwitched(OnInterrupt.TRIM))
        await follower.until(PolicySwitched)
        await chat.engine.ask(PolicySwitched(IncorporateAt.NOW))
        await follower.until(PolicySwitched, 2)
        state = follower.follower.state
        assert (state.on_interrupt, state.incorporate_at) == (OnInterrupt.TRIM, IncorporateAt.NOW)


async def test_a_follower_hears_of_another_model_although_nothing_runs(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(), Work()) as chat, watching(tmp_path) as (follower, _):
        agent = Agent(Scripted(), Toolbox([Work()]), "other", "", retry_delay=0.0)
        await chat.engine.equip(lambda session: (replace(session, model="other"), agent))
        await follower.holds(lambda _: follower.follower.model == "other")
        assert follower.events == chat.heard(SessionChanged) == [SessionChanged()]


async def test_a_follower_is_told_of_a_new_name_and_of_no_switch_that_did_not_happen(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says(gate))) as chat, watching(tmp_path) as (follower, _):
        await Catalogue(chat.store).rename(chat.engine.session, "supper")
        await chat.engine.submit("cook")
        await gate.reached()
        await follower.until(SessionChanged)
        assert follower.follower.session.name == "supper"
        one, two = [await chat.engine.submit(text, Mode.QUEUE) for text in ("one", "two")]
        await follower.holds(lambda state: [each.id for each in state.later] == [one, two])
        await chat.engine.ask(Moved(two, -1))
        await follower.holds(lambda state: [each.id for each in state.later] == [two, one])
        assert sum(isinstance(event, SessionChanged) for event in follower.events) == 2
        assert not any(isinstance(event, ModeSwitched) for event in follower.events)


async def test_a_follower_hears_of_another_name(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, watching(tmp_path) as (follower, _):
        await Catalogue(chat.store).rename(chat.engine.session, "renamed")
        await follower.holds(lambda _: follower.follower.session.name == "renamed")
