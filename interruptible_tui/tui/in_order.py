"""Screens whose keys take effect in the order in which they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interruptible_tui.tui.turns import InTurn

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    Mixed = Screen[Any]
else:
    Mixed = object
    """Textual looks for a screen's styles along the first of its bases that is one."""


class InOrder(Mixed):
    """Mixed into a screen, before it. What it is written into, or chosen in, is InTurn."""

    async def on_in_turn_deferred(self, event: InTurn.Deferred) -> None:
        await self.app.run_action(event.action, event.node)
        event.widget.take_back()

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Keys that are on their way follow the focus."""
        before = self.focused
        super().set_focus(widget, scroll_visible, from_app_focus)
        if isinstance(before, InTurn) and self.focused not in {None, before}:
            before.hand_over(self.focused)
