"""A view in which tool calls can be chosen, unfolded and folded, with the mouse and with keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from interruptible_tui.tui.calls import Call
from interruptible_tui.tui.paging import PagedView
from interruptible_tui.tui.reply import Reply

if TYPE_CHECKING:
    from textual import events

    from interruptible_tui.tui.parts import Part


class FoldingView(PagedView):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"transcript--chosen"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Previous tool call", show=False, id="transcript.call_before"),
        Binding("right", "choose(1)", "Next tool call", show=False, id="transcript.call_behind"),
        Binding("enter,space", "unfold", "Unfold the tool call", show=False, id="transcript.unfold"),
    ]

    _chosen: Call | None = None

    def on_click(self, event: events.Click) -> None:
        """A click on the line of a call unfolds it; one that ends a selection does not."""
        row = self._top + event.y
        if self.text_selection or row >= self._layout.height:
            return
        entry, part, start = self._layout.at(row)
        if isinstance(entry, Reply) and isinstance(part, Call) and row == start + part.gap:
            self._unfold(entry, part)

    def action_choose(self, step: int) -> None:
        """Choose the next or previous tool call; at first the last one."""
        calls = self._calls()
        known = next((index for index, (_, call) in enumerate(calls) if call is self._chosen), None)
        index = len(calls) - 1 if known is None else known + step
        if 0 <= index < len(calls):
            self._choose(*calls[index])

    def action_unfold(self) -> None:
        """Unfold or fold the chosen tool call, or the last one."""
        chosen = [known for known in self._calls() if known[1] is self._chosen] or self._calls()
        if chosen:
            self._unfold(*chosen[-1])

    def _calls(self) -> list[tuple[Reply, Call]]:
        return [(entry, call) for entry in self._layout.stack.items if isinstance(entry, Reply) for call in entry.calls]

    def _choose(self, reply: Reply, call: Call) -> None:
        self._chosen = call
        self.reveal(self._layout.row_of(reply, call) + call.gap, self.size.height // 2)
        self.refresh()

    def _unfold(self, reply: Reply, call: Call) -> None:
        """At the end the view moves with what unfolds, but not past the line of the call."""
        call.toggle()
        self._chosen = call
        reply.parts(self._layout.canvas).changed(0)
        self.entry_changed(reply)
        self.reveal(self._layout.row_of(reply, call) + call.gap, 0)
        self.refresh()

    def _is_marked(self, part: Part, row: int, *, first: bool) -> bool:
        return self._shows_choice(part, first=first) or super()._is_marked(part, row, first=first)

    def _shows_choice(self, part: Part, *, first: bool) -> bool:
        return first and part is self._chosen and self.has_focus

    def _mark(self, strip: Strip, part: Part, row: int, *, first: bool) -> Strip:
        line = super()._mark(strip, part, row, first=first)
        if self._shows_choice(part, first=first):
            return Strip(Segment.apply_style(line, post_style=self._choice), line.cell_length)
        return line

    @property
    def _choice(self) -> Style:
        chosen = self.get_component_rich_style("transcript--chosen")
        return Style(bgcolor=chosen.bgcolor, reverse=chosen.reverse)
