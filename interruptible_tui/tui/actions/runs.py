"""Runs: what stops, repeats and rolls them back, and what their policies are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.events import (
    CompensationRequested,
    PolicySwitched,
    RestoreRequested,
    RetryRequested,
    RollbackRequested,
)
from interruptible_tui.tui.actions.action import Action
from interruptible_tui.tui.operands import Complaint, choice, number

if TYPE_CHECKING:
    from interruptible_tui.conversation import IncorporateAt, OnInterrupt
    from interruptible_tui.tui.actions.action import Chat


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


RUNS = (
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
    Action(
        "rewind",
        "Rewind",
        "go on from an earlier prompt, the Nth from the end; as Esc Esc on the empty line, idle",
        lambda chat, words: chat.rewind(number(words, 0)),
        "[N]",
        leads_away=True,
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
        "runs",
        "Runs",
        "every run, its tools and requests; roll back, retry",
        lambda chat, _: chat.show_runs(),
        leads_away=True,
    ),
)
