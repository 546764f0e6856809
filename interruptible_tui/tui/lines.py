"""A view of lines, of which some can be chosen. Only those on the screen are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from interruptible_tui.tui.scrolling import SlimScrollView
from interruptible_tui.tui.turns import InTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

MARK = "❯ "
"""Stands before the line that is chosen; as many blanks before all others."""
FAINT_MARK = "› "
"""Stands there while keys go elsewhere."""
STYLES = ("text", "dim", "strong", "good", "error", "busy")


class Piece(Struct, frozen=True):
    """A part of a line, made harmless by whoever made it. `style` is one of STYLES."""

    text: str
    style: str = "text"


class Line(Struct, frozen=True):
    pieces: tuple[Piece, ...] = ()
    chosen_as: int | None = None
    """What is chosen with this line; None: it cannot be chosen."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


class LinesView(InTurn, SlimScrollView):
    """Shows lines that are replaced as a whole; what is chosen is kept, and stays on the screen."""

    DEFAULT_CSS = """
    LinesView {
        & > .lines--text { color: $foreground; }
        & > .lines--dim { color: $text-muted; }
        & > .lines--strong { color: $foreground; text-style: bold; }
        & > .lines--good { color: $text-success; }
        & > .lines--error { color: $text-error; }
        & > .lines--busy { color: $text-warning; }
        & > .lines--chosen { background: $surface-lighten-1; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{name}" for name in (*STYLES, "chosen")}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "Previous", show=False, id="list.previous"),
        Binding("down", "choose(1)", "Next", show=False, id="list.next"),
        Binding("pageup", "choose_page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown", "choose_page(1)", "Page down", show=False, id="list.page_down"),
        Binding("home", "choose_end(0)", "First", show=False, id="list.first"),
        Binding("end", "choose_end(-1)", "Last", show=False, id="list.last"),
        Binding("enter", "open", "Open", show=False, id="list.open"),
    ]

    @dataclass
    class Chosen(Message):
        """Another line is chosen."""

        view: LinesView

        @property
        def control(self) -> LinesView:
            return self.view

    @dataclass
    class Opened(Message):
        """What is chosen is to be opened."""

        view: LinesView

        @property
        def control(self) -> LinesView:
            return self.view

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.chosen: int | None = None
        self._lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line], chosen: int | None) -> None:
        """Show `lines`, with `chosen` chosen. What is shown at the end stays there, else nothing moves without need."""
        at_end = self.scroll_offset.y >= self.max_scroll_y
        self._lines, self.chosen = lines, chosen
        self.virtual_size = Size(self.size.width, len(lines))
        if at_end:
            self.scroll_to(y=self.max_scroll_y, animate=False)
        self._reveal()
        self.refresh()

    @property
    def line_width(self) -> int:
        """Cells that a line has."""
        return max(1, self.scrollable_content_region.width - len(MARK))

    @property
    def _choices(self) -> list[int]:
        return [line.chosen_as for line in self._lines if line.chosen_as is not None]

    # -- choosing -----------------------------------------------------------------------------------------------------

    def action_choose(self, step: int) -> None:
        """The next or previous line that can be chosen; where there is none, scroll."""
        choices = self._choices
        at = choices.index(self.chosen) + step if self.chosen in choices else -1
        if 0 <= at < len(choices):
            self._choose(choices[at])
        else:
            self.scroll_relative(y=step, animate=False)

    def action_choose_page(self, pages: int) -> None:
        choices, page = self._choices, max(1, self.size.height - 1)
        if self.chosen in choices and len(choices) == len(self._lines):
            at = choices.index(self.chosen) + pages * page
            self._choose(choices[min(max(0, at), len(choices) - 1)])
        else:
            self.scroll_relative(y=pages * page, animate=False)

    def action_choose_end(self, index: int) -> None:
        if choices := self._choices:
            self._choose(choices[index])
        self.scroll_to(y=self.max_scroll_y if index else 0, animate=False)

    def action_open(self) -> None:
        self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        row = self.scroll_offset.y + event.get_content_offset_capture(self).y
        what = self._lines[row].chosen_as if 0 <= row < len(self._lines) else None
        if what is None:
            return
        if what == self.chosen:
            self.action_open()
        else:
            self._choose(what)

    def _choose(self, what: int) -> None:
        if what != self.chosen:
            self.chosen = what
            self.refresh()
            self.post_message(self.Chosen(self))
        self._reveal()

    def _reveal(self) -> None:
        row = next((row for row, line in enumerate(self._lines) if line.chosen_as == self.chosen), None)
        if row is not None and self.chosen is not None:
            self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True)

    # -- drawing ------------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._reveal()

    def render_line(self, y: int) -> Strip:
        row = self.scroll_offset.y + y
        if row >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        line = self._lines[row]
        chosen = line.chosen_as is not None and line.chosen_as == self.chosen
        mark = Segment(self._mark if chosen else " " * len(MARK), self._style("strong"))
        segments = [mark, *(Segment(piece.text, self._style(piece.style)) for piece in line.pieces)]
        strip = Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
        if chosen and self.has_focus:
            return Strip(Segment.apply_style(strip, post_style=self._choice), strip.cell_length)
        return strip

    @property
    def _choice(self) -> Style:
        return Style(bgcolor=self.get_component_rich_style("lines--chosen").bgcolor, bold=True)

    @property
    def _mark(self) -> str:
        return MARK if self.has_focus else FAINT_MARK

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"lines--{name}")

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.refresh()

    def _scroll_to(self, *args: Any, **options: Any) -> bool:
        """At once: what is chosen must not run after the key."""
        return super()._scroll_to(*args, **{**options, "animate": False})
