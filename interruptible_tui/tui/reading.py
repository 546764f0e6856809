"""The screen of one session as one reads in it: copying, looking for words and for what was said, taking it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message as TextualMessage

from interruptible_tui.conversation import Cut
from interruptible_tui.output import OutputFailed
from interruptible_tui.store import StoreError
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.copier import Copier
from interruptible_tui.tui.copying import told
from interruptible_tui.tui.earlier import Earlier
from interruptible_tui.tui.earlier_bar import EarlierBar
from interruptible_tui.tui.find_bar import FindBar
from interruptible_tui.tui.finder import Finder
from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.search import Hit as Place
from interruptible_tui.tui.search import hits
from interruptible_tui.tui.watching import Watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from interruptible_tui.conversation import Message
    from interruptible_tui.store.searching import Hit
    from interruptible_tui.words import Words

STRETCH = 300
"""Messages that are read at once where all are looked through."""
OTHERS = 200
"""Prompts of each other session that are looked through."""


class Reading(Watching):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "find", "Find", show=False, id="chat.find"),
        Binding("f8", "app.show_search", "Search all sessions", show=False, priority=True, id="chat.search"),
        Binding("ctrl+r", "search_earlier", "Search earlier prompts", show=False, id="chat.earlier"),
    ]

    @dataclass
    class SearchWanted(TextualMessage):
        """Words are to be looked for in all sessions. `composer` has let go until they can be written."""

        words: str
        composer: Composer

    @dataclass
    class Inquired(TextualMessage):
        """What the program uses is to be told: "paths" or "config"."""

        what: str

    def on_mount(self) -> None:
        self.copier = Copier(self._background, self._backwards, self._selection, self._copy, self._foot.complain)
        self.finder = Finder(
            self._background, self._said_backwards, self.query_one(FindBar), self._transcript, self.tell_error
        )
        self.earlier = Earlier(
            self._composer, self.query_one(EarlierBar), self._background, self._said_further, self.tell_error
        )

    async def _backwards(self) -> AsyncIterator[Message]:
        """All messages, newest first. StoreError."""
        before: int | None = None
        while self.host and before != 1:
            page = await self.host.archive.page(self.host.session, before=before, limit=STRETCH)
            for message in reversed(page.messages):
                yield message
            before = page.after + 1

    async def _said_backwards(self) -> AsyncIterator[Message]:
        """As far as they are whole: the entry of a reply that streams is not known by its id yet. StoreError."""
        async for message in self._backwards():
            if not (self.state.run and message.run == self.state.run.number and message.cut is Cut.CRASH):
                yield message

    # -- copying ------------------------------------------------------------------------------------------------------

    @on(Composer.CopyWanted)
    def copy_wanted(self, event: Composer.CopyWanted) -> None:
        self._copy("what is selected", event.text)

    def _selection(self) -> str:
        return self._composer.selected_text or self.get_selected_text() or ""

    def _copy(self, what: str, text: str) -> None:
        """What was selected is so no longer: the next Ctrl+C means something else."""
        self.app.copy_to_clipboard(text)
        self.clear_selection()
        self._foot.remark(told(what, text))

    def action_copy_text(self) -> None:
        """Ctrl+C where the composer has not the focus; without a selection it means what it means there."""
        if not self.copier.copy_selected():
            self._composer.action_back_out()

    # -- looking for words --------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """The keys that follow are its words already."""
        self.finder.open()

    @on(FindBar.Sought)
    def seek(self, event: FindBar.Sought) -> None:
        self.finder.seek(event.words)

    @on(FindBar.Went)
    def go_on(self, event: FindBar.Went) -> None:
        self.finder.go(event.step)

    @on(FindBar.Left)
    def leave_search(self, event: FindBar.Left) -> None:
        self.finder.leave(stay=event.stay)
        self.set_focus(self._composer)

    def search(self, words: str) -> None:
        self.ask_app(self.SearchWanted(words, self._composer))

    def ask_app(self, wanted: TextualMessage) -> None:
        """For a screen, which gets what is typed from here on."""
        self._composer.let_go()
        self.post_message(wanted)

    async def show_hit(self, hit: Hit, words: Words) -> None:
        """Go to a message of the session with these words, as soon as the session is shown; they are marked there."""
        await self.shown.wait()
        found = hits(hit.message, words.any_of)
        self.finder.show(words.any_of, found[0] if found else Place(hit.message.id or 0, 0))
        self.set_focus(self._composer)

    # -- what is told, or taken away ----------------------------------------------------------------------------------

    def inquire(self, what: str) -> None:
        self.post_message(self.Inquired(what))

    def tell(self, text: str) -> None:
        """What was asked for; the conversation is at its end then."""
        super().tell(text)
        self._transcript.follow()

    def export(self, name: str) -> None:
        self._background.begin(self._export(name))

    async def _export(self, name: str) -> None:
        from interruptible_tui.exporting import place, write_new

        if not self.host:
            return
        try:
            path = place(name).absolute()
            as_json = path.suffix.lower() == ".json"
            await write_new(path, self.host.archive.exported(self.host.session, as_json=as_json))
        except (OutputFailed, StoreError, OSError) as error:  # the last: the working directory has been removed
            self._foot.complain(f"Not exported: {error}")
        else:
            self._foot.remark(f"Exported to {path}")

    # -- looking for what was said earlier ----------------------------------------------------------------------------

    def action_search_earlier(self) -> None:
        """The keys that follow are its words already."""
        try:
            self.earlier.open("")
        except Complaint as complaint:
            self._foot.complain(str(complaint))

    @on(EarlierBar.Sought)
    def seek_earlier(self, event: EarlierBar.Sought) -> None:
        self.earlier.seek(event.words)

    @on(EarlierBar.Went)
    def go_on_earlier(self, event: EarlierBar.Went) -> None:
        self.earlier.go(event.step)

    @on(EarlierBar.Left)
    async def leave_earlier(self, event: EarlierBar.Left) -> None:
        await self.earlier.leave(stay=event.stay)
        self.set_focus(self._composer)

    @on(events.DescendantFocus)
    def close_earlier(self) -> None:
        """Whoever goes back to the composer in another way, by a click, has taken what stands there."""
        if self.focused is self._composer and self.earlier.is_open:
            self.earlier.close()

    async def _said_further(self) -> AsyncIterator[Sequence[str]]:
        """What the user said before all that is known, then the last of what was said in other sessions. StoreError."""
        while not self._hindsight.is_complete:
            texts = await self._hindsight.look_back()
            self._composer.earlier[:0] = texts
            yield texts
        if self.host:
            own, archive = self.host.session.id, self.host.archive
            for session, _ in await archive.sessions():
                if session.id != own:
                    yield [each.text for each in await archive.said(session, limit=OTHERS)]
