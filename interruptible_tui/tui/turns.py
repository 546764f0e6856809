"""Keys and pastes that take effect in the order in which they come, whatever they do.

- A key with a binding is run by the widget that has the focus, in its turn. What comes behind a key of the screen's
  waits until that is done: it may have moved the focus.
- Whoever gets the focus gets the keys that are on their way to who had it, before any that comes later.
- What is typed where nothing can be written goes to the widget that it is meant for, the focus with it at once.
- Who lets go of the keyboard, by a wish that moves the focus once it is heard, keeps what comes later for who gets it.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import events
from textual.binding import ActiveBinding
from textual.message import Message
from textual.screen import Screen

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.events import Event
    from textual.widget import Widget

    Mixed = Widget
else:
    Mixed = object
    """Textual looks for a widget's styles along the first of its bases that is one."""

Input = events.Key | events.Paste
"""What comes from the keyboard."""


class InTurn(Mixed):
    """Mixed into a widget, before it. A key with a binding is run here, in its turn.

    Textual would let it bubble up to the app first, overtaken by what is typed next.
    """

    @dataclass
    class Deferred(Message):
        """A key pressed here belongs to `node`, a binding of which asks for `action`. Then `widget` takes back."""

        action: str
        node: DOMNode
        widget: InTurn

    def __init__(self, *args: Any, **options: Any) -> None:
        self._coming: list[Input] = []
        """Keys and pastes that wait to be handled here, in their order."""
        self._let_go = 0
        """How often it has let go, and not taken back."""
        super().__init__(*args, **options)

    def post_message(self, message: Message) -> bool:
        if isinstance(message, Input):
            self._coming.append(message)
        return super().post_message(message)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Input):
            if self._let_go or event not in self._coming:
                return  # it is to be handed over, or has been
            self._coming.remove(event)
            if self._passes_on(event):
                return
        await super().on_event(event)

    @property
    def awaits_keys(self) -> bool:
        """Whether something is typed that is still to be handled here."""
        return bool(self._coming)

    def let_go(self) -> None:
        """What comes from here on is for the widget that gets the focus next."""
        self._let_go += 1

    def hand_over(self, heir: Widget) -> None:
        """What is on its way here goes to `heir`, which has just got the focus."""
        coming, self._coming, self._let_go = self._coming, [], 0
        for event in coming:
            heir.post_message(copy(event))  # it may still be on its way here itself

    def return_to_turn(self, event: Input) -> None:
        """`event`, which was to be handled here, goes before all that is on its way here."""
        self._coming.insert(0, event)

    def go_on(self) -> None:
        """What comes is for this widget again, also what has come meanwhile, however often it has let go."""
        self.hand_over(self)

    def take_back(self) -> None:
        """What has come since it was let go of is for this widget, if no other one has got the focus."""
        self._let_go = max(0, self._let_go - 1)
        if not self._let_go:
            self.go_on()

    def give_to(self, heir: InTurn) -> None:
        """What has come since it has let go is for `heir`, which may be this one."""
        if heir is self:
            self.take_back()
        else:
            self.hand_over(heir)

    def _passes_on(self, event: Input) -> bool:  # noqa: ARG002 - as in `Read`
        """Whether `event` is meant for another widget, which has been given it then."""
        return False

    def _is_typed(self, event: events.Key) -> bool:  # noqa: ARG002 - as in `Typed`
        """Whether a key is text."""
        return False

    async def _on_key(self, event: events.Key) -> None:
        bound = None if self._is_typed(event) else bound_to(_key(event), self)
        if not bound or not bound.enabled:
            return
        if isinstance(bound.node, Screen):
            self.let_go()
            self.post_message(self.Deferred(bound.binding.action, bound.node, self))
        elif bound.node is not self or not await self.app.run_action(bound.binding.action, self):
            return
        event.stop()
        event.prevent_default()


class Typed(InTurn):
    """Mixed into a widget that is written into."""

    def _is_typed(self, event: events.Key) -> bool:
        return _is_text(event)


class Picks(InTurn):
    """Mixed into a list of which one thing is picked, by Enter."""

    _picks = False
    """Whether one has been, and it is not known yet who gets what comes behind it."""

    def let_go_to_pick(self) -> None:
        self._picks = True
        self.let_go()

    def hand_over(self, heir: Widget) -> None:
        """Enter was pressed to pick one, however often: nothing is sent by it."""
        is_left, self._picks = self._picks and heir is not self, False
        while is_left and self._coming and getattr(self._coming[0], "key", "") == "enter":
            self._coming.pop(0)
        super().hand_over(heir)


class Read(InTurn):
    """Mixed into a widget that is not written into; text that is no key of its own is for `writer`."""

    writer: Widget | None = None

    def _passes_on(self, event: Input) -> bool:
        """The writer gets the focus with what was typed, and so all that follows."""
        is_mine = isinstance(event, events.Key) and (not _is_text(event) or bound_to(event.key, self) is not None)
        if is_mine or not self.writer:
            return False
        self.writer.post_message(event)
        self.screen.set_focus(self.writer)
        return True


def bound_to(key: str, focused: Widget) -> ActiveBinding | None:
    """What `key` does where it is no text.

    As `Screen.active_bindings` says, which looks up all keys, for half a millisecond, and alone knows mapped ones.
    """
    if focused.app._keymap:  # noqa: SLF001 - as Textual does it
        return focused.screen.active_bindings.get(key)
    found: ActiveBinding | None = None
    for node in focused.ancestors_with_self:
        for binding in node._bindings.key_to_bindings.get(key, ()):  # noqa: SLF001
            state = focused.app._check_action_state(binding.action, node)  # noqa: SLF001
            if state is not False and (not found or (binding.priority and not found.binding.priority)):
                found = ActiveBinding(node, binding, bool(state))
        if node.is_modal:
            break
    return found


def _is_text(event: events.Key) -> bool:
    return event.is_printable and not event.key.startswith(("alt+", "ctrl+"))


def _key(event: events.Key) -> str:
    """Its name; tmux's Ctrl+Enter, `ESC[27;5;13~`, is known to Textual as "ctrl+" and a carriage return."""
    return event.key.replace("\r", "enter")
