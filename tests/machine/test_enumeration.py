"""Every interleaving of what the user does, what a run does and what goes wrong, and the guarantees at each step.

Beside what may always happen there are families of events. With all of them at once there are too many worlds: then
random ways through them are tried.
"""

import random

import pytest

from interruptible_tui.conversation import IncorporateAt
from tests.machine.driver import Machine
from tests.machine.exploration import Exploration, Walk
from tests.machine.world import Family

PLAIN: frozenset[Family] = frozenset()
CHANGES, UNDO, ROLLBACKS = Family.CHANGES, Family.UNDO, Family.ROLLBACKS


def slow(pending: int, families: frozenset[Family], worlds: int, transitions: int) -> object:
    return pytest.param(pending, families, worlds, transitions, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("pending", "families", "worlds", "transitions"),
    [
        (0, PLAIN, 100, 2_000),
        (1, PLAIN, 600, 13_000),
        (2, PLAIN, 4_000, 80_000),
        (1, frozenset({CHANGES}), 1_500, 45_000),
        (1, frozenset({ROLLBACKS}), 4_000, 100_000),
        slow(3, PLAIN, 25_000, 500_000),
        slow(2, frozenset({CHANGES}), 10_000, 500_000),
        slow(1, frozenset({CHANGES, UNDO}), 20_000, 500_000),
        slow(1, frozenset({CHANGES, ROLLBACKS}), 10_000, 300_000),
    ],
)
def test_every_interleaving_keeps_the_guarantees(
    pending: int, families: frozenset[Family], worlds: int, transitions: int
) -> None:
    exploration = Exploration(Machine(), pending, families)
    exploration.run()
    seen = f"{len(exploration.origins):,} worlds, {exploration.transitions:,} transitions"
    print(
        f"up to {pending} pending, with {', '.join(each.name.lower() for each in families) or 'prompts alone'}: {seen}"
    )
    assert len(exploration.origins) >= worlds
    assert exploration.transitions >= transitions


def test_every_interleaving_keeps_the_guarantees_where_replies_are_cut() -> None:
    Exploration(Machine(), 1, PLAIN, IncorporateAt.NOW).run()


@pytest.mark.parametrize("walks", [12, pytest.param(500, marks=pytest.mark.slow)])
def test_random_ways_through_everything_keep_the_guarantees(walks: int) -> None:
    for _ in range(walks):
        Walk(Machine(), 3, seed=random.getrandbits(32), steps=500).run()
