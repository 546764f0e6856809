"""Several sessions as a person has them: the list, the badge and the bell, and what is done to whole sessions."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.geometry import Region

from interruptible_tui.archive import Archive
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.engine import Engine
from interruptible_tui.request import Request
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.store.index import BATCH
from interruptible_tui.tui.delete_ask import DeleteAsk
from interruptible_tui.tui.help_screen import HelpScreen
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.sessions import SessionsScreen
from interruptible_tui.tui.sessions_list import SessionsList
from tests.engine.driver import query
from tests.engine.test_catalogue import made
from tests.long_session import fill
from tests.scripted import Gate, Reply, Scripted, says, too_many
from tests.store.test_files import opened
from tests.tui.chats import Chat, burst, chat, shown


class Sessions(Chat):
    """The chat, with words for its sessions."""

    bells = 0

    async def new(self, name: str) -> None:
        await self.type(f"/new {name}", "enter")
        await self.shows(name)

    async def shows(self, name: str) -> None:
        await self.until(lambda: self.screen.host is not None and self.name == name and name in self.status)

    @property
    def name(self) -> str:
        return self.engine.session.name

    async def say(self, text: str) -> None:
        await self.type(text, "enter")

    def burst(self, *keys: str) -> None:
        burst(self, *keys)

    async def open_list(self) -> None:
        await self.type("", "f3")
        await self.until(lambda: self.is_listed and bool(self.rows))

    @property
    def is_listed(self) -> bool:
        return isinstance(self.app.screen, SessionsScreen)

    @property
    def rows(self) -> list[str]:
        """Each row, with single blanks."""
        view = self.app.screen.query_one(SessionsList)
        strips = view.render_lines(Region(0, 0, *view.size))
        return [" ".join(strip.text.split()) for strip in strips if strip.text.strip()]

    @property
    def told(self) -> str:
        return shown(self.app.screen.query_one(HintLine))

    async def lists(self, *rows: str) -> None:
        """Wait until the list has these rows, each given by its beginning."""
        await self.until(
            lambda: (
                len(self.rows) == len(rows)
                and all(row.startswith(begins) for row, begins in zip(self.rows, rows, strict=True))
            )
        )

    async def names(self) -> set[str]:
        return {each.session.name for each in await Catalogue(self.store).listed()}

    @property
    def visible(self) -> str:
        """All that is on the screen."""
        return "\n".join(
            "".join(segment.text for segment in row) for row in self.app.screen._compositor.render_strips()
        )

    async def asks(self) -> None:
        await self.until(lambda: isinstance(self.app.screen, DeleteAsk))


@asynccontextmanager
async def sessions(
    directory: Path,
    *replies: Reply,
    script: Callable[[Request], Reply] | None = None,
) -> AsyncIterator[Sessions]:
    async with chat(directory, Scripted(*replies, script=script), size=(110, 24)) as it:
        made_of = Sessions(it.app, it.pilot, it.store)

        def ring() -> None:
            made_of.bells += 1

        it.app.bell = ring  # type: ignore[method-assign]
        yield made_of


# -- what goes on in the background


async def test_a_run_goes_on_while_another_session_is_shown_with_a_badge_and_a_bell_at_its_end(tmp_path: Path) -> None:
    gate = Gate()
    async with sessions(tmp_path, says("Wor", gate, "ked.")) as it:
        await it.say("Work.")
        await gate.reached()
        first = it.engine
        await it.new("foo")
        await it.until(lambda: "default at work" in it.status)
        assert "idle" in it.status and "running" not in it.status
        assert (it.bells, first.state.run is not None) == (0, True)
        gate.open()
        await it.until(lambda: "default ended" in it.status)
        assert it.bells == 1
        await it.say("/switch default")
        await it.shows("default")
        assert "Worked." in it.said
        await it.say("/switch foo")
        await it.shows("foo")
        await it.until(lambda: "default" not in it.status)


async def test_a_run_that_fails_in_the_background_rings_and_what_it_leaves_is_on_hold(tmp_path: Path) -> None:
    gate = Gate()
    async with sessions(tmp_path, says("Wor", gate, too_many(retryable=False))) as it:
        await it.say("Work.")
        await gate.reached()
        await it.type("later", "tab")
        await it.until(lambda: "later" in it.panel)
        await it.new("foo")
        gate.open()
        await it.until(lambda: "default on hold" in it.status)
        assert it.bells == 1
        await it.new("bar")
        await it.until(lambda: "default on hold" in it.status)


async def test_a_run_in_the_session_that_is_shown_neither_rings_nor_has_a_badge(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.new("foo")
        await it.say("Work.")
        await it.until(lambda: "Done." in it.said and "idle" in it.status)
        await it.pilot.pause()
        assert it.bells == 0
        assert "foo ended" not in it.status


async def test_each_session_keeps_its_own_draft(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.new("foo")
        await it.type("half a thought", "f3")
        await it.until(lambda: it.is_listed and bool(it.rows))
        await it.type("default", "enter")
        await it.shows("default")
        assert it.composer.draft == ""
        await it.type("another", "f3")
        await it.until(lambda: it.is_listed and bool(it.rows))
        await it.type("foo", "enter")
        await it.shows("foo")
        assert it.composer.draft == "half a thought"


# -- the list


async def test_the_list_is_live_marks_the_one_on_the_screen_and_says_state_and_pending(tmp_path: Path) -> None:
    gate = Gate()
    async with sessions(tmp_path, says("Wor", gate, "ked.")) as it, opened(tmp_path) as elsewhere:
        (other,) = await made(elsewhere, "theirs")
        elsewhere.own(other)
        await it.say("Work.")
        await gate.reached()
        await it.type("later", "tab")
        await it.until(lambda: "later" in it.panel)
        await it.open_list()
        await it.lists("❯ ● default running 1 now Work.", "theirs open elsewhere now –")
        gate.open()
        await it.lists("❯ ● default idle now Work.", "theirs open elsewhere now –")
        await it.until(lambda: it.rows[0].endswith("Done."))
        elsewhere.disown(other)
        await it.until(lambda: "theirs idle" in it.rows[1])


async def test_typing_filters_and_enter_opens_what_is_chosen_and_what_is_typed_behind_it_goes_there(
    tmp_path: Path,
) -> None:
    async with sessions(tmp_path) as it, opened(tmp_path) as elsewhere:
        burger, _ = await made(elsewhere, "burger", "salad")
        await elsewhere.write(lambda tables: tables.save_prompt(burger.id, Prompt("p", "later", Mode.QUEUE)))
        await it.open_list()
        await it.type("sal")
        await it.lists("❯ salad idle")
        await it.type("x")
        await it.lists()
        await it.type("", "enter")
        await it.until(lambda: "no session matches" in it.told)
        await it.type("", "ctrl+u")
        it.burst(*"bur", "enter", "enter", *"hi")
        await it.shows("burger")
        await it.until(lambda: it.composer.draft == "hi")
        assert (it.is_listed, len(it.engine.state.later), await it.users()) == (False, 1, [])


async def test_the_arrows_choose_and_escape_goes_back_to_where_one_was(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.new("foo")
        await it.open_list()
        await it.lists("❯ ● foo", "default")
        await it.type("", "down")
        await it.lists("● foo", "❯ default")
        await it.type("fo", "escape")
        await it.lists("❯ ● foo", "default")
        await it.type("", "escape")
        await it.until(lambda: not it.is_listed)
        assert it.name == "foo"


async def test_a_new_session_is_made_from_the_list_of_the_name_that_is_typed(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.open_list()
        await it.type("dinner", "ctrl+n", "h", "i")
        await it.shows("dinner")
        await it.until(lambda: it.composer.draft == "hi")


async def test_a_session_is_renamed_from_the_list_and_by_command_and_found_by_its_new_name(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.open_list()
        await it.type("", "ctrl+r", "ctrl+u", *"Dinner", "enter")
        await it.lists("❯ ● Dinner")
        await it.type("", "escape", "h", "i")
        await it.shows("Dinner")
        await it.until(lambda: it.composer.draft == "hi")
        await it.type("", "ctrl+u")
        await it.say("/rename Supper [/b]")
        await it.until(lambda: "Supper [/b]" in it.status)
        await it.new("foo")
        await it.say("/rename Supper [/b]")
        await it.until(lambda: "already" in it.said)
        await it.say("/switch supper")
        await it.shows("Supper [/b]")
        assert await it.names() == {"Supper [/b]", "foo"}


async def test_keys_of_the_list_do_nothing_while_a_name_is_typed(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.open_list()
        it.burst("ctrl+r", "delete", "ctrl+d", "ctrl+n", "ctrl+k", "ctrl+z", "ctrl+r", "2")
        await it.until(lambda: "new name of default: default2" in it.visible)
        assert it.told.strip() == "Enter: rename · Esc: leave it"
        await it.type("", "delete", "enter")
        await it.lists("❯ ● default2")
        assert await it.names() == {"default2"}
        await it.type("", "x")
        await it.until(lambda: "Enter: open" in it.told)
        await it.type("", "ctrl+u", "delete")
        await it.until(lambda: "default2 is deleted" in it.told)


async def test_a_rename_that_is_left_changes_nothing(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.open_list()
        await it.type("", "ctrl+r")
        await it.type("xyz", "escape")
        await it.lists("❯ ● default")
        assert await it.names() == {"default"}


async def test_a_fork_is_shown_with_its_history_and_chosen_where_it_was_made_in_the_list(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.say("Work.")
        await it.until(lambda: "Done." in it.said and "idle" in it.status)
        await it.say("/fork")
        await it.shows("default fork")
        await it.until(lambda: "This is a copy" in it.said and "Done." in it.said)
        await it.open_list()
        await it.type("", "ctrl+k")
        await it.until(lambda: any(row.startswith("❯ default fork 2") for row in it.rows))
        assert "This is a copy" in it.told


async def test_a_long_fork_is_indexed_and_leaves_nothing_for_the_next_start(tmp_path: Path) -> None:
    waits = "SELECT count(*) FROM unindexed"
    async with sessions(tmp_path) as it:
        await it.store.write(lambda tables: fill(tables, it.engine.session.id, 2 * BATCH))
        await it.say("/fork")
        await it.shows("default fork")
        await it.until(lambda: query(tmp_path, "SELECT count(*) FROM messages") == [8 * BATCH])
        await it.until(lambda: query(tmp_path, waits)[0] < BATCH)


# -- deleting


async def test_a_session_in_which_nothing_goes_on_is_deleted_at_once_and_brought_back(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.new("foo")
        await it.say("Work.")
        await it.until(lambda: "Done." in it.said and "idle" in it.status)
        await it.say("/delete")
        await it.shows("default")
        await it.until(lambda: "foo is deleted: /undelete brings it back." in it.said)
        assert await it.names() == {"default"}
        await it.say("/undelete")
        await it.shows("foo")
        await it.until(lambda: "foo is back." in it.said and "Done." in it.said)
        assert await it.users() == ["Work."]


async def test_the_first_session_is_left_too_and_with_no_other_one_a_new_one_is_shown(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        first = it.engine
        await it.say("/delete")
        await it.until(lambda: it.screen.host not in {None, first} and "chat 2" in it.status)
        await it.say("/delete default")
        await it.until(lambda: "there is no session named 'default'" in it.said)
        assert await it.names() == {"chat 2"}
        assert first.state.closing
        await it.say("/new default")
        await it.shows("default")
        assert it.engine.session.id != first.session.id


async def test_what_goes_on_or_waits_is_asked_about_and_no_single_key_destroys_it(tmp_path: Path) -> None:
    gate = Gate()
    async with sessions(tmp_path, says("Wor", gate, "ked.")) as it:
        await it.say("Work.")
        await gate.reached()
        await it.type("later", "tab")
        await it.until(lambda: "later" in it.panel)
        engine = it.engine
        await it.open_list()
        for key in ("escape", "n"):
            await it.type("", "delete", "delete")
            await it.asks()
            said = " ".join(shown(each) for each in it.app.screen.query("Static"))
            assert "a run is active" in said and "1 prompt is pending" in said
            await it.type("", "enter", "delete", key)
            await it.until(lambda: it.is_listed)
            assert (await it.names(), engine.state.run is not None) == ({"default"}, True)
        await it.type("", "delete")
        await it.asks()
        await it.type("", "y")
        await it.until(lambda: it.is_listed and "default is deleted" in it.told)
        await it.lists("❯ ● chat 2")
        assert engine.state.closing
        assert [run.record.reason for run in await Archive(it.store).runs(engine.session)] == ["the session was closed"]
        await it.type("", "ctrl+z")
        await it.until(lambda: any(row.startswith("❯ default held 1") for row in it.rows))
        await it.type("", "escape")
        await it.until(lambda: not it.is_listed)
        assert "default" not in it.status


async def test_a_draft_comes_back_with_its_session(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.type("half a thought", "f3")
        await it.until(lambda: it.is_listed and bool(it.rows))
        await it.type("", "delete")
        await it.until(lambda: "default is deleted" in it.told)
        await it.type("", "ctrl+z")
        await it.until(lambda: any(row.startswith("❯ default") for row in it.rows))
        await it.type("", "enter")
        await it.shows("default")
        await it.until(lambda: it.composer.draft == "half a thought")


@pytest.mark.parametrize("size", [(30, 8), (20, 5)])
async def test_on_a_low_terminal_it_is_said_what_was_deleted_and_what_answers_the_question(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    gate = Gate()
    async with sessions(tmp_path, says("Done."), says("Wor", gate, "ked.")) as it:
        await it.pilot.resize_terminal(*size)
        await it.say("Work.")
        await it.until(lambda: it.engine.state.last is not None)
        await it.type("", "f3")
        await it.until(lambda: it.is_listed and bool(it.rows))
        await it.type("", "delete")
        await it.until(lambda: "default is del" in it.visible)
        await it.type("", "escape")
        await it.until(lambda: not it.is_listed and it.screen.host is not None)
        await it.say("Work.")
        await gate.reached()
        await it.say("/delete")
        await it.asks()
        await it.until(lambda: "y: delete · n" in it.visible and "Esc" in it.visible)


# -- what cannot be done


async def test_a_session_that_is_open_elsewhere_is_neither_deleted_nor_renamed(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it, opened(tmp_path) as elsewhere:
        (other,) = await made(elsewhere, "theirs")
        elsewhere.own(other)
        await it.open_list()
        await it.type("theirs")
        await it.lists("❯ theirs open elsewhere")
        await it.type("", "delete")
        await it.until(lambda: "is open in another process" in it.told and "deleted there" in it.told)
        await it.type("", "ctrl+r")
        await it.type("x", "enter")
        await it.until(lambda: "renamed there" in it.told)
        assert await it.names() == {"default", "theirs"}


async def test_a_session_deleted_elsewhere_in_the_meantime_is_not_opened_anew(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it, opened(tmp_path) as elsewhere:
        (other,) = await made(elsewhere, "theirs")
        await it.open_list()
        await it.lists("theirs", "❯ ● default")
        await it.type("", "up")
        await Catalogue(elsewhere).delete(other)
        await it.type("", "enter")
        await it.until(lambda: "the session 'theirs' was deleted" in it.told)
        await it.lists("❯ ● default")


async def test_sessions_are_deleted_and_opened_in_quick_succession(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        for name in ("foo", "bar"):
            await it.new(name)
        for line in ("/delete", "/undelete", "/delete foo", "/new foo", "/delete foo", "/switch default"):
            await it.type(line, "enter")
        await it.shows("default")
        await it.until(lambda: "foo" not in it.status)
        owned = [each.session.name for each in await Catalogue(it.store).listed() if each.owned]
        assert sorted(owned) == sorted(host.session.name for host in it.app.rooms.hosts.values())
        assert await choose(it.store, Choice("default", it.engine.state.mode, "m")) is not None
        assert isinstance(it.screen.host, Engine)


# -- what is typed ahead


async def test_what_is_typed_behind_a_command_that_opens_a_session_goes_there(tmp_path: Path) -> None:
    async with sessions(tmp_path, *(says(f"Heard {number}.") for number in range(6))) as it:
        first = it.engine
        it.burst(*"/new alpha", "enter", *"to alpha", "enter")
        await it.shows("alpha")
        await it.until(lambda: "Heard 0." in it.said)
        it.burst(
            *"/fork beta", "enter", *"to beta", "enter", *"/switch al", "enter", *"and to alpha", "enter", *"draft"
        )
        await it.until(lambda: it.name == "alpha" and "and to alpha" in it.said and it.composer.draft == "draft")
        await it.until(lambda: it.engine.state.run is None)
        assert await it.users() == ["to alpha", "and to alpha"]
        await it.type("", "ctrl+c")
        it.burst(*"/delete beta", "enter", *"still to alpha", "enter")
        await it.until(lambda: "still to alpha" in it.said)
        it.burst(*"/undelete", "enter", *"to beta again", "enter")
        await it.shows("beta")
        await it.until(lambda: "to beta again" in it.said)
        assert await it.users() == ["to alpha", "to beta", "to beta again"]
        assert not (await first.archive.page(first.session, limit=10)).messages


async def test_what_is_typed_behind_a_command_that_opens_no_session_stays_where_it_was(tmp_path: Path) -> None:
    async with sessions(tmp_path, says("Heard.")) as it:
        it.burst(*"/switch nowhere", "enter", *"hello", "enter")
        await it.until(lambda: "Heard." in it.said)
        assert (it.name, await it.users()) == ("default", ["hello"])
        it.burst(*"/new default", "enter", *"draft")
        await it.until(lambda: it.composer.draft == "draft")


async def test_the_list_is_left_by_itself_and_not_with_what_was_put_on_top_of_it(tmp_path: Path) -> None:
    async with sessions(tmp_path) as it:
        await it.open_list()
        it.burst("escape", "f1")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        await it.type("", "escape")
        if it.is_listed:
            await it.type("", "escape")
        await it.until(lambda: it.app.screen is it.screen)
        await it.type("draft")
        assert it.composer.draft == "draft"
