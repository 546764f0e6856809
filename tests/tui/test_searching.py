"""Looking for words in all sessions, going there, and taking a session away as a file."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.geometry import Region

from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import CallStatus, Message, Mode, Role, ToolCall
from interruptible_tui.store import Tables
from interruptible_tui.store.searching import POSSIBLE
from interruptible_tui.tui.searching import MOST, HitsView, SearchScreen
from interruptible_tui.tui.title import TitleLine
from interruptible_tui.tui.transcript import Transcript
from tests.engine.driver import session_in
from tests.long_session import fill
from tests.scripted import Scripted
from tests.store.test_files import opened
from tests.tui.chats import Chat, burst, chat, shown

RUNS = 400


@asynccontextmanager
async def two_sessions(directory: Path, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Chat]:
    """A short one, which is shown, and a long one with a hit far from its end."""

    def write(tables: Tables) -> None:
        tables.create_session("long", Mode.INCORPORATE, "m", 0.5)
        long = tables.session("long").id
        fill(tables, long, 100)
        call = ToolCall("k", "look_up", '{"word": "thyme"}', CallStatus.DONE)
        told = [Message(role=Role.ASSISTANT, text="A needle\nin the hay.", tool_calls=(call,))]
        told += [Message(role=Role.TOOL, text="it is a herb", tool_call_id="k")]
        for message in told:
            tables.add_message(long, Message(**{name: getattr(message, name) for name in NAMES}, run=100, turn=2))
        fill(tables, long, RUNS, begin=101)

    async with opened(directory) as store:
        session = await session_in(store)
        await store.write(write)
        await store.write(lambda tables: fill(tables, session.id, 2, begin=9001))
    async with chat(directory, Scripted(), size=size) as it:
        await it.until(lambda: "answer 9002" in it.said)
        yield it


NAMES = ("role", "text", "tool_calls", "tool_call_id")


def words(it: Chat) -> str:
    return "\n".join(line.said for line in it.app.screen.query(TitleLine))


def hits(it: Chat) -> str:
    return shown(it.app.screen.query_one(HitsView))


def marked(it: Chat) -> list[str]:
    """What is marked in the conversation."""
    transcript = it.screen.query_one(Transcript)
    rows = transcript.render_lines(Region(0, 0, *transcript.outer_size))
    return [each.text for row in rows for each in row if each.style and (each.style.underline or each.style.reverse)]


async def test_what_is_typed_behind_the_key_is_looked_for_and_enter_goes_to_the_message(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        await it.type("", "f8", *'"needle in" hay', "enter")
        await it.until(lambda: "long" in it.status and "A needle" in it.said)
        await it.until(lambda: marked(it) == ["needle in", "hay"])
        assert isinstance(it.screen.focused, type(it.composer))
        await it.type("x")
        await it.until(lambda: it.composer.text == "x" and marked(it) == [])


async def test_what_is_typed_behind_enter_on_a_hit_is_for_the_composer_of_its_session(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        burst(it, "f8", *"needle", "enter", "enter", "h", "i")
        await it.until(lambda: "long" in it.status and it.composer.text == "hi")
        burst(it, "f8", *"9002", "enter")
        await it.until(lambda: "default" in it.status)
        burst(it, "f8", *"needle", "enter", "!")
        await it.until(lambda: "long" in it.status and it.composer.text == "hi!")


async def test_what_is_typed_behind_enter_where_nothing_is_found_is_looked_for(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        burst(it, "f8", *"needles", "enter", "backspace", "!", "backspace", "enter")
        await it.until(lambda: "long" in it.status)


async def test_hits_are_told_with_session_time_and_role_and_the_newest_comes_first(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        await it.type("", "f8", *'"answer 9')
        await it.until(lambda: ": 13 messages" in words(it))
        lines = hits(it).splitlines()
        assert lines[0].startswith(" ❯ default  1970-01-01 ") and lines[0].endswith("assistant")
        assert lines[1].strip() == "answer 9002"
        assert lines[4].strip().startswith("long  1970-01-01")
        await it.type("", *["backspace"] * 8, *"herb")
        await it.until(lambda: ": 1 message" in words(it))
        await it.type("", "enter")
        await it.until(lambda: "it is a herb" in it.said and "long" in it.status)


async def test_other_words_begin_anew_and_too_many_hits_are_said(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        assert MOST < 2 * RUNS and POSSIBLE < 2 * RUNS
        await it.type("", "f8", *"er")
        await it.until(lambda: f"{MOST}+ messages" in words(it))
        await it.type("zz")
        await it.until(lambda: "nothing found" in words(it))
        assert hits(it).strip() == ""
        await it.type("", "ctrl+u")
        assert "search: ▏" in words(it)
        await it.type("", "escape")
        await it.until(lambda: it.app.screen is it.screen)
        assert "default" in it.status


async def test_search_is_a_command_that_takes_the_words(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        await it.type("/search needle", "enter")
        await it.until(lambda: isinstance(it.app.screen, SearchScreen) and ": 1 message" in words(it))
        assert "A needle in the hay. look_up word: thyme" in hits(it)


async def test_a_hit_in_the_session_that_is_shown_is_gone_to_there(tmp_path: Path) -> None:
    async with two_sessions(tmp_path) as it:
        before = it.screen
        await it.type("", "f8", *'"question 9001"', "enter")
        await it.until(lambda: it.app.screen is before)
        assert "default" in it.status and "question 9001" in it.said


@pytest.mark.parametrize(("name", "as_json"), [("all.md", False), ("all.json", True)])
async def test_export_writes_a_new_file_beside_the_program_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, as_json: bool
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    async with two_sessions(tmp_path / "data", size=(200, 24)) as it:
        await it.type("/mode queue", "enter")
        await it.until(lambda: "QUEUE" in it.status)
        await it.type(f'/export "{name}"', "enter")
        await it.until(lambda: f"Exported to {tmp_path / 'here' / name}" in it.hint)
        text = (tmp_path / "here" / name).read_text()
        assert (len(json.loads(text)) == 4) if as_json else text.startswith("# default\n\nModel m, mode queue.\n")
        assert (tmp_path / "here" / name).stat().st_mode & 0o777 == 0o600
        await it.type(f"/export {name}", "enter")
        await it.until(lambda: "is there already" in it.hint)
        await it.type("/export", "enter")
        await it.until(lambda: "name the file" in it.hint)
        for path in (tmp_path / "here").iterdir():
            path.unlink()
        (tmp_path / "here").rmdir()
        await it.type("", "ctrl+u")
        await it.type(f"/export {name}", "enter")
        await it.until(lambda: "Not exported" in it.hint)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "renamed"])
async def test_a_hit_is_gone_to_whatever_its_session_is_called_now_and_nowhere_if_it_was_deleted(
    tmp_path: Path, *, deleted: bool
) -> None:
    async with two_sessions(tmp_path) as it:
        await it.type("", "f8", *'"needle in" hay')
        await it.until(lambda: ": 1 message" in words(it))
        catalogue = Catalogue(it.store)
        session = await catalogue.named("long")
        await (catalogue.delete(session) if deleted else catalogue.rename(session, "longer"))
        await it.type("", "enter")
        if deleted:
            await it.until(lambda: "the session 'long' was deleted" in it.said)
        else:
            await it.until(lambda: "longer" in it.status and "A needle" in it.said)
        listed = {each.session.name for each in await catalogue.listed()}
        assert listed == {"default"} | (set() if deleted else {"longer"})
