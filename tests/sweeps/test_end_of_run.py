"""150 prompts per mode around the end of a run: none is lost, and the sweep can see losses where there are some."""

import sys
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from interruptible_tui.conversation import Mode
from interruptible_tui.effects import Answer
from interruptible_tui.events import BoundaryReached, RunEnded, SessionEvent
from interruptible_tui.machine import SessionState, Step, step
from tests.sweeps.end_of_run import PROMPTS, histogram, near, sweep

OUTCOMES = {
    Mode.INCORPORATE: ("taken by this run", "heads the next run (incorporate)", "heads the next run (prompt)"),
    Mode.QUEUE: ("heads the next run (queue)", "heads the next run (prompt)"),
    Mode.INTERRUPT: ("heads the next run (interrupt)", "heads the next run (prompt)"),
}


@pytest.mark.parametrize("mode", list(Mode))
async def test_no_prompt_is_lost_at_the_end_of_a_run(tmp_path: Path, mode: Mode) -> None:
    shots = await sweep(tmp_path, mode)
    print(f"\n{histogram(mode, shots)}")
    outcomes = Counter(shot.outcome for shot in shots)
    assert len(shots) == PROMPTS
    assert outcomes["LOST"] == outcomes["doubled"] == 0
    assert near(shots) >= 50
    assert all(outcomes[outcome] >= 10 for outcome in OUTCOMES[mode])


def forgetful(state: SessionState, event: SessionEvent) -> Step:
    """The machine with a fault: a run does not look again before it ends, and its end forgets the rest."""
    match event:
        case BoundaryReached(run) if state.run and state.run.number == run:
            return state, (Answer(run),)
        case RunEnded(run) if state.run and state.run.number == run:
            return step(replace(state, next=(), later=()), event)
        case _:
            return step(state, event)


@pytest.mark.parametrize("mode", list(Mode))
async def test_the_sweep_shows_losses_where_the_end_of_a_run_forgets_what_came_late(
    tmp_path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("interruptible_tui.") and getattr(module, "step", None) is step:
            monkeypatch.setattr(module, "step", forgetful)
    shots = await sweep(tmp_path, mode, prompts=50)
    print(f"\nwith a fault, {histogram(mode, shots)}")
    assert sum(shot.outcome == "LOST" for shot in shots) > 0
