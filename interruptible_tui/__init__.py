"""interruptible-chat: a terminal chat with an agent you can talk to while it works.

What a file of tools may import is here: `tool`, which says of a function what its signature does not.
"""

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["tool"]

OPTIONS = "__interruptible_tool__"
"""The attribute of a function that holds its options by name."""

F = TypeVar("F", bound=Callable[..., Any])


def tool(*, idempotent: bool = False, compensate: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Set the options of a tool; a function without any needs no decorator.

    `idempotent`: doing it twice is as good as doing it once. After a crash nobody knows whether a call that was running
    has done its work; a call of such a tool is then made again when the run is continued, any other is not.

        @tool(idempotent=True)
        def look_up(word: str) -> str: ...

    `compensate`: the function that undoes a call when what the run did is rolled back, async or not. Calls are undone
    newest first. Of the call's arguments it declares those that it wants; `result` is the text that the model was told
    came of the call, None where it was told nothing, unless the tool has a parameter of that name. It must be right

    - also if the call did only a part of its work, or nothing: calls that were cut or have failed are undone too;
    - also if it is called again: it may be asked for once more if it failed, or was cut itself.

    It may raise, and has 60 s. What it returns is kept for people. A leading _ keeps it from being a tool itself.

        def _cancel(number: str) -> str: ...

        @tool(compensate=_cancel)
        def book(number: str) -> str: ...
    """

    def mark(function: F) -> F:
        setattr(function, OPTIONS, {"idempotent": idempotent, "compensate": compensate})
        return function

    return mark
