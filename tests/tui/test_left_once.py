"""Keys as quick as the one that leaves a screen: a second Enter does nothing more, and text is not lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.command import CommandInput, CommandList, CommandPalette
from textual.events import Paste

from interruptible_tui.tui.delete_ask import DeleteAsk
from interruptible_tui.tui.help_screen import HelpScreen
from interruptible_tui.tui.picker import RewindPicker
from interruptible_tui.tui.searching import HitsView, SearchScreen
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import Chat, burst, chat, shown


async def say(it: Chat) -> None:
    await it.type("make soup", "enter")
    await it.until(lambda: "Heard." in it.said and it.engine.state.run is None)


async def test_an_earlier_prompt_is_picked_once(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        await say(it)
        await it.type("/rewind", "enter")
        await it.until(lambda: isinstance(it.app.screen, RewindPicker))
        burst(it, "enter", "enter")
        await it.until(lambda: it.composer.draft == "make soup")
        await it.type("", "!")
        assert it.composer.draft == "make soup!"


async def test_a_hit_is_gone_to_once(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        await say(it)
        await it.type("/search soup", "enter")
        await it.until(
            lambda: isinstance(it.app.screen, SearchScreen) and "soup" in shown(it.app.screen.query_one(HitsView))
        )
        burst(it, "enter", "enter", "escape")
        await it.until(lambda: it.app.screen is it.screen)
        await it.type("draft")
        assert it.composer.draft == "draft"


async def test_a_command_is_chosen_in_the_palette_once(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("", "ctrl+p")
        await it.until(lambda: isinstance(it.app.screen, CommandPalette))
        await it.type("help")
        await it.until(lambda: "Help" in shown(it.app.screen.query_one(CommandList)))
        burst(it, "enter", "enter")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        await it.type("", "escape")
        await it.until(lambda: it.app.screen is it.screen)


async def test_a_command_from_the_palette_that_is_refused_is_never_put_before_a_draft(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("hello there", "ctrl+p")
        await it.until(lambda: isinstance(it.app.screen, CommandPalette))
        await it.type("rename")
        await it.until(lambda: "Rename" in shown(it.app.screen.query_one(CommandList)))
        burst(it, "enter", "enter")
        await it.until(lambda: it.app.screen is it.screen and "write the new name" in it.hint)
        assert it.composer.draft == "hello there"


async def test_words_and_enter_in_one_go_choose_what_is_found_for_them(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("precious", "ctrl+p")
        await it.until(lambda: isinstance(it.app.screen, CommandPalette))
        burst(it, *"help", "enter")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        assert it.composer.draft == "precious"


async def test_words_for_which_nothing_is_found_choose_nothing(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("precious", "ctrl+p")
        await it.until(lambda: isinstance(it.app.screen, CommandPalette))
        burst(it, *"help", "enter", *"words")
        await it.until(lambda: it.app.screen.query_one(CommandInput).value == "helpwords")
        await it.type("", "escape")
        await it.until(lambda: it.app.screen is it.screen)
        assert it.composer.draft == "precious"


@asynccontextmanager
async def asked_to_delete(directory: Path) -> AsyncIterator[Chat]:
    """A chat in which a run is active, and that is asked whether its session is to be deleted."""
    gate = Gate()
    async with chat(directory, Scripted(says("Hel", gate, "lo"))) as it:
        await it.type("cook", "enter")
        await gate.reached()
        await ask(it)
        yield it
        gate.open()


async def ask(it: Chat) -> None:
    await it.type("/delete", "enter")
    await it.until(lambda: isinstance(it.app.screen, DeleteAsk))


async def test_what_is_typed_while_a_deletion_is_asked_for_is_written_and_deletes_nothing(tmp_path: Path) -> None:
    async with asked_to_delete(tmp_path) as it:
        await it.type("wait, why")
        await it.until(lambda: it.composer.draft == "wait, why")
        assert it.screen.state.run


async def test_what_is_typed_behind_the_answer_is_for_who_has_the_focus_then(tmp_path: Path) -> None:
    async with asked_to_delete(tmp_path) as it:
        burst(it, "n", *"why")
        await it.until(lambda: it.composer.draft == "why")
        assert it.screen.state.run
        await it.type("", "ctrl+c")
        await ask(it)
        gone = it.screen
        burst(it, "y", *"yes")
        await it.until(lambda: it.screen is not gone and it.composer.draft == "yes")
        await it.until(lambda: gone not in it.app.rooms.chats.values())


async def test_what_is_pasted_while_a_deletion_is_asked_for_is_written(tmp_path: Path) -> None:
    async with asked_to_delete(tmp_path) as it:
        it.app.post_message(Paste("yes"))
        await it.until(lambda: it.composer.draft == "yes")
        assert it.screen.state.run
