"""A look at a stored session that another process runs: what can have changed since the last look, and no more."""

from collections.abc import Sequence

from msgspec import Struct

from interruptible_tui.conversation import (
    Hold,
    IncorporateAt,
    Message,
    MessageStatus,
    Mode,
    OnInterrupt,
    Pending,
    Role,
    RunStatus,
)
from interruptible_tui.effects import Stop
from interruptible_tui.events import HistoryChanged, Outcome
from interruptible_tui.machine import ActiveRun, SessionState, Undoing
from interruptible_tui.retelling import draft_of
from interruptible_tui.store import RunRecord, Session, Tables
from interruptible_tui.store.revisions import Hiding


class Look(Struct, frozen=True):
    """What is stored, without what can no longer change."""

    session: Session
    policies: tuple[Mode, OnInterrupt, IncorporateAt]
    pending: list[Pending]
    runs: list[RunRecord]
    undoing: int | None
    """The rollback that is under way."""
    messages: list[tuple[int, Message]]
    revision: int
    hiding: Hiding
    revised: HistoryChanged | None
    """What is seen differently since the last look, if anything."""

    @property
    def running(self) -> RunRecord | None:
        return next((run for run in self.runs if run.status is RunStatus.RUNNING), None)

    @property
    def draft(self) -> int | None:
        """The id of the reply that is being written."""
        return draft_of(self.messages, self.running.number if self.running else None)


def at_the_end(tables: Tables, session: Session) -> Look:
    """The first look: at the last messages, and the last run."""
    newest = tables.last_run(session.id)
    settled = (newest[0] - 1 if newest else 0, tables.page_start(session.id))
    return taken(tables, session, settled, (-1, tables.hiding(session.id)))


def taken(tables: Tables, session: Session, settled: tuple[int, int], seen: tuple[int, Hiding]) -> Look:
    """`settled`: the last run and the last message that can no longer change; `seen`: how it was at the last look."""
    run, message = settled
    revision, hiding = seen
    now = tables.revision(session.id)
    messages = [(stored.id, stored.message) for stored in tables.messages(session.id, message)]
    hides = tables.hiding(session.id) if now != revision else hiding
    return Look(
        tables.session_of(session.id) or session,
        tables.policies(session.id),
        tables.waiting(session),
        tables.runs(session.id, after=run),
        tables.rollback_under_way(session.id),
        messages,
        now,
        hides,
        _revised(tables, session.id, hiding, hides, messages) if now != revision else None,
    )


def _revised(
    tables: Tables, session: int, before: Hiding, now: Hiding, messages: Sequence[tuple[int, Message]]
) -> HistoryChanged | None:
    """Only of a run that has just ended anything is trimmed, and notes come at the end: both are among `messages`."""
    new = {id_ for id_, each in messages if each.role is Role.NOTE or each.status is MessageStatus.TRIMMED}
    return tables.seen_anew(session, before.rollbacks ^ now.rollbacks, before.outdated ^ now.outdated | new)


def _active(look: Look, newest: int) -> ActiveRun | None:
    if look.running:
        return ActiveRun(look.running.number)
    if look.undoing is None:
        return None
    return ActiveRun(newest, Stop.ROLLBACK, undoing=Undoing(look.undoing, Outcome.COMPLETED))


def state_after(look: Look, before: SessionState) -> SessionState:
    """The state of the owner, as far as it is stored."""
    newest = look.runs[-1] if look.runs else None
    runs = newest.number if newest else before.runs
    mode, on_interrupt, incorporate_at = look.policies
    hold = next((waiting.hold for waiting in look.pending if waiting.hold), None)
    joins = [each.prompt for each in look.pending if not each.hold and each.prompt.mode is not Mode.QUEUE]
    return SessionState(
        mode=mode,
        on_interrupt=on_interrupt,
        incorporate_at=incorporate_at,
        run=_active(look, runs),
        next=tuple(joins),
        later=tuple(each.prompt for each in look.pending if each.prompt not in joins),
        hold=Hold(hold) if hold else None,
        runs=runs,
        last=newest.status if newest and newest.status is not RunStatus.RUNNING else before.last,
    )
