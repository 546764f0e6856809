"""A step whose transaction failed did not happen: the text stays where it was, and nothing runs on unwritten.

The failures are real: a trigger in the database refuses the statement, as a full disk refuses the page.
"""

import asyncio
from pathlib import Path

import pytest

from interruptible_tui.conversation import Hold, Mode
from interruptible_tui.events import StorageFailed
from interruptible_tui.store import StoreError
from tests.engine.driver import Chat, chatting, failing, query, run_task, write_lock
from tests.scripted import Gate, Scripted, Stubborn, Work, calls, says


async def refuses(chat: Chat, text: str, mode: Mode | None = None) -> None:
    with pytest.raises(StoreError, match="disk on fire"):
        await chat.engine.submit(text, mode)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("table", ["prompts", "runs", "messages"])
async def test_a_prompt_that_cannot_be_stored_while_idle_is_refused_and_changes_nothing(
    tmp_path: Path, mode: Mode, table: str
) -> None:
    model = Scripted()
    async with chatting(tmp_path, model) as chat:
        before = chat.engine.state
        with failing(tmp_path, table):
            await refuses(chat, "cook", mode)
            assert chat.engine.state == before
            assert chat.events == []
            assert query(tmp_path, "SELECT text FROM prompts UNION ALL SELECT text FROM messages") == []
            assert await chat.runs() == []
        assert model.requests == []
        await chat.engine.submit("cook", mode)
        await chat.idle()
        assert await chat.users() == ["cook"]


@pytest.mark.parametrize("mode", [Mode.INCORPORATE, Mode.QUEUE])
async def test_a_prompt_that_cannot_be_stored_while_a_run_is_active_leaves_the_run_alone(
    tmp_path: Path, mode: Mode
) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("coo", gate, "ked"))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        with failing(tmp_path, "prompts"):
            await refuses(chat, "salt", mode)
        assert chat.waiting == []
        gate.open()
        await chat.idle()
        assert await chat.said() == ["user: cook", "assistant: cooked"]


async def test_an_interrupting_prompt_that_cannot_be_stored_has_stopped_the_run_as_esc_does(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, "prompts"):
            await refuses(chat, "bake", Mode.INTERRUPT)
            await chat.ended(1)
        assert chat.engine.state.run is None
        assert chat.waiting == ["dessert"]
        assert chat.engine.state.hold is Hold.STOPPED
        assert await chat.said() == ["user: cook", "assistant: half"]
        await chat.engine.submit("bake", Mode.INTERRUPT)
        await chat.ended(2)
        assert await chat.users() == ["cook", "bake"]


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_prompt_that_cannot_be_stored_while_stopping_changes_nothing(tmp_path: Path, mode: Mode) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(calls(("stubborn", {}))), Stubborn(gate, 1_000)) as chat:
        await chat.engine.submit("dig")
        await gate.reached()
        await chat.engine.stop()
        before = chat.engine.state
        with failing(tmp_path, "prompts"):
            await refuses(chat, "bake", mode)
        assert chat.engine.state == before
        gate.open()
        await chat.idle()
        assert await chat.users() == ["dig"]


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_prompt_that_cannot_be_stored_while_held_changes_nothing(tmp_path: Path, mode: Mode) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        await chat.engine.stop()
        await chat.idle()
        before = chat.engine.state
        with failing(tmp_path, "prompts"):
            await refuses(chat, "bake", mode)
        assert chat.engine.state == before


async def test_prompts_after_the_refused_one_are_judged_by_what_really_happened(tmp_path: Path) -> None:
    """The first would have started a run that the second joins; as it is refused, the second starts it."""
    async with chatting(tmp_path, Scripted()) as chat:
        with failing(tmp_path, "prompts", condition="NEW.text = 'cook'"):
            first, second = await chat.burst(Mode.INTERRUPT, "cook", "bake")
            assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], StoreError)
            await second
        await chat.idle()
        assert await chat.users() == ["bake"]
        assert await chat.statuses() == ["completed"]


@pytest.mark.parametrize(
    ("table", "when", "condition"),
    [
        ("messages", "INSERT", "NEW.role = 'assistant'"),
        ("messages", "INSERT", "NEW.role = 'tool'"),
        ("calls", "INSERT", "TRUE"),
        ("calls", "UPDATE", "NEW.status = 'running'"),
        ("calls", "UPDATE", "NEW.status = 'done'"),
        ("runs", "UPDATE", "NEW.status = 'running'"),
    ],
)
async def test_a_step_of_a_run_that_cannot_be_stored_ends_the_run_and_holds_everything(
    tmp_path: Path, table: str, when: str, condition: str
) -> None:
    gate = Gate()
    model, work = Scripted(says("", gate, *calls(("work", {})))), Work()
    async with chatting(tmp_path, model, work) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, table, when, condition):
            gate.open()
            await chat.ended(1)
        assert chat.engine.state.run is None
        assert chat.engine.state.hold is Hold.STORAGE
        assert chat.waiting == ["no onions", "dessert"]
        assert "disk on fire" in (await chat.hears(StorageFailed)).reason
        assert len(model.requests) == 1
        assert bool(work.started) == (condition in {"NEW.role = 'tool'", "NEW.status = 'done'"})
        await the_session_goes_on(chat)


async def test_a_delivery_that_cannot_be_stored_leaves_the_prompt_pending_and_holds_everything(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("no onions", Mode.INCORPORATE)
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, "prompts", "DELETE"):
            gate.open()
            await chat.ended(1)
        assert chat.waiting == ["no onions", "dessert"]
        assert chat.engine.state.hold is Hold.STORAGE
        await the_session_goes_on(chat)


@pytest.mark.parametrize("condition", ["NEW.status <> 'running'", "TRUE"])
async def test_an_end_that_cannot_be_stored_ends_the_run_all_the_same(tmp_path: Path, condition: str) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, "runs", "UPDATE", condition):
            gate.open()
            await chat.ended(1)
        assert chat.engine.state.run is None
        assert chat.waiting == ["dessert"]
        assert chat.engine.state.hold is Hold.STORAGE
        await chat.engine.submit("no onions")
        await chat.ended(2)
        assert chat.waiting == ["dessert"]
        assert (await chat.statuses())[-1] == "completed"
        await chat.engine.resume()
        await chat.ended(3)
        assert await chat.users() == ["cook", "no onions", "dessert"]
        assert "running" not in await chat.statuses()


async def test_after_a_refused_prompt_an_interrupt_still_cancels_before_it_waits_for_the_disk(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        with failing(tmp_path, "prompts", condition="NEW.text = 'cook'"):
            await asyncio.gather(*await chat.burst(Mode.INTERRUPT, "cook", "bake"), return_exceptions=True)
        await gate.reached()
        with write_lock(tmp_path):
            sending = await chat.send("fry", Mode.INTERRUPT)
            await chat.over(run_task(1))
            assert not sending.done()
        await chat.ended(2)
        assert await chat.users() == ["bake", "fry"]


async def test_an_end_whose_successor_cannot_be_stored_ends_the_run_and_keeps_the_prompt_once(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, "messages", condition="NEW.role = 'user'"):
            gate.open()
            await chat.ended(1)
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], Hold.STORAGE)
        assert await chat.statuses() == ["completed"]
        await chat.engine.resume()
        await chat.ended(2)
        assert await chat.users() == ["cook", "dessert"]


async def test_esc_stops_the_run_even_if_the_hold_cannot_be_stored_and_says_so(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, "prompts", "UPDATE"):
            with pytest.raises(StoreError):
                await chat.engine.stop()
            await chat.ended(1)
        assert chat.engine.state.run is None
        assert (chat.waiting, chat.engine.state.hold) == (["dessert"], Hold.STOPPED)
        assert [run.reason for run in await chat.runs()] == ["stopped"]


async def test_a_mode_that_cannot_be_stored_is_not_switched(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        with failing(tmp_path, "sessions", "UPDATE"), pytest.raises(StoreError):
            await chat.engine.switch(Mode.INTERRUPT)
        assert chat.engine.state.mode is Mode.INCORPORATE


async def test_closing_while_the_storage_fails_is_bounded_and_loses_no_accepted_prompt(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("dessert", Mode.QUEUE)
        with failing(tmp_path, "messages"):
            async with asyncio.timeout(5):
                await chat.engine.close()
    async with chatting(tmp_path, Scripted()) as chat:
        assert chat.waiting == ["dessert"]
        assert chat.engine.state.run is None
        assert await chat.users() == ["cook"]


async def the_session_goes_on(chat: Chat) -> None:
    """Nothing is lost, and a resume delivers each prompt once."""
    assert {each.prompt.text for each in await chat.stored()} == set(chat.waiting)
    assert [await chat.stored()] == [list(chat.engine.state.pending)]
    await chat.engine.resume()
    await chat.until(lambda: not chat.engine.state.run and not chat.waiting)
    assert (await chat.users())[-2:] == ["no onions", "dessert"]
    assert "running" not in await chat.statuses()
