"""interruptible-chat: a terminal chat with an agent you can talk to while it works.

What a file of tools may import is here: `tool`, which says of a function what its signature does not.
"""

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["tool"]

OPTIONS = "__interruptible_tool__"
"""The attribute of a function that holds its options by name."""

F = TypeVar("F", bound=Callable[..., Any])


def tool(*, idempotent: bool = False) -> Callable[[F], F]:
    """Set the options of a tool; a function without any needs no decorator.

    `idempotent`: doing it twice is as good as doing it once. After a crash nobody knows whether a call that was running
    has done its work; a call of such a tool is then made again when the run is continued, any other is not.

        @tool(idempotent=True)
        def look_up(word: str) -> str: ...
    """

    def mark(function: F) -> F:
        setattr(function, OPTIONS, {"idempotent": idempotent})
        return function

    return mark
