"""The entries of the transcript: stacks of parts that are made when they are first seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from interruptible_tui.text import clean_line
from interruptible_tui.tui.blocks import LIMIT
from interruptible_tui.tui.excerpt import beginning
from interruptible_tui.tui.parts import Lead, Literal, Part, estimate
from interruptible_tui.tui.rows import Stack

if TYPE_CHECKING:
    from interruptible_tui.tui.canvas import Canvas


class Entry(ABC):
    """One thing in the transcript."""

    def __init__(self) -> None:
        self.message: int | None = None
        """The id of the message that it shows, if that is stored."""
        self._parts: Stack[Part] | None = None

    @property
    @abstractmethod
    def text(self) -> str:
        """What it says, for an estimate of its height and for copying what was never seen."""

    @abstractmethod
    def _make(self) -> list[Part]: ...

    @property
    def is_made(self) -> bool:
        return self._parts is not None

    def parts(self, canvas: Canvas) -> Stack[Part]:
        if self._parts is None:
            self._parts = Stack(canvas, self._make())
        self._parts.fit(canvas)
        return self._parts

    def height(self, canvas: Canvas) -> int:
        return self.parts(canvas).height if self.is_made else 2 + estimate(self.text, canvas)


class Said(Entry):
    """What the user, the session or the program says: shown literally, and below it what became of it."""

    def __init__(self, text: str, style: str, lead: Lead, below: str = "") -> None:
        super().__init__()
        self._text = text
        self._style = style
        self._lead = lead
        self._below = below

    @property
    def text(self) -> str:
        return self._text

    def restate(self, style: str, lead: Lead, below: str) -> None:
        """It is seen differently."""
        self._style, self._lead, self._below = style, lead, below
        self._parts = None

    def _said(self) -> tuple[str, str]:
        """What is shown of the text, and what is said of the rest."""
        return self._text, ""

    def height(self, canvas: Canvas) -> int:
        return self.parts(canvas).height if self.is_made else 2 + estimate(self._said()[0], canvas)

    def _make(self) -> list[Part]:
        shown, rest = self._said()
        text = shown.rstrip("\n")
        pieces = [text[at : at + LIMIT] for at in range(0, len(text), LIMIT)] or [""]
        parts: list[Part] = [Literal(pieces[0], self._style, gap=1, lead=self._lead, prose=True)]
        parts += [Literal(piece, self._style, gap=0, prose=True) for piece in pieces[1:]]
        if rest:
            parts.append(Literal(rest, "dim", gap=0))
        if self._below:
            parts.append(Literal(clean_line(self._below), "dim", gap=0))
        return parts


class Prompted(Said):
    """A prompt, of which the beginning is shown if it is very long."""

    def _said(self) -> tuple[str, str]:
        return beginning(self._text)
