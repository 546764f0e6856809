"""What stands for what: each key that does something stands for an action, which has a command and is in the palette.

- A binding whose id ends in an action's word stands for it (`chat.stop` for `/stop`); an action may name more of them.
- Exempt is what only moves, shows, or leaves within one part of the screen, and what writes the text there: NAVIGATION
  has the names of such, as Textual calls what keys do. The palette itself is a way, and has none but its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.tui.actions import ACTIONS
from interruptible_tui.tui.actions.action import Action
from interruptible_tui.tui.bindings import keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interruptible_tui.tui.bindings import Bound

NAVIGATION = {
    *("focus_next", "choose", "choose_page", "choose_end", "select", "select_end", "turn", "go", "move_cursor"),
    *("scroll_transcript", "scroll_home", "scroll_end", "older", "newer"),
    *("open", "accept", "answer", "unfold", "all_sessions", "request"),
    *("leave", "step_back", "dismiss", "command_palette"),
    *("new_line", "erase", "erase_all", "unfilter"),
}
IN_THE_CHAT = ("app", "chat", "composer")
"""Places whose keys are there while a prompt is written."""


def stands_for(id_: str) -> Action | None:
    """The action that a binding stands for; what an action names itself comes first."""
    named = next((action for action in ACTIONS if id_ in action.keys), None)
    word = id_.rpartition(".")[2]
    return named or next((action for action in ACTIONS if action.word == word), None)


def is_exempt(bound: Bound) -> bool:
    return bound.action in NAVIGATION


def by_action(bindings: Iterable[Bound]) -> dict[str, list[Bound]]:
    """The bindings that stand for each action, by its word."""
    found: dict[str, list[Bound]] = {action.word: [] for action in ACTIONS}
    for bound in bindings:
        if not is_exempt(bound) and (action := stands_for(bound.id)):
            found[action.word].append(bound)
    return found


def keys_in_chat(bindings: Mapping[str, Bound], mapped: Mapping[str, str]) -> dict[str, list[str]]:
    """The keys that each action has while a prompt is written, by its word."""
    return {
        word: [key for bound in those if bound.place in IN_THE_CHAT for key in keys_of(bound, mapped)]
        for word, those in by_action(bindings.values()).items()
    }
