"""The conversation as people see it: what was said, the reply that streams, the tools that run.

Whoever tells the transcript something pays for remembering it alone; it is drawn at the next frame. There is a timer
only while a frame is due: text has streamed in, or a tool runs and its seconds go by.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from interruptible_tui.conversation import CallStatus, Message, Role
from interruptible_tui.tui.calls import Call
from interruptible_tui.tui.entries import Entry, Said
from interruptible_tui.tui.folding import FoldingView
from interruptible_tui.tui.parts import Lead
from interruptible_tui.tui.reply import HIDDEN, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.timer import Timer


FRAME = 1 / 20
"""Seconds between two paintings of what streams."""
REST = 4
"""A frame is followed by at least so many times of what it took: painting never takes more than a fifth of the time."""

_USER = Lead("❯", "lead")
_NOTE = Lead("·", "dim")
_NOTICE = Lead("·", "lead")
_ERROR = Lead("!", "error")

CallKey = tuple[int, int, str]
"""Run, turn, and the call's id, which servers repeat from turn to turn."""


class Transcript(FoldingView):
    """Shows messages, streams and notices; keeps at the end unless scrolled up."""

    DEFAULT_CSS = """
    Transcript {
        background: $background;
        color: $foreground;
        padding-left: 1;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        & > .transcript--text { color: $foreground; }
        & > .transcript--user { color: $foreground; text-style: bold; }
        & > .transcript--lead { color: $text-primary; text-style: bold; }
        & > .transcript--dim { color: $text-muted; }
        & > .transcript--error { color: $text-error; }
        & > .transcript--good { color: $text-success; }
        & > .transcript--busy { color: $text-warning; }
        & > .transcript--heading { color: $text-primary; text-style: bold; }
        & > .transcript--code { background: $surface; color: $foreground; }
        & > .transcript--link { color: $text-accent; text-style: underline; }
        & > .transcript--chosen { background: $surface-lighten-1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "scroll_home", "First message", show=False),
        Binding("ctrl+end", "scroll_end", "Last message", show=False),
    ]

    def __init__(
        self,
        *,
        clock: Callable[[], float] = monotonic,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._clock = clock
        self._open: dict[tuple[int, int], Reply] = {}
        self._callers: dict[CallKey, tuple[Reply, Call]] = {}
        self._touched: dict[Reply, None] = {}
        self._busy: dict[Call, Reply] = {}
        self._frame: Timer | None = None
        self._tick: Timer | None = None
        self._painted = 0.0
        self._pause = FRAME

    # -- messages -----------------------------------------------------------------------------------------------------

    def show(self, messages: Sequence[Message]) -> None:
        """Replace everything, as when a session is opened. Draws no more than fits on the screen."""
        self._open.clear()
        self._callers.clear()
        self._touched.clear()
        self._busy.clear()
        self.replace_entries([entry for message in messages if (entry := self._entry(message))])

    def add(self, message: Message) -> None:
        """A message is in the conversation. A reply takes the place of its stream, a result that of its call."""
        streamed = self._open.pop((message.run, message.turn), None) if message.role is Role.ASSISTANT else None
        if streamed:
            streamed.close(message)
            self._register(message, streamed)
            self._touched.pop(streamed, None)
            self.entry_changed(streamed)
        elif entry := self._entry(message):
            self.add_entry(entry)
        elif known := self._callers.get((message.run, message.turn, message.tool_call_id or "")):
            self._touch(known[0])

    def notice(self, text: str, *, error: bool = False) -> None:
        """A line of the program itself; it is not part of the conversation."""
        self.add_entry(Said(text, "error", _ERROR) if error else Said(text, "dim", _NOTICE))

    def _entry(self, message: Message) -> Entry | None:
        """What `message` looks like; None for a result, which is shown with its call."""
        hidden = HIDDEN.get(message.status)
        match message.role:
            case Role.USER:
                said = (message.receipt, message.mode, hidden)
                return Said(message.text, "dim" if hidden else "user", _USER, " · ".join(word for word in said if word))
            case Role.NOTE:
                return Said(message.text, "dim", _NOTE)
            case Role.ASSISTANT:
                reply = Reply.of(message)
                self._register(message, reply)
                return reply
            case Role.TOOL:
                if known := self._callers.get((message.run, message.turn, message.tool_call_id or "")):
                    known[1].answer(message.text)
                return None

    def _register(self, message: Message, reply: Reply) -> None:
        for call in reply.calls:
            self._callers.setdefault((message.run, message.turn, call.call.id), (reply, call))

    # -- a reply that streams -----------------------------------------------------------------------------------------

    def stream(self, run: int, turn: int, text: str) -> None:
        """The model says more."""
        reply = self._reply(run, turn)
        reply.stream(text)
        self._touch(reply)

    def stream_call(self, run: int, turn: int, index: int, call_id: str, name: str, arguments_fragment: str) -> None:
        """The model writes more of its call number `index`."""
        reply = self._reply(run, turn)
        reply.write_call(index, call_id, name, arguments_fragment)
        self._touch(reply)

    def abandon(self, run: int, turn: int) -> None:
        """Forget a reply that was cut before it was anything, because it is tried again."""
        if reply := self._open.pop((run, turn), None):
            self._touched.pop(reply, None)
            self.remove_entry(reply)

    def _reply(self, run: int, turn: int) -> Reply:
        if (reply := self._open.get((run, turn))) is None:
            reply = self._open[run, turn] = Reply()
            self.add_entry(reply)
        return reply

    # -- tools that run -----------------------------------------------------------------------------------------------

    def call_started(self, run: int, turn: int, call_id: str) -> None:
        if known := self._callers.get((run, turn, call_id)):
            reply, call = known
            call.start(self._clock())
            self._busy[call] = reply
            self._touch(reply)
            self._wait()

    def call_printed(self, run: int, turn: int, call_id: str, text: str) -> None:
        if known := self._callers.get((run, turn, call_id)):
            reply, call = known
            call.print(text)
            if call.unfolded:
                self._touch(reply)

    def call_ended(self, run: int, turn: int, call_id: str, status: CallStatus, text: str) -> None:
        if known := self._callers.get((run, turn, call_id)):
            reply, call = known
            call.end(self._clock(), status, text)
            self._busy.pop(call, None)
            self._touch(reply)

    # -- time ---------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._due()
        self._wait()

    def _touch(self, reply: Reply) -> None:
        self._touched[reply] = None
        self._due()

    def _due(self) -> None:
        """Paint what was touched: at once, or when the last frame is long enough ago."""
        if self._touched and self._frame is None and self.is_attached:
            self._frame = self.set_timer(max(0.001, self._painted + self._pause - monotonic()), self._paint)

    def _paint(self) -> None:
        self._frame = None
        began = monotonic()
        touched, self._touched = self._touched, {}
        for reply in touched:
            self.entry_changed(reply, reply.take_in(self._layout.canvas, seen=self.is_seen(reply)))
        self._painted = monotonic()
        self._pause = max(FRAME, REST * (self._painted - began))

    def _wait(self) -> None:
        """Let the seconds of running tools go by."""
        if self._busy and self._tick is None and self.is_attached:
            self._tick = self.set_timer(min(call.step for call in self._busy), self._pass)

    def _pass(self) -> None:
        self._tick = None
        for call, reply in self._busy.items():
            call.tick(self._clock())
            self._touch(reply)
        self._wait()
