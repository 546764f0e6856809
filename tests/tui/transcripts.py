"""A host for one transcript, and eyes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.app import App, ComposeResult

from interruptible_tui.conversation import CallStatus, Message, Role, ToolCall
from interruptible_tui.events import Seen
from interruptible_tui.tui.transcript import Transcript

if TYPE_CHECKING:
    from rich.style import Style
    from textual.pilot import Pilot
    from textual.strip import Strip

    from interruptible_tui.tui.parts import Part


class Counting(Transcript):
    """A transcript that counts what it draws and paints."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: self.now)
        self.now = 0.0
        self.drawn = 0
        self.painted = 0

    def draw_part(self, part: Part) -> list[Strip]:
        self.drawn += not part.is_drawn(self._layout.canvas)
        return super().draw_part(part)

    def _finished(self, strip: Strip) -> Strip:
        self.painted += 1
        return super()._finished(strip)


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Counting()

    @property
    def transcript(self) -> Counting:
        return self.query_one(Counting)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until the transcript has nothing left to paint, running tools apart."""
    app = pilot.app
    assert isinstance(app, Host)
    while app.transcript._frame is not None:
        await pilot.pause()
    await pilot.pause()


def lines(transcript: Transcript) -> list[str]:
    """What is on the screen, row by row."""
    return [transcript.render_line(y).text.rstrip() for y in range(transcript.size.height)]


def said(transcript: Transcript) -> list[str]:
    """What is on the screen without its blank rows."""
    return [line.strip() for line in lines(transcript) if line.strip()]


def styles(transcript: Transcript) -> list[Style]:
    return [
        segment.style
        for y in range(transcript.size.height)
        for segment in transcript.render_line(y)
        if segment.style is not None
    ]


def stored(*messages: Message, after: int = 0) -> list[Message]:
    """`messages` as they are once they are stored."""
    return [replace(message, id=id_) for id_, message in enumerate(messages, after + 1)]


def seen(*messages: Message) -> tuple[Seen, ...]:
    """How stored `messages` are seen."""
    return tuple(Seen(each.id or 0, each.run, each.turn, each.role, each.status) for each in messages)


def user(text: str, run: int = 1, receipt: str | None = None) -> Message:
    return Message(role=Role.USER, text=text, run=run, turn=1, receipt=receipt)


def reply(text: str, run: int = 1, turn: int = 1, *calls: ToolCall) -> Message:
    return Message(role=Role.ASSISTANT, text=text, run=run, turn=turn, tool_calls=calls)


def result(text: str, call_id: str, run: int = 1, turn: int = 1) -> Message:
    return Message(role=Role.TOOL, text=text, run=run, turn=turn, tool_call_id=call_id)


def call(
    status: CallStatus = CallStatus.NOT_STARTED, call_id: str = "a", arguments: str = '{"dish": "soup"}'
) -> ToolCall:
    return ToolCall(call_id, "cook", arguments, status)
