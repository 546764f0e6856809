"""A screen that paints what a key has changed at once, and nothing else.

Textual has all changes wait for the next of its 60 frames per second, the echo of a key with them: up to 17 ms while
something streams. And for each change it asks all widgets for all of their rows, to throw most of them away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual._compositor import Compositor
from textual.screen import Screen

from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.find_bar import FindBar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.geometry import Region
    from textual.strip import Strip


class EchoingScreen(Screen[None]):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._compositor = _NarrowCompositor()

    async def _on_idle(self, event: events.Idle) -> None:
        if self.is_current and any(isinstance(widget, Composer | FindBar) for widget in self._dirty_widgets):
            self._on_timer_update()
        await super()._on_idle(event)


class _NarrowCompositor(Compositor):
    """Asks only the widgets in the rectangle around all that has changed."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        visible = self.visible_widgets
        if crop is None:
            return super()._get_renders()
        self._visible_widgets = {widget: place for widget, place in visible.items() if crop.overlaps(place[0])}
        try:
            return list(super()._get_renders(crop))
        finally:
            self._visible_widgets = visible
