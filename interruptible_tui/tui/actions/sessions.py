"""Sessions as a whole: which are there, what is in them, and what they ask with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.tui.actions.action import Action
from interruptible_tui.tui.operands import Complaint, file_name
from interruptible_tui.tui.session_asks import What

if TYPE_CHECKING:
    from interruptible_tui.tui.actions.action import Chat, Perform


def _export(chat: Chat, words: str) -> None:
    name = file_name(words)
    if not name:
        raise Complaint("name the file: /export chat.md, or chat.json")
    chat.export(name)


def _ask_of_session(what: What, needs: str = "") -> Perform:
    """`needs` is what to do where nothing stands behind the word, and something has to."""

    def ask(chat: Chat, words: str) -> None:
        if needs and not words:
            raise Complaint(needs)
        chat.ask_of_session(what, words)

    return ask


def _switch_session(chat: Chat, words: str) -> None:
    if words:
        chat.ask_of_session(What.SWITCH, words)
    else:
        chat.show_sessions()


SESSIONS = (
    Action(
        "new",
        "New session",
        "open another session",
        lambda chat, name: chat.open_session(name or None),
        "[NAME]",
        leads_away=True,
    ),
    Action(
        "sessions",
        "Sessions",
        "all of them; switch, rename, fork, delete",
        lambda chat, _: chat.show_sessions(),
        leads_away=True,
    ),
    Action(
        "switch", "Switch to a session", "whose name or title begins so", _switch_session, "[NAME]", leads_away=True
    ),
    Action(
        "rename",
        "Rename the session",
        "for --session, too",
        _ask_of_session(What.RENAME, "write the new name behind the command"),
        "TITLE",
    ),
    Action("fork", "Fork the session", "go on in a copy of it", _ask_of_session(What.FORK), "[NAME]", leads_away=True),
    Action(
        "delete",
        "Delete a session",
        "this one, or another; it can be undone",
        _ask_of_session(What.DELETE),
        "[NAME]",
        leads_away=True,
    ),
    Action(
        "undelete",
        "Bring a session back",
        "the one deleted last, or another",
        _ask_of_session(What.BRING_BACK),
        "[NAME]",
        leads_away=True,
    ),
    Action(
        "search",
        "Search",
        "look for words in all sessions",
        lambda chat, words: chat.search(words),
        "[WORDS]",
        leads_away=True,
    ),
    Action("export", "Export", "write the session to a new file: Markdown, or JSON", _export, "FILE"),
    Action("models", "Models of the server", "pick one of them", lambda chat, _: chat.show_models(), leads_away=True),
    Action(
        "model",
        "Switch the model",
        "from the next run on; alone: say which it is",
        lambda chat, name: chat.outfit.model(name),
        "[NAME]",
    ),
    Action(
        "endpoint",
        "Switch the endpoint",
        "with its model and parameters",
        lambda chat, name: chat.outfit.endpoint(name),
        "[NAME]",
    ),
    Action(
        "system",
        "Switch the system prompt",
        "to a configured one by name, or to this text",
        lambda chat, words: chat.outfit.system(words),
        "[NAME|TEXT]",
    ),
    Action(
        "parameter",
        "Set a parameter of model calls",
        "such as reasoning_effort high, temperature 0.2",
        lambda chat, words: chat.outfit.parameter(words),
        "[NAME [VALUE]]",
    ),
)
