"""The screen of one session: what keys and commands ask of its host.

A prompt, a stop and every other wish is given to the host in the order of the keys, and nothing here waits for the
disk before the next key.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from interruptible_tui.conversation import Mode, OnInterrupt, Prompt
from interruptible_tui.events import PendingEvent, Withdrawn
from interruptible_tui.tui import actions, completions
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.course import SECOND_ESC
from interruptible_tui.tui.desk import COMMAND
from interruptible_tui.tui.in_order import InOrder
from interruptible_tui.tui.lending import Lending
from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.outbox import TOLD
from interruptible_tui.tui.panel import PendingPanel
from interruptible_tui.tui.picker import OFFERED, RewindPicker, can_rewind
from interruptible_tui.tui.session_asks import Asked, What
from interruptible_tui.tui.sheets import EditOf, RewindTo

if TYPE_CHECKING:
    from collections.abc import Callable

    from interruptible_tui.tui.options import Picker

T = TypeVar("T")

SECOND_CTRL_C = 2.0
"""Seconds in which a second Ctrl+C quits."""


class ChatScreen(InOrder, Lending):
    AUTO_FOCUS = "Composer"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "escape", "Stop", id="chat.stop"),
        Binding("shift+tab,f4", "cycle_mode", "Mode", id="chat.mode"),
        Binding("alt+p", "show_pending", "Pending prompts", id="chat.pending"),
        Binding("alt+c,ctrl+shift+c", "perform('copy')", "Copy the last answer", show=False, id="chat.copy"),
        Binding("alt+k", "perform('copy code')", "Copy the last block of code", show=False, id="chat.copy_code"),
        Binding("f2", "app.show_runs", "Runs", show=False, priority=True, id="chat.runs"),
        Binding("f5", "perform('models')", "Models", show=False, id="chat.models"),
        Binding("f3", "app.show_sessions", "Sessions", show=False, priority=True, id="chat.sessions"),
        Binding("f6", "app.focus_next", "Other part", show=False, id="chat.focus_next"),
    ]

    @dataclass
    class SessionWanted(Message):
        """Another session is asked for; None: one with a new name. `composer` has let go until it is known."""

        session: str | None
        composer: Composer

    @dataclass
    class SessionAsked(Message):
        """Something is to be done to a whole session. `composer` has let go until it is done."""

        asked: Asked
        composer: Composer

    @dataclass
    class SessionsWanted(Message):
        """All sessions are to be shown. `composer` has let go until they are; so for all that are wanted."""

        composer: Composer

    @dataclass
    class RunsWanted(Message):
        """The runs of the session are to be shown."""

        composer: Composer

    @dataclass
    class HelpWanted(Message):
        composer: Composer

    @dataclass
    class ThemeWanted(Message):
        """Empty `name`: they are to be listed."""

        name: str
        composer: Composer

    class QuitRequested(Message):
        pass

    _backed_out_at = float("-inf")
    _escaped_at = float("-inf")

    def on_mount(self) -> None:
        self._transcript.writer = self._panel.writer = self._composer
        self._composer.commands = completions.commands
        self._composer.leads_away = actions.leads_away

    # -- what can be asked for ----------------------------------------------------------------------------------------

    def send(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None:
        """Send `text`, which is shown in the composer until it is accepted."""
        self._composer.keep(text)
        self._send(text, mode, on_interrupt)

    def send_draft(self, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None:
        if self._composer.purpose:
            raise Complaint("what is open in the composer is no new prompt: Enter saves it, Esc leaves it")
        if self._composer.is_blank:
            raise Complaint("there is nothing to send: write it behind the command, or write it first")
        self._send(self._composer.take(), mode, on_interrupt)

    def _send(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None:
        self.wishes.send(text, mode, on_interrupt)
        self.set_timer(TOLD, self.show_facts)

    def stop(self) -> None:
        self.wishes.stop(everything=self._course.has_just_stopped(self.clock()))

    def edit(self, prompt: Prompt) -> None:
        """Write a pending prompt anew, in the composer."""
        self.check_editable()
        self._composer.write_anew(prompt)
        self.set_focus(self._composer)

    def check_editable(self) -> None:
        if self.host and self.host.read_only:
            raise Complaint(f"nothing can be edited here: {self.host.read_only}")

    @property
    def selected(self) -> str:
        return self._panel.selected

    def show_pending(self) -> None:
        if not self.state.pending:
            raise Complaint("nothing is pending")
        self._foot.list_pending()
        self.set_focus(self._panel)

    def rewind(self, back: int) -> None:
        self.check_editable()
        known = len(self._hindsight.said)
        if (back > known or not known) and not self._hindsight.is_complete:
            self._background.begin(self._rewind_far(back))
        else:
            self._rewind(back)

    def _rewind(self, back: int) -> None:
        said = can_rewind(self.state, self._hindsight.said, back)
        if back:
            self._rewind_to(RewindTo(said[-back].prompt_id or "", said[-back].text))
        else:
            picker = RewindPicker(said)
            self._put_up(picker, self._rewind_to)
            self._background.begin(self._offer_more(picker))

    async def _rewind_far(self, back: int) -> None:
        """To a prompt that is not known yet."""
        await self.look_back_for(max(1, back))
        self._try(lambda: self._rewind(back))

    async def _offer_more(self, picker: RewindPicker) -> None:
        await self.look_back_for(OFFERED)
        picker.offer(self._hindsight.said)

    def _rewind_to(self, picked: RewindTo | None) -> None:
        if picked:
            self._composer.rewind(picked)
            self.set_focus(self._composer)

    def open_session(self, session: str | None) -> None:
        self._composer.let_go()
        self.post_message(self.SessionWanted(session, self._composer))

    def ask_of_session(self, what: What, words: str) -> None:
        self._composer.let_go()
        self.post_message(self.SessionAsked(Asked(what, words), self._composer))

    def show_sessions(self) -> None:
        self.ask_app(self.SessionsWanted(self._composer))

    def quit(self) -> None:
        self.post_message(self.QuitRequested())

    def show_runs(self) -> None:
        self.ask_app(self.RunsWanted(self._composer))

    def show_models(self) -> None:
        self.outfit.pick(self._put_up)

    def _put_up(self, picker: Picker[T], picked: Callable[[T | None], None]) -> None:
        picker.take_keys(self.focused)
        self.app.push_screen(picker, picked)

    def show_help(self) -> None:
        self.ask_app(self.HelpWanted(self._composer))

    def choose_theme(self, name: str) -> None:
        self.ask_app(self.ThemeWanted(name, self._composer))

    def write_out(self) -> None:
        self._composer.action_write_out()

    def back_out(self) -> None:
        self._composer.action_back_out()

    def command(self, line: str) -> None:
        """Carry out a slash command; if it cannot be, it goes back to the composer, but never before other text.

        Where it does not, Up brings it back.
        """
        self._composer.release(line)
        try:
            actions.perform(self, line)
        except Complaint as complaint:
            if self._composer.purpose or self._composer.awaits_keys or not self._composer.is_blank:
                self._composer.earlier.append(line)
            else:
                self._composer.give_back(line)
            self._foot.complain(str(complaint))

    # -- what the composer says ---------------------------------------------------------------------------------------

    @on(Composer.Submitted)
    def submit(self, event: Composer.Submitted) -> None:
        if isinstance(event.purpose, EditOf | RewindTo):
            self._revising.submit(event.purpose, event.text, event.mode)
            self.set_timer(TOLD, self.show_facts)
        elif event.is_command:
            self.command(event.text)
            if actions.leads_away(event.text):
                self._composer.take_back()  # what is asked for has let go as well
        else:
            self._send(event.text, event.mode)

    @on(Composer.SubmittedEmpty)
    def resume_unless_sending(self) -> None:
        """A second Enter that is pressed while the first one's prompt is on its way means nothing."""
        if not self.wishes.sending:
            self.wishes.resume()

    @on(Composer.EditOpened)
    def begin_edit(self, event: Composer.EditOpened) -> None:
        self._revising.begin(event.edit)

    @on(Composer.EditLeft)
    def leave_edit(self) -> None:
        self._revising.leave()

    @on(Composer.Complained)
    @on(PendingPanel.Complained)
    def complain(self, event: Composer.Complained | PendingPanel.Complained) -> None:
        self._foot.complain(event.text)

    @on(Composer.Changed)
    def follow_draft(self) -> None:
        self._backed_out_at = float("-inf")
        self.finder.forget()
        self._foot.draft_changed()

    @on(Composer.BackedOut)
    def stop_or_quit(self) -> None:
        """Ctrl+C with nothing to copy or clear: stop the run; else quit, if it is the second time."""
        now = self.clock()
        if self.state.run and not self.state.run.stop:
            self.stop()
        elif now - self._backed_out_at < SECOND_CTRL_C:
            self.quit()
        else:
            self._backed_out_at = now
            self._foot.complain("Ctrl+C again quits")
            self.set_timer(SECOND_CTRL_C, lambda: self._foot.complain(""))

    # -- what the pending panel says ----------------------------------------------------------------------------------

    @on(PendingPanel.Wished)
    def change_pending(self, event: PendingPanel.Wished) -> None:
        self.wishes.ask(event.wish, partial(self._not_changed, event.wish))

    def _not_changed(self, wish: PendingEvent, error: Exception) -> None:
        if isinstance(wish, Withdrawn):
            self._panel.stays(wish.id)
        self._deny(error)

    @on(PendingPanel.EditWanted)
    def edit_pending(self, event: PendingPanel.EditWanted) -> None:
        self._try(lambda: self.edit(event.prompt))
        self.set_focus(self._composer)

    @on(PendingPanel.Left)
    def leave_panel(self) -> None:
        self.set_focus(self._composer)

    def complain_of(self, text: str) -> None:
        self._foot.complain(text)

    def _try(self, wish: Callable[[], None]) -> None:
        """What cannot be done is said below the composer."""
        try:
            wish()
        except Complaint as complaint:
            self._foot.complain(str(complaint))

    # -- other keys ---------------------------------------------------------------------------------------------------

    def action_escape(self) -> None:
        """Stop. Esc twice on the empty line of an idle session: go back to an earlier prompt."""
        now = self.clock()
        if self.finder.is_open:
            self.finder.leave(stay=False)
        elif self.selections:
            self.clear_selection()
        elif self._course.has_just_stopped(now) or not self._rests:
            self.stop()
        elif now - self._escaped_at < SECOND_ESC:
            self._escaped_at = float("-inf")
            self._try(lambda: self.rewind(0))
        else:
            self._escaped_at = now
            self.stop()

    @property
    def _rests(self) -> bool:
        """Whether nothing goes on that an Esc could mean, as far as is known."""
        composer = self._composer
        return not (self.state.run or self.wishes.sending or composer.purpose or composer.draft)

    def action_perform(self, command: str) -> None:
        self._try(lambda: actions.perform(self, COMMAND + command))

    def action_cycle_mode(self) -> None:
        self.wishes.cycle_mode()

    def action_show_pending(self) -> None:
        self._try(self.show_pending)
