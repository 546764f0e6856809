"""Looking for words in what was said earlier: what is found stands in the composer, and the draft comes back."""

from pathlib import Path

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.earlier_bar import EarlierBar
from interruptible_tui.tui.recall import Recall
from interruptible_tui.tui.rewriter import BUSY
from tests.long_session import fill
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import Chat, burst, chat, shown


async def say(it: Chat, *texts: str) -> None:
    for text in texts:
        await it.engine.submit(text)
        await it.until(lambda: it.engine.state.run is None)
    await it.until(lambda: it.composer.earlier[-1:] == list(texts[-1:]))


def bar(it: Chat) -> str:
    found = it.screen.query_one(EarlierBar)
    return shown(found) if found.display else ""


def silent(texts: int) -> Scripted:
    return Scripted(*(says("Heard.") for _ in range(texts)))


def test_searching_goes_through_lines_as_going_back_does() -> None:
    recall = Recall()
    place = recall.begin("draft", ["one", "two", "one more", "two"])
    assert recall.find(-1, "draft", lambda text: "one" in text) == "one more"
    assert recall.stashed == "draft"
    recall.extend(["first"])
    assert recall.find(-1, "one more", lambda text: "one" in text) == "one"
    assert recall.find(-1, "one", lambda text: "one" in text) is None
    assert recall.find(1, "one", lambda text: "two" in text) == "two"
    assert recall.return_to(place) == "draft"
    assert recall.stashed == ""
    assert recall.older("draft", []) == "two"
    recall.forget("two")
    assert recall.return_to(place) is None


async def test_what_is_found_stands_in_the_composer_unsent_and_the_draft_comes_back(tmp_path: Path) -> None:
    async with chat(tmp_path, silent(4)) as it:
        await say(it, "make a salad", "make soup", "salad again")
        await it.type("draft", "left", "ctrl+r", *"salad")
        await it.until(lambda: it.composer.draft == "salad again")
        assert "found" in bar(it)
        await it.type("", "ctrl+r")
        await it.until(lambda: it.composer.draft == "make a salad")
        await it.type("", "down")
        await it.until(lambda: it.composer.draft == "salad again")
        await it.type("", "enter", "!")
        await it.until(lambda: it.composer.draft == "salad again!")
        assert not bar(it)
        assert len(await it.users()) == 3
        await it.type("", "enter")
        await it.until(lambda: it.composer.draft == "draft")
        assert (await it.users())[-1] == "salad again!"


async def test_esc_brings_back_what_stood_there_to_the_cursor(tmp_path: Path) -> None:
    async with chat(tmp_path, silent(1)) as it:
        await say(it, "make soup")
        await it.type("draft", "left", "ctrl+r", *"soup")
        await it.until(lambda: it.composer.draft == "make soup")
        await it.type("", "escape", "!")
        await it.until(lambda: it.composer.draft == "draf!t")


async def test_nothing_found_leaves_the_draft(tmp_path: Path) -> None:
    async with chat(tmp_path, silent(1)) as it:
        await say(it, "make soup")
        await it.type("draft", "ctrl+r", *"soupx")
        await it.until(lambda: "nothing found" in bar(it))
        assert it.composer.draft == "draft"
        await it.type("", "backspace")
        await it.until(lambda: it.composer.draft == "make soup")
        await it.type("", "ctrl+u", "enter")
        await it.until(lambda: not bar(it) and it.composer.draft == "draft")


async def test_what_is_not_loaded_and_what_was_said_in_other_sessions_is_found(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.store.write(lambda tables: fill(tables, it.engine.session.id, 300))
    async with chat(tmp_path, silent(1)) as it:
        assert "question 39" not in it.composer.earlier
        await it.type("", "ctrl+r", *"question 3", "up")
        await it.until(lambda: it.composer.draft == "question 39")
        await it.type("", "ctrl+u", *"tion 12", "enter")
        await it.until(lambda: it.composer.draft == "question 129")
        it.screen.open_session("other")
        await it.until(lambda: "other" in it.status)
        await say(it, "here")
        await it.type("/earlier question 298", "enter")
        await it.until(lambda: it.composer.draft == "question 298")
        await it.type("", "escape")
        await it.until(lambda: not it.composer.draft)


async def test_an_edit_that_is_open_is_not_searched_away(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Wor", gate)), mode=Mode.QUEUE) as it:
        await it.type("go", "enter")
        await gate.reached()
        await it.type("later", "enter")
        await it.until(lambda: len(it.composer.pending) == 1)
        await it.type("", "alt+up", "ctrl+r")
        await it.until(lambda: BUSY in it.hint)
        assert it.composer.draft == "later"


async def test_a_draft_that_was_come_back_to_and_written_on_does_not_come_back_in_its_old_form(tmp_path: Path) -> None:
    async with chat(tmp_path, silent(2)) as it:
        await say(it, "make soup")
        await it.type("draft", "up", "down", "!", "enter")
        await it.until(lambda: it.composer.draft == "")
        assert (await it.users())[-1] == "draft!"


async def test_a_click_into_the_composer_takes_what_was_found(tmp_path: Path) -> None:
    async with chat(tmp_path, silent(2)) as it:
        await say(it, "make soup")
        await it.type("draft", "ctrl+r", *"soup")
        await it.until(lambda: it.composer.draft == "make soup")
        await it.pilot.click(Composer, offset=(20, 1))
        await it.type("!", "enter")
        await it.until(lambda: it.composer.draft == "draft" and not bar(it))
        assert (await it.users())[-1] == "make soup!"
        await it.type("", "ctrl+r", *"soup")
        await it.until(lambda: it.composer.draft == "make soup!")
        await it.type("", "escape")
        await it.until(lambda: it.composer.draft == "draft")


async def test_what_is_found_is_waited_for_before_it_is_taken_and_sent(tmp_path: Path) -> None:
    async with chat(tmp_path, silent(2)) as it:
        await say(it, "make soup", "make a salad")
        await it.store.write(lambda tables: fill(tables, it.engine.session.id, 300, begin=10))
    async with chat(tmp_path, silent(2)) as it:
        assert "make soup" not in it.composer.earlier
        await it.type("my draft")
        burst(it, "ctrl+r", *"soup", "enter", *"!", "enter")
        await it.until(lambda: it.composer.draft == "my draft" and "make soup!" in it.said)
        assert "my draft" not in it.said
