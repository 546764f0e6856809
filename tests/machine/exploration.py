"""Breadth first through every world that can be reached, so that a counterexample is a shortest one."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from interruptible_tui.conversation import IncorporateAt
from interruptible_tui.events import SessionEvent
from tests.machine.driver import Machine
from tests.machine.guarantees import check_change, check_dead_runs, check_failed_write, check_liveness, check_world
from tests.machine.world import BrokenError, Family, World, canonical, crash, events, failed, happen

_KILLED = 0.02


@dataclass
class Exploration:
    """Every interleaving with at most `pending` prompts waiting."""

    machine: Machine
    pending: int
    families: frozenset[Family] = frozenset()
    incorporate_at: IncorporateAt = IncorporateAt.BOUNDARY
    origins: dict[World, tuple[World, str] | None] = field(default_factory=dict)
    """Each world that was reached, and from where and by what it was reached first."""
    transitions: int = 0
    live: set[World] = field(default_factory=set)
    """From where everything pending is known to be delivered in the end."""

    def run(self) -> None:
        """Raises BrokenError, with the shortest path to the first fault."""
        start = World(self.machine.state(incorporate_at=self.incorporate_at))
        self.origins, todo = {start: None}, deque([start])
        while todo:
            todo.extend(self._leave(todo.popleft()))

    def _leave(self, world: World) -> Iterator[World]:
        """Tries everything that may happen next. Returns the worlds that are new."""
        move = "then"
        try:
            check_dead_runs(self.machine, world)
            check_liveness(self.machine, world, self.live)
            for event in events(world, self.families):
                move = str(event)
                after = self._follow(world, event)
                if self._arrive(after, world, move):
                    yield after
            move = "kill -9 and a new start"
            after = crash(self.machine, world)
            check_world(after)
            after = canonical(after, self.families)
            if self._arrive(after, world, move):
                yield after
        except Exception as fault:
            raise BrokenError(f"{fault!r}\n{self._path(world)}\n  {move}") from fault

    def _follow(self, world: World, event: SessionEvent) -> World:
        change = happen(self.machine, world, event)
        check_change(change)
        self.transitions += 1
        if instead := failed(change):
            check_failed_write(happen(self.machine, world, instead))
            self.transitions += 1
        return canonical(change.after, self.families)

    def _arrive(self, after: World, before: World, move: str) -> bool:
        """Whether this world is a new one."""
        if len(after.table) > self.pending or after in self.origins:
            return False
        self.origins[after] = (before, move)
        return True

    def _path(self, world: World) -> str:
        steps = [f"  {world}"]
        while origin := self.origins[world]:
            world, move = origin
            steps.insert(0, f"  {move}")
        return "\n".join(steps)


@dataclass
class Walk:
    """A random way through the worlds, where there are too many of them to see all."""

    machine: Machine
    pending: int
    seed: int
    steps: int
    families: frozenset[Family] = frozenset(Family)
    live: set[World] = field(default_factory=set)
    """As in Exploration."""

    def run(self) -> None:
        """Raises BrokenError, with the way so far."""
        chance = random.Random(self.seed)
        world, way = World(self.machine.state()), list[str]()
        try:
            for _ in range(self.steps):
                world = self._go(world, way, chance)
        except Exception as fault:
            raise BrokenError(
                f"seed {self.seed}: {fault!r}\n" + "\n".join(f"  {each}" for each in way[-40:])
            ) from fault

    def _go(self, world: World, way: list[str], chance: random.Random) -> World:
        """A session that is closing, and one in fifty others, is killed and started anew."""
        check_dead_runs(self.machine, world)
        check_liveness(self.machine, world, self.live)
        if world.state.closing or chance.random() < _KILLED:
            way.append("kill -9 and a new start")
            after = crash(self.machine, world)
            check_world(after)
            return canonical(after, self.families)
        event = chance.choice(list(events(world, self.families)))
        way.append(str(event))
        change = happen(self.machine, world, event)
        check_change(change)
        if instead := failed(change):
            check_failed_write(happen(self.machine, world, instead))
        after = canonical(change.after, self.families)
        return after if len(after.table) <= self.pending else world
