"""What is sent, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.conversation import Mode
from interruptible_tui.events import ModeChanged, Moved, UndoRequested, Withdrawn
from interruptible_tui.tui.actions.action import Action
from interruptible_tui.tui.operands import choice, pending_prompt, position_and_mode, wish_and_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from interruptible_tui.conversation import Prompt
    from interruptible_tui.events import UserEvent
    from interruptible_tui.tui.actions.action import Chat, Perform


def _mode(chat: Chat, words: str) -> None:
    if words:
        chat.wishes.switch(choice(words, Mode, "mode"))
    else:
        chat.wishes.cycle_mode()


def _send_as(mode: Mode | None) -> Perform:
    def send(chat: Chat, words: str) -> None:
        if words:
            chat.send(words, mode)
        else:
            chat.send_draft(mode)

    return send


def _now(chat: Chat, words: str) -> None:
    wish, text = wish_and_text(words)
    if text:
        chat.send(text, Mode.INTERRUPT, wish)
    else:
        chat.send_draft(Mode.INTERRUPT, wish)


def _prompt(chat: Chat, words: str) -> Prompt:
    return pending_prompt(words, chat.state.pending, chat.selected)


def _ask(wish: Callable[[str], UserEvent]) -> Perform:
    """Ask for what `wish` makes of the id of the prompt that is meant."""
    return lambda chat, words: chat.wishes.ask(wish(_prompt(chat, words).id))


def _set(chat: Chat, words: str) -> None:
    position, mode = position_and_mode(words)
    chat.wishes.ask(ModeChanged(_prompt(chat, position).id, mode))


PROMPTS = (
    Action("send", "Send", "send it with the mode of the session", _send_as(None), "TEXT"),
    Action("mode", "Switch the mode", "switch the mode: interrupt, incorporate or queue", _mode, "[MODE]"),
    Action(
        "steer",
        "Send as incorporate",
        "the run takes it in at its next step",
        _send_as(Mode.INCORPORATE),
        "TEXT",
        ("composer.incorporate",),
    ),
    Action(
        "now",
        "Send as interrupt",
        "stop the run and start anew with it",
        _now,
        "[keep|trim|rollback] TEXT",
        ("composer.interrupt",),
    ),
    Action("queue", "Send as queue", "it waits for a run of its own", _send_as(Mode.QUEUE), "TEXT"),
    Action(
        "pending",
        "Pending prompts",
        "go to what waits: select, edit, move",
        lambda chat, _: chat.show_pending(),
        leads_away=True,
    ),
    Action(
        "edit",
        "Edit a pending prompt",
        "write it anew",
        lambda chat, words: chat.edit(_prompt(chat, words)),
        "[N]",
        ("composer.recall",),
    ),
    Action("withdraw", "Withdraw a pending prompt", "take it back, unsent", _ask(Withdrawn), "[N]"),
    Action(
        "up",
        "Move a pending prompt up",
        "let it land earlier",
        _ask(lambda prompt: Moved(prompt, -1)),
        "[N]",
        ("pending.move_up",),
    ),
    Action(
        "down",
        "Move a pending prompt down",
        "let it land later",
        _ask(lambda prompt: Moved(prompt, 1)),
        "[N]",
        ("pending.move_down",),
    ),
    Action(
        "set",
        "Set a pending prompt's mode",
        "give it another mode",
        _set,
        "[N] MODE",
        ("pending.mode", "pending.incorporate", "pending.queue"),
    ),
    Action(
        "sendnow",
        "Send a pending prompt now",
        "stop the run and start anew with it",
        _ask(lambda prompt: ModeChanged(prompt, Mode.INTERRUPT)),
        "[N]",
        ("pending.send_now",),
    ),
    Action(
        "undo",
        "Undo",
        "take back the last change of what waits, or rollback",
        lambda chat, _: chat.wishes.ask(UndoRequested()),
    ),
)
