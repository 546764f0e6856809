"""Every mutant of the machine is killed: by a rule's test, or by the enumeration of every interleaving."""

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from typing import Any

from interruptible_tui import machine as the_machine
from tests.machine import test_rules_of_ends, test_rules_of_holds, test_rules_of_modes
from tests.machine.driver import Machine, Session
from tests.machine.exploration import Exploration
from tests.machine.mutation import Mutant, branches, load, mutants

EQUIVALENT = {
    "_place: prompt.mode is Mode.INTERRUPT and state.run and (not state.run.stop)"
    " -> prompt.mode is Mode.INTERRUPT and (not state.run.stop)": (
        "a session that will not be idle has a run; the operand tells the type checker"
    ),
    "_follow: Trigger.QUEUE -> Trigger.INTERRUPT": (
        "at the turn limit later is held and opens nothing: no trigger is used"
    ),
}
"""Mutants that are the same machine, each with the reason why."""

Rule = Callable[[Session], None]


def rules() -> Iterator[Rule]:
    for module in (test_rules_of_modes, test_rules_of_ends, test_rules_of_holds):
        for name, function in vars(module).items():
            if name.startswith("test_"):
                yield from _cases(function)


def _cases(function: Any) -> list[Rule]:
    marks = getattr(function, "pytestmark", [])
    if not marks:
        return [function]
    name, values = marks[0].args
    return [partial(function, **{name: value}) for value in values]


def killer(mutant: Mutant, pending: tuple[int, ...] = (1, 2)) -> str | None:
    """What kills the mutant; None if it survives everything."""
    try:
        module = load(mutant.code)
    except Exception:  # noqa: BLE001 - whatever a mutant raises kills it
        return "import"
    machine = Machine(module.step, module.SessionState)
    if any(_fails(partial(rule, Session(machine))) for rule in rules()):
        return "rules"
    if any(_fails(Exploration(machine, bound).run) for bound in pending):
        return "enumeration"
    return None


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # noqa: BLE001 - whatever a mutant raises kills it
        return True
    return False


def all_mutants() -> list[Mutant]:
    enums = {
        name: kind for name, kind in vars(the_machine).items() if isinstance(kind, type) and issubclass(kind, Enum)
    }
    return list(mutants(inspect.getsource(the_machine), enums))


def test_the_machine_itself_survives() -> None:
    assert killer(Mutant("itself", None, inspect.getsource(the_machine)), pending=(1,)) is None


def test_every_branch_of_the_machine_has_a_mutant() -> None:
    mutated = {mutant.branch for mutant in all_mutants()} - {None}
    assert mutated == branches(inspect.getsource(the_machine))


def test_every_mutant_of_the_machine_is_killed() -> None:
    killers = {mutant.name: killer(mutant) for mutant in all_mutants() if mutant.name not in EQUIVALENT}
    survivors = [name for name, by in killers.items() if by is None]
    by_rules = sum(by == "rules" for by in killers.values())
    print(f"{len(killers) - len(survivors)} of {len(killers)} mutants killed, {by_rules} by a rule's test")
    assert not survivors, "\n".join(survivors)


def test_mutants_said_to_be_equivalent_survive() -> None:
    equivalent = {mutant.name: killer(mutant, pending=(1,)) for mutant in all_mutants() if mutant.name in EQUIVALENT}
    assert equivalent == dict.fromkeys(EQUIVALENT)
