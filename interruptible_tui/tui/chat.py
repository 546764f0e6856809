"""The screen of one session: what keys ask of its host, and what the host's events show.

A prompt, a stop and every other wish is given to the host in the order of the keys, and nothing here waits for the
disk before the next key. The host tells what has happened after it is stored; only that is shown as having happened.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from interruptible_tui.conversation import Mode
from interruptible_tui.events import Published, RunEnded, TextStreamed, ToolPrinted
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.store import StoreError
from interruptible_tui.tui import actions, notices
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.composer import COMMAND, Composer
from interruptible_tui.tui.course import SECOND_ESC, Course
from interruptible_tui.tui.foot import Facts, Foot
from interruptible_tui.tui.status import duration
from interruptible_tui.tui.story import tell
from interruptible_tui.tui.transcript import Transcript
from interruptible_tui.tui.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from textual.app import ComposeResult

    from interruptible_tui.host import Host

SECOND_CTRL_C = 2.0
"""Seconds in which a second Ctrl+C quits."""
SLOW_DISK = 0.2
"""Seconds after which a prompt on its way to the disk is shown as such."""


class ChatScreen(Screen[None]):
    AUTO_FOCUS = "Composer"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "escape", "Stop", id="chat.stop"),
        Binding("shift+tab,f4", "cycle_mode", "Mode", id="chat.mode"),
        Binding("f6", "app.focus_next", "Other part", show=False, id="chat.focus_next"),
    ]

    @dataclass
    class SessionWanted(Message):
        """Another session is asked for; None: one with a new name."""

        session: str | None

    @dataclass
    class QuitRequested(Message):
        pass

    def __init__(self, opening: Awaitable[Host], *, model: str, welcome: str = "") -> None:
        """`model` is shown until the session is open, `welcome` is said if it has no messages yet."""
        super().__init__()
        self.host: Host | None = None
        """None until the session is open."""
        self._opening = opening
        self._model = model
        self._welcome = welcome
        self._background = Background(self)
        self.wishes = Wishes(self._background, self._release, self._take_back, self._deny)
        self._course = Course()
        self._backed_out_at = float("-inf")
        self._stale = False

    def compose(self) -> ComposeResult:
        yield Transcript()
        yield Foot()

    def on_mount(self) -> None:
        self._composer.commands = [f"{COMMAND}{action.word}" for action in actions.ACTIONS]
        self._composer.earlier = self._course.earlier
        self.show_facts()
        self._background.begin(self._open())

    async def _open(self) -> None:
        """Show what the session has; from then on, what happens in it."""
        try:
            await self.become(await self._opening)
        except StoreError as error:
            self.app.exit(error)

    async def become(self, host: Host) -> None:
        """Be the screen of `host`, in place of the one before, if any. StoreError."""
        messages = await host.history()
        self.host = host
        self._course.begin(host.state, messages)
        self._transcript.show(messages)
        found = host.read_only or notices.found_at_opening(host.state, messages)
        for text in (found, "" if messages else self._welcome):
            if text:
                self._transcript.notice(text)
        host.observe(self._hear)
        self.wishes.open(host)
        self.show_facts()

    # -- what can be asked for ----------------------------------------------------------------------------------------

    def send(self, text: str, mode: Mode | None) -> None:
        """Send `text`, which is shown in the composer until it is accepted."""
        self._composer.keep(text)
        self._send(text, mode)

    def send_draft(self, mode: Mode) -> None:
        if self._composer.is_blank:
            raise actions.Complaint("there is nothing to send: write it behind the command, or write it first")
        self._send(self._composer.take(), mode)

    def _send(self, text: str, mode: Mode | None) -> None:
        self.wishes.send(text, mode)
        self.set_timer(SLOW_DISK, self.show_facts)

    def stop(self) -> None:
        self.wishes.stop(everything=self._course.has_just_stopped(time.monotonic()))

    def open_session(self, session: str | None) -> None:
        self.post_message(self.SessionWanted(session))

    def quit(self) -> None:
        self.post_message(self.QuitRequested())

    def show_help(self) -> None:
        self._transcript.notice(notices.help_text())

    def command(self, line: str) -> None:
        """Carry out a slash command; if it cannot be, it goes back to the composer."""
        try:
            actions.perform(self, line)
        except actions.Complaint as complaint:
            self._composer.give_back(line)
            self._foot.complain(str(complaint))
        else:
            self._composer.release(line)

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

    def tell_error(self, text: str) -> None:
        self._transcript.notice(text, error=True)

    # -- keys ---------------------------------------------------------------------------------------------------------

    @on(Composer.Submitted)
    def send_or_command(self, event: Composer.Submitted) -> None:
        if event.text.startswith(COMMAND):
            self.command(event.text)
        else:
            self._send(event.text, event.mode)

    @on(Composer.SubmittedEmpty)
    def resume_unless_sending(self) -> None:
        """A second Enter that is pressed while the first one's prompt is on its way means nothing."""
        if not self.wishes.sending:
            self.wishes.resume()

    @on(Composer.Deferred)
    async def run_binding(self, event: Composer.Deferred) -> None:
        await self.app.run_action(event.action, event.node)

    @on(Composer.Changed)
    def follow_draft(self) -> None:
        self._foot.draft_changed()

    @on(Composer.BackedOut)
    def back_out(self) -> None:
        """Ctrl+C with nothing to copy or clear: stop the run; else quit, if it is the second time."""
        now = time.monotonic()
        if self.state.run and not self.state.run.stop:
            self.stop()
        elif now - self._backed_out_at < SECOND_CTRL_C:
            self.quit()
        else:
            self._backed_out_at = now
            self._foot.complain("Ctrl+C again quits")
            self.set_timer(SECOND_CTRL_C, lambda: self._foot.complain(""))

    def action_escape(self) -> None:
        if self.selections:
            self.clear_selection()
        else:
            self.stop()

    def action_cycle_mode(self) -> None:
        self.wishes.cycle_mode()

    def action_scroll_transcript(self, pages: int) -> None:
        if pages < 0:
            self._transcript.scroll_page_up()
        else:
            self._transcript.scroll_page_down()

    def on_key(self, event: events.Key) -> None:
        """What is typed elsewhere is meant for the composer."""
        if event.is_printable and event.character and event.key != "space" and not self._composer.has_focus:
            event.stop()
            self._composer.focus()
            self._composer.put(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """So is what is pasted elsewhere."""
        self._composer.focus()
        self._composer.paste(event.text)

    # -- what has happened --------------------------------------------------------------------------------------------

    def _hear(self, event: Published, state: SessionState) -> None:
        """Called by the host, which must not suffer from what goes wrong here."""
        try:
            self._show(event, state)
        except Exception as error:  # noqa: BLE001 - it is raised in the screen's own pump
            self.call_later(_raise, error)

    def _show(self, event: Published, state: SessionState) -> None:
        tell(self._transcript, event)
        ended = self._course.follow(event, state, time.monotonic())
        if isinstance(event, RunEnded):
            self._show_end(event, ended)
        if not isinstance(event, TextStreamed | ToolPrinted):
            self._show_facts_soon()

    def _show_end(self, event: RunEnded, run: ActiveRun | None) -> None:
        live = self.host.live if self.host else None
        took = duration(time.time() - live.started_at) if live else ""
        text, error = notices.end_of_run(event, run, self.state, took)
        if text:
            self._transcript.notice(text, error=error)
        self.set_timer(SECOND_ESC, self.show_facts)
        if not self.app.app_focus and not self.state.closing:
            self.app.bell()

    def _show_facts_soon(self) -> None:
        """Many events in one go are shown once."""
        if not self._stale:
            self._stale = True
            self.call_later(self.show_facts)

    def show_facts(self) -> None:
        self._stale = False
        host = self.host
        names = (host.session.name, host.model) if host else (self._model,)
        live = host.live if host else None
        just_stopped = self._course.has_just_stopped(time.monotonic())
        read_only = host.read_only if host else ""
        self._foot.show(Facts(self.state, live, names, self.wishes.sending, just_stopped, read_only))

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
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)


def _raise(error: Exception) -> None:
    raise error
