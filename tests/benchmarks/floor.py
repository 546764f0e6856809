"""The floor: the smallest Textual program that does what a chat does. What it takes, Textual and Python take.

One input, one line-based scroll view with a cached strip for each line of plain text. It imports aiosqlite and
pydantic-settings at once, openai after its first frame; it streams from openai's raw stream; Esc cancels, and Enter
while an answer streams cancels it and asks anew. It stores nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import aiosqlite  # noqa: F401 - what a chat that stores something needs at its start
import pydantic_settings  # noqa: F401 - what a chat with settings needs at its start
from rich.segment import Segment
from textual.app import App
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class Lines(ScrollView, can_focus=False):
    """Text, wrapped where the width ends."""

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []
        self._last = ""

    def begin(self) -> None:
        self._last = ""
        self._strips.append(Strip([]))

    def add(self, text: str) -> None:
        width = self.size.width or 80
        first = len(self._strips) - 1
        rows = [
            line[at : at + width] for line in (self._last + text).split("\n") for at in range(0, len(line) or 1, width)
        ]
        self._strips[-1:] = [Strip([Segment(row)]) for row in rows]
        self._last = rows[-1]
        if len(self._strips) != self.virtual_size.height:
            self.virtual_size = Size(width, len(self._strips))
            self.scroll_end(animate=False, immediate=True)
        self.refresh_line_range(first, len(rows))

    def refresh_line_range(self, first: int, count: int) -> None:
        self.refresh(Region(0, first - self.scroll_offset.y, self.size.width, count))

    def render_line(self, y: int) -> Strip:
        at = self.scroll_offset.y + y
        return self._strips[at] if at < len(self._strips) else Strip.blank(self.size.width)


class Floor(App[None]):
    CSS = "Lines { height: 1fr; } Input { dock: bottom; }"
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "stop", "Stop")]
    _answering: asyncio.Task[None] | None = None
    _completions: Any = None

    def compose(self) -> ComposeResult:
        yield Lines()
        yield Input()

    def on_mount(self) -> None:
        self._importing = asyncio.ensure_future(self._import_openai())

    async def _import_openai(self) -> None:
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()
        self._completions = await asyncio.to_thread(_completions, sys.argv[1])

    async def on_input_submitted(self, submitted: Input.Submitted) -> None:
        submitted.input.clear()
        await self.action_stop()
        self._answering = asyncio.create_task(self._answer(submitted.value))

    async def action_stop(self) -> None:
        if self._answering:
            self._answering.cancel()
            await asyncio.wait([self._answering])

    async def _answer(self, prompt: str) -> None:
        await self._importing
        lines = self.query_one(Lines)
        lines.begin()
        lines.add(f"> {prompt}\n")
        messages = [{"role": "user", "content": prompt}]
        asked = self._completions.with_streaming_response.create(model="scripted", messages=messages, stream=True)
        async with asked as response:
            async for line in response.iter_lines():
                if line.startswith("data: {"):
                    for choice in json.loads(line[6:])["choices"]:
                        lines.add(choice["delta"].get("content") or "")


def _completions(base_url: str) -> Any:
    import openai

    client = openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
    return client.chat.completions  # imported when it is asked for


def main() -> None:
    with suppress(asyncio.CancelledError):
        Floor().run()
