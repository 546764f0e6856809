"""`kill -9` at the writes of a conversation loses nothing that was accepted, doubles nothing, and ends no session."""

import pytest

from interruptible_tui.conversation import Mode
from tests.faults.kill_sweep import CALLS, Kill, kill_all, sample, survey, sweep, told

SAMPLE = 14
"""Kill points in each mode."""
JOBS = 2
"""At a time; a conversation mostly waits."""


def judge(kills: list[Kill]) -> None:
    report = told(kills)
    print(f"\n{report}")
    assert all(kill.aftermath.is_good for kill in kills), report
    assert {kill.point.call for kill in kills if kill.killed} == set(CALLS)


@pytest.mark.parametrize("mode", Mode)
def test_killed_at_any_of_some_writes_nothing_that_was_accepted_is_lost_or_doubled(mode: Mode) -> None:
    phase = list(Mode).index(mode) / len(Mode)
    judge(kill_all(sample(survey(mode), SAMPLE, phase), JOBS))


@pytest.mark.slow
@pytest.mark.parametrize("mode", Mode)
def test_killed_at_any_write_nothing_that_was_accepted_is_lost_or_doubled(mode: Mode) -> None:
    judge(sweep(mode, JOBS))
