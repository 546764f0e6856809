"""A reply of the model: Markdown, then its tool calls. Open while it streams, then closed by the message it became."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from interruptible_tui.conversation import Message, MessageStatus, ToolCall
from interruptible_tui.tui.blocks import LIMIT, Block, Splitter, references
from interruptible_tui.tui.calls import Call
from interruptible_tui.tui.entries import Entry
from interruptible_tui.tui.parts import Lead, Literal, MarkdownPart, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from interruptible_tui.tui.canvas import Canvas

HIDDEN = {MessageStatus.TRIMMED: "trimmed", MessageStatus.ROLLED_BACK: "rolled back"}
"""Messages that the model no longer sees, and the word for it."""

_CUT = Lead("■", "busy")


class Reply(Entry):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._message: Message | None = None
        self._heard: list[str] = []
        self._shown = 0
        """How many of the pieces heard are shown."""
        self._unread: deque[str] = deque()
        """Pieces that were streamed since, each of a length that is looked at in a moment."""
        self._fresh: list[Block] = []
        """Blocks that are closed and not yet shown."""
        self._settled = False
        """Whether it is shown as the message it became."""
        self._splitter = Splitter()
        self._closed: list[MarkdownPart] | None = []
        """The blocks that never change again; None for a stored message that nobody has seen."""
        self._tail: list[MarkdownPart] = []

    @classmethod
    def of(cls, message: Message) -> Reply:
        reply = cls()
        reply.close(message)
        return reply

    @property
    def text(self) -> str:
        said = self._message.text if self._message else "".join(self._heard)
        return "\n".join(part for part in (said, *(call.text for call in self.calls)) if part)

    @property
    def is_made(self) -> bool:
        return self._message is None or super().is_made

    @property
    def is_read(self) -> bool:
        """Whether all that was streamed has been looked at."""
        return not self._unread

    def stream(self, text: str) -> None:
        """The model has said more; it is looked at by `read`, and shown after `take_in`."""
        self._unread += (text[at : at + LIMIT] for at in range(0, len(text), LIMIT))

    def read(self, until: float) -> None:
        """Look at what was streamed, until that moment or the end of it; at some of it in any case."""
        while self._unread:
            piece = self._unread.popleft()
            self._heard.append(piece)
            self._fresh += self._splitter.feed(piece)
            if monotonic() >= until:
                break

    def write_call(self, index: int, call_id: str, name: str, arguments: str) -> None:
        """The model writes its call number `index`; `arguments` go on from what it wrote of them before."""
        while len(self.calls) <= index:
            self.calls.append(Call(ToolCall("", "", ""), writing=True))
            self._parts = None
        known = self.calls[index].call
        call = ToolCall(call_id or known.id, name or known.name, known.arguments + arguments)
        self.calls[index].write(call, writing=True)

    def close(self, message: Message) -> None:
        """This is what it became. Blocks that are already there are kept."""
        self._message = message
        if self.is_read:
            self._settle(message)
        for call, known in zip(self.calls, message.tool_calls, strict=False):
            call.write(known, writing=False)
        del self.calls[len(message.tool_calls) :]
        self.calls += [Call(call) for call in message.tool_calls[len(self.calls) :]]
        for call in self.calls:
            call.dim(dimmed=message.status in HIDDEN)
        self._parts = None

    def take_in(self, canvas: Canvas, *, seen: bool) -> int:
        """Show what was read. Returns the first row that may not be what it was; `seen`: look closely."""
        if self._message and self.is_read and not self._settled:
            self._settle(self._message)
            self._parts = None
        if not self.is_made:
            return 0
        parts = self.parts(canvas)
        if self._closed is None or not self._heard_more:
            first = len(parts.items) - len(self.calls) - bool(self._footer())
            parts.changed(first)
            return parts.start(first) + sum(call.gap for call in self.calls[:1])
        old, at = self._tail, len(self._closed)
        parts.items[at : at + len(old)] = self._cut()
        parts.changed(at)
        return parts.start(at) + (_same(old[0], parts.items[at], canvas) if seen and old else 0)

    @property
    def _heard_more(self) -> bool:
        """Whether something has been read since the tail was last made."""
        return len(self._heard) != self._shown

    def _cut(self) -> Sequence[Part]:
        """The parts that what was read makes out of the tail."""
        closed = [self._part(block) for block in self._fresh]
        tail = [self._part(block) for block in self._splitter.open]
        self._fresh.clear()
        self._shown = len(self._heard)
        self._closed = [*(self._closed or []), *closed]
        self._tail = tail
        return [*closed, *tail]

    def _settle(self, message: Message) -> None:
        self._settled = True
        self._closed = self._final(message)
        self._tail = []
        self._heard, self._shown = [], 0

    def _part(self, block: Block) -> MarkdownPart:
        return next((part for part in self._tail if part.block == block), None) or MarkdownPart(block)

    def _final(self, message: Message) -> list[MarkdownPart] | None:
        if self._heard_more:
            self._cut()
        whole = message.text == "".join(self._heard) and message.status not in HIDDEN
        if not whole or not message.text or references(message.text):
            return None
        return [*(self._closed or []), *(self._part(block) for block in self._splitter.finish())]

    def _make(self) -> list[Part]:
        if self._closed is None:
            self._closed = _blocks(self._message) if self._message else []
        said: list[Part] = [*self._closed, *self._tail]
        for index, call in enumerate(self.calls):
            call.gap = 1 if index == 0 else 0
        footer = self._footer()
        return [*said, *self.calls, *([footer] if footer else [])]

    def _footer(self) -> Part | None:
        if self._message is None:
            return None
        if self._message.status is MessageStatus.PARTIAL:
            by = f" by {self._message.cut}" if self._message.cut else ""
            return Literal(f"interrupted{by}", "busy", gap=1, lead=_CUT)
        word = HIDDEN.get(self._message.status)
        return Literal(word, "dim", gap=1) if word else None


def _blocks(message: Message) -> list[MarkdownPart]:
    splitter, known = Splitter(), references(message.text)
    blocks = [*splitter.feed(message.text), *splitter.finish()]
    return [MarkdownPart(block, known, dimmed=message.status in HIDDEN) for block in blocks]


def _same(old: Part, new: Part, canvas: Canvas) -> int:
    """How many rows at the top, the gap included, did not change."""
    if not old.is_drawn(canvas) or old.gap != new.gap:
        return 0
    before: list[Strip] = old.draw(canvas)
    after: list[Strip] = new.draw(canvas)
    pairs = enumerate(zip(before, after, strict=False))
    same = next((row for row, pair in pairs if pair[0] != pair[1]), min(len(before), len(after)))
    new.begin_as(old, same)
    return old.gap + same
