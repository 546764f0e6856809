"""The list of the models that a server has, of which one is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from interruptible_tui.text import clean_line
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.options import Picker
from interruptible_tui.tui.pending import FAINT
from interruptible_tui.tui.status import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.providers.models import Model

_WIDEST = 40
"""Cells of a name, beyond which what stands behind it does not stand below the others."""
OFFERED = 500
"""Models that are shown at once; what is typed finds the others."""


class ModelPicker(Picker[str | None]):
    """Returns the name that was picked. What is typed filters, and is a name itself: a server need not list all."""

    DEFAULT_CSS = "ModelPicker Static.-failed { color: $text-error; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,f5", "dismiss", "Leave", show=False, id="models.leave"),
        Binding("ctrl+q", "app.quit", "Quit", show=False, id="app.quit"),
        Binding("backspace", "unfilter", "Filter less", show=False, id="models.backspace"),
    ]

    def __init__(self, current: str) -> None:
        """`current` is the model in use."""
        super().__init__()
        self._current = current
        self._models: Sequence[Model] = ()
        self._news = "asking the server …"
        """In place of what the keys do; empty when there is nothing to be said."""
        self._failed = False

    def offer(self, models: Sequence[Model]) -> None:
        """The server has these."""
        self._models = sorted({model.name: model for model in models}.values(), key=lambda model: model.name)
        self._news = "" if models else "the server lists no models: type a name"
        self._list()

    def fail(self, why: str) -> None:
        """The server has not said which it has."""
        self._news, self._failed = f"{clean_line(why)} · type a name", True
        self._list()

    def on_mount(self) -> None:
        self.query_one(Vertical).border_title = "models of the server"

    def _list(self) -> None:
        """The one in use is chosen at first; what is typed stands last, as a name."""
        if not self.is_attached:
            return
        typed = self._filter.strip()
        found = [model for model in self._models if typed.lower() in model.name.lower()][:OFFERED]
        width = min(_WIDEST, max((cell_len(clean_line(model.name)) for model in found), default=0))
        current = self._current
        options = [Option(_described(model, width, in_use=model.name == current), model.name) for model in found]
        if typed and all(model.name != typed for model in found):
            options.append(Option(Content.assemble(f" {clean_line(typed)}", ("  as it is written", FAINT)), typed))
        chosen = next((at for at, option in enumerate(options) if option.id == current), 0)
        listed = self.query_one(OptionList)
        listed.set_options(options)
        listed.highlighted = chosen if options else None
        line = self.query_one(Static)
        line.set_class(self._failed, "-failed")
        filtered = f"filter: {clean_line(self._filter)}" if self._filter else "Enter: switch to it"
        leave = names_in(self.app).hint("Esc: leave", "models")
        line.update(f"{self._news or f'{filtered} · type to filter, or a name'} · {leave}")

    @on(OptionList.OptionSelected)
    def pick(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)


def _described(model: Model, width: int, *, in_use: bool) -> Content:
    name = clean_line(model.name)
    space = " " * (width - cell_len(name))
    window = f"{whole(model.window):>5} tokens" if model.window else ""
    return Content.assemble(f" {name}{space}", (f"  {window}{'  in use' * in_use}", FAINT))
