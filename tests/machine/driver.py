"""A session without an engine: the machine, and words to drive it with and to look at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from interruptible_tui import machine as the_machine
from interruptible_tui.conversation import IncorporateAt, Message, Mode, OnInterrupt, Role, Scope
from interruptible_tui.effects import (
    BeginRun,
    CancelRun,
    Compensate,
    CutReply,
    Deliver,
    Effect,
    EndRun,
    Refuse,
    Rollback,
)
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
    CompensationRequested,
    ContinueRequested,
    EditLeft,
    EditOpened,
    EditSaved,
    MessageAdded,
    ModeChanged,
    ModeSwitched,
    Moved,
    Outcome,
    PolicySwitched,
    RestoreRequested,
    ResumeRequested,
    RetryRequested,
    RewindRequested,
    RollbackEnded,
    RollbackRequested,
    RunEnded,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
    UndoRequested,
    Withdrawn,
)
from interruptible_tui.machine import SessionState
from interruptible_tui.receipts import receipt

Kind = TypeVar("Kind", bound=Effect)
Step = Callable[[SessionState, SessionEvent], tuple[SessionState, tuple[Effect, ...]]]


@dataclass(frozen=True, slots=True)
class Machine:
    """What is under test: the machine itself, or a mutant of it."""

    step: Step = the_machine.step
    state: Callable[..., SessionState] = SessionState


def reply(run: int, text: str = "a reply") -> MessageAdded:
    return MessageAdded(run, Message(role=Role.ASSISTANT, text=text, run=run, turn=1))


@dataclass
class Session:
    """Prompts are named by their text, which is also their id."""

    machine: Machine = field(default_factory=Machine)
    state: SessionState = field(init=False)
    effects: tuple[Effect, ...] = ()
    """Of the newest event."""
    history: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.machine.state()

    def restart(self, **state: Any) -> None:
        """As the engine does it: what is pending waits in later, in landing order."""
        self.state = self.machine.state(**state)
        self.effects, self.history = (), []

    def happen(self, event: SessionEvent) -> None:
        self.state, self.effects = self.machine.step(self.state, event)
        self.history.extend(self.effects)

    def complete(self, runs: int = 1) -> None:
        """Runs that have completed: "cook 1", "cook 2", ..."""
        for number in range(1, runs + 1):
            self.enter(f"cook {number}")
            self.end()

    # -- what the user does

    def enter(self, text: str) -> None:
        self.happen(Submitted(text, text))

    def send(self, mode: Mode, *texts: str) -> None:
        for text in texts:
            self.happen(Submitted(text, text, mode))

    def interrupt(self, *texts: str) -> None:
        self.send(Mode.INTERRUPT, *texts)

    def incorporate(self, *texts: str) -> None:
        self.send(Mode.INCORPORATE, *texts)

    def queue(self, *texts: str) -> None:
        self.send(Mode.QUEUE, *texts)

    def switch(self, mode: Mode) -> None:
        self.happen(ModeSwitched(mode))

    def esc(self, *, everything: bool = False) -> None:
        self.happen(StopRequested(everything))

    def resume(self) -> None:
        self.happen(ResumeRequested())

    def go_on(self) -> None:
        """/continue"""
        self.happen(ContinueRequested())

    def close(self) -> None:
        self.happen(CloseRequested())

    # -- what the user does to prompts that wait

    def edit(self, text: str) -> None:
        self.happen(EditOpened(text))

    def save(self, text: str, new: str, mode: Mode | None = None) -> None:
        self.happen(EditSaved(text, new, mode))

    def leave(self) -> None:
        self.happen(EditLeft())

    def withdraw(self, text: str) -> None:
        self.happen(Withdrawn(text))

    def up(self, text: str) -> None:
        self.happen(Moved(text, -1))

    def down(self, text: str) -> None:
        self.happen(Moved(text, 1))

    def change(self, text: str, mode: Mode) -> None:
        self.happen(ModeChanged(text, mode))

    def send_now(self, text: str) -> None:
        self.change(text, Mode.INTERRUPT)

    def undo(self) -> None:
        self.happen(UndoRequested())

    # -- what the user does to runs

    def interrupt_with(self, wish: OnInterrupt, *texts: str) -> None:
        for text in texts:
            self.happen(Submitted(text, text, Mode.INTERRUPT, on_interrupt=wish))

    def set(self, policy: OnInterrupt | IncorporateAt) -> None:
        self.happen(PolicySwitched(policy))

    def retry(self) -> None:
        self.happen(RetryRequested())

    def rewind(self, text: str, to: str) -> None:
        self.happen(RewindRequested(text, text, to))

    def roll_back(self, run: int) -> None:
        self.happen(RollbackRequested(run))

    def restore(self, rollback: int) -> None:
        self.happen(RestoreRequested(rollback))

    def compensate_again(self, rollback: int) -> None:
        self.happen(CompensationRequested(rollback))

    def rolled_back(self) -> None:
        """The rollback that is under way ends."""
        assert self.state.run
        assert self.state.run.undoing
        self.happen(RollbackEnded(self.state.run.undoing.rollback))

    # -- what the run does

    def boundary(self, turn: int = 2) -> None:
        self.happen(BoundaryReached(self.state.runs, turn))

    def end(self, outcome: Outcome = Outcome.COMPLETED, reason: str = "") -> None:
        self.happen(RunEnded(self.state.runs, outcome, reason))

    def stopped(self) -> None:
        self.end(Outcome.CANCELLED)

    def storage_fails(self) -> None:
        self.happen(StorageFailed(self.state.runs))

    # -- what is seen

    @property
    def running(self) -> bool:
        return self.state.run is not None

    @property
    def next(self) -> list[str]:
        return [prompt.text for prompt in self.state.next]

    @property
    def later(self) -> list[str]:
        return [prompt.text for prompt in self.state.later]

    @property
    def began(self) -> list[str] | None:
        """The prompts of the run that the newest event started, or None."""
        begins = self._newest(BeginRun)
        return [prompt.text for prompt in begins[0].prompts] if begins else None

    @property
    def trigger(self) -> str:
        (begin,) = self._newest(BeginRun)
        return begin.trigger.value

    @property
    def started(self) -> bool:
        """Whether the newest event started a run."""
        return bool(self._newest(BeginRun))

    @property
    def delivered(self) -> list[str]:
        return [deliver.prompt.text for deliver in self._newest(Deliver)]

    @property
    def landings(self) -> list[str]:
        """How each prompt that was delivered came there, as people will read it without the times."""
        return [receipt(deliver, waited=0, worked=0) for deliver in self._newest(Deliver)]

    @property
    def cancelled(self) -> bool:
        return bool(self._newest(CancelRun))

    @property
    def forced(self) -> bool:
        return any(cancel.force for cancel in self._newest(CancelRun))

    def did(self, *effects: Effect) -> bool:
        """Whether the newest event had these effects."""
        return self.effects == effects

    @property
    def cut(self) -> bool:
        return bool(self._newest(CutReply))

    @property
    def rollback(self) -> Scope | None:
        """What is rolled back by the newest event."""
        rollbacks = self._newest(Rollback)
        assert [each.rollback for each in rollbacks] == [each.rollback for each in self._newest(Compensate)]
        return rollbacks[0].scope if rollbacks else None

    @property
    def shown(self) -> list[str]:
        """What is pending as people see it: text, mode and hold."""
        return [
            " ".join([each.prompt.text, each.prompt.mode, *([f"({each.hold})"] if each.hold else [])])
            for each in self.state.pending
        ]

    @property
    def refused(self) -> str | None:
        refusals = self._newest(Refuse)
        return refusals[0].reason if refusals else None

    @property
    def ended(self) -> EndRun:
        (end,) = self._newest(EndRun)
        return end

    def _newest(self, kind: type[Kind]) -> list[Kind]:
        return [effect for effect in self.effects if isinstance(effect, kind)]
