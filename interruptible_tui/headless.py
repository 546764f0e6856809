"""`run`: one prompt without a screen. The answer goes to standard output as it streams, progress to standard error.

An interrupt from the keyboard stops the run and keeps what it has said. The run it waits for is the one that takes
its prompt, and those that it leads to.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import Enum
from textwrap import shorten
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from interruptible_tui.arguments import Format
from interruptible_tui.conversation import (
    CallStatus,
    IncorporateAt,
    MessageStatus,
    Mode,
    OnInterrupt,
    Role,
    RunStatus,
)
from interruptible_tui.engine import Engine
from interruptible_tui.events import (
    CallStreamed,
    HistoryChanged,
    MessageAdded,
    Published,
    ReasoningStreamed,
    RetryScheduled,
    RunEnded,
    Seen,
    TextStreamed,
    ToolEnded,
    ToolPrinted,
)
from interruptible_tui.guard import Guard
from interruptible_tui.machine import SessionState
from interruptible_tui.output import OutputClosed, OutputFailed, write, write_error
from interruptible_tui.text import clean, clean_line

FAILED = 1
_CALL_WIDTH = 100
"""Characters of a call that are shown."""
_GONE = {MessageStatus.TRIMMED, MessageStatus.ROLLED_BACK}


class _Printer:
    """Prints what an engine tells, in one format."""

    def __init__(self, format_: Format, ended: Callable[[], None]) -> None:
        self._format = format_
        self._ended = ended
        self._calls: dict[str, str] = {}
        self._said: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        """By run and turn."""
        self._in_line = False
        self.reason = ""
        self.failure: OutputClosed | OutputFailed | None = None

    def tell(self, event: Published, state: SessionState) -> None:
        """Print `event`; output that fails ends the wait for the run."""
        if not self.failure:
            try:
                self._print(event)
            except (OutputClosed, OutputFailed) as failure:
                self.failure = failure
        quiet = isinstance(event, TextStreamed | CallStreamed | ReasoningStreamed | ToolPrinted)
        if self.failure or (not quiet and not state.run):
            self._ended()

    def _print(self, event: Published) -> None:
        if self._format is Format.STREAM_JSON:
            write(json.dumps({"type": type(event).__name__, **_plain(event)}) + "\n")
        match event:
            case TextStreamed(run, turn, text):
                if (run, turn) not in self._said:
                    self._end_line()
                self._said[run, turn].append(text)
                self._text(text)
                self._in_line = True
            case MessageAdded(message=message) if message.tool_calls:
                self._end_line()
                if message.status is not MessageStatus.PARTIAL:
                    self._said.clear()
                self._calls = {call.id: f"{call.name} {call.arguments}" for call in message.tool_calls}
            case ToolEnded(call_id=call_id, status=status):
                progress(f"{shorten(self._calls[call_id], _CALL_WIDTH, placeholder=' …')}: {_word(status)}")
            case HistoryChanged(seen):
                self._take_back(seen)
            case RetryScheduled(delay=delay, reason=reason):
                progress(f"{reason}; trying again in {delay:.1f} s")
            case RunEnded(reason=reason):
                self.reason = reason
            case _:
                pass

    def _text(self, text: str) -> None:
        if self._format is Format.TEXT:
            write(clean(text))

    def _end_line(self) -> None:
        if self._in_line:
            self._text("\n")
        self._in_line = False

    def _take_back(self, seen: Iterable[Seen]) -> None:
        """What of it is rolled back or trimmed is no part of the answer."""
        gone = {(each.run, each.turn) for each in seen if each.role is Role.ASSISTANT and each.status in _GONE}
        if taken := [self._said.pop(turn) for turn in gone & self._said.keys()]:
            self._end_line()
            progress(f"taken back: {shorten(''.join(taken[-1]), _CALL_WIDTH, placeholder=' …')}")

    def finish(self, status: RunStatus | None) -> None:
        """Print what stands at the end of the format."""
        self._end_line()
        if self._format is Format.JSON:
            text = "\n".join("".join(said) for said in self._said.values())
            write(json.dumps({"text": text, "status": status, "reason": self.reason or None}) + "\n")


async def run(
    engine: Engine,
    prompt: str,
    format_: Format,
    guard: Guard,
    mode: Mode | None = None,
    on_interrupt: OnInterrupt | None = None,
    incorporate_at: IncorporateAt | None = None,
) -> int:
    """Send `prompt` and wait until no run is active; returns the exit status. A signal stops the run.

    StoreError, Refused, OutputClosed, OutputFailed.
    """
    over = asyncio.Event()
    printer = _Printer(format_, over.set)
    left: list[int] = []

    def leave(status: int) -> None:
        left.append(status)
        over.set()

    guard.on_signal = leave
    unobserve = engine.observe(printer.tell)
    try:
        id_ = await engine.submit(prompt, mode, on_interrupt=on_interrupt, incorporate_at=incorporate_at)
        for waiting in engine.state.pending:
            if waiting.prompt.id == id_ and waiting.hold:
                progress(f"the prompt waits with what is held in this session ({waiting.hold}); the chat resumes it")
                return FAILED
        await over.wait()
        if left and engine.state.run:
            over.clear()
            await engine.stop()
            await over.wait()
    finally:
        unobserve()
    if printer.failure:
        raise printer.failure
    status = engine.state.last
    printer.finish(status)
    if left:
        return left[0]
    if status is RunStatus.COMPLETED:
        return 0
    progress(f"the run {status}: {printer.reason}")
    return FAILED


def _plain(value: Any) -> Any:
    """An event, and what is in it, as JSON values."""
    if isinstance(value, Struct):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value if isinstance(value, str) else value.name.lower()
    return value


def _word(status: CallStatus) -> str:
    return status.replace("_", " ")


def progress(text: str) -> None:
    write_error(f"{clean_line(text)}\n")
