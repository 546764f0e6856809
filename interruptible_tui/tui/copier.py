"""Carries out copying: finds what was asked for, puts it into the clipboard, and says so."""

from collections.abc import AsyncIterator, Callable

from interruptible_tui.conversation import Message
from interruptible_tui.store import StoreError
from interruptible_tui.tui.background import Background
from interruptible_tui.tui.copying import Kind, find, kind_and_number, name
from interruptible_tui.tui.operands import Complaint

Backwards = Callable[[], AsyncIterator[Message]]
"""All messages, newest first. StoreError."""


class Copier:
    def __init__(
        self,
        background: Background,
        backwards: Backwards,
        selected: Callable[[], str],
        put: Callable[[str, str], None],
        complain: Callable[[str], None],
    ) -> None:
        """`put` is told what was found, for people, and its text; `selected` is what the user has selected."""
        self._background = background
        self._backwards = backwards
        self._selected = selected
        self._put = put
        self._complain = complain

    def copy(self, words: str) -> None:
        """`[KIND [N]]`; without words what is selected, else the last answer. Complaint."""
        if not words and self.copy_selected():
            return
        kind, back = kind_and_number(words) if words else (Kind.ANSWER, 1)
        self._background.begin(self._copy(kind, back))

    def copy_selected(self) -> bool:
        """Whether anything was selected."""
        selected = self._selected()
        if selected:
            self._put("what is selected", selected)
        return bool(selected)

    async def _copy(self, kind: Kind, back: int) -> None:
        try:
            text = await find(self._backwards(), kind, back)
        except (Complaint, StoreError) as error:
            self._complain(f"nothing is copied: {error}")
        else:
            self._put(name(kind, back), text)
