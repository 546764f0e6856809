"""The list of the prompts that wait: what will become of each, and which one is selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.tui.pending import CHOSEN, FAINT, rows, shown, window
from interruptible_tui.tui.turns import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.conversation import Pending, Prompt

ROWS = 6
"""Prompts listed at most at a time; the rest is counted."""


class PendingList(Read, Widget, can_focus=True):
    """Lists what waits, in landing order; not there when nothing does.

    What is selected is a prompt, not a row: it stays selected when others land or move. Once it has landed itself,
    nothing is selected, so that no key meant for it meets another. One whose withdrawal is on its way to the disk
    stands there still, and cannot be selected any more.
    """

    DEFAULT_CSS = """
    PendingList {
        height: auto;
        max-width: 106;
        padding: 0 2 0 1;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        display: none;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "select(-1)", "Select the one above", show=False, id="pending.above"),
        Binding("down,j", "select(1)", "Select the one below", show=False, id="pending.below"),
        Binding("home", "select_end(0)", "Select the first", show=False, id="pending.first"),
        Binding("end", "select_end(-1)", "Select the last", show=False, id="pending.last"),
    ]

    @dataclass
    class Complained(Message):
        """What a key asked for is not done; `text` says why. Empty: that is over."""

        text: str

    pending: reactive[tuple[Pending, ...]] = reactive((), layout=True)
    forecasts: reactive[tuple[str, ...]] = reactive(())
    sending: reactive[tuple[str, ...]] = reactive((), layout=True)
    """Texts that have not been accepted for some time."""
    edited: reactive[str] = reactive("")
    """Id of the prompt that is open for editing; it is kept in sight."""
    selected: reactive[str] = reactive("")
    """Id of the selected prompt; empty if none is."""

    _first = 0
    """The first row that is shown, while there are more than fit."""
    _complains = False

    def __init__(self) -> None:
        super().__init__()
        self._withdrawing: list[str] = []
        """Ids of prompts whose withdrawal is on its way, the last one last."""

    # -- what is shown ------------------------------------------------------------------------------------------------

    def watch_pending(self) -> None:
        self._withdrawing = [id_ for id_ in self._withdrawing if id_ in self._ids]
        if self.selected not in self._ids:
            self.selected = ""
        self._show_or_hide()

    def watch_sending(self) -> None:
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        self.display = bool(self.pending or self.sending)

    @property
    def _ids(self) -> list[str]:
        return [waiting.prompt.id for waiting in self.pending]

    def render(self) -> Content:
        listed = self._listed()
        count, room = len(listed), self._room
        if count <= room:
            return Content("\n").join(listed)
        self._first = window(count, self._kept_in_sight, self._first, room)
        visible = listed[self._first : self._first + room]
        return Content("\n").join([*visible, *([] if room == 1 else [self._rest(count - room)])])

    @property
    def _room(self) -> int:
        if self.screen.has_class("-low"):
            return 1
        return ROWS if len(self.pending) + len(self.sending) > ROWS + 1 else ROWS + 1

    def _listed(self) -> list[Content]:
        listed = [
            self._marked(row, selected=waiting.prompt.id == self.selected)
            for row, waiting in zip(
                rows(self.pending, self.forecasts, self.content_size.width - 1), self.pending, strict=False
            )
        ]
        return [*listed, *(Content.styled(f" sending…  {shown(text)}", "dim") for text in self.sending)]

    def _marked(self, row: Content, *, selected: bool) -> Content:
        if not selected:
            return Content.assemble(" ", row)
        line = Content.assemble((CHOSEN, "$text-warning"), row).pad_right(
            max(0, self.content_size.width - 1 - row.cell_length)
        )
        return line.stylize("bold on $surface-lighten-2" if self.has_focus else "bold")

    def _rest(self, count: int) -> Content:
        above = f" ({self._first} above)" if self._first else ""
        return Content.styled(f" +{count} more{above}", FAINT)

    @property
    def _kept_in_sight(self) -> int:
        """Which row; the one that is shown first, if any will do."""
        kept = self.selected or self.edited
        return self._ids.index(kept) if kept in self._ids else self._first

    # -- selecting ----------------------------------------------------------------------------------------------------

    def action_select(self, step: int) -> None:
        """The one above or below; with none selected, the last one."""
        ids = self._staying
        if self.selected in ids:
            self._select(ids[max(0, min(len(ids) - 1, ids.index(self.selected) + step))])
        else:
            self.action_select_end(-1)

    def action_select_end(self, index: int) -> None:
        if ids := self._staying:
            self._select(ids[index])

    def _select(self, prompt: str) -> None:
        self.selected = prompt
        if self._complains:
            self._complain("")

    def _complain(self, text: str) -> None:
        self._complains = bool(text)
        self.post_message(self.Complained(text))

    @property
    def _staying(self) -> list[str]:
        """Ids of the prompts that can be selected."""
        return [id_ for id_ in self._ids if id_ not in self._withdrawing]

    def stays(self, prompt: str) -> None:
        """Its withdrawal has not happened, or is taken back."""
        self._withdrawing = [id_ for id_ in self._withdrawing if id_ != prompt]

    @property
    def _selected(self) -> Sequence[Prompt]:
        """The selected prompt; if there is none, that is said."""
        chosen = [waiting.prompt for waiting in self.pending if waiting.prompt.id == self.selected]
        if self._staying and not chosen:
            self._complain("no prompt is selected: Up and Down select one")
        return chosen
