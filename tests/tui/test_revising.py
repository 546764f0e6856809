"""What is written anew and comes too late, or cannot be stored, is told and kept."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from interruptible_tui.events import EditOpened, Withdrawn
from interruptible_tui.tui.composer import NO_TEXT, TOO_LATE, Composer
from interruptible_tui.tui.rewriter import BUSY
from interruptible_tui.tui.sheets import EditOf, Unsent
from tests.scripted import Gate, Scripted, calls, says
from tests.tui.chats import Chat, chat


@asynccontextmanager
async def waiting(directory: Path, *texts: str) -> AsyncIterator[Chat]:
    """A chat whose run does not end, with these prompts in the queue."""
    gate = Gate()
    async with chat(directory, Scripted(says("Hel", gate))) as it:
        await it.type("go", "enter")
        await gate.reached()
        for text in texts:
            await it.engine.submit(text, Mode.QUEUE)
        await it.until(lambda: len(it.composer.pending) == len(texts))
        yield it


def opened(it: Chat, number: int) -> EditOf:
    return EditOf(it.engine.state.pending[number - 1].prompt, number)


async def test_a_save_that_comes_too_late_is_told_and_its_text_is_a_draft_over_what_was_written_since(
    tmp_path: Path,
) -> None:
    async with waiting(tmp_path, "one", "two") as it:
        late = opened(it, 2)
        await it.engine.ask(Withdrawn(late.prompt.id))
        await it.type("since")
        it.screen.post_message(Composer.Submitted("two anew", None, late))
        await it.until(lambda: "Not saved: already withdrawn" in it.said)
        assert it.composer.draft == "two anew"
        assert it.composer.border_title == "#2 was already sent; this is a new prompt"
        await it.type("", "ctrl+c")
        assert it.composer.draft == "since"
        await it.type("", "up")
        assert it.composer.draft == "two anew"


@pytest.mark.parametrize("key", ["enter", "tab", "alt+s", "ctrl+enter"])
async def test_a_key_meant_to_save_an_edit_that_was_lost_just_before_sends_nothing_and_the_next_one_does(
    tmp_path: Path, key: str
) -> None:
    async with waiting(tmp_path, "one", "two") as it:
        it.composer.write_anew(opened(it, 2).prompt)
        it.composer.write("two anew")
        it.composer.end_edit()
        assert it.composer.purpose == Unsent(2)
        await it.type("", key)
        await it.until(lambda: TOO_LATE[:40] in it.hint)
        assert it.composer.draft == "two anew"
        await it.type("", key)
        await it.until(lambda: not it.composer.text)
        assert "two anew" in await sent(it)


async def test_such_a_key_does_not_send_the_draft_that_lay_under_the_edit_nor_resume(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one") as it:
        await it.type("draft")
        it.composer.write_anew(opened(it, 1).prompt)
        it.composer.end_edit()
        it.composer.action_submit()
        await it.until(lambda: TOO_LATE[:40] in it.hint)
        assert it.composer.draft == "draft"
        assert await sent(it) == ["go", "one"]


async def sent(it: Chat) -> list[str]:
    """All prompts that were accepted, be they said or pending."""
    return [*await it.users(), *(waiting.prompt.text for waiting in it.engine.state.pending)]


async def test_an_edit_that_is_opened_too_late_is_told_and_the_draft_is_back(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two") as it:
        late = opened(it, 2).prompt
        await it.type("draft")
        it.composer.write_anew(late)
        await it.engine.ask(Withdrawn(late.id))
        await it.until(lambda: it.composer.purpose is None)
        assert it.composer.draft == "draft"


async def test_a_save_that_fails_while_another_edit_is_open_lies_under_it(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two") as it:
        it.composer.write_anew(opened(it, 1).prompt)
        await it.until(lambda: it.engine.state.editing is not None)
        it.composer.write("one anew")
        other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        other.executescript("CREATE TRIGGER full BEFORE UPDATE ON prompts BEGIN SELECT raise(ABORT, 'disk full'); END")
        it.composer.action_submit()
        it.composer.write_anew(it.composer.pending[1])
        await it.until(lambda: "what you wrote comes back" in " ".join(it.said.split()))
        other.execute("DROP TRIGGER full")
        other.close()
        assert it.composer.draft == "two"
        await it.type("", "escape")
        assert it.composer.draft == "one anew"


async def test_an_edit_that_has_been_changed_makes_no_room_for_another(tmp_path: Path) -> None:
    async with waiting(tmp_path, "one", "two") as it:
        await it.type("", "alt+up")
        await it.type("x", "alt+up")
        await it.until(lambda: BUSY in it.hint)
        assert it.composer.draft == "twox"
        it.composer.write("")
        await it.type("", "enter")
        await it.until(lambda: NO_TEXT.split(":")[0] in it.hint)
        assert it.engine.state.editing == it.engine.state.pending[1].prompt.id
        await it.type("", "escape")
        await it.until(lambda: it.engine.state.editing is None)


async def test_an_edit_in_a_session_that_closes_is_refused_and_the_draft_is_back(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(calls(("work", {})), says("Hel", gate))) as it:
        await it.type("go", "enter")
        await gate.reached()
        await it.engine.submit("one", Mode.QUEUE)
        await it.until(lambda: len(it.composer.pending) == 1)
        prompt = it.composer.pending[0]
        await it.engine.close()
        it.screen.wishes.ask(EditOpened(prompt.id))
        await it.type("draft")
        it.composer.write_anew(prompt)
        await it.until(lambda: "Not edited" in it.said)
        assert it.composer.draft == "draft"
