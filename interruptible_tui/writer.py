"""Who writes to the disk: one `match`, which turns the effects of a step into rows, all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from interruptible_tui.conversation import Message, Usage
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    SavePrompt,
    SetMode,
)
from interruptible_tui.events import MessageAdded, Recorded, SessionEvent, ToolEnded, ToolStarted
from interruptible_tui.machine import SessionState
from interruptible_tui.store import Tables


@dataclass(frozen=True, slots=True)
class Work:
    """One step, with everything that its transaction writes."""

    event: SessionEvent
    state: SessionState
    effects: tuple[Effect, ...]
    at: float
    delivered: dict[str, Message]
    """The messages that prompts become in this step, by prompt id."""
    remains: Sequence[MessageAdded | ToolEnded]
    """What the run that ends in this step left unfinished."""
    usage: Usage

    @property
    def writes(self) -> bool:
        """Whether the step has anything to write."""
        return any(not isinstance(effect, Answer | CancelRun | Refuse) for effect in self.effects)


def write(tables: Tables, session: int, work: Work) -> None:
    """Write all of `work` down. Runs in the store's thread; sqlite3.Error."""
    for effect in work.effects:
        _write_effect(tables, session, effect, work)


def _write_effect(tables: Tables, session: int, effect: Effect, work: Work) -> None:
    match effect:
        case SavePrompt(prompt):
            tables.save_prompt(session, prompt)
        case Arrange(pending):
            tables.arrange(pending)
        case SetMode(mode):
            tables.set_mode(session, mode)
        case BeginRun(run, trigger):
            tables.begin_run(session, run, trigger, work.at)
        case Deliver(prompt):
            tables.take_prompt(prompt.id)
            tables.add_message(session, work.delivered[prompt.id])
        case Record(event):
            _write_event(tables, session, event, work)
        case EndRun(run, status, reason):
            for event in work.remains:
                _write_event(tables, session, event, work)
            tables.end_run(session, run, status, reason, work.at)
        case Answer() | CancelRun() | Refuse():
            pass
        case _:
            assert_never(effect)


def _write_event(tables: Tables, session: int, event: Recorded, work: Work) -> None:
    match event:
        case MessageAdded(run, message):
            tables.add_message(session, message)
            tables.advance_run(session, run, message.turn, work.usage)
        case ToolStarted(run, turn, call_id):
            tables.start_call(session, run, turn, call_id, work.at)
        case ToolEnded(run, turn, call_id, status, message):
            tables.end_call(session, run, turn, call_id, status, work.at)
            tables.add_message(session, message)
        case _:
            assert_never(event)
