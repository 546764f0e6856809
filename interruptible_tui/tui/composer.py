"""Where prompts are written.

Its keys take effect in the order in which they are pressed, whatever they do: a key with a binding is run here, in its
turn. Textual would let it bubble up to the app first, overtaken by what is typed next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import DocumentNavigator, WrappedDocument

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.draft import Draft
from interruptible_tui.tui.recall import Recall

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.dom import DOMNode

COMMAND = "/"
_NARROWEST = 2
"""Cells."""


class Composer(TextArea):
    """A text of several lines, sent with Enter."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        max-height: 10;
        border: round $foreground 20%;
        padding: 0 1;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { border: round $foreground 40%; }
        & .text-area--placeholder { color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", id="composer.send"),
        Binding("tab", "complete_or_queue", "Queue", id="composer.queue"),
        Binding("alt+s", "submit('incorporate')", "Incorporate", id="composer.incorporate"),
        Binding("ctrl+enter", "submit('interrupt')", "Interrupt", id="composer.interrupt"),
        Binding("ctrl+j,shift+enter", "new_line", "New line", id="composer.new_line"),
        Binding("up", "older", "Earlier prompt", show=False, id="composer.older"),
        Binding("down", "newer", "Later prompt", show=False, id="composer.newer"),
        Binding("ctrl+c,super+c", "back_out", "Copy, clear, stop, quit", show=False, id="composer.back_out"),
        Binding("f6", "app.focus_next", show=False, id="composer.leave"),
        Binding("pageup", "screen.scroll_transcript(-1)", show=False, id="composer.page_up"),
        Binding("pagedown", "screen.scroll_transcript(1)", show=False, id="composer.page_down"),
    ]

    @dataclass
    class Submitted(Message):
        """A text was sent; it stays until it is released or given back. `mode` None: the session's."""

        text: str
        mode: Mode | None

    @dataclass
    class SubmittedEmpty(Message):
        """Enter on the empty line."""

    @dataclass
    class BackedOut(Message):
        """Ctrl+C with nothing left here to copy or to clear."""

    @dataclass
    class Deferred(Message):
        """A key pressed here belongs to `node`, a binding of which asks for `action`."""

        action: str
        node: DOMNode

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        self.earlier: Sequence[str] = ()
        """Prompts to go back to, oldest first."""
        self.commands: Sequence[str] = ()
        """Words that Tab completes, with the slash."""
        self._recall = Recall()
        self._outgoing: list[str] = []
        super().__init__(
            id=id, placeholder="Write to the agent, or / for commands", highlight_cursor_line=False, soft_wrap=True
        )
        self.cursor_blink = False

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document("", language)
        self.document = Draft(text)
        self.wrapped_document = WrappedDocument(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def render_line(self, y: int) -> Strip:
        """Nothing, where there is no room for a character and the cursor; the placeholder cannot be wrapped there."""
        if self.content_size.width < _NARROWEST:
            return Strip.blank(self.size.width, self.rich_style)
        return super().render_line(y)

    # -- keys and pastes ----------------------------------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        typed = event.is_printable and not event.key.startswith(("alt+", "ctrl+"))
        active = None if typed else self.screen.active_bindings.get(_key(event))
        if not active or not active.enabled:
            return
        if isinstance(active.node, Screen):
            self.post_message(self.Deferred(active.binding.action, active.node))
        elif active.node is not self or not await self.app.run_action(active.binding.action, self):
            return
        event.stop()
        event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Terminals paste line ends as CR; everything else is kept exactly."""
        self.put(text.replace("\r\n", "\n").replace("\r", "\n"))

    def put(self, text: str) -> None:
        """Write `text` at the cursor, in place of what is selected."""
        self.move_cursor(self.replace(text, *self.selection, maintain_selection_offset=False).end_location)

    def action_new_line(self) -> None:
        self.put("\n")
        self.scroll_cursor_visible()

    # -- sending ------------------------------------------------------------------------------------------------------

    @property
    def draft(self) -> str:
        """What is being written: the text without what is on its way, which stands before it until it is accepted."""
        return self.text.removeprefix(self._on_its_way)

    @property
    def _on_its_way(self) -> str:
        return "".join(self._outgoing)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to send; nothing is, too, while what is on its way has been written into."""
        return not self.draft.strip() or not self.text.startswith(self._on_its_way)

    def action_submit(self, mode: str | None = None) -> None:
        if self.is_blank:
            self.post_message(self.SubmittedEmpty())
        else:
            self.post_message(self.Submitted(self.take(), Mode(mode) if mode else None))

    def take(self) -> str:
        """The draft, which is on its way from now on. One that was left for an earlier prompt comes back."""
        text = self.draft
        self._outgoing.append(text)
        if left := self._recall.forget(text):
            self.write(left)
        return text

    def keep(self, text: str) -> None:
        """Show `text` as being on its way."""
        self._show([*self._outgoing, text], self.draft)

    def release(self, text: str) -> None:
        """`text` has been accepted: it is no longer here."""
        if text in self._outgoing:
            draft = self.draft
            self._outgoing.remove(text)
            self._show(self._outgoing, draft)

    def give_back(self, text: str) -> None:
        """`text` has not been accepted: it is a draft again, before whatever has been written since."""
        draft = self.draft
        if text in self._outgoing:
            self._outgoing.remove(text)
        self._show(self._outgoing, f"{text}\n{draft}" if draft else text)

    def write(self, text: str) -> None:
        """Replace the draft; the cursor goes to the end."""
        self._show(self._outgoing, text)
        self.move_cursor(self.document.end)

    def _show(self, outgoing: Sequence[str], draft: str) -> None:
        """The cursor keeps its distance from the end."""
        behind = len(self.get_text_range(self.cursor_location, self.document.end))
        self._outgoing = list(outgoing)
        self.load_text("".join(self._outgoing) + draft)
        before = self.text[: max(0, len(self.text) - behind)].split("\n")
        self.move_cursor((len(before) - 1, len(before[-1])))

    def action_complete_or_queue(self) -> None:
        if self.draft.startswith(COMMAND):
            self._complete()
        elif not self.is_blank:
            self.action_submit(Mode.QUEUE)

    def _complete(self) -> None:
        matching = [word for word in self.commands if word.startswith(self.draft)]
        if matching:
            self.write(f"{matching[0]} " if len(matching) == 1 else _common_start(matching))

    def action_back_out(self) -> None:
        """Copy what is selected; else clear the draft, which Ctrl+Z brings back; else leave it to others."""
        selected = self.selected_text or self.screen.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
        elif self._outgoing and self.draft:
            self.write("")
        elif self.draft:
            self.clear()
        else:
            self.post_message(self.BackedOut())

    # -- earlier prompts ----------------------------------------------------------------------------------------------

    def action_older(self) -> None:
        self._go(
            self._recall.older(self.draft, self.earlier) if self.cursor_at_first_line else None, self.action_cursor_up
        )

    def action_newer(self) -> None:
        self._go(self._recall.newer(self.draft) if self.cursor_at_last_line else None, self.action_cursor_down)

    def _go(self, recalled: str | None, move: Callable[[], None]) -> None:
        if recalled is None:
            move()
        else:
            self.write(recalled)


def _key(event: events.Key) -> str:
    """Its name; tmux's Ctrl+Enter, `ESC[27;5;13~`, is known to Textual as "ctrl+" and a carriage return."""
    return event.key.replace("\r", "enter")


def _common_start(words: Sequence[str]) -> str:
    """The longest text that all of `words` begin with."""
    first, last = min(words), max(words)
    differing = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differing, len(first))]
