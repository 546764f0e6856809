"""A tool call: one line that says what it does and how far it is, and below it, unfolded, its arguments and output."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from interruptible_tui.conversation import CallStatus, ToolCall, parse_arguments
from interruptible_tui.text import clean, clean_line
from interruptible_tui.tui.parts import Lead, Part

if TYPE_CHECKING:
    from interruptible_tui.tui.canvas import Canvas

UNFOLDED_LINES = 200
UNFOLDED_CHARACTERS = 20_000
KEPT_OUTPUT = 100_000
"""Characters of a running tool's output that are kept, from its end."""
TENTHS = 10.0
"""Seconds up to which the time is shown with tenths."""

_BAR = "│ "
_WRITING = Lead("…", "dim")
_LEADS = {
    CallStatus.RUNNING: Lead("●", "busy"),
    CallStatus.DONE: Lead("✓", "good"),
    CallStatus.FAILED: Lead("✗", "error"),
    CallStatus.DENIED: Lead("✗", "error"),
    CallStatus.INTERRUPTED: Lead("■", "error"),
    CallStatus.NOT_STARTED: Lead("○", "dim"),
    CallStatus.UNKNOWN: Lead("?", "error"),
}


class Call(Part):
    """Seconds are those of one steady clock."""

    def __init__(self, call: ToolCall, *, writing: bool = False) -> None:
        super().__init__(gap=0)
        self.call = call
        self.unfolded = False
        self._dimmed = False
        self._writing = writing
        self._started: float | None = None
        self._elapsed: float | None = None
        self._output: list[str] = []
        self._size = 0
        self._result = ""
        self._restate()

    @property
    def running(self) -> bool:
        return self.call.status is CallStatus.RUNNING and self._started is not None

    @property
    def text(self) -> str:
        return named(self.call)

    @property
    def step(self) -> float:
        """Seconds until what is shown of its time changes."""
        return 0.1 if (self._elapsed or 0) < TENTHS else 1.0

    def write(self, call: ToolCall, *, writing: bool) -> None:
        """The model has written more of it, or all."""
        self.call = call
        self._writing = writing
        self._restate()

    def start(self, now: float) -> None:
        self._started = now
        self._state(CallStatus.RUNNING)

    def print(self, text: str) -> None:
        self._output.append(text)
        self._size += len(text)
        if self._size > 2 * KEPT_OUTPUT:
            self._output = ["".join(self._output)[-KEPT_OUTPUT:]]
            self._size = KEPT_OUTPUT
        if self.unfolded:
            self._restate()

    def end(self, now: float, status: CallStatus, text: str) -> None:
        if self._started is not None:
            self._elapsed = now - self._started
        self.answer(text)
        self._state(status)

    def answer(self, text: str) -> None:
        """What the model was told about it."""
        self._result = text
        self._restate()

    def tick(self, now: float) -> None:
        """Time went by."""
        if self.running and self._started is not None:
            self._elapsed = now - self._started
            self._restate()

    def dim(self, *, dimmed: bool) -> None:
        """Whether the model no longer sees it."""
        self._dimmed = dimmed
        self._restate()

    def toggle(self) -> None:
        self.unfolded = not self.unfolded
        self._restate()

    def _state(self, status: CallStatus) -> None:
        self.call = ToolCall(self.call.id, self.call.name, self.call.arguments, status)
        self._restate()

    def _restate(self) -> None:
        lead = _WRITING if self._writing else _LEADS[self.call.status]
        self.lead = Lead(lead.glyph, "dim") if self._dimmed else lead
        self._changed()

    def _draw(self, canvas: Canvas) -> list[Strip]:
        return [self._head(canvas), *(self._body(canvas) if self.unfolded else ())]

    def _head(self, canvas: Canvas) -> Strip:
        styles = canvas.styles
        name, state = clean_line(self.call.name) or "…", self._said()
        name = fitted(name, max(1, canvas.width // 2))
        room = canvas.width - cell_len(name) - cell_len(state) - 3
        line = Text(no_wrap=True, overflow="crop")
        plain = styles["dim"] if self._dimmed else None
        line.append(name, plain or styles["user"])
        if room > 3 and (arguments := shortened(self.call.arguments)):
            line.append(" " + fitted(arguments, room), plain or styles["text"])
        line.append("  " + state, plain or styles[self.lead.style])
        return canvas.strips(line)[0]

    def _said(self) -> str:
        word = "writing" if self._writing else self.call.status.value.replace("_", " ")
        return word if self._elapsed is None else f"{word} {elapsed(self._elapsed)}"

    def _body(self, canvas: Canvas) -> list[Strip]:
        """The full arguments, and what came of the call."""
        said = [_indented(self.call.arguments)]
        said += [text for text in (self._result or "".join(self._output),) if text]
        bar = Segment(_BAR, canvas.styles["dim"])
        lines: list[Strip] = []
        for text in said:
            inner = Text(bounded(text), canvas.styles["dim"], overflow="fold")
            lines += [Strip([bar, *strip]) for strip in canvas.narrower(len(_BAR)).strips(inner)]
        return lines


def named(call: ToolCall) -> str:
    """Its name and its arguments, on one line."""
    return f"{clean_line(call.name)} {shortened(call.arguments)}".strip()


def shortened(arguments: str) -> str:
    """`arguments` on one line: the value of a single argument, `name: value` of several, else what was written."""
    known = parse_arguments(arguments)
    if known is None:
        return clean_line(" ".join(arguments[:1000].split()))
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in known.items()}
    pairs = list(values.values()) if len(values) == 1 else [f"{name}: {value}" for name, value in values.items()]
    return clean_line(" ".join(", ".join(pair[:1000] for pair in pairs).split()))


def fitted(text: str, width: int) -> str:
    """`text` in at most `width` cells, an ellipsis in place of what was cut."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def bounded(text: str) -> str:
    """The first lines of `text`, and how many more there are."""
    lines = text[:UNFOLDED_CHARACTERS].split("\n")
    shown = list(islice(lines, UNFOLDED_LINES))
    hidden = text.count("\n") + 1 - len(shown)
    more = [f"… {hidden} more lines"] if hidden else ["… cut here"] * (len(text) > UNFOLDED_CHARACTERS)
    return clean("\n".join([*shown, *more]))


def elapsed(seconds: float) -> str:
    if seconds < TENTHS:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"


def _indented(arguments: str) -> str:
    known = parse_arguments(arguments)
    return arguments if known is None else json.dumps(known, indent=2, ensure_ascii=False)
