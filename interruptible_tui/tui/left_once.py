"""Screens over the chat, for an impatient hand whose keys come all at once.

They are left once, however often they are told to. What is typed behind the wish for one is meant for it, though it is
still to be put up; what is typed behind the key that leaves it is for who has the focus then.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandInput, CommandPalette
from textual.worker import WorkerCancelled, WorkerFailed

from interruptible_tui.tui.in_order import InOrder
from interruptible_tui.tui.turns import Input, InTurn

if TYPE_CHECKING:
    from textual.events import Event
    from textual.screen import Screen
    from textual.widget import Widget

    Mixed = Screen[Any]
else:
    Mixed = object
    """Textual looks for a screen's styles along the first of its bases that is one."""


class LeftOnce(Mixed):
    """Mixed into a screen, before it. Textual's own takes away whatever is on top, be it another screen."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        return super().dismiss(result) if self is self.app.screen else AwaitComplete()


class PutUp(LeftOnce, InOrder):
    """Mixed into a screen, before it."""

    _before: InTurn | None = None
    """Who has let go until this is mounted."""
    _early: tuple[Input, ...] | None = ()
    """What has come until then; None: it is mounted."""

    @property
    def heir(self) -> Widget:
        """Who gets what is typed."""
        return self.query_one(str(self.AUTO_FOCUS))

    def take_keys(self, before: Widget | None) -> None:
        """What is typed from now on is not for `before`, which has had the focus, but for the heir."""
        if isinstance(before, InTurn):
            before.let_go()
            self._before = before

    def on_mount(self) -> Any:  # a screen's own, which Textual calls first, may be a coroutine
        if self._before:
            self._before.hand_over(self.heir)
        early, self._before, self._early = self._early or (), None, None
        for event in early:
            self._forward_event(event)

    def _forward_event(self, event: Event) -> None:
        """What comes early waits, so that nothing overtakes it."""
        if isinstance(event, Input) and self._early is not None:
            self._early = (*self._early, event)
        else:
            super()._forward_event(event)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        is_shown = self is self.app.screen
        left = super().dismiss(result)
        if is_shown:
            self._pass_on_keys(self.app.screen)
        return left

    def _pass_on_keys(self, shown: Screen[Any]) -> None:
        """This has been left: what has been typed, and is not handled, is for `shown`."""
        if self._before:
            self._before.take_back()
        if shown.focused:
            self._leave_keys(shown.focused)
        early, self._before, self._early = self._early or (), None, None
        for event in early:
            shown._forward_event(event)  # noqa: SLF001 - as if it came now

    def _leave_keys(self, heir: Widget) -> None:
        if isinstance(self.focused, InTurn):
            self.focused.hand_over(heir)


class Palette(PutUp, CommandPalette):
    """Textual's list of commands: what is chosen there is carried out once, and was found for all that is typed."""

    @on(CommandInput.Submitted)
    async def choose_when_found(self, event: CommandInput.Submitted) -> None:
        """Textual's takes the first of what was found before."""
        event.prevent_default()
        searching = [worker for worker in self.workers if worker.group == self._GATHER_COMMANDS_GROUP]
        with suppress(WorkerFailed, WorkerCancelled):  # other words are sought meanwhile
            await self.workers.wait_for_complete(searching)
        self._select_or_command(event)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self is not self.app.screen and self._selected_command:
            self._selected_command = replace(self._selected_command, command=lambda: None)
        return super().dismiss(result)
