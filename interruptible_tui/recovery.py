"""What a crash, or a write that failed, has left half done in the tables is put in order here, and told.

Nothing is replayed: a run that nobody runs has crashed, a compensation that nobody carries out is of unknown outcome,
and what is pending is held.
"""

import time

from interruptible_tui import notes
from interruptible_tui.conversation import Hold, Message, Pending, Role
from interruptible_tui.machine import Before, RolledBack, SessionState
from interruptible_tui.store import Session, Tables
from interruptible_tui.store.rollbacks import RollbackState


def recover(tables: Tables, session: Session) -> SessionState:
    """What an owner finds when it opens `session`, whose policies are stored with that."""
    at = time.time()
    tables.use_session(session, at)
    mend(tables, session.id, at)
    state = _found(tables, session, _all_pending(tables, session))
    tables.arrange(state.pending)
    return state


def mend(tables: Tables, session: int, at: float) -> None:
    """End the runs and the rollbacks that are under way in the tables, and nowhere else."""
    tables.end_crashed_runs(session, at)
    rollback = tables.rollback_under_way(session)
    if rollback is not None:
        close_rollback(tables, session, rollback, at)


def close_rollback(tables: Tables, session: int, rollback: int, at: float) -> None:
    """With a note of what was not undone, if there is anything."""
    tables.end_cut_compensations(session, rollback, at)
    text = notes.note(tables.compensations(session, rollback))
    tables.close_rollback(session, rollback, _note(tables, session, text, at))


def restore_rollback(tables: Tables, session: int, rollback: int, at: float) -> None:
    """With a note of what stays undone, if there is anything."""
    text = notes.brought_back(tables.compensations(session, rollback))
    tables.restore_rollback(session, rollback, _note(tables, session, text, at), at)


def _note(tables: Tables, session: int, text: str | None, at: float) -> Message | None:
    """It stands behind the newest run, also where that has said nothing: what was asked in it was asked before."""
    newest = tables.last_run(session)
    if not text or not newest:
        return None
    turn = tables.last_turn(session, newest[0])
    return Message(role=Role.NOTE, text=text, run=newest[0], turn=turn, created_at=at)


def _all_pending(tables: Tables, session: Session) -> list[Pending]:
    """What was sent becomes pending with this."""
    waiting = tables.waiting(session)
    for sent in waiting[len(tables.pending(session.id)) :]:
        tables.save_prompt(session.id, sent.prompt)
    return waiting


def _found(tables: Tables, session: Session, waiting: list[Pending]) -> SessionState:
    prompts = tuple(each.prompt for each in waiting)
    run, last = tables.last_run(session.id) or (0, None)
    newest = tables.rollback(session.id)
    return SessionState(
        mode=session.mode,
        on_interrupt=session.on_interrupt,
        incorporate_at=session.incorporate_at,
        later=prompts,
        hold=Hold.RESTART if prompts else None,
        undo=_undo(tables, session.id, len(prompts)),
        runs=run,
        last=last,
        rollbacks=newest.number if newest else 0,
        hidden=tables.rollback_of(session.id, run) or 0,
    )


def _undo(tables: Tables, session: int, index: int) -> Before | RolledBack | None:
    """The last rollback or the last withdrawal, whichever came later; the one that is left where one is taken back."""
    rollback = tables.rollback(session)
    rolled_back = rollback if rollback and rollback.state is not RollbackState.RESTORED else None
    withdrawn = tables.last_withdrawn(session)
    if withdrawn and (rolled_back is None or withdrawn[1] > rolled_back.at):
        return Before(withdrawn[0], in_next=False, index=index, withdrawn=True)
    return RolledBack(rolled_back.number) if rolled_back else None
