"""Every mutant of the machine is killed: by a rule's test, or by the enumeration of every interleaving."""

import random
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.machine import (
    test_rules_of_amending,
    test_rules_of_cutting,
    test_rules_of_editing,
    test_rules_of_ends,
    test_rules_of_going_back,
    test_rules_of_holds,
    test_rules_of_modes,
    test_rules_of_requested_rollback,
    test_rules_of_rollback,
    test_rules_of_undo,
)
from tests.machine.driver import Machine, Session
from tests.machine.exploration import Exploration
from tests.machine.mutation import Mutant, branches, load, mutants
from tests.machine.world import Family

PACKAGE = "interruptible_tui.machine"
MODULES = [f"{PACKAGE}.state", f"{PACKAGE}.rollback", f"{PACKAGE}.running", f"{PACKAGE}.amending", PACKAGE]
"""In the order in which they import each other."""
RULES = [
    test_rules_of_modes,
    test_rules_of_ends,
    test_rules_of_holds,
    test_rules_of_amending,
    test_rules_of_undo,
    test_rules_of_editing,
    test_rules_of_rollback,
    test_rules_of_requested_rollback,
    test_rules_of_going_back,
    test_rules_of_cutting,
]

_CHECKED = "there is a run wherever this is asked; the operand tells the type checker"
_OUTWEIGHED = "a stop outweighs how a run ended, and only an interrupt asks for it"
EQUIVALENT = {
    "_place: state.run and (not state.run.stop) -> not state.run.stop": _CHECKED,
    "_send_now: state.run and (not state.run.stop) -> not state.run.stop": _CHECKED,
    "cut: state.run and (not state.run.stop) -> not state.run.stop": _CHECKED,
    "follow: Trigger.QUEUE -> Trigger.INTERRUPT": (
        "at the turn limit later is held and opens nothing: no trigger is used"
    ),
    "roll_back_idle: Outcome.COMPLETED -> Outcome.TURN_LIMIT": _OUTWEIGHED,
    "_undoing: Outcome.COMPLETED -> Outcome.TURN_LIMIT": _OUTWEIGHED,
    "_undoing: Stop.ROLLBACK -> Stop.INTERRUPT": "a stop that leads to no run is nobody's interrupt",
}
"""Mutants that are the same machine, each with the reason why."""

EXPLORATIONS: list[tuple[int, frozenset[Family]]] = [
    (1, frozenset()),
    (1, frozenset({Family.CHANGES})),
    (1, frozenset({Family.ROLLBACKS})),
    (2, frozenset()),
]
VALUES = ("ActiveRun", "Before", "RolledBack", "Undoing")
"""Plain values that the tests compare with: a mutated machine uses them, too. They decide nothing."""

Rule = Callable[[Session], None]


def rules() -> Iterator[Rule]:
    for module in RULES:
        for name, function in vars(module).items():
            if name.startswith("test_"):
                yield from _cases(function)


def _cases(function: Any) -> list[Rule]:
    marks = getattr(function, "pytestmark", [])
    if not marks:
        return [function]
    names, cases = marks[0].args
    if isinstance(names, str):
        return [partial(function, **{names: case}) for case in cases]
    return [partial(function, **dict(zip(names, case, strict=True))) for case in cases]


def machine_with(module: str, code: str) -> Machine:
    """The machine, one module of which has the source `code`. Raises whatever its import does."""
    kept = {name: sys.modules.pop(name) for name in MODULES}
    try:
        for name in MODULES:
            sys.modules[name] = loaded = ModuleType(name)
            loaded.__path__ = kept[name].__path__ if name == PACKAGE else []
            load(loaded, code if name == module else source(kept[name]))
            vars(loaded).update({value: getattr(kept[name], value) for value in VALUES if value in vars(loaded)})
        return Machine(loaded.step, loaded.SessionState)
    finally:
        sys.modules.update(kept)


@cache
def source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def killer(module: str, mutant: Mutant, explorations: list[tuple[int, frozenset[Family]]]) -> str | None:
    """What kills the mutant; None if it survives everything."""
    try:
        machine = machine_with(module, mutant.code)
    except Exception:  # noqa: BLE001 - whatever a mutant raises kills it
        return "import"
    if any(_fails(partial(rule, Session(machine))) for rule in rules()):
        return "rules"
    if any(_fails(Exploration(machine, bound, families).run) for bound, families in explorations):
        return "enumeration"
    return None


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # noqa: BLE001 - whatever a mutant raises kills it
        return True
    return False


def all_mutants(module: str) -> list[Mutant]:
    loaded = import_module(module)
    enums = {name: kind for name, kind in vars(loaded).items() if isinstance(kind, type) and issubclass(kind, Enum)}
    return list(mutants(source(loaded), enums))


@pytest.mark.parametrize("module", MODULES)
def test_the_machine_itself_survives(module: str) -> None:
    itself = Mutant("itself", None, source(import_module(module)))
    assert killer(module, itself, [(0, frozenset())]) is None


@pytest.mark.parametrize("module", MODULES)
def test_every_branch_of_the_machine_has_a_mutant(module: str) -> None:
    mutated = {mutant.branch for mutant in all_mutants(module)} - {None}
    assert mutated == branches(source(import_module(module)))


@pytest.mark.parametrize("share", [8, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("module", MODULES)
def test_every_mutant_of_the_machine_is_killed(module: str, share: int) -> None:
    """One in `share` of them, beginning at a random one."""
    first = random.randrange(share)
    print(f"of {module} every mutant number {first} modulo {share}")
    killers = {
        mutant.name: killer(module, mutant, EXPLORATIONS)
        for mutant in all_mutants(module)[first::share]
        if mutant.name not in EQUIVALENT
    }
    survivors = [name for name, by in killers.items() if by is None]
    by_rules = sum(by == "rules" for by in killers.values())
    print(f"{len(killers) - len(survivors)} of {len(killers)} mutants killed, {by_rules} by a rule's test")
    assert not survivors, "\n".join(survivors)


def test_mutants_said_to_be_equivalent_are_there() -> None:
    assert {mutant.name for _, mutant in _equivalent()} == set(EQUIVALENT)


@pytest.mark.parametrize("share", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_mutants_said_to_be_equivalent_survive(share: int) -> None:
    for module, mutant in list(_equivalent())[random.randrange(share) :: share]:
        assert killer(module, mutant, EXPLORATIONS[:1]) is None, mutant.name


def _equivalent() -> Iterator[tuple[str, Mutant]]:
    for module in MODULES:
        yield from ((module, mutant) for mutant in all_mutants(module) if mutant.name in EQUIVALENT)
