"""Tools as the agent sees them: a box of named functions that never run in the program's own process."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from interruptible_tui.conversation import ToolCall, ToolSpec, parse_arguments


class ToolsError(Exception):
    """The tools cannot be loaded. The message is one line for the user: what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    text: str
    """What the model reads."""
    failed: bool = False


class Tool(Protocol):
    spec: ToolSpec

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        """Run the tool once. Failures of the tool are results with `failed`, not exceptions.

        `printed` is called with output as it appears. Cancelling ends the tool's process group: SIGTERM, after the
        grace SIGKILL; a second cancellation kills at once. CancelledError is raised when the group is gone.
        """
        ...


class Toolbox:
    """The tools of one program, by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(tool.spec for tool in self._tools.values())

    def is_idempotent(self, call: ToolCall) -> bool:
        """Whether `call` may be made again where nobody knows what became of it."""
        tool = self._tools.get(call.name)
        return tool is not None and tool.spec.idempotent

    async def call(self, call: ToolCall, printed: Callable[[str], None]) -> ToolResult:
        """Run `call`. An unknown tool and arguments that are not a JSON object are results for the model to mend.

        Cancellation is that of `Tool.call`.
        """
        tool = self._tools.get(call.name)
        if tool is None:
            known = ", ".join(self._tools) or "none"
            return ToolResult(f"error: there is no tool named {call.name!r}; the tools are: {known}", failed=True)
        arguments = parse_arguments(call.arguments)
        if arguments is None:
            return ToolResult(f"error: the arguments are not a JSON object: {call.arguments}", failed=True)
        return await tool.call(arguments, printed)
