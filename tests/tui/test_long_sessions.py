"""A session of which the screen has loaded only what is around: it looks and moves as if all of it were there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from interruptible_tui.events import RollbackRequested
from interruptible_tui.tui.entries import Entry
from interruptible_tui.tui.paging import MOST, Gap
from interruptible_tui.tui.picker import RewindPicker
from interruptible_tui.tui.runs import RunsScreen
from interruptible_tui.tui.runs_pane import RunsPane
from interruptible_tui.tui.transcript import Transcript
from tests.engine.driver import session_in
from tests.long_session import fill
from tests.scripted import Scripted, says
from tests.store.test_files import opened
from tests.tui.chats import Chat, chat
from tests.tui.transcripts import lines

RUNS = 1000


@asynccontextmanager
async def long_chat(directory: Path, *script: object, runs: int = RUNS, results: int = 0) -> AsyncIterator[Chat]:
    async with opened(directory) as store:
        session = await session_in(store)
        await store.write(lambda tables: fill(tables, session.id, runs, results=results))
    async with chat(directory, Scripted(*script)) as it:  # type: ignore[arg-type]  # replies, as `says` makes them
        await it.until(lambda: f"{'so' if results else 'answer'} {runs}" in it.said)
        yield it


def transcript(it: Chat) -> Transcript:
    return it.screen.query_one(Transcript)


def entries(it: Chat) -> list[Entry]:
    return transcript(it)._layout.stack.items


async def rests(it: Chat) -> None:
    """Wait until nothing more is being read."""
    await it.until(lambda: transcript(it)._wanted is None)
    await it.pilot.pause()


def numbers(text: str) -> list[int]:
    """Of the questions that are on the screen."""
    return [int(number) for number in re.findall(r"question (\d+)", text)]


async def test_a_long_session_is_opened_with_its_last_page_alone(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await rests(it)
        assert len(entries(it)) < 70
        assert f"question {RUNS}" in it.said


async def test_scrolling_up_reads_page_after_page_and_never_jumps(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        shown, seen = lines(transcript(it)), numbers(it.said)
        for _ in range(60):
            before = lines(transcript(it))
            transcript(it).scroll_relative(y=-5, animate=False)
            await rests(it)
            shown = lines(transcript(it))
            assert shown[5:] == before[:-5]
            seen += numbers("\n".join(shown))
        assert set(seen) == set(range(min(seen), RUNS + 1)) and min(seen) < RUNS - 40
        assert len(entries(it)) < MOST


async def test_home_shows_the_first_message_and_end_the_last_and_between_them_everything_is_found(
    tmp_path: Path,
) -> None:
    async with long_chat(tmp_path) as it:
        transcript(it).focus()
        await it.pilot.press("ctrl+home")
        await it.until(lambda: "question 1\n" in it.said)
        assert lines(transcript(it))[1].strip() == "❯ question 1"
        assert not transcript(it).at_end
        seen: list[int] = []
        for _ in range(40):
            seen += numbers(it.said)
            await it.pilot.press("pagedown")
            await rests(it)
        assert set(seen) == set(range(1, max(seen) + 1)) and max(seen) > 120
        assert len(entries(it)) < MOST
        await it.pilot.press("ctrl+end")
        await it.pilot.pause()
        assert f"so {RUNS}" in it.said or f"answer {RUNS}" in it.said
        assert transcript(it).at_end


async def test_scrolling_down_from_the_top_arrives_at_the_end(tmp_path: Path) -> None:
    async with long_chat(tmp_path, runs=150) as it:
        transcript(it).focus()
        await it.pilot.press("ctrl+home")
        await it.until(lambda: "question 1\n" in it.said)
        seen: list[int] = []
        while not transcript(it).at_end:
            seen += numbers(it.said)
            await it.pilot.press("pagedown")
            await rests(it)
        assert {*seen, *numbers(it.said)} == set(range(1, 151))
        assert not [entry for entry in entries(it) if isinstance(entry, Gap)]


async def test_a_message_that_is_not_loaded_is_shown_with_what_stands_around_it(tmp_path: Path) -> None:
    async with long_chat(tmp_path, results=2) as it:
        page = await it.engine.archive.page(it.engine.session, around=2502, limit=1)
        (found,) = [each for each in page.messages if each.id == 2502]
        transcript(it).show_message(2502)
        await rests(it)
        assert numbers(it.said) and found.run in numbers(it.said)
        assert len([entry for entry in entries(it) if isinstance(entry, Gap)]) == 2
        transcript(it).show_message(2503)
        await rests(it)
        assert found.run in numbers(it.said)


async def test_what_happens_while_something_far_up_is_read_stands_at_the_end(tmp_path: Path) -> None:
    async with long_chat(tmp_path, says("And so it is.")) as it:
        transcript(it).focus()
        await it.pilot.press("ctrl+home")
        await it.until(lambda: "question 1\n" in it.said)
        before = it.said
        await it.engine.submit("is it?")
        await it.until(lambda: "idle" in it.status)
        assert it.said == before
        transcript(it).focus()
        await it.pilot.press("ctrl+end")
        await it.until(lambda: "And so it is." in it.said)
        assert "is it?" in it.said and f"answer {RUNS}" in it.said


async def test_what_is_kept_is_bounded_however_much_is_said(tmp_path: Path) -> None:
    async with long_chat(tmp_path, runs=10) as it:
        session = it.engine.session.id
        await it.store.write(lambda tables: fill(tables, session, 500, begin=11))
        for message in (await it.engine.archive.page(it.engine.session, after=20, limit=2000)).messages:
            transcript(it).add(message)
            assert len(entries(it)) <= MOST
        assert transcript(it).at_end and "answer 510" in it.said
        assert len(transcript(it)._scribe._written) <= MOST
        for _ in range(40):
            transcript(it).scroll_relative(y=-40, animate=False)
            await rests(it)
            assert len(entries(it)) <= MOST
        assert numbers(it.said)[0] < 300


async def test_what_is_not_loaded_is_rolled_back_all_the_same(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await it.engine.ask(RollbackRequested(3))
        await it.until(lambda: "Rolled back: run 3" in it.said)
        transcript(it).focus()
        await it.pilot.press("ctrl+home")
        await it.until(lambda: "question 1\n" in it.said)
        assert "rolled back" in it.said
        await it.engine.ask(RollbackRequested(1))
        await it.until(lambda: it.said.count("rolled back") >= 4)


async def test_up_goes_back_to_prompts_that_were_not_loaded(tmp_path: Path) -> None:
    async with long_chat(tmp_path, results=40, runs=300) as it:
        await it.until(lambda: len(it.composer.earlier) > 50)
        for number in range(300, 150, -1):
            await it.pilot.press("up")
            assert it.composer.text == f"question {number}"


async def test_esc_esc_offers_prompts_that_were_not_loaded_and_a_number_goes_further_back(tmp_path: Path) -> None:
    async with long_chat(tmp_path, runs=2000) as it:
        await it.pilot.press("escape", "escape")
        await it.until(lambda: isinstance(it.app.screen, RewindPicker))
        picker = it.app.screen
        assert isinstance(picker, RewindPicker)
        await it.until(lambda: len(picker._said) == 1000)
        await it.pilot.press(*"question 1100", "enter")
        await it.until(lambda: it.composer.text == "question 1100")
        await it.pilot.press("escape", *"/rewind 1990", "enter")
        await it.until(lambda: it.composer.text == "question 11")


async def test_the_screen_of_runs_lists_the_latest_and_more_from_the_first_of_them_on(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await it.pilot.press("f2")
        await it.until(lambda: isinstance(it.app.screen, RunsScreen))
        listed = it.app.screen.query_one(RunsPane)
        await it.until(lambda: bool(listed.shown and listed.shown.runs))
        assert listed.shown and [run.record.number for run in listed.shown.runs] == list(range(RUNS - 199, RUNS + 1))
        await it.pilot.press("home")
        await it.until(lambda: bool(listed.shown and listed.shown.runs[0].record.number == RUNS - 399))
        assert listed.chosen and listed.chosen.record.number == RUNS - 199
        for _ in range(3):
            await it.pilot.press("home")
            await it.pilot.pause()
            await it.until(lambda: it.app.screen._reading is None)  # type: ignore[attr-defined]  # it is the RunsScreen
        await it.until(lambda: bool(listed.shown and listed.shown.whole))
