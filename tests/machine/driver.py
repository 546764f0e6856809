"""A session without an engine: the machine, and words to drive it with and to look at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from interruptible_tui import machine as the_machine
from interruptible_tui.conversation import Message, Mode, Role
from interruptible_tui.effects import BeginRun, CancelRun, Deliver, Effect, EndRun, Refuse
from interruptible_tui.events import (
    BoundaryReached,
    CloseRequested,
    ContinueRequested,
    MessageAdded,
    ModeSwitched,
    Outcome,
    ResumeRequested,
    RunEnded,
    SessionEvent,
    StopRequested,
    StorageFailed,
    Submitted,
)
from interruptible_tui.machine import SessionState

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
    def receipts(self) -> list[str]:
        return [deliver.receipt for deliver in self._newest(Deliver)]

    @property
    def cancelled(self) -> bool:
        return bool(self._newest(CancelRun))

    @property
    def forced(self) -> bool:
        return any(cancel.force for cancel in self._newest(CancelRun))

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
