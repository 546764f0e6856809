"""All that is known of one run, as lines: how it ended, what it took, its turns, and what became of its tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from interruptible_tui.conversation import CallStatus, CompensationStatus, MessageStatus
from interruptible_tui.receipts import elapsed
from interruptible_tui.text import clean_line
from interruptible_tui.tui.calls import fitted, shortened
from interruptible_tui.tui.lines import Line, Piece
from interruptible_tui.tui.run_rows import STATE_STYLES, span, state, took
from interruptible_tui.tui.timeline import Span, bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interruptible_tui.archive import RunDetails
    from interruptible_tui.conversation import Compensation, Message
    from interruptible_tui.retracing import Turn
    from interruptible_tui.store.runs import CallRecord

_INDENT = "   "
_NAME_WIDTH = 16
_BAR_WIDTH = 30
"""Cells at most."""
_MARKS = {
    CallStatus.RUNNING: ("●", "busy"),
    CallStatus.DONE: ("✓", "good"),
    CallStatus.FAILED: ("✗", "error"),
    CallStatus.DENIED: ("✗", "error"),
    CallStatus.INTERRUPTED: ("■", "error"),
    CallStatus.NOT_STARTED: ("○", "dim"),
    CallStatus.UNKNOWN: ("?", "error"),
}
_UNDONE_MARKS = {
    CompensationStatus.WAITING: ("○", "dim"),
    CompensationStatus.RUNNING: ("●", "busy"),
    CompensationStatus.DONE: ("✓", "good"),
    CompensationStatus.FAILED: ("✗", "error"),
    CompensationStatus.UNKNOWN: ("?", "error"),
    CompensationStatus.NOT_DECLARED: ("–", "error"),
    CompensationStatus.NEEDLESS: ("–", "dim"),
}


def story(run: RunDetails, width: int, now: float, *, stopping: bool = False) -> list[Line]:
    """Lines of at most `width` cells; each turn that has asked the model can be chosen, by its number."""
    return [
        *_head(run, width, now, stopping=stopping),
        *(line for prompt in run.prompts for line in _prompt(prompt, width)),
        *(line for turn in run.turns for line in _turn(run, turn, width, now)),
        *_compensations(run, width),
    ]


def _head(run: RunDetails, width: int, now: float, *, stopping: bool) -> Iterator[Line]:
    listed, record = run.listed, run.listed.record
    word = state(listed, stopping=stopping)
    turns = f"{record.turns} turn{'' if record.turns == 1 else 's'}"
    tokens = f"{record.usage.input} tokens in, {record.usage.output} out"
    rest = f" · {record.trigger} · {turns} · {took(listed, now)} · {tokens}"
    first = Piece(f"Run {record.number}", "strong")
    yield Line(
        (
            first,
            Piece(f" {word}", STATE_STYLES[word]),
            Piece(fitted(rest, width - cell_len(f"Run {record.number} {word}"))),
        )
    )
    if record.reason:
        yield _said(
            f"{listed.status.value}: {record.reason}",
            width,
            "error" if listed.status.value in {"failed", "crashed"} else "dim",
        )
    if run.rollback is not None:
        extent = "" if record.rolled_back else "in part "
        yield _said(f"rolled back {extent}by rollback {run.rollback}: the model does not see it", width, "dim")


def _said(text: str, width: int, style: str) -> Line:
    return Line((Piece(fitted(clean_line(text), width), style),))


def _prompt(prompt: Message, width: int) -> Iterator[Line]:
    """Its first line, and what became of it."""
    receipt = clean_line(prompt.receipt or "")
    text = clean_line(" ".join(prompt.text[:1000].split()))
    room = width - cell_len(receipt) - 4
    if room < len(text) and room < width // 3:
        yield _said(f"❯ {text}", width, "strong")
        yield _said(f"  {receipt}", width, "dim")
    else:
        shown = fitted(text, room)
        yield Line((Piece(f"❯ {shown}", "strong"), Piece(f"  {receipt}", "dim")))


# -- turns ------------------------------------------------------------------------------------------------------------


def _turn(run: RunDetails, turn: Turn, width: int, now: float) -> Iterator[Line]:
    head = f"{turn.number:>2}  "
    text = fitted(_reply(turn), max(1, width - cell_len(head)))
    style = "text" if turn.reply and turn.reply.text else "dim"
    yield Line((Piece(head, "strong"), Piece(text, style)), turn.number if turn.asked else None)
    whole = span(run.listed, now) or _known(run)
    for call in run.calls.get(turn.number, ()):
        yield _call(call, whole, width, now)


def _known(run: RunDetails) -> Span:
    """As far as a run is known that nobody has ended."""
    started = run.listed.record.started_at
    calls = [call for turn in run.calls.values() for call in turn]
    return Span(started, max([started, *(at for call in calls for at in (call.started_at, call.ended_at) if at)]))


def _reply(turn: Turn) -> str:
    reply = turn.reply
    if not reply:
        return "no reply" if turn.asked else "calls again what the last run was at"
    said = clean_line(" ".join(reply.text[:1000].split()))
    if not said:
        said = (
            "calls again what a crash has cut" if not turn.asked else "calls tools" if reply.tool_calls else "nothing"
        )
    marks = {MessageStatus.PARTIAL: "cut short: ", MessageStatus.TRIMMED: "trimmed: "}
    return marks.get(reply.status, "") + said


def _call(call: CallRecord, whole: Span, width: int, now: float) -> Line:
    """Name, bar, how long, what came of it; and what it was asked, where there is room."""
    mark, style = _MARKS[call.call.status]
    name = fitted(clean_line(call.call.name) or "…", _NAME_WIDTH).ljust(_NAME_WIDTH)
    name += " " * (_NAME_WIDTH - cell_len(name))
    part = _part(call, whole, now)
    said = call.call.status.value.replace("_", " ")
    if part:
        said = f"{elapsed(part.seconds)} {said}"
    behind = f"  {said}"
    room = width - len(_INDENT) - 2 - _NAME_WIDTH - 1 - cell_len(behind)
    cells = max(0, min(_BAR_WIDTH, room))
    line = bar(part, whole, cells, unfinished=call.ended_at is None) if part else " " * cells
    asked = room - cells - 2
    arguments = f"  {fitted(shortened(call.call.arguments), asked)}" if asked > 8 else ""
    return Line(
        (
            Piece(f"{_INDENT}{mark} ", style),
            Piece(f"{name} "),
            Piece(line, style),
            Piece(behind, style),
            Piece(arguments, "dim"),
        )
    )


def _part(call: CallRecord, whole: Span, now: float) -> Span | None:
    """When its tool worked; None if it never did. What was never ended lasts as long as the run is known to."""
    if call.started_at is None or call.call.status is CallStatus.NOT_STARTED:
        return None
    running = call.call.status is CallStatus.RUNNING
    return Span(call.started_at, call.ended_at or (now if running else max(whole.end, call.started_at)))


# -- what was undone --------------------------------------------------------------------------------------------------


def _compensations(run: RunDetails, width: int) -> Iterator[Line]:
    if run.compensations:
        yield Line((Piece(fitted("Undoing, the newest call first", width), "strong"),))
    for each in reversed(run.compensations):
        yield from _compensation(each, width)


def _compensation(compensation: Compensation, width: int) -> Iterator[Line]:
    mark, style = _UNDONE_MARKS[compensation.status]
    call = compensation.call
    name = fitted(clean_line(call.name) or "…", _NAME_WIDTH)
    status = f"  {compensation.status.value}"
    room = width - len(_INDENT) - 2 - cell_len(name) - cell_len(status) - 1
    asked = fitted(shortened(call.arguments), room) if room > 8 else ""
    yield Line((Piece(f"{_INDENT}{mark} ", style), Piece(f"{name} "), Piece(asked, "dim"), Piece(status, style)))
    if compensation.text:
        said = clean_line(" ".join(compensation.text[:1000].split()))
        yield _said(f"{_INDENT}  {said}", width, style)
