"""Where prompts are written: new ones, and those that are pending or were sent earlier, anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.tui.completer import Completer
from interruptible_tui.tui.sheets import EditOf, Purpose, RewindTo, Unsent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interruptible_tui.tui.search import Pattern

FEW = 20
"""Earlier texts that are known, below which more are asked for: a key that goes back is not to wait for them."""
TOO_LATE = "already sent: Enter again sends what stands here as a new prompt"
TOO_LONG = "too long to be edited here; it is sent exactly as it was pasted, Backspace removes it"
NO_TEXT = "there is no text left: write one, or Esc leaves everything as it was"


class Composer(Completer):
    """A text of several lines, sent with Enter."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        max-width: 106;
        max-height: 10;
        border: round $foreground 20%;
        border-title-color: $text-warning;
        padding: 0 1;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { border: round $foreground 40%; }
        & .text-area--placeholder { color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose_or_submit", "Send", id="composer.send"),
        Binding("tab", "complete_or_queue", "Queue", id="composer.queue"),
        Binding("alt+s", "submit('incorporate')", "Incorporate", id="composer.incorporate"),
        Binding("ctrl+enter", "submit('interrupt')", "Interrupt", id="composer.interrupt"),
        Binding("ctrl+j,shift+enter", "new_line", "New line", id="composer.new_line"),
        Binding("up", "older", "Earlier prompt", show=False, id="composer.older"),
        Binding("down", "newer", "Later prompt", show=False, id="composer.newer"),
        Binding("ctrl+o", "write_out", "Write out what was pasted", show=False, id="composer.write_out"),
        Binding("alt+up", "recall", "Edit the last pending prompt", show=False, id="composer.recall"),
        Binding("ctrl+c,super+c", "back_out", "Copy, clear, stop, quit", show=False, id="app.back_out"),
        Binding("ctrl+f", "screen.find", "Find", show=False, id="chat.find"),
        Binding("ctrl+r", "screen.search_earlier", "Search earlier prompts", show=False, id="chat.earlier"),
        Binding("ctrl+g", "screen.write_outside", "Write in your editor", show=False, id="composer.editor"),
        Binding("f6", "app.focus_next", "Other part", show=False, id="chat.focus_next"),
        Binding("pageup", "screen.scroll_transcript(-1)", "Page up", show=False, id="chat.page_up"),
        Binding("pagedown", "screen.scroll_transcript(1)", "Page down", show=False, id="chat.page_down"),
    ]

    @dataclass
    class Submitted(Message):
        """A text was sent; it stays until it is released or given back. `mode` None: the session's."""

        text: str
        mode: Mode | None
        purpose: Purpose | None = None
        """None: a new prompt, or a command."""
        is_command: bool = False
        """Whether it is a command that was written; what is pasted as a chip is text, whatever it begins with."""

    class SubmittedEmpty(Message):
        """Enter on the empty line."""

    @dataclass
    class CopyWanted(Message):
        """`text` is selected, here or elsewhere."""

        text: str

    class EarlierWanted(Message):
        """Few of the earlier texts that are known have not been gone back to."""

    class BackedOut(Message):
        """Ctrl+C with nothing left here to copy or to clear."""

    # -- sending and clearing -----------------------------------------------------------------------------------------

    _searched_from = (1, 0)
    """Where going back began, and how many characters stood behind the cursor."""

    def action_submit(self, mode: str | None = None) -> None:
        if self._was_meant_to_save():
            self.post_message(self.Complained(TOO_LATE))
        elif not self.is_blank:
            purpose, is_command = self.purpose, self.is_command
            text = self.take()
            self.post_message(self.Submitted(text, Mode(mode) if mode else None, purpose, is_command))
            if is_command and self.leads_away(text):
                self.let_go()  # until it is known who gets it
        elif isinstance(self.purpose, Unsent):
            self._lift()
        elif self.purpose and not self.draft.strip():
            self.post_message(self.Complained(NO_TEXT))
        else:
            self.post_message(self.SubmittedEmpty())

    async def action_choose_or_submit(self) -> None:
        if chosen := self.chosen:
            await self.take_candidate(chosen)
        else:
            self.action_submit()

    async def action_complete_or_queue(self) -> None:
        if not (await self.complete() or self.is_command or self.is_blank):
            self.action_submit(Mode.QUEUE)

    def refuse_to_write_out(self) -> None:
        self.post_message(self.Complained(TOO_LONG))

    def action_back_out(self) -> None:
        """Copy what is selected, which it is then no longer; else clear the draft, which Ctrl+Z brings back."""
        selected = self.selected_text or self.screen.get_selected_text()
        if selected:
            self.move_cursor(self.cursor_location)
            self.post_message(self.CopyWanted(selected))
        elif isinstance(self.purpose, Unsent):
            self._put_aside()
        elif self._outgoing and self.written:
            self.write("")
        elif self.written:
            self.clear()
        elif self.purpose:
            self.action_leave()
        else:
            self.post_message(self.BackedOut())

    # -- pending and earlier prompts ----------------------------------------------------------------------------------

    def action_recall(self) -> None:
        """Edit the last prompt that is pending; from an edit in which nothing was written, the one before."""
        if waiting := self._waiting_before():
            self.write_anew(waiting[-1])
        elif not self.pending:
            self._go(self._older(), self.action_cursor_up)

    def _waiting_before(self) -> Sequence[Prompt]:
        edit = self.purpose
        if not isinstance(edit, EditOf) or not self.is_untouched:
            return self.pending
        return self.pending[: next((at for at, each in enumerate(self.pending) if each.id == edit.prompt.id), 0)]

    def action_older(self) -> None:
        if self.is_offering:
            self.choose(-1)
        elif not self.cursor_at_first_line:
            self.action_cursor_up()
        elif self.is_untouched or (self.pending and not self.purpose and not self.written):
            self.action_recall()
        else:
            self._go(self._older(), self.action_cursor_up)

    def action_newer(self) -> None:
        if self.is_offering:
            self.choose(1)
            return
        newer = self._sheets.top.recall.newer(self.written) if self.cursor_at_last_line else None
        self._go(newer, self.action_cursor_down)

    def _older(self) -> str | None:
        anew = isinstance(self.purpose, EditOf | RewindTo)
        recall = self._sheets.top.recall
        older = None if anew else recall.older(self.written, self.earlier)
        if not anew and recall.left < FEW:
            self.post_message(self.EarlierWanted())
        return older

    def begin_search(self) -> None:
        """What is found will stand in the place of what stands here now."""
        self._searched_from = self._sheets.top.recall.begin(self.written, self.earlier), self.behind

    def search(self, step: int, sought: Pattern) -> bool:
        """Go to the next earlier text in that direction (-1: said before) in which something is found, if there is."""
        recall = self._sheets.top.recall
        recall.begin(self.written, self.earlier)
        found = recall.find(step, self.written, sought.search)
        if found is not None:
            self.write(found)
        return found is not None

    def leave_search(self) -> None:
        """Go back to what stood here when it began."""
        place, behind = self._searched_from
        stood = self._sheets.top.recall.return_to(place)
        if stood is not None:
            self._show(self._outgoing, stood, behind)

    def recall_further(self, texts: Sequence[str]) -> None:
        """One can go back to `texts` as well, before all others, oldest first, until something is sent."""
        self._sheets.top.recall.extend(texts)

    def add_earlier(self, texts: Sequence[str]) -> None:
        """`texts` stand before all that were known, oldest first."""
        self.earlier[:0] = texts
        self._sheets.top.recall.extend(texts)

    def _go(self, recalled: str | None, move: Callable[[], None]) -> None:
        if recalled is None:
            move()
        else:
            self.write(recalled)
