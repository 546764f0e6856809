"""What `@tool(compensate=...)` names: the function that undoes a call of a tool, and what it is called with.

It is called with the arguments of the call, as the tool's own annotations have made them, defaults included, and with
`result`, what the model was told came of the call; where the tool has a parameter of that name, `result` is that.
Of these it declares those that it wants; with `**anything` it is given all.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from interruptible_tui.tools import ToolsError

_RESULT = "result"
_NAMED = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
_VARIABLE = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def check(compensation: object, tool: Callable[..., Any]) -> None:
    """Raises ToolsError if `compensation` cannot be called for every call of `tool`."""
    if not inspect.isroutine(compensation):
        raise ToolsError(f"its compensation {compensation!r} is not a function")
    name = compensation.__name__
    if inspect.isgeneratorfunction(compensation) or inspect.isasyncgenfunction(compensation):
        raise ToolsError(f"its compensation {name} yields; let it return what it did")
    offered = {parameter.name for parameter in _parameters(tool) if parameter.kind in _NAMED} | {_RESULT}
    for parameter in _required(compensation):
        if parameter.kind not in _NAMED:
            raise ToolsError(f"its compensation {name} needs {parameter.name}, which cannot be passed by name")
        if parameter.name not in offered:
            raise ToolsError(
                f"its compensation {name} needs {parameter.name}, which is neither a parameter of the tool nor named"
                f" {_RESULT}"
            )


def wanted(compensation: Callable[..., Any], arguments: dict[str, Any], result: str | None) -> dict[str, Any]:
    """What `compensation` is called with."""
    offered = {_RESULT: result} | arguments
    parameters = _parameters(compensation)
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return offered
    declared = {parameter.name for parameter in parameters if parameter.kind in _NAMED}
    return {name: value for name, value in offered.items() if name in declared}


def _parameters(function: Callable[..., Any]) -> Iterable[inspect.Parameter]:
    return inspect.signature(function).parameters.values()


def _required(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return [
        parameter
        for parameter in _parameters(function)
        if parameter.default is parameter.empty and parameter.kind not in _VARIABLE
    ]
