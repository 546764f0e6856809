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
from interruptible_tui.tui.entries import Entry, Prompted, Said
from interruptible_tui.tui.found import FoundView
from interruptible_tui.tui.paging import Gap, PagedView
from interruptible_tui.tui.parts import Lead
from interruptible_tui.tui.reply import Reply
from interruptible_tui.tui.scribe import DIM_USER, Scribe
from interruptible_tui.tui.turns import Read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.timer import Timer

    from interruptible_tui.events import HistoryChanged
    from interruptible_tui.store import Page


FRAME = 1 / 20
"""Seconds between two paintings of what streams."""
REST = 4
"""A frame is followed by at least so many times of what it took: painting never takes more than a fifth of the time."""
SLICE = 0.004
"""Seconds for which what was streamed is looked at in one go, so that a key never waits for long."""
BEHIND = 0.2
"""Seconds between two paintings while more streams in than can be looked at: what matters is to catch up."""

_NOTICE = Lead("·", "lead")
_ERROR = Lead("!", "error")


class Transcript(Read, FoundView):
    """Shows messages, streams and notices; keeps at the end unless scrolled up."""

    DEFAULT_CSS = """
    Transcript {
        color: $foreground;
        padding-left: 1;
        overflow-y: auto;
        scrollbar-gutter: stable;
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
        & > .transcript--hit { background: $warning 30%; text-style: underline; }
        & > .transcript--current-hit { background: $background; color: $warning; text-style: bold reverse; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "scroll_home", "First message", show=False, id="transcript.first"),
        Binding("ctrl+end", "scroll_end", "Last message", show=False, id="transcript.last"),
        Binding("f6", "app.focus_next", "Other part", show=False, id="chat.focus_next"),
        Binding("ctrl+f", "screen.find", "Find", show=False, id="chat.find"),
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
        self._scribe = Scribe()
        self._touched: dict[Reply, None] = {}
        self._busy: dict[Call, Reply] = {}
        self._frame: Timer | None = None
        self._tick: Timer | None = None
        self._painted = self._shown = 0.0
        self._pause = FRAME

    # -- messages -----------------------------------------------------------------------------------------------------

    def show(self, messages: Sequence[Message], after: int = 0) -> None:
        """Replace everything, as when a session is opened. Draws no more than fits on the screen.

        `after`: the id of the message that stands before them; 0: none does.
        """
        self._open.clear()
        self._touched.clear()
        self._busy.clear()
        self._scribe.clear()
        earlier: list[Entry] = [Gap(0, after + 1)] if after else []
        self.replace_entries([*earlier, *self._written(messages)])

    def fill(self, wanted: PagedView.PageWanted, page: Page) -> None:
        """What was wanted has been read; its gap may be gone meanwhile."""
        if wanted.gap not in self._layout.stack.items:
            self.page_failed(wanted)
        elif wanted is self._wanted:
            between = [each for each in page.messages if wanted.gap.after < (each.id or 0) < wanted.gap.before]
            self.fill_entries(wanted, self._written(between), page)

    def _written(self, messages: Iterable[Message]) -> list[Entry]:
        return [entry for message in messages if (entry := self._scribe.write(message))]

    def dropped(self, entries: Sequence[Entry]) -> None:
        self._scribe.forget(entries)

    def add(self, message: Message) -> None:
        """A message is in the conversation. A reply takes the place of its stream, a result that of its call."""
        streamed = self._open.pop((message.run, message.turn), None) if message.role is Role.ASSISTANT else None
        if streamed:
            streamed.read(monotonic() + SLICE)
            streamed.close(message)
            self._scribe.settle(message, streamed)
            if streamed.is_read:
                self._touched.pop(streamed, None)
            self.entry_changed(streamed)
        elif entry := self._scribe.write(message):
            self.add_entry(entry)
        elif known := self._scribe.caller(message.run, message.turn, message.tool_call_id or ""):
            self._touch(known[0])

    def revise(self, changed: HistoryChanged) -> None:
        """Some messages are seen differently now; of those that are not loaded nothing is to be done."""
        revised = self._scribe.revise(changed.seen)
        notes = [note for note in changed.notes if not self._scribe.knows(note)]
        if not (revised or notes):
            return
        items = list(self._layout.stack.items)
        for note in notes:
            before = (at for at, entry in enumerate(items) if (entry.message or 0) > (note.id or 0))
            items[(at := next(before, len(items))) : at] = self._written([note])
        self._touched = {reply: None for reply in self._touched if reply not in revised or not reply.is_read}
        self.rearrange(items)

    def withdrawn(self, text: str) -> None:
        """A prompt has been taken back before it was in the conversation."""
        self.add_entry(Prompted(text, "dim", DIM_USER, "withdrawn"))

    def notice(self, text: str, *, error: bool = False) -> None:
        """A line of the program itself; it is not part of the conversation."""
        self.add_entry(Said(text, "error", _ERROR) if error else Said(text, "dim", _NOTICE))

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
        if known := self._scribe.caller(run, turn, call_id):
            reply, call = known
            call.start(self._clock())
            self._busy[call] = reply
            self._touch(reply)
            self._wait()

    def call_printed(self, run: int, turn: int, call_id: str, text: str) -> None:
        if known := self._scribe.caller(run, turn, call_id):
            reply, call = known
            call.print(text)
            if call.unfolded:
                self._touch(reply)

    def call_ended(self, run: int, turn: int, call_id: str, status: CallStatus, text: str) -> None:
        if known := self._scribe.caller(run, turn, call_id):
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
        behind = [reply for reply in self._touched if not _is_read(reply, began + SLICE)]
        if behind and began - self._shown < BEHIND:
            self._pause = monotonic() - began
        else:
            self._show_touched(behind)
            self._shown = monotonic()
            took = self._shown - began
            self._pause = took if behind else max(FRAME, REST * took)
        self._painted = monotonic()
        self._due()

    def _show_touched(self, behind: Sequence[Reply]) -> None:
        touched, self._touched = self._touched, dict.fromkeys(behind)
        for reply in touched:
            self.entry_changed(reply, reply.take_in(self._layout.canvas, seen=self.is_seen(reply)))

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


def _is_read(reply: Reply, until: float) -> bool:
    """Whether all that it was told has been looked at by that moment."""
    reply.read(until)
    return reply.is_read
