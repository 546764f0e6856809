"""Figures in words: how a value, a row and a goal are written for people."""

from typing import Any


def value(number: float) -> str:
    """Three digits that count, as far as there are."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def figures(found: dict[str, Any], unit: str) -> str:
    """p50, p95 and max; one figure alone where it was measured once."""
    if found["runs"] == 1:
        return f"{value(found['p50'])} {unit}"
    return " / ".join(value(found[each]) for each in ("p50", "p95", "max")) + f" {unit}"


def limit(goal: dict[str, Any], unit: str) -> str:
    """What is allowed."""
    if goal["of"] == "spread":
        return f"≤ {goal['limit']:g} ×"
    if goal["to"] is None:
        return f"{goal['of']} ≤ {goal['limit']:g} {unit}"
    return f"{goal['of']} ≤ {goal['limit']:g} × {_reference(goal['to'])}"


def outcome(goal: dict[str, Any], unit: str) -> str:
    """What is allowed, and whether it is so."""
    return f"{limit(goal, unit)}: {'met' if goal['met'] else '**missed**'}, {_measured(goal, unit)}"


def _measured(goal: dict[str, Any], unit: str) -> str:
    if goal["of"] == "spread":
        return f"{value(goal['measured'])} ×"
    return f"{value(goal['measured'])} {unit}" if goal["to"] is None else f"{value(goal['ratio'])} ×"


def _reference(to: str) -> str:
    return {
        "start-session-short-echo/floor": "floor",
        "start-session-short-shown/ours": "that of 4 messages",
        "accept/bare commit": "the bare commit",
    }.get(to, to)
