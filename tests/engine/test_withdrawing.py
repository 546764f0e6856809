"""What is done to a pending prompt is durable: edited, moved, given another mode, withdrawn, and taken back."""

from pathlib import Path

import pytest

from interruptible_tui.conversation import Hold, Mode
from interruptible_tui.events import (
    EditLeft,
    EditOpened,
    EditSaved,
    ModeChanged,
    Moved,
    RollbackRequested,
    RunEnded,
    UndoRequested,
    UserEvent,
    Withdrawn,
)
from interruptible_tui.host import Refused
from interruptible_tui.store import StoreError
from tests.engine.driver import Chat, chatting, failing, query
from tests.scripted import Gate, Scripted, says


async def three_queued(chat: Chat, gate: Gate) -> list[str]:
    """Behind a run that is active; returns their ids."""
    await chat.engine.submit("cook")
    await gate.reached()
    return [await chat.engine.submit(text, Mode.QUEUE) for text in ("one", "two", "three")]


async def test_a_withdrawn_prompt_is_kept_and_is_no_longer_pending(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        await chat.engine.ask(Withdrawn(ids[1]))
        assert chat.waiting == ["one", "three"]
        assert query(tmp_path, "SELECT text FROM prompts ORDER BY position") == ["one", "three"]
        assert query(tmp_path, "SELECT id, text, mode FROM withdrawn") == [(ids[1], "two", "queue")]
        gate.open()
        await chat.hears(RunEnded, 3)
        assert await chat.users() == ["cook", "one", "three"]


async def test_undo_makes_it_pending_again_in_its_old_place(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        await chat.engine.ask(Withdrawn(ids[1]))
        await chat.engine.ask(UndoRequested())
        assert chat.waiting == ["one", "two", "three"]
        assert [each.prompt.id for each in await chat.stored()] == ids
        assert query(tmp_path, "SELECT count(*) FROM withdrawn") == [0]


async def test_the_last_withdrawn_prompt_can_be_taken_back_after_a_restart(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        for id_ in ids:
            await chat.engine.ask(Withdrawn(id_))
    async with chatting(tmp_path, Scripted()) as chat:
        assert chat.waiting == []
        await chat.engine.ask(UndoRequested())
        assert (chat.waiting, chat.engine.state.hold) == (["three"], Hold.UNDO)
        assert [(each.prompt.text, each.hold) for each in await chat.stored()] == [("three", Hold.UNDO)]


@pytest.mark.parametrize("rolls_back_last", [True, False])
async def test_after_a_restart_undo_concerns_what_happened_last(tmp_path: Path, rolls_back_last: bool) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("cooked"), says("half", gate))) as chat:
        await chat.engine.submit("first")
        await chat.idle()
        ids = await three_queued(chat, gate)
        await chat.engine.stop()
        await chat.idle()
        wishes: list[UserEvent] = [Withdrawn(ids[0]), RollbackRequested(1)]
        for wish in wishes if rolls_back_last else reversed(wishes):
            await chat.engine.ask(wish)
            await chat.idle()
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.engine.ask(UndoRequested())
        assert ("one" in chat.waiting) is not rolls_back_last
        assert ((await chat.seen())[0] == "user: first") is rolls_back_last


async def test_an_edited_prompt_is_stored_and_delivered_as_edited(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        await chat.engine.ask(EditOpened(ids[0]))
        assert [each.hold for each in await chat.stored()] == [Hold.EDITING] * 3
        await chat.engine.ask(EditSaved(ids[0], "one and a half"))
        assert next((each.prompt.text, each.hold) for each in await chat.stored()) == ("one and a half", None)
        gate.open()
        await chat.hears(RunEnded, 4)
        assert await chat.users() == ["cook", "one and a half", "two", "three"]


async def test_an_edit_that_is_left_changes_nothing_and_ends_with_the_program(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        await chat.engine.ask(EditOpened(ids[0]))
        await chat.engine.ask(EditLeft())
        assert next((each.prompt.text, each.hold) for each in await chat.stored()) == ("one", None)
        await chat.engine.ask(EditOpened(ids[0]))
    async with chatting(tmp_path, Scripted()) as chat:
        assert [each.hold for each in await chat.stored()] == [Hold.RESTART] * 3


async def test_a_moved_prompt_and_one_of_another_mode_are_so_after_a_restart(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        await chat.engine.ask(Moved(ids[2], -1))
        await chat.engine.stop()
        await chat.idle()
        await chat.engine.ask(ModeChanged(ids[1], Mode.INCORPORATE))
    async with chatting(tmp_path, Scripted()) as chat:
        waiting = [(each.prompt.text, each.prompt.mode) for each in chat.engine.state.pending]
        assert waiting == [("two", Mode.INCORPORATE), ("one", Mode.QUEUE), ("three", Mode.QUEUE)]


async def test_a_prompt_that_is_sent_now_interrupts_the_run(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        await chat.engine.ask(ModeChanged(ids[1], Mode.INTERRUPT))
        await chat.hears(RunEnded, 4)
        assert await chat.users() == ["cook", "two", "one", "three"]


async def test_whoever_comes_too_late_is_told(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        id_ = await chat.engine.submit("cook")
        for wish in (Withdrawn(id_), EditSaved(id_, "bake"), Moved(id_, 1), ModeChanged(id_, Mode.QUEUE)):
            with pytest.raises(Refused, match="already sent"):
                await chat.engine.ask(wish)
        await chat.idle()
        assert await chat.users() == ["cook"]


@pytest.mark.parametrize(("table", "when"), [("withdrawn", "INSERT"), ("prompts", "DELETE")])
async def test_a_withdrawal_that_cannot_be_written_did_not_happen(tmp_path: Path, table: str, when: str) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        with failing(tmp_path, table, when), pytest.raises(StoreError, match="disk on fire"):
            await chat.engine.ask(Withdrawn(ids[0]))
        assert chat.waiting == ["one", "two", "three"]
        assert query(tmp_path, "SELECT count(*) FROM withdrawn") == [0]


async def test_an_edit_that_cannot_be_written_did_not_happen(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("half", gate))) as chat:
        ids = await three_queued(chat, gate)
        with failing(tmp_path, "prompts", "UPDATE"), pytest.raises(StoreError, match="disk on fire"):
            await chat.engine.ask(EditSaved(ids[0], "bake"))
        assert chat.waiting == ["one", "two", "three"]
