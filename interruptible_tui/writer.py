"""Who writes to the disk: one step of the machine, and one `match` that turns its effects into rows.

All of a step is written in one transaction.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from interruptible_tui.conversation import Cut, Message, Role, RunStatus, Usage
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
    Stop,
)
from interruptible_tui.events import (
    CallStreamed,
    FlushDue,
    MessageAdded,
    Recorded,
    RunEnded,
    SessionEvent,
    TextStreamed,
    ToolEnded,
    ToolStarted,
)
from interruptible_tui.live import LiveRun
from interruptible_tui.machine import SessionState, step
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
    pieces: Sequence[TextStreamed | CallStreamed]
    """What the run has streamed and is to be written down."""
    usage: Usage

    @property
    def writes(self) -> bool:
        """Whether the step has anything to write."""
        return any(not isinstance(effect, Answer | CancelRun | Refuse) for effect in self.effects)


def plan(
    state: SessionState,
    event: SessionEvent,
    live: LiveRun | None,
    *,
    alive: bool = False,
    not_begun: Collection[str] = (),
) -> Work:
    """The step that `event` makes; `live` is the active run, `alive` and `not_begun` are as in `LiveRun.remains`."""
    at = time.time()
    after, effects = step(state, event)
    delivered = {each.prompt.id: _message(each, at) for each in effects if isinstance(each, Deliver)}
    remains: Sequence[MessageAdded | ToolEnded] = ()
    for effect in effects:
        if isinstance(effect, EndRun) and isinstance(event, RunEnded):
            event = replace(event, reason=effect.reason)
            remains = live.remains(_cut(effect), at, alive=alive, not_begun=not_begun) if live else ()
    pieces = live.drain() if live and effects and isinstance(event, FlushDue) else ()
    return Work(event, after, effects, at, delivered, remains, pieces, live.usage if live else Usage())


def _message(delivery: Deliver, at: float) -> Message:
    prompt = delivery.prompt
    return Message(
        role=Role.USER,
        text=prompt.text,
        run=delivery.run,
        turn=delivery.turn,
        prompt_id=prompt.id,
        mode=prompt.mode,
        receipt=delivery.receipt,
        created_at=at,
    )


def _cut(end: EndRun) -> Cut:
    """Who cuts what an ending run left unfinished."""
    match end.stop:
        case Stop.INTERRUPT:
            return Cut.PROMPT
        case Stop.ESC | Stop.FORCE:
            return Cut.STOP
        case Stop.CLOSE:
            return Cut.CLOSE
        case Stop.STORAGE:
            return Cut.FAILURE
        case None:
            return Cut.OUTSIDE if end.status is RunStatus.CANCELLED else Cut.FAILURE
        case _:
            assert_never(end.stop)


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


def _write_event(tables: Tables, session: int, event: Recorded | FlushDue, work: Work) -> None:
    match event:
        case MessageAdded(run, message):
            tables.add_message(session, message)
            tables.advance_run(session, run, message.turn, work.usage)
        case ToolStarted(run, turn, call_id):
            tables.start_call(session, run, turn, call_id, work.at)
        case ToolEnded(run, turn, call_id, status, message):
            tables.end_call(session, run, turn, call_id, status, work.at)
            tables.add_message(session, message)
        case FlushDue(run):
            tables.add_pieces(session, work.pieces, work.at)
            for piece in work.pieces[-1:]:
                tables.advance_run(session, run, piece.turn, work.usage)
        case _:
            assert_never(event)
