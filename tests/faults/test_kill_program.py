"""`kill -9` at random moments of the real program loses nothing that was accepted, and doubles nothing."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.kill_program import Tally, kill

ROUNDS = 30
JOBS = 2
"""Data directories, each with its share of the rounds, at the same time."""


def test_killed_at_random_moments_the_program_loses_nothing_that_was_accepted_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    seed = random.randrange(10**6)

    def job(number: int) -> Tally:
        home = tmp_path / str(number)
        home.mkdir()
        return kill(home, ROUNDS // JOBS, seed + number)

    with ThreadPoolExecutor(JOBS) as pool:
        tallies = list(pool.map(job, range(JOBS)))
    assert all(tally.is_good for tally in tallies), tallies
    assert sum(tally.kills for tally in tallies) == ROUNDS
