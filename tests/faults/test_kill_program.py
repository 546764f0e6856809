"""`kill -9` at random moments of the real program loses nothing that was accepted, and doubles nothing."""

import random
from pathlib import Path

import pytest

from tests.faults.kill_program import kill

ROUNDS = 7


@pytest.mark.parametrize("_part", [1, 2])
def test_killed_at_random_moments_the_program_loses_nothing_that_was_accepted_and_doubles_nothing(
    tmp_path: Path, _part: int
) -> None:
    """In parts, each with a data directory of its own, so that they may run beside each other."""
    tally = kill(tmp_path, ROUNDS, random.randrange(10**6))
    assert tally.is_good, tally
    assert tally.kills == ROUNDS
