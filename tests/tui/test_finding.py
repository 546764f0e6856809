"""Looking for words in a session of which little is loaded."""

from pathlib import Path

from interruptible_tui.tui.find_bar import FindBar
from tests.engine.driver import query
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import Chat, chat, shown
from tests.tui.test_long_sessions import RUNS, entries, long_chat, rests, transcript
from tests.tui.transcripts import said


def bar(it: Chat) -> str:
    found = it.screen.query_one(FindBar)
    return shown(found) if found.display else ""


async def test_words_that_are_not_loaded_are_found_read_in_and_left_again(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await rests(it)
        before = it.said
        await it.type("", "ctrl+f", *"answer 3")
        await it.until(lambda: "1 of 111 " in bar(it))
        await it.until(lambda: "answer 399" in it.said)
        assert len(entries(it)) < 300
        await it.type("", "down")
        await it.until(lambda: "111 of 111" in bar(it))
        await it.until(lambda: "answer 3" in said(transcript(it)))
        await it.type("", "escape")
        await it.until(lambda: it.said == before)
        assert bar(it) == ""


async def test_the_hit_that_is_first_is_the_one_at_or_above_the_screen(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await rests(it)
        transcript(it).action_scroll_home()
        await it.until(lambda: "answer 1" in said(transcript(it)))
        await rests(it)
        seen = transcript(it).last_seen or 0
        before = it.said
        await it.type("", "ctrl+f", *"question")
        await it.until(lambda: f"of {RUNS:,} " in bar(it))
        assert int(bar(it).split(" of ")[0].split()[-1].replace(",", "")) == RUNS - (seen + 1) // 2 + 1
        assert before.startswith(it.said.rstrip())
        await it.type("", "escape")


async def test_other_words_begin_anew_from_where_one_was(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await it.type("", "ctrl+f", *"answer 17")
        await it.until(lambda: "answer 179" in it.said)
        await it.type("", *["backspace"] * 2)
        await it.until(lambda: f"1 of {RUNS:,} " in bar(it))
        await it.until(lambda: f"answer {RUNS}" in it.said)
        await it.type("", "ctrl+u")
        await it.until(lambda: " of " not in bar(it))
        await it.type("zzz")
        await it.until(lambda: "nothing found" in bar(it))
        assert f"answer {RUNS}" in it.said


async def test_what_is_far_above_is_copied_without_being_loaded(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await it.type(f"/copy prompt {RUNS}", "enter")
        await it.until(lambda: "copied prompt 1000 from the end" in it.hint)
        assert it.app.clipboard == "question 1"
        assert len(entries(it)) < 200
        await it.type(f"/copy prompt {RUNS + 1}", "enter")
        await it.until(lambda: f"there are {RUNS} prompts" in it.hint)


async def test_the_same_words_sought_anew_are_not_found_twice(tmp_path: Path) -> None:
    async with long_chat(tmp_path) as it:
        await rests(it)
        await it.type("", "ctrl+f")
        it.screen.finder.seek("answer 3")
        it.screen.finder.seek("answer 3")
        await it.until(lambda: "of 111 " in bar(it))
        await rests(it)
        assert "of 111 " in bar(it)


async def test_a_reply_is_looked_through_when_it_is_whole(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("The word", gate, " is soup."))) as it:
        await it.type("cook", "enter")
        await gate.reached()
        await it.until(lambda: query(tmp_path, "SELECT count(*) FROM pieces") != [0])
        await it.type("", "ctrl+f", *"word")
        await it.until(lambda: "nothing found" in bar(it))
        gate.open()
        await it.until(lambda: not it.engine.state.run)
        await it.type("s", "backspace")
        await it.until(lambda: "1 of 1 " in bar(it))
