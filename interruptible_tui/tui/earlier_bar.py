"""The line in which words are written that are looked for in what the user has said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from interruptible_tui.tui.find_bar import FindBar


class EarlierBar(FindBar, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,up", "go(1)", "Earlier", show=False, id="earlier.earlier"),
        Binding("ctrl+s,down", "go(-1)", "Later", show=False, id="earlier.later"),
        Binding("backspace", "erase", "Erase", show=False, id="earlier.erase"),
        Binding("ctrl+u,ctrl+w", "erase_all", "Erase all", show=False, id="earlier.erase_all"),
        Binding("enter,tab", "leave(True)", "Take it", show=False, id="earlier.take"),
        Binding("escape,ctrl+c,ctrl+g", "leave", "Back", show=False, id="earlier.leave"),
    ]
    NAME = "earlier: "
    KEYS = ("Enter: take it, unsent", "Ctrl+R, Up: earlier", "Down: later", "Esc: back")
    SCOPE = "earlier"

    @dataclass
    class Sought(Message):
        """Other words are looked for."""

        words: str

    @dataclass
    class Went(Message):
        """To another one: 1, said before; -1, after."""

        step: int

    @dataclass
    class Left(Message):
        stay: bool
        """Whether what was found is to stay in the composer."""
