"""Who writes to the disk: one step of the machine, and one `match` that turns its effects into rows.

All of a step is written in one transaction.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from interruptible_tui.conversation import Cut, Message, Role, RunStatus, Usage
from interruptible_tui.effects import (
    Answer,
    Arrange,
    BeginRun,
    CancelRun,
    CloseRollback,
    Compensate,
    CutReply,
    Deliver,
    Effect,
    EndRun,
    Record,
    Refuse,
    Reopen,
    Restore,
    RewritePrompt,
    Rollback,
    SavePrompt,
    SetMode,
    SetPolicy,
    Stop,
    WithdrawPrompt,
)
from interruptible_tui.events import (
    CallStreamed,
    CompensationEnded,
    CompensationStarted,
    FlushDue,
    HistoryChanged,
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
from interruptible_tui.receipts import receipt
from interruptible_tui.recovery import close_rollback, mend, restore_rollback
from interruptible_tui.store import Tables


class Work(Struct, frozen=True):
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
    setup: str
    """What a run that begins in this step is made with, as JSON."""

    @property
    def writes(self) -> bool:
        """Whether the step has anything to write."""
        return any(
            not isinstance(effect, Answer | CancelRun | CutReply | Compensate | Refuse) for effect in self.effects
        )


class Written(Struct, frozen=True):
    """What came of writing a step down."""

    ids: Mapping[Message, int] = field(default_factory=dict)
    """Of the messages that it has added."""
    revised: HistoryChanged | None = None
    """What is seen differently since, if anything."""


def plan(
    state: SessionState,
    event: SessionEvent,
    live: LiveRun | None,
    *,
    worked: float = 0.0,
    setup: str = "",
    alive: bool = False,
    not_begun: Collection[str] = (),
) -> Work:
    """The step that `event` makes; `live` is the active run, `alive` and `not_begun` are as in `LiveRun.remains`.

    `worked`: seconds that the last run took, where none is active.
    """
    at = time.time()
    after, effects = step(state, event)
    worked = at - live.started_at if live else worked
    delivered = {each.prompt.id: _message(each, at, worked) for each in effects if isinstance(each, Deliver)}
    remains: Sequence[MessageAdded | ToolEnded] = ()
    for effect in effects:
        if isinstance(effect, EndRun) and isinstance(event, RunEnded):
            event = replace(event, reason=effect.reason)
            remains = live.remains(_cut(effect), at, alive=alive, not_begun=not_begun) if live else ()
    pieces = live.drain() if live and effects and isinstance(event, FlushDue) else ()
    return Work(event, after, effects, at, delivered, remains, pieces, live.usage if live else Usage(), setup)


def _message(delivery: Deliver, at: float, worked: float) -> Message:
    prompt = delivery.prompt
    return Message(
        role=Role.USER,
        text=prompt.text,
        run=delivery.run,
        turn=delivery.turn,
        prompt_id=prompt.id,
        mode=prompt.mode,
        receipt=receipt(delivery, waited=at - prompt.created_at, worked=worked),
        created_at=at,
    )


def _cut(end: EndRun) -> Cut:
    """Who cuts what an ending run left unfinished."""
    match end.stop:
        case Stop.INTERRUPT:
            return Cut.PROMPT
        case Stop.ESC | Stop.FORCE | Stop.ROLLBACK:
            return Cut.STOP
        case Stop.CLOSE:
            return Cut.CLOSE
        case Stop.STORAGE:
            return Cut.FAILURE
        case None:
            return Cut.OUTSIDE if end.status is RunStatus.CANCELLED else Cut.FAILURE
        case _:
            assert_never(end.stop)


def write(tables: Tables, session: int, work: Work) -> Written:
    """Write all of `work` down. Runs in the store's thread; sqlite3.Error."""
    for effect in work.effects:
        _write_effect(tables, session, effect, work)
    return Written(tables.added, tables.revised(session))


def _write_effect(tables: Tables, session: int, effect: Effect, work: Work) -> None:
    match effect:
        case SavePrompt() | RewritePrompt() | WithdrawPrompt() | Arrange() | Deliver():
            _write_prompt(tables, session, effect, work)
        case Rollback() | Reopen() | CloseRollback() | Restore():
            _write_rollback(tables, session, effect, work)
        case SetMode(mode):
            tables.set_mode(session, mode)
        case SetPolicy(policy):
            tables.set_policy(session, policy)
        case BeginRun(run, trigger):
            mend(tables, session, work.at)
            tables.begin_run(session, run, trigger, work.at, work.setup)
        case Record(event):
            _write_event(tables, session, event, work)
        case EndRun():
            _write_end(tables, session, effect, work)
        case Answer() | CancelRun() | CutReply() | Compensate() | Refuse():
            pass
        case _:
            assert_never(effect)


def _write_prompt(
    tables: Tables, session: int, effect: SavePrompt | RewritePrompt | WithdrawPrompt | Arrange | Deliver, work: Work
) -> None:
    match effect:
        case SavePrompt(prompt):
            tables.save_prompt(session, prompt)
        case RewritePrompt(prompt):
            tables.rewrite_prompt(prompt)
        case WithdrawPrompt(prompt):
            tables.withdraw_prompt(prompt.id, work.at)
        case Arrange(pending):
            tables.arrange(pending)
        case Deliver(prompt):
            tables.take_prompt(prompt.id)
            tables.add_message(session, work.delivered[prompt.id])
        case _:
            assert_never(effect)


def _write_rollback(
    tables: Tables, session: int, effect: Rollback | Reopen | CloseRollback | Restore, work: Work
) -> None:
    if not isinstance(effect, CloseRollback):
        mend(tables, session, work.at)
    match effect:
        case Rollback(rollback, scope):
            tables.begin_rollback(session, rollback, scope, work.at)
        case Reopen(rollback):
            tables.reopen_rollback(session, rollback)
        case CloseRollback(rollback):
            close_rollback(tables, session, rollback, work.at)
        case Restore(rollback):
            restore_rollback(tables, session, rollback, work.at)
        case _:
            assert_never(effect)


def _write_end(tables: Tables, session: int, end: EndRun, work: Work) -> None:
    for event in work.remains:
        _write_event(tables, session, event, work)
    if end.trim and work.remains:
        tables.trim_turn(session, end.run, work.remains[0].message.turn)
    tables.end_run(session, end.run, end.status, end.reason, work.at)


def _write_event(
    tables: Tables, session: int, event: Recorded | FlushDue | CompensationStarted | CompensationEnded, work: Work
) -> None:
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
        case CompensationStarted(rollback, run, turn, call_id):
            tables.start_compensation(session, rollback, run, turn, call_id, work.at)
        case CompensationEnded(rollback, run, turn, call_id, status, text):
            tables.end_compensation(session, rollback, run, turn, call_id, status, text, work.at)
        case _:
            assert_never(event)
