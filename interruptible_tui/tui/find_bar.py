"""The line in which words are written that are looked for in the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.text import clean_line
from interruptible_tui.tui.hints import SEPARATOR
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.turns import Typed

if TYPE_CHECKING:
    from textual import events

LONGEST = 200
"""Characters that are looked for, at most: what finds 1 MB of words takes half a minute to be made."""


class FindBar(Typed, Widget, can_focus=True):
    DEFAULT_CSS = """
    FindBar {
        height: 1;
        padding: 0 1 0 2;
        background: $surface;
        text-wrap: nowrap;
        display: none;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,up,ctrl+f", "go(1)", "Earlier", show=False, id="find.earlier"),
        Binding("shift+enter,down", "go(-1)", "Later", show=False, id="find.later"),
        Binding("backspace", "erase", "Erase", show=False, id="find.erase"),
        Binding("ctrl+u,ctrl+w", "erase_all", "Erase all", show=False, id="find.erase_all"),
        Binding("tab", "leave(True)", "Stay here", show=False, id="find.stay"),
        Binding("f6", "app.focus_next", "Other part", show=False, id="chat.focus_next"),
        Binding("escape,ctrl+c", "leave", "Back", show=False, id="find.leave"),
        Binding("pageup", "screen.scroll_transcript(-1)", "Page up", show=False, id="chat.page_up"),
        Binding("pagedown", "screen.scroll_transcript(1)", "Page down", show=False, id="chat.page_down"),
    ]

    NAME = "find: "
    KEYS: ClassVar[tuple[str, ...]] = ("Enter, Up: earlier", "Down: later", "Tab: stay here", "Esc: back")
    SCOPE = "find"
    """What the ids of these keys begin with."""

    @dataclass
    class Sought(Message):
        """Other words are looked for."""

        words: str

    @dataclass
    class Went(Message):
        """To another hit: 1, the one that was said before; -1, after."""

        step: int

    @dataclass
    class Left(Message):
        stay: bool
        """Whether what was found is to stay on the screen."""

    words: reactive[str] = reactive("")
    count: reactive[str] = reactive("")
    """How many there are, for people."""

    def render(self) -> Content:
        names = names_in(self.app)
        said = Content.assemble(
            (self.NAME, "$text-muted"),
            (clean_line(self.words), "bold"),
            ("▏ " if self.has_focus else "  ", "$text-warning"),
            (f"{self.count} · " if self.count else "", "$text-warning"),
            (SEPARATOR.join(names.hint(hint, self.SCOPE) for hint in self.KEYS), "$text-muted"),
        )
        return said.truncate(self.content_size.width, ellipsis=True)

    async def _on_key(self, event: events.Key) -> None:
        await super()._on_key(event)
        if self._is_typed(event) and event.character:
            event.stop()
            event.prevent_default()
            self._seek(self.words + event.character)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._seek(self.words + " ".join(event.text[: 2 * LONGEST].split()))

    def action_erase(self) -> None:
        self._seek(self.words[:-1])

    def action_erase_all(self) -> None:
        self._seek("")

    def validate_words(self, words: str) -> str:
        return words[:LONGEST]

    def _seek(self, words: str) -> None:
        self.words = words
        self.post_message(self.Sought(self.words))

    def action_go(self, step: int) -> None:
        self.post_message(self.Went(step))

    def action_leave(self, stay: bool = False) -> None:
        self.let_go()
        self.post_message(self.Left(stay))
