"""What can be asked for by name: one table behind the slash commands and the command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.conversation import OnInterrupt
from interruptible_tui.text import clean_line
from interruptible_tui.tui.actions.prompts import PROMPTS
from interruptible_tui.tui.actions.runs import RUNS
from interruptible_tui.tui.actions.screen import SCREEN
from interruptible_tui.tui.actions.sessions import SESSIONS
from interruptible_tui.tui.operands import Complaint, wish_and_text

if TYPE_CHECKING:
    from interruptible_tui.tui.actions.action import Action, Chat

ACTIONS = (*PROMPTS, *RUNS, *SESSIONS, *SCREEN)

_LITERALLY = "to send it as text, begin with a space"
_FEW = 3
"""Commands that are explained when they match; more are only named."""


def described(line: str) -> list[str]:
    """What the slash command `line` may become, for people."""
    word, words = _split(line)
    word = word.lower()
    if word == "now" and (wished := _wished(words)):
        return [wished]
    whole = bool(words) or line.endswith(" ")
    matching = [action for action in ACTIONS if (action.word == word if whole else action.word.startswith(word))]
    if not matching:
        return [f"there is no such command; {_LITERALLY}"]
    if len(matching) > _FEW:
        return [f"/{action.word}" for action in matching]
    return [f"/{f'{action.word} {action.argument}'.strip()}: {action.help}" for action in matching]


_LEAVES = {
    OnInterrupt.KEEP: "keeps what the run has said",
    OnInterrupt.TRIM: "trims the run's unfinished turn",
    OnInterrupt.ROLLBACK: "rolls the run back",
}


def _wished(words: str) -> str:
    """What a first word that is a wish does, and that it is not sent; empty if there is none."""
    wish, text = wish_and_text(words)
    if not wish or not text:
        return ""
    return f'/now {wish}: interrupts, {_LEAVES[wish]}, sends "{clean_line(text)}"; /now -- sends all of it'


def leads_away(line: str) -> bool:
    """Whether another session, screen or part may get the keyboard by the slash command `line`."""
    action = _named(_split(line)[0])
    return action is not None and action.leads_away


def perform(chat: Chat, line: str) -> None:
    """Carry out the slash command `line`. Raises Complaint."""
    word, words = _split(line)
    action = _named(word)
    if action is None:
        raise Complaint(f"there is no command /{clean_line(word)}; {_LITERALLY}")
    if words and not action.argument:
        raise Complaint(f"/{action.word} stands alone; {_LITERALLY}")
    action.perform(chat, words if "TEXT" in action.argument else words.strip())


def _split(line: str) -> tuple[str, str]:
    """A slash command's word, and what stands behind it."""
    word, *rest = line.removeprefix("/").split(maxsplit=1) or [""]
    return word, "".join(rest)


def _named(word: str) -> Action | None:
    return next((action for action in ACTIONS if action.word == word.lower()), None)
