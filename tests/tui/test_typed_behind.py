"""Keys that come in one go with those that put up a screen, lead on in it or leave it."""

from pathlib import Path

import pytest

from interruptible_tui.tui.help_screen import HelpScreen
from interruptible_tui.tui.request_view import RequestScreen
from interruptible_tui.tui.runs import RunsScreen
from interruptible_tui.tui.searching import SearchScreen
from interruptible_tui.tui.sessions import SessionsScreen
from interruptible_tui.tui.title import TitleLine
from interruptible_tui.tui.transcript import Transcript
from interruptible_tui.tui.turns import bound_to
from tests.scripted import Scripted, says
from tests.tui.chats import Chat, burst, chat, shown

LEAVING = pytest.mark.parametrize(
    ("opens", "screen", "leaves"),
    [
        ("f1", HelpScreen, "escape"),
        ("f1", HelpScreen, "ctrl+c"),
        ("f1", HelpScreen, "f1"),
        ("f2", RunsScreen, "escape"),
        ("f2", RunsScreen, "q"),
        ("f3", SessionsScreen, "escape"),
        ("f8", SearchScreen, "escape"),
    ],
)


async def say(it: Chat, prompt: str, answer: str) -> None:
    await it.type(prompt, "enter")
    await it.until(lambda: answer in it.said and not it.engine.state.run)


def titles(it: Chat) -> str:
    return "\n".join(line.said for line in it.app.screen.query(TitleLine))


@LEAVING
async def test_what_is_typed_behind_the_key_that_leaves_a_screen_is_for_the_composer(
    tmp_path: Path, opens: str, screen: type, leaves: str
) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("", opens)
        await it.until(lambda: isinstance(it.app.screen, screen))
        await it.pilot.pause()
        burst(it, leaves, "h", "i")
        await it.until(lambda: it.app.screen is it.screen and it.composer.draft == "hi")


@LEAVING
async def test_a_screen_is_put_up_and_left_in_one_go(tmp_path: Path, opens: str, screen: type, leaves: str) -> None:
    async with chat(tmp_path, Scripted()) as it:
        burst(it, "a", opens, leaves, "h", "i")
        await it.until(lambda: it.app.screen is it.screen and it.composer.draft == "ahi")
        assert not it.app.query(screen)


@pytest.mark.parametrize(("opens", "said"), [("f1", "Help: abd"), ("f8", "search: abd▏")])
async def test_words_and_what_erases_them_stay_in_their_order(tmp_path: Path, opens: str, said: str) -> None:
    async with chat(tmp_path, Scripted()) as it:
        burst(it, opens, *"xy", "ctrl+u", *"abc", "backspace", "d")
        await it.until(lambda: said in titles(it))


async def test_a_letter_looks_for_words_in_the_help_though_it_is_mapped_for_lists(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        it.app.set_keymap({"list.next": "j"})
        await it.type("", "f1", "j")
        await it.until(lambda: "Help: j" in titles(it))


async def test_what_is_typed_behind_enter_on_a_run_is_for_its_turns_and_behind_its_request_for_that(
    tmp_path: Path,
) -> None:
    async with chat(tmp_path, Scripted(says("One."), says("Two."))) as it:
        await say(it, "first", "One.")
        await say(it, "second", "Two.")
        await it.type("", "f2")
        await it.until(lambda: "second" in shown(it.app.screen.query_one("#list")))
        burst(it, "up", "enter", "enter")
        await it.until(lambda: isinstance(it.app.screen, RequestScreen) and "run 1" in titles(it))
        burst(it, "q", "tab", "down", "r", "q", "q", "h", "i")
        await it.until(lambda: it.app.screen is it.screen and it.composer.draft == "hi")


async def test_keys_behind_one_that_asks_for_a_request_that_there_is_not_are_for_the_runs(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("One."))) as it:
        await it.type("", "f2")
        await it.until(lambda: "no runs" in titles(it))
        burst(it, "r", "a")
        await it.until(lambda: "all sessions" in titles(it))


async def test_a_composer_that_asks_for_a_screen_when_another_session_is_shown_is_written_into_again(
    tmp_path: Path,
) -> None:
    async with chat(tmp_path, Scripted()) as it:
        first = it.screen
        await it.type("/new other", "enter")
        await it.until(lambda: "other" in it.status)
        first.show_help()
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        await it.type("", "escape")
        await it.type("/switch default", "enter")
        await it.until(lambda: it.screen is first)
        await it.type("hi")
        await it.until(lambda: it.composer.draft == "hi")


async def test_who_waits_for_a_screen_is_told_that_a_session_is_shown_instead(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        first, told = it.screen, list[object]()
        screen = HelpScreen({})
        screen.take_keys(it.composer)
        it.app.push_screen(screen, told.append)
        await it.app.rooms.show("other")
        assert told == [None]
        await it.app.rooms.show("default")
        await it.until(lambda: it.screen is first)
        await it.type("hi")
        await it.until(lambda: it.composer.draft == "hi")


async def test_one_key_is_looked_up_as_all_are(tmp_path: Path) -> None:
    """Textual's own look-up of all keys is what is meant; only looking up one is faster."""
    async with chat(tmp_path, Scripted()) as it:
        for focused in (it.composer, it.screen.query_one(Transcript)):
            it.screen.set_focus(focused)
            active = it.screen.active_bindings
            found = {key: bound_to(key, focused) for key in active}
            assert found == {key: each._replace(tooltip="") for key, each in active.items()}
            assert bound_to("f24", focused) is None
