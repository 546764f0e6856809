"""What can be asked for by name: one table behind the slash commands and the command palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from interruptible_tui.conversation import Mode
from interruptible_tui.text import clean_line
from interruptible_tui.tui.wishes import Wishes


class Chat(Protocol):
    """What actions act upon."""

    wishes: Wishes

    def send(self, text: str, mode: Mode | None) -> None: ...
    def send_draft(self, mode: Mode) -> None: ...
    def stop(self) -> None: ...
    def open_session(self, name: str | None) -> None: ...
    def show_help(self) -> None: ...
    def quit(self) -> None: ...


class Complaint(Exception):  # noqa: N818 - what a person is told
    """A command cannot be carried out as it was written; the text is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class Action:
    word: str
    """As a slash command, without the slash."""
    title: str
    """In the palette."""
    help: str
    perform: Callable[[Chat, str], None]
    """Given what stands behind the word; raises Complaint."""
    argument: str = ""
    """What may stand behind the word, for people; empty: nothing may."""


def _mode(chat: Chat, argument: str) -> None:
    if not argument:
        return chat.wishes.cycle_mode()
    try:
        return chat.wishes.switch(Mode(argument.lower()))
    except ValueError:
        raise Complaint(f"there is no mode {argument}: the modes are {', '.join(Mode)}") from None


def _send_as(mode: Mode) -> Callable[[Chat, str], None]:
    def send(chat: Chat, argument: str) -> None:
        if argument:
            chat.send(argument, mode)
        else:
            chat.send_draft(mode)

    return send


ACTIONS = (
    Action("mode", "Switch the mode", "switch the mode: interrupt, incorporate or queue", _mode, "[MODE]"),
    Action("steer", "Send as incorporate", "the run takes it in at its next step", _send_as(Mode.INCORPORATE), "TEXT"),
    Action("now", "Send as interrupt", "stop the run and start anew with it", _send_as(Mode.INTERRUPT), "TEXT"),
    Action("queue", "Send as queue", "it waits for a run of its own", _send_as(Mode.QUEUE), "TEXT"),
    Action("stop", "Stop", "stop the run, as Esc does", lambda chat, _: chat.stop()),
    Action("resume", "Resume", "go on with what is held", lambda chat, _: chat.wishes.resume()),
    Action("retry", "Retry", "try the last run again", lambda chat, _: chat.wishes.continue_run()),
    Action(
        "continue", "Continue", "go on after a run that was not completed", lambda chat, _: chat.wishes.continue_run()
    ),
    Action("new", "New session", "open another session", lambda chat, name: chat.open_session(name or None), "[NAME]"),
    Action("help", "Help", "the modes, the keys and these commands", lambda chat, _: chat.show_help()),
    Action("quit", "Quit", "leave; what is pending is kept", lambda chat, _: chat.quit()),
)


_LITERALLY = "to send it as text, begin with a space"
_FEW = 3
"""Commands that are explained when they match; more are only named."""


def described(line: str) -> list[str]:
    """What the slash command `line` may become, for people."""
    word, *rest = line.removeprefix("/").lower().split(maxsplit=1) or [""]
    whole = bool(rest) or line.endswith(" ")
    matching = [action for action in ACTIONS if (action.word == word if whole else action.word.startswith(word))]
    if not matching:
        return [f"there is no such command; {_LITERALLY}"]
    if len(matching) > _FEW:
        return [f"/{action.word}" for action in matching]
    return [f"/{f'{action.word} {action.argument}'.strip()}: {action.help}" for action in matching]


def perform(chat: Chat, line: str) -> None:
    """Carry out the slash command `line`. Raises Complaint."""
    word, *rest = line.strip().removeprefix("/").split(maxsplit=1) or [""]
    action = next((action for action in ACTIONS if action.word == word.lower()), None)
    if action is None:
        raise Complaint(f"there is no command /{clean_line(word)}; {_LITERALLY}")
    if rest and not action.argument:
        raise Complaint(f"/{action.word} stands alone; {_LITERALLY}")
    action.perform(chat, "".join(rest))
