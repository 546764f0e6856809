"""The status line: session, model, mode and state; while a run is active what it does, how long, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.conversation import CallStatus, IncorporateAt, OnInterrupt
from interruptible_tui.text import clean_line
from interruptible_tui.tui.pending import MODE_STYLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.live import LiveRun
    from interruptible_tui.machine import SessionState

QUIET = 10.0
"""Seconds without a word from the model after which that is said."""
GAP = "  "
_NAME_WIDTH = 24


class Piece(Struct, frozen=True):
    """A part of the line. The higher its rank, the earlier it is dropped when there is no room; 0 stays."""

    text: str
    style: str = ""
    rank: int = 0


def word(state: SessionState) -> str:
    """The session's state in one word."""
    if state.run:
        return "stopping" if state.run.stop else "running"
    return "held" if state.held else "idle"


def doing(state: SessionState, live: LiveRun | None, now: float) -> list[Piece]:
    """The left part: mode, state, and what belongs to it."""
    pieces = [Piece(f" {state.mode.upper()} ", f"{MODE_STYLES[state.mode]} bold reverse"), Piece(word(state), "bold")]
    if live and state.run:
        pieces += [
            Piece(f"run {live.number}", rank=2),
            Piece(f"turn {live.turn}", rank=3),
            Piece(duration(now - live.started_at), rank=1),
            Piece(f"{count(live.usage.input + live.usage.output)} tokens", rank=5),
        ]
    if state.held:
        pieces.append(Piece(f"queue held: {state.held}" if state.run else str(state.held), "$text-warning", rank=1))
    return [*pieces, *_policies(state)]


def named(names: Sequence[str]) -> list[Piece]:
    """The right part."""
    return [Piece(name(text), rank=4) for text in names]


def filled(context: int, window: int | None) -> list[Piece]:
    """How much of what the model takes in is used; nothing where one of them is not known."""
    return [Piece(f"{count(context)}/{whole(window)}", rank=5)] if context and window else []


def _policies(state: SessionState) -> list[Piece]:
    """Those that are not the usual ones."""
    said = []
    if state.on_interrupt is not OnInterrupt.KEEP:
        said.append(f"interrupt: {state.on_interrupt}")
    if state.incorporate_at is not IncorporateAt.BOUNDARY:
        said.append(f"incorporate: {state.incorporate_at}")
    return [Piece(text, rank=6) for text in said]


def note(state: SessionState, live: LiveRun | None, now: float) -> str:
    """What keeps the run waiting; empty if nothing does."""
    if not live or not state.run or state.run.stop:
        return ""
    if retry := live.retry:
        from interruptible_tui.agent import RETRIES  # imported by now: a run is active

        left = max(0, round(live.heard_at + retry.delay - now))
        return f"retrying in {left} s (attempt {retry.attempt} of {1 + RETRIES}): {clean_line(retry.reason)}"
    quiet = now - live.heard_at
    tools = any(call.call.status is CallStatus.RUNNING for call in live.calls.values())
    return f"waiting for the model {duration(quiet)}" if quiet > QUIET and not tools else ""


def duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02}"


def count(number: int) -> str:
    if number < 1_000:
        return str(number)
    return f"{number / 1_000:.1f}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def whole(number: int) -> str:
    """A round number, as the size of a window is."""
    return count(number) if number < 1_000 or number >= 1_000_000 else f"{number // 1_000}k"


def fitted(left: list[Piece], right: list[Piece], width: int) -> Content:
    """One line of at most `width` cells: `left` and `right`, without what there is no room for."""
    left, right = list(left), list(right)
    while _width(left) + _width(right) + (1 if left and right else 0) > width:
        dropped = max([*left, *right], key=lambda piece: piece.rank)
        if not dropped.rank:
            break
        (right if dropped in right else left).remove(dropped)
    if _width(left) > width:
        return Content(" ").join([Content.styled(piece.text.strip(), piece.style) for piece in left]).truncate(width)
    space = max(1, width - _width(left) - _width(right)) if right else 0
    return Content.assemble(_joined(left), " " * space, _joined(right)).truncate(width)


def _width(pieces: list[Piece]) -> int:
    return sum(cell_len(piece.text) for piece in pieces) + len(GAP) * max(0, len(pieces) - 1)


def _joined(pieces: list[Piece]) -> Content:
    return Content(GAP).join([Content.styled(piece.text, piece.style) for piece in pieces])


def name(text: str) -> str:
    """A name from outside, of bearable length."""
    line = clean_line(text)
    return line if cell_len(line) <= _NAME_WIDTH else f"{set_cell_size(line, _NAME_WIDTH - 1)}…"


class StatusLine(Widget):
    DEFAULT_CSS = """
    StatusLine {
        height: auto;
        padding: 0 2;
        color: $text-muted;
        text-wrap: nowrap;
    }
    """

    left: reactive[list[Piece]] = reactive(list[Piece])
    right: reactive[list[Piece]] = reactive(list[Piece])
    note: reactive[str] = reactive("", layout=True)

    def render(self) -> Content:
        width = self.content_size.width
        line = fitted(self.left, self.right, width)
        if not self.note:
            return line
        return Content("\n").join([Content.styled(self.note, "$text-warning").truncate(width, ellipsis=True), line])
