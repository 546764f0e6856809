"""`kill -9` at random moments of the real program loses nothing that was accepted, and doubles nothing."""

import random
from pathlib import Path

from tests.faults.kill_program import kill

ROUNDS = 30


def test_killed_at_random_moments_the_program_loses_nothing_that_was_accepted_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    tally = kill(tmp_path, ROUNDS, random.randrange(10**6))
    assert tally.is_good, tally
    assert tally.kills == ROUNDS
