"""Keys that the config file maps to others, on the screen."""

from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.key_names import KeyNames, shown_key
from interruptible_tui.tui.notices import WELCOME
from interruptible_tui.tui.preferences import Preferences
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import chat, shown


async def test_a_mapped_key_does_it_and_the_usual_one_does_not(tmp_path: Path) -> None:
    gate = Gate()
    preferences = Preferences({"composer.queue": "f7", "chat.stop": "ctrl+t"})
    async with chat(tmp_path, Scripted(says("Hel", gate)), preferences=preferences) as it:
        await it.type("hi", "enter")
        await it.until(lambda: "running" in it.status)
        await it.type("later", "f7")
        await it.until(lambda: len(it.engine.state.later) == 1)
        await it.type("", "escape")
        assert it.engine.state.run
        await it.type("", "ctrl+t")
        await it.until(lambda: "held" in it.status)
        gate.open()


async def test_keys_keep_their_order_when_they_are_mapped(tmp_path: Path) -> None:
    """All are there before the first is handled."""
    gate = Gate()
    preferences = Preferences({"composer.send": "ctrl+s", "composer.new_line": "enter", "composer.queue": "f7"})
    async with chat(tmp_path, Scripted(says("Hel", gate)), mode=Mode.QUEUE, preferences=preferences) as it:
        for key in ("a", "enter", "b", "ctrl+s", "c", "f7", "d"):
            it.app.simulate_key(key)
        await it.until(lambda: it.composer.text == "d" and len(it.engine.state.later) == 1)
        assert await it.users() == ["a\nb"]
        gate.open()


async def test_up_and_down_still_move_in_the_text_when_going_back_is_mapped_elsewhere(tmp_path: Path) -> None:
    preferences = Preferences({"composer.older": "alt+left", "composer.newer": "alt+right"})
    async with chat(tmp_path, Scripted(), preferences=preferences) as it:
        await it.type("ab", "ctrl+j", "c", "up", "x")
        assert it.composer.text == "axb\nc"
        await it.type("", "down", "y")
        assert it.composer.text == "axb\ncy"


async def test_the_hints_name_the_keys_that_are_mapped(tmp_path: Path) -> None:
    gate = Gate()
    preferences = Preferences({"chat.stop": "f9", "composer.queue": "ctrl+t", "composer.send": "ctrl+s"})
    async with chat(tmp_path, Scripted(says("Hel", gate)), preferences=preferences) as it:
        await it.type("hi", "ctrl+s")
        await it.until(lambda: "running" in it.status)
        await it.type("x")
        await it.until(lambda: "Ctrl+S: taken in" in it.hint)
        assert "F9: stop" in it.hint
        assert "Ctrl+T: queue" in it.hint
        assert "Esc" not in it.hint
        gate.open()


@pytest.mark.parametrize(("opens", "hint"), [("f3", "F9: new"), ("f8", "F9: other words")])
async def test_the_hints_of_the_lists_name_the_keys_that_are_mapped(tmp_path: Path, opens: str, hint: str) -> None:
    preferences = Preferences({"sessions.new": "f9", "search.erase_all": "f9"})
    async with chat(tmp_path, Scripted(), preferences=preferences) as it:
        await it.type("", opens)
        await it.until(lambda: it.app.screen is not it.screen and hint in _help(it.app))


async def test_what_is_said_names_the_key_that_resumes(tmp_path: Path) -> None:
    gate = Gate()
    preferences = Preferences({"composer.send": "ctrl+s", "app.back_out": "f10"})
    async with chat(tmp_path, Scripted(says("Hel", gate)), preferences=preferences) as it:
        await it.type("hi", "ctrl+s")
        await it.until(lambda: "running" in it.status)
        await it.type("later", "tab", "escape")
        await it.until(lambda: "Ctrl+S on the empty line resumes" in " ".join(it.said.split()))
        await it.type("", "f10")
        await it.until(lambda: "F10 again quits" in it.hint)
        gate.open()


async def test_what_cannot_be_heeded_is_told_in_the_chat_which_starts(tmp_path: Path) -> None:
    preferences = Preferences({"chat.mode": "f2", "chat.pending": "f12"}, Path("/home/me/config.toml"))
    async with chat(tmp_path, Scripted(), preferences=preferences) as it:
        await it.until(lambda: "/home/me/config.toml: [keys]" in it.said)
        assert 'F2 is "chat.runs" (Runs) already' in " ".join(it.said.split())
        await it.type("", "shift+tab")
        await it.until(lambda: "QUEUE" in it.status)


async def test_help_is_made_of_the_keys_as_they_are_and_finds_words(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(), preferences=Preferences({"chat.stop": "f9"}), size=(110, 40)) as it:
        await it.type("draft", "f1")
        await it.until(lambda: "/stop" in _help(it.app))
        said = _help(it.app)
        assert "INCORPORATE  the agent takes it in at its next step, and goes on" in said
        assert "F9; c (runs)" in said
        await it.type("chat.stop")
        await it.until(lambda: "/mode" not in _help(it.app))
        assert "chat.stop" in _help(it.app)
        await it.type("", "escape")
        await it.until(lambda: "/mode" in _help(it.app))
        await it.type("chat.stop", "ctrl+u", *"chat.find")
        await it.until(lambda: "Help: chat.find" in _help(it.app))
        await it.type("", "escape")
        await it.type("", "escape", "!")
        await it.until(lambda: it.composer.text == "draft!")


async def test_keys_that_follow_help_at_once_are_its_own(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        for key in ("f1", "c", "o", "p", "y"):
            it.app.simulate_key(key)
        await it.until(lambda: "Help: copy" in _help(it.app))
        assert it.composer.text == ""


async def test_the_first_start_names_the_key_that_switches_the_mode(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(), preferences=Preferences({"chat.mode": "f9"}), welcome=WELCOME) as it:
        assert "F9 switches it" in " ".join(it.said.split())


async def test_help_can_be_read_where_it_is_narrow(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(), size=(50, 12)) as it:
        await it.type("/help", "enter")
        await it.until(lambda: "Help" in _help(it.app))
        await it.type("", "end")
        await it.until(lambda: "transcript.unfold" in _help(it.app))
        await it.type("", "f1")
        await it.until(lambda: it.app.screen is it.screen)


def _help(app: object) -> str:
    from textual.app import App

    assert isinstance(app, App)
    return "\n".join(shown(widget) for widget in app.screen.children if widget.display)


def test_keys_are_called_as_people_call_them() -> None:
    said = {key: shown_key(key) for key in ("escape", "ctrl+j", "K", "e", "question_mark", "f4", "alt+up", "space")}
    assert list(said.values()) == ["Esc", "Ctrl+J", "K", "e", "?", "F4", "Alt+Up", "Space"]


def test_a_hint_keeps_what_it_says_of_a_key() -> None:
    names = KeyNames({("chat", "Esc"): "F9", ("find", "Up"): "F3"})
    assert names.hint("Esc: stop, Esc again: at once", "chat") == "F9: stop, Esc again: at once"
    assert names.hint("Esc Esc: rewind", "chat") == "F9 F9: rewind"
    assert names.hint("Enter, Up: earlier", "find") == "Enter, F3: earlier"
    assert names.hint("Esc: back", "pending") == "Esc: back"
    assert names.hint("/help", "chat") == "/help"
