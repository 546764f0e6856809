"""The screen of one session as it shows what happens there, and what did not.

The host tells what has happened after it is stored; only that is shown as having happened.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from interruptible_tui.conversation import Role
from interruptible_tui.events import (
    MessageAdded,
    Published,
    RunEnded,
    TextStreamed,
    ToolPrinted,
    UsageReported,
    Withdrawn,
)
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.store import StoreError
from interruptible_tui.text import clean_line
from interruptible_tui.tui import notices
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.course import SECOND_ESC, Course
from interruptible_tui.tui.earlier_bar import EarlierBar
from interruptible_tui.tui.echo import EchoingScreen
from interruptible_tui.tui.find_bar import FindBar
from interruptible_tui.tui.foot import Facts, Foot
from interruptible_tui.tui.going_back import GoingBack
from interruptible_tui.tui.hindsight import Hindsight
from interruptible_tui.tui.keeper import Keeper
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.outfit import Outfit
from interruptible_tui.tui.panel import PendingPanel
from interruptible_tui.tui.revising import Revising
from interruptible_tui.tui.status import duration
from interruptible_tui.tui.story import tell
from interruptible_tui.tui.transcript import Transcript
from interruptible_tui.tui.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult

    from interruptible_tui.host import Host
    from interruptible_tui.tui.outfit import Workshop
    from interruptible_tui.tui.status import Piece


class Watching(EchoingScreen):
    class FactsShown(Message):
        """What is so in the session may have changed."""

    @dataclass
    class NotShown(Message):
        """What the session has could not be read: nothing that is asked for here happens."""

        screen: Watching
        error: StoreError

    def __init__(
        self,
        opening: Awaitable[Host],
        *,
        model: str,
        welcome: str = "",
        workshop: Workshop | None = None,
        warnings: Sequence[str] = (),
    ) -> None:
        """`model` is shown until the session is open; then the `warnings` are, and `welcome` if it has no messages.

        `workshop` knows what else the session can ask models with.
        """
        super().__init__()
        self.host: Host | None = None
        """None until the session is open."""
        self.clock: Callable[[], float] = time.monotonic
        """By which it is told whether a key is the second one, in seconds."""
        self.shown = asyncio.Event()
        """Set when what the session has is on the screen."""
        self._opening = opening
        self._model = model
        self._welcome = welcome
        self._warnings = warnings
        self._background = Background(self)
        self.outfit = Outfit(workshop, self._background, lambda: self.host, self._tell_switch, self._deny)
        self.wishes = Wishes(self._background, self._release, self._take_back, self._deny)
        self._course = Course()
        self._hindsight = Hindsight()
        self._going_back = GoingBack()
        self._used = 0
        """Tokens of the last model call and its reply."""
        self._stale = False
        self.behind = False
        """Whether another session is shown."""
        self.unseen = False
        """Whether a run has ended since then."""
        self._to_tell: list[str] = []

    def compose(self) -> ComposeResult:
        yield Transcript()
        yield FindBar()
        yield EarlierBar()
        yield Foot()

    def on_mount(self) -> None:
        self._keeper = Keeper(self._composer, self._background, self.tell_error)
        self._revising = Revising(self._composer, self.wishes, self.tell_error)
        self.show_facts()
        self._background.begin(self._open())

    async def _open(self) -> None:
        """Show what the session has; from then on, what happens in it."""
        try:
            await self.become(await self._opening)
            for warning in self._warnings:
                self._transcript.notice(clean_line(warning), error=True)
        except StoreError as error:
            self.wishes.drop()
            self.post_message(self.NotShown(self, error))

    async def become(self, host: Host) -> None:
        """Be the screen of `host`, in place of the one before, if any. StoreError."""
        draft = await self._keeper.read(host.drafts)
        page = await host.last_page()
        if host.state.closing:
            return  # it was left while it was being put up
        messages = page.messages
        self.host = host
        self._course.begin(host.state)
        self._hindsight.begin(host, page)
        self._composer.earlier[:] = self._hindsight.texts
        self._keeper.begin(host.drafts, draft, {each.prompt.id for each in host.state.pending})
        self._transcript.show(messages, page.after)
        found = host.read_only or notices.found_at_opening(host.state, messages, self._enter)
        for text in (found, self.outfit.fallback, "" if messages else self._welcome, *self._to_tell):
            if text:
                self._transcript.notice(text)
        host.observe(self._hear)
        self.wishes.open(host)
        self.show_facts()
        self.look_back()
        self.shown.set()

    @on(Composer.Changed)
    def keep_draft(self) -> None:
        self._keeper.changed()

    async def close(self) -> None:
        """Let go of the session, if it is open; what stands in the composer is kept, and what is refused meanwhile."""
        if self.host:
            keeping = asyncio.create_task(self._keeper.write())
            await self.host.close()
            await keeping
            await self._keeper.write()

    @property
    def _enter(self) -> str:
        """What the key that sends is called."""
        return names_in(self.app).key("Enter", "composer")

    @on(Transcript.PageWanted)
    def read_page(self, wanted: Transcript.PageWanted) -> None:
        self._background.begin(self._read_page(wanted))

    async def _read_page(self, wanted: Transcript.PageWanted) -> None:
        if not (host := self.host):
            return
        try:
            page = await host.archive.page(host.session, before=wanted.before, after=wanted.after, around=wanted.around)
        except StoreError as error:
            self._transcript.page_failed(wanted)
            self.tell_error(str(error))
        else:
            self._transcript.fill(wanted, page)

    @on(Composer.EarlierWanted)
    def look_back(self) -> None:
        self._background.begin(self.look_back_for(0))

    async def look_back_for(self, number: int) -> None:
        """Learn what the user said earlier: some more, and at least so many, if there are and can be read."""
        hindsight, more = self._hindsight, True
        try:
            while more:
                self._composer.add_earlier(await hindsight.look_back())
                more = len(hindsight.said) < number and not hindsight.is_complete
        except StoreError as error:
            self.tell_error(str(error))

    # -- what has happened --------------------------------------------------------------------------------------------

    def _hear(self, event: Published, state: SessionState) -> None:
        """Called by the host, which must not suffer from what goes wrong here."""
        try:
            self._show(event, state)
        except Exception as error:  # noqa: BLE001 - it is raised in the screen's own pump
            self.call_later(_raise, error)

    def _show(self, event: Published, state: SessionState) -> None:
        tell(self._transcript, event)
        if isinstance(event, UsageReported):
            self._used = event.usage.input + event.usage.output
        self._hindsight.follow(event)
        if isinstance(event, TextStreamed) and state is self.state:
            return  # comes often, and nothing else is to be shown of it
        before = self.state
        ended = self._course.follow(event, state, self.clock())
        if isinstance(event, RunEnded):
            self._show_end(event, ended)
        if isinstance(event, MessageAdded) and event.message.role is Role.USER:
            self._composer.earlier.append(event.message.text)
        if isinstance(event, Withdrawn) and (prompt := notices.waiting(before, event.id)):
            self._transcript.withdrawn(prompt.text)
        if text := notices.undone(event, before) or self._going_back.follow(event):
            self._transcript.notice(text)
        self._revising.follow(event, state)
        if not isinstance(event, TextStreamed | ToolPrinted):
            self._show_facts_soon()

    def _show_end(self, event: RunEnded, run: ActiveRun | None) -> None:
        live = self.host.live if self.host else None
        took = duration(time.time() - live.started_at) if live else ""
        text, error = notices.end_of_run(event, run, self.state, took, self._enter)
        if text:
            self._transcript.notice(text, error=error)
        self.set_timer(SECOND_ESC, self.show_facts)
        if self.state.closing:
            return
        self.unseen = self.behind
        if self.behind or not self.app.app_focus:
            self.app.bell()

    # -- what did not happen ------------------------------------------------------------------------------------------

    def _release(self, text: str) -> None:
        self._composer.release(text)
        self._show_facts_soon()

    def _take_back(self, texts: Sequence[str], error: Exception) -> None:
        for text in reversed(texts):
            self._composer.give_back(text)
        self.tell_error(f"Not sent, and still in the composer: {error}")
        self.show_facts()

    def _deny(self, error: Exception) -> None:
        self.tell_error(f"Nothing is changed: {error}")

    def _tell_switch(self, text: str) -> None:
        self._used = 0
        self._transcript.notice(text)
        self.show_facts()

    def tell(self, text: str) -> None:
        """As soon as the session is shown."""
        if self.host:
            self._transcript.notice(text)
        else:
            self._to_tell.append(text)

    def tell_error(self, text: str) -> None:
        self._transcript.notice(text, error=True)

    def action_scroll_transcript(self, pages: int) -> None:
        if pages < 0:
            self._transcript.scroll_page_up()
        else:
            self._transcript.scroll_page_down()

    # -- what is so now -----------------------------------------------------------------------------------------------

    def _show_facts_soon(self) -> None:
        """Many events in one go are shown once."""
        if not self._stale:
            self._stale = True
            self.call_later(self.show_facts)

    def show_facts(self) -> None:
        self._stale = False
        host = self.host
        facts = Facts(
            self.state,
            live=host.live if host else None,
            names=(host.session.name, host.model) if host else (self._model,),
            sending=tuple(each.text for each in self.wishes.sending if each.is_slow),
            just_stopped=self._course.has_just_stopped(self.clock()),
            read_only=host.read_only if host else "",
            undoing=self._course.undoing,
            context=self._used,
            window=self.outfit.window,
        )
        self._foot.show(facts)
        self.post_message(self.FactsShown())

    def stand(self, *, behind: bool) -> None:
        """Another session is shown, or this one."""
        self.behind = behind
        self.unseen = self.unseen and behind
        self.post_message(self.FactsShown())

    def show_others(self, said: list[Piece]) -> None:
        """What goes on in sessions that are not shown."""
        self._foot.show_others(said)

    @property
    def state(self) -> SessionState:
        """The session's, as far as it is shown."""
        return self._course.state

    @property
    def _composer(self) -> Composer:
        return self.query_one(Composer)

    @property
    def _foot(self) -> Foot:
        return self.query_one(Foot)

    @property
    def _panel(self) -> PendingPanel:
        return self.query_one(PendingPanel)

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)


def _raise(error: Exception) -> None:
    raise error
