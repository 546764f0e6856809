"""What can be asked for by name: one table behind the slash commands and the command palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt, Prompt
from interruptible_tui.events import (
    CompensationRequested,
    ModeChanged,
    Moved,
    PolicySwitched,
    RestoreRequested,
    RetryRequested,
    RollbackRequested,
    UndoRequested,
    UserEvent,
    Withdrawn,
)
from interruptible_tui.machine import SessionState
from interruptible_tui.text import clean_line
from interruptible_tui.tui.copier import Copier
from interruptible_tui.tui.earlier import Earlier
from interruptible_tui.tui.finder import Finder
from interruptible_tui.tui.operands import (
    Complaint,
    choice,
    file_name,
    number,
    pending_prompt,
    position_and_mode,
    wish_and_text,
)
from interruptible_tui.tui.outfit import Outfit
from interruptible_tui.tui.session_asks import What
from interruptible_tui.tui.wishes import Wishes


class Chat(Protocol):
    """What actions act upon."""

    wishes: Wishes
    copier: Copier
    finder: Finder
    outfit: Outfit
    earlier: Earlier

    @property
    def state(self) -> SessionState: ...
    @property
    def selected(self) -> str:
        """Id of the prompt that is selected in the pending panel, or empty."""
        ...

    def send(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None: ...
    def send_draft(self, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None: ...
    def check_editable(self) -> None:
        """Raises Complaint in a session that is only looked at."""
        ...

    def edit(self, prompt: Prompt) -> None: ...
    def show_pending(self) -> None: ...
    def rewind(self, back: int) -> None:
        """Go on from the prompt so many back, 1 being the last one; 0: let one be picked."""
        ...

    def stop(self) -> None: ...
    def write_outside(self) -> None: ...
    def open_session(self, name: str | None) -> None: ...
    def ask_of_session(self, what: What, words: str) -> None: ...
    def show_sessions(self) -> None: ...
    def show_runs(self) -> None: ...
    def show_models(self) -> None:
        """Let one of the server's models be picked."""
        ...

    def show_help(self) -> None: ...
    def search(self, words: str) -> None:
        """Look for words in all sessions."""
        ...

    def export(self, name: str) -> None:
        """Write the session to a file of that name, which is new."""
        ...

    def inquire(self, what: str) -> None:
        """Tell "paths" or "config"."""
        ...

    def choose_theme(self, name: str) -> None:
        """Wear it; without a name: list them."""
        ...

    def write_out(self) -> None:
        """Write out the text of the chip before the cursor."""
        ...

    def back_out(self) -> None: ...
    def quit(self) -> None: ...


Perform = Callable[[Chat, str], None]


@dataclass(frozen=True, slots=True)
class Action:
    word: str
    """As a slash command, without the slash."""
    title: str
    """In the palette."""
    help: str
    perform: Perform
    """Given what stands behind the word; raises Complaint."""
    argument: str = ""
    """What may stand behind the word, for people; empty: nothing may."""
    keys: tuple[str, ...] = ()
    """Ids of bindings that stand for it, besides those that end in its word; see `registry`."""


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


# -- what waits


def _prompt(chat: Chat, words: str) -> Prompt:
    return pending_prompt(words, chat.state.pending, chat.selected)


def _ask(wish: Callable[[str], UserEvent]) -> Perform:
    """Ask for what `wish` makes of the id of the prompt that is meant."""
    return lambda chat, words: chat.wishes.ask(wish(_prompt(chat, words).id))


def _set(chat: Chat, words: str) -> None:
    position, mode = position_and_mode(words)
    chat.wishes.ask(ModeChanged(_prompt(chat, position).id, mode))


# -- runs


def _on_interrupt(chat: Chat, words: str) -> None:
    _switch(chat, "on-interrupt", chat.state.on_interrupt, words)


def _incorporate_at(chat: Chat, words: str) -> None:
    _switch(chat, "incorporate-at", chat.state.incorporate_at, words)


def _switch(chat: Chat, name: str, now: OnInterrupt | IncorporateAt, words: str) -> None:
    """Without words: say what it is."""
    if not words:
        raise Complaint(f"{name} is {now}: choose {', '.join(type(now))}")
    chat.wishes.ask(PolicySwitched(choice(words, type(now))))


def _roll_back(chat: Chat, words: str) -> None:
    chat.wishes.ask(RollbackRequested(number(words, chat.state.runs)))


def _restore(chat: Chat, words: str) -> None:
    chat.check_editable()
    if not chat.state.rollbacks:
        raise Complaint("nothing was rolled back")
    chat.wishes.ask(RestoreRequested(number(words, chat.state.rollbacks)))


def _compensate(chat: Chat, words: str) -> None:
    chat.wishes.ask(CompensationRequested(number(words, chat.state.rollbacks)))


def _export(chat: Chat, words: str) -> None:
    name = file_name(words)
    if not name:
        raise Complaint("name the file: /export chat.md, or chat.json")
    chat.export(name)


# -- sessions


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


ACTIONS = (
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
    Action("stop", "Stop", "stop the run, as Esc does", lambda chat, _: chat.stop(), keys=("runs.cancel",)),
    Action(
        "resume", "Resume", "go on with what is held, as Enter on the empty line", lambda chat, _: chat.wishes.resume()
    ),
    Action(
        "retry", "Retry", "try the last run again, or its answer", lambda chat, _: chat.wishes.ask(RetryRequested())
    ),
    Action(
        "continue", "Continue", "go on after a run that was not completed", lambda chat, _: chat.wishes.continue_run()
    ),
    Action("pending", "Pending prompts", "go to what waits: select, edit, move", lambda chat, _: chat.show_pending()),
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
    Action(
        "rewind",
        "Rewind",
        "go on from an earlier prompt, the Nth from the end; as Esc Esc on the empty line, idle",
        lambda chat, words: chat.rewind(number(words, 0)),
        "[N]",
    ),
    Action(
        "rollback",
        "Roll back a run",
        "the model forgets what it added; its tools are undone",
        _roll_back,
        "[RUN]",
        ("runs.roll_back",),
    ),
    Action(
        "restore", "Bring back", "what the last or the Nth rollback has hidden", _restore, "[N]", ("runs.bring_back",)
    ),
    Action("compensate", "Undo again", "what the last or the Nth rollback could not undo", _compensate, "[N]"),
    Action("on-interrupt", "What an interrupt leaves", "keep, trim or rollback", _on_interrupt, "[keep|trim|rollback]"),
    Action("incorporate-at", "When a run takes in", "at its next boundary, or now", _incorporate_at, "[boundary|now]"),
    Action(
        "copy",
        "Copy",
        "what is selected, the last answer, or the Nth from the end",
        lambda chat, words: chat.copier.copy(words),
        "[answer|code|message|prompt] [N]",
        ("chat.copy_code", "request.copy_selected"),
    ),
    Action(
        "find",
        "Find",
        "look for words in the whole conversation",
        lambda chat, words: chat.finder.open(words),
        "[WORDS]",
    ),
    Action("new", "New session", "open another session", lambda chat, name: chat.open_session(name or None), "[NAME]"),
    Action("runs", "Runs", "every run, its tools and requests; roll back, retry", lambda chat, _: chat.show_runs()),
    Action("help", "Help", "the modes, the keys and these commands", lambda chat, _: chat.show_help()),
    Action("quit", "Quit", "leave; what is pending is kept", lambda chat, _: chat.quit()),
    # -- what is kept, and where
    Action("search", "Search", "look for words in all sessions", lambda chat, words: chat.search(words), "[WORDS]"),
    Action("export", "Export", "write the session to a new file: Markdown, or JSON", _export, "FILE"),
    Action("paths", "Paths", "the files that are used", lambda chat, _: chat.inquire("paths")),
    Action("config", "Settings", "every setting, and where it comes from", lambda chat, _: chat.inquire("config")),
    # -- models and endpoints
    Action("models", "Models of the server", "pick one of them", lambda chat, _: chat.show_models()),
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
    # -- writing
    Action(
        "earlier",
        "Search earlier prompts",
        "look for words in what you said; what is found can be edited and sent again",
        lambda chat, words: chat.earlier.open(words),
        "[WORDS]",
    ),
    Action(
        "editor", "Write in your editor", "write the draft in $VISUAL or $EDITOR", lambda chat, _: chat.write_outside()
    ),
    # -- the screen itself
    Action("send", "Send", "send it with the mode of the session", _send_as(None), "TEXT"),
    Action(
        "write-out",
        "Write out a paste",
        "the text of the chip before the cursor",
        lambda chat, _: chat.write_out(),
        keys=("composer.write_out",),
    ),
    Action(
        "back-out",
        "Back out",
        "copy what is selected; else clear the draft, stop, quit",
        lambda chat, _: chat.back_out(),
        keys=("app.back_out",),
    ),
    Action("theme", "Theme", "choose the colours", lambda chat, name: chat.choose_theme(name), "[NAME]"),
    Action("sessions", "Sessions", "all of them; switch, rename, fork, delete", lambda chat, _: chat.show_sessions()),
    Action("switch", "Switch to a session", "whose name or title begins so", _switch_session, "[NAME]"),
    Action(
        "rename",
        "Rename the session",
        "for --session, too",
        _ask_of_session(What.RENAME, "write the new name behind the command"),
        "TITLE",
    ),
    Action("fork", "Fork the session", "go on in a copy of it", _ask_of_session(What.FORK), "[NAME]"),
    Action(
        "delete", "Delete a session", "this one, or another; it can be undone", _ask_of_session(What.DELETE), "[NAME]"
    ),
    Action(
        "undelete",
        "Bring a session back",
        "the one deleted last, or another",
        _ask_of_session(What.BRING_BACK),
        "[NAME]",
    ),
)


_LEAD_AWAY = frozenset(
    {"new", "switch", "fork", "delete", "undelete", "models", "rewind", "pending", "find", "earlier"}
)


def leads_away(line: str) -> bool:
    """Whether another session or part may get the keyboard by the slash command `line`, and all that follows it."""
    word = line.removeprefix("/").split(maxsplit=1)[:1]
    return bool(word) and word[0].lower() in _LEAD_AWAY


_LITERALLY = "to send it as text, begin with a space"
_FEW = 3
"""Commands that are explained when they match; more are only named."""


def described(line: str) -> list[str]:
    """What the slash command `line` may become, for people."""
    word, *rest = line.removeprefix("/").split(maxsplit=1) or [""]
    word = word.lower()
    if word == "now" and (wished := _wished("".join(rest))):
        return [wished]
    whole = bool(rest) or line.endswith(" ")
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


def perform(chat: Chat, line: str) -> None:
    """Carry out the slash command `line`. Raises Complaint."""
    word, *rest = line.removeprefix("/").split(maxsplit=1) or [""]
    action = next((action for action in ACTIONS if action.word == word.lower()), None)
    if action is None:
        raise Complaint(f"there is no command /{clean_line(word)}; {_LITERALLY}")
    if rest and not action.argument:
        raise Complaint(f"/{action.word} stands alone; {_LITERALLY}")
    words = "".join(rest)
    action.perform(chat, words if "TEXT" in action.argument else words.strip())
