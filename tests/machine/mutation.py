"""Mutants of a module's source: each differs from it in one place, where a rule could be wrong.

Of every branch (`if`, conditional expression, `case`) there are mutants that always take it, never take it and take it
when they should not; beside these every operand, effect, changed field, enum member, number and text of a rule.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import CodeType, ModuleType
from typing import TypeVar

Node = TypeVar("Node")
Place = tuple[ast.AST, str, int | None]
"""A node's parent, the field it is in, and its index there if that is a list."""


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    """The function, what was there, and what is there now: it does not change when lines move."""
    branch: str | None
    """The `if`, conditional expression or `case` that it is a mutant of, if it is one."""
    code: str


def mutants(source: str, enums: dict[str, type[Enum]]) -> Iterator[Mutant]:
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for scope, node, place in list(_nodes(tree, "module")):
        for new in (variant for variant in _variants(node, enums) if _text(variant) != _text(node)):
            name = f"{scope}: {_text(node)} -> {_text(new)}"
            seen[name] += 1
            _put(place, new)
            yield Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", _branch(node), _source(tree))
            _put(place, node)


def branches(source: str) -> set[str]:
    return {branch for node in ast.walk(ast.parse(source)) if (branch := _branch(node))}


def _branch(node: ast.AST) -> str | None:
    match node:
        case ast.If(test) | ast.IfExp(test):
            return f"line {test.lineno}, column {test.col_offset}"
        case ast.match_case(pattern):
            return f"line {pattern.lineno}, case {_text(pattern)}"
        case _:
            return None


def _source(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree))


def load(module: ModuleType, code: str) -> None:
    """Fill `module` with what `code` defines."""
    exec(_compiled(code), module.__dict__)  # noqa: S102 - our own source, mutated


@lru_cache(maxsize=8)
def _compiled(code: str) -> CodeType:
    return compile(code, "mutant", "exec")


def _nodes(parent: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST, Place]]:
    """Everything that decides something: no imports, annotations, docstrings, decorators, options of classes."""
    for field, value in ast.iter_fields(parent):
        if field in {"annotation", "returns", "decorator_list", "args_annotation"}:
            continue
        if isinstance(parent, ast.ClassDef) and field == "keywords":
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, node in children:
            if isinstance(node, ast.AST) and not _is_idle(node):
                inner = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else scope
                yield inner, node, (parent, field, index)
                yield from _nodes(node, inner)


def _is_idle(node: ast.AST) -> bool:
    docstring = isinstance(node, ast.Expr)
    alias = isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.List)
    return docstring or alias or isinstance(node, ast.Import | ast.ImportFrom)


def _put(place: Place, node: ast.AST) -> None:
    parent, field, index = place
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


# -- what can be different --------------------------------------------------------------------------------------------


def _variants(node: ast.AST, enums: dict[str, type[Enum]]) -> Iterator[ast.AST]:
    match node:
        case ast.If(test, body, orelse):
            yield from (ast.If(other, body, orelse) for other in _other_tests(test))
        case ast.IfExp(test, body, orelse):
            yield from (ast.IfExp(other, body, orelse) for other in _other_tests(test))
        case ast.comprehension(target, iterable, [test], is_async):
            yield from (ast.comprehension(target, iterable, [other], is_async) for other in _other_tests(test))
        case ast.match_case(pattern, guard, _):
            yield ast.match_case(pattern, guard, [_nothing()])
        case ast.MatchOr(patterns):
            yield from (ast.MatchOr(rest) for rest in _without_one(patterns))
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            yield from (rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest) for rest in _without_one(values))
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Compare(left, [operator], right):
            yield ast.Compare(left, [_opposite(operator)], right)
        case ast.Call(ast.Name("replace") as name, arguments, keywords):
            yield from (ast.Call(name, arguments, rest) for rest in _without_one(keywords))
        case ast.Return(ast.Tuple([state, effects])):
            yield ast.Return(ast.Tuple([ast.Name("state"), effects], ast.Load()))
            yield ast.Return(ast.Tuple([state, ast.Tuple([], ast.Load())], ast.Load()))
        case ast.Return(ast.Call(ast.Name(called))) if called.startswith("_"):
            yield _nothing()
        case ast.Tuple(elements, ast.Load()) if len(elements) > 1 or _is_effects(elements):
            yield from (ast.Tuple(rest, ast.Load()) for rest in _without_one(elements) if _is_effects(elements))
            yield from [ast.Tuple(elements[::-1], ast.Load())] if _is_effects(elements) else []
        case ast.BinOp(ast.Name() as left, ast.Add() as plus, ast.Name() as right):
            yield ast.BinOp(right, plus, left)
        case ast.Attribute(ast.Name(enum) as name, member) if enum in enums:
            yield ast.Attribute(name, _next_member(enums[enum], member))
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(str()) | ast.JoinedStr():
            yield ast.Constant("")


def _other_tests(test: ast.expr) -> Iterator[ast.expr]:
    yield ast.UnaryOp(ast.Not(), test)
    yield ast.Constant(True)
    yield ast.Constant(False)


def _without_one(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    return ([*nodes[:index], *nodes[index + 1 :]] for index in range(len(nodes)))


def _nothing() -> ast.Return:
    return ast.Return(ast.Tuple([ast.Name("state"), ast.Tuple([], ast.Load())], ast.Load()))


def _is_effects(elements: list[ast.expr]) -> bool:
    """A tuple of effects or prompts, rather than a pair of state and effects."""
    return len(elements) == 1 or any(isinstance(element, ast.Starred) for element in elements)


def _opposite(operator: ast.cmpop) -> ast.cmpop:
    pairs: list[tuple[type[ast.cmpop], type[ast.cmpop]]] = [
        (ast.Is, ast.IsNot),
        (ast.Eq, ast.NotEq),
        (ast.In, ast.NotIn),
    ]
    for one, other in pairs:
        if isinstance(operator, one | other):
            return other() if isinstance(operator, one) else one()
    raise ValueError(f"no opposite for {operator}")


def _next_member(enum: type[Enum], member: str) -> str:
    names = list(enum.__members__)
    return names[(names.index(member) + 1) % len(names)]
