"""Every interleaving of what the user does, what a run does and what goes wrong, and the guarantees at each step."""

import pytest

from tests.machine.driver import Machine
from tests.machine.exploration import Exploration


@pytest.mark.parametrize(
    ("pending", "worlds", "transitions"),
    [(0, 100, 2_000), (1, 600, 13_000), (2, 4_000, 80_000), pytest.param(3, 25_000, 500_000, marks=pytest.mark.slow)],
)
def test_every_interleaving_keeps_the_guarantees(pending: int, worlds: int, transitions: int) -> None:
    exploration = Exploration(Machine(), pending)
    exploration.run()
    print(f"up to {pending} pending: {len(exploration.origins):,} worlds, {exploration.transitions:,} transitions")
    assert len(exploration.origins) >= worlds
    assert exploration.transitions >= transitions
