"""What is put up over the chat: runs, hits, help and commands. What is typed behind the wish for it is meant for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType

from interruptible_tui.tui.actions import ACTIONS
from interruptible_tui.tui.chat import ChatScreen
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.desk import COMMAND
from interruptible_tui.tui.left_once import PutUp
from interruptible_tui.tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from textual.screen import Screen

    from interruptible_tui.host import Host
    from interruptible_tui.store import Session
    from interruptible_tui.tui.background import Background
    from interruptible_tui.tui.runs import RunsScreen
    from interruptible_tui.tui.searching import Found

T = TypeVar("T")


class ShowingApp(TerminalApp[T], Generic[T]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+p", "command_palette", "Command palette", show=False, priority=True, id="app.palette"),
    ]

    _background: Background
    leaving: asyncio.Task[None] | None
    _runs: RunsScreen | None = None

    @property
    def chat(self) -> ChatScreen:
        """The screen of the session that is shown, whatever is on top of it."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, ChatScreen))

    async def go_to_session(self, session: Session) -> ChatScreen | None:
        """Show it, whatever it is called now; if it cannot be, say why."""
        raise NotImplementedError

    def _show(self, put_up: Callable[[], None], composer: Composer) -> None:
        """Put up a screen by a command, behind which `composer` has let go; if none is put up, it takes back."""
        before = self.screen
        put_up()
        if isinstance(self.screen, PutUp) and self.screen is not before:
            self.screen.take_keys(composer)
        else:
            composer.take_back()

    # -- runs ---------------------------------------------------------------------------------------------------------

    def took_over(self, followed: Host, host: Host) -> None:
        """What was followed is run here now."""
        if self._runs and self._runs.host is followed:
            self._runs.become(host)

    @on(ChatScreen.RunsWanted)
    def show_runs(self, event: ChatScreen.RunsWanted) -> None:
        self._show(self.action_show_runs, event.composer)

    def action_show_runs(self) -> None:
        """The keys that follow are the runs' already."""
        from interruptible_tui.tui.runs import RunsScreen

        host = self.chat.host
        if host and not (self._runs and self._runs.is_attached):
            self._runs = RunsScreen(host)
            self.push_screen(self._runs)

    # -- search -------------------------------------------------------------------------------------------------------

    @on(ChatScreen.SearchWanted)
    def search(self, event: ChatScreen.SearchWanted) -> None:
        self._show(partial(self.action_show_search, event.words), event.composer)

    def action_show_search(self, words: str = "") -> None:
        """The keys that follow are its words already."""
        from interruptible_tui.tui.searching import SearchScreen

        if (host := self.chat.host) and not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen(host.archive, words), self._go_to)

    def _go_to(self, found: Found | None) -> None:
        """What is typed meanwhile is for the composer of the session that it is in."""
        if found:
            chat, composer = self.chat, self.chat.query_one(Composer)
            chat.set_focus(composer)
            composer.let_go()
            self._background.begin(self._show_hit(found, composer))

    async def _show_hit(self, found: Found, composer: Composer) -> None:
        chat = None
        try:
            chat = await self.go_to_session(found.hit.session)
        finally:
            composer.give_to(chat.query_one(Composer) if chat and not self.leaving else composer)
        if chat:
            await chat.show_hit(found.hit, found.words)

    # -- help, themes, commands ---------------------------------------------------------------------------------------

    @on(ChatScreen.HelpWanted)
    def show_help(self, event: ChatScreen.HelpWanted) -> None:
        self._show(self.action_show_help, event.composer)

    @on(ChatScreen.ThemeWanted)
    def choose_theme(self, event: ChatScreen.ThemeWanted) -> None:
        self._show(partial(self.wear, event.name), event.composer)

    def action_command_palette(self) -> None:
        from interruptible_tui.tui.left_once import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        from textual.theme import ThemeProvider

        from interruptible_tui.tui.left_once import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        from interruptible_tui.tui.bindings import loaded_bindings
        from interruptible_tui.tui.registry import keys_in_chat

        chat = screen if isinstance(screen, ChatScreen) else self.chat
        keys = keys_in_chat(loaded_bindings(), self._keymap)
        for action in ACTIONS:
            said = " · ".join([action.help, f"{COMMAND}{action.word}", *keys.get(action.word, ())])
            said = said.replace("[", r"\[")  # it is read as markup; a key may be called so
            yield SystemCommand(action.title, said, partial(chat.command, f"{COMMAND}{action.word}"))
