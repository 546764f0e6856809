"""Tools as the agent sees them: a box of named functions that never run in the program's own process."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from msgspec import Struct

from interruptible_tui.conversation import ToolCall, ToolSpec, parse_arguments
from interruptible_tui.tools import refusals


class ToolsError(Exception):
    """The tools cannot be loaded. The message is one line for the user: what, where, and what to do."""


class ToolResult(Struct, frozen=True):
    text: str
    """What the model reads."""
    failed: bool = False
    refused: bool = False
    """It failed before any tool was begun: there is none of that name, or the arguments are wrong."""


class Tool(Protocol):
    spec: ToolSpec

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        """Run the tool once. Failures of the tool are results with `failed`, not exceptions.

        `printed` is called with output as it appears. Cancelling ends the tool's process group: SIGTERM, after the
        grace SIGKILL; a second cancellation kills at once. CancelledError is raised when the group is gone.
        """
        ...

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        """Undo what the call with `arguments` did, as far as it came; only asked of a tool that is `compensated`.

        `result` is what the model was told came of the call, None where it was told nothing. All else is as in `call`.
        """
        ...


class Toolbox:
    """The tools of one program, by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(tool.spec for tool in self._tools.values())

    def without(self, name: str) -> "Toolbox":
        """The same tools but for one."""
        return Toolbox(tool for tool in self._tools.values() if tool.spec.name != name)

    def is_idempotent(self, call: ToolCall) -> bool:
        """Whether `call` may be made again where nobody knows what became of it."""
        tool = self._tools.get(call.name)
        return tool is not None and tool.spec.idempotent

    def is_compensated(self, call: ToolCall) -> bool:
        """Whether what `call` did can be undone."""
        tool = self._tools.get(call.name)
        return tool is not None and tool.spec.compensated

    async def call(self, call: ToolCall, printed: Callable[[str], None]) -> ToolResult:
        """Run `call`. An unknown tool and arguments that are not a JSON object are results for the model to mend.

        Cancellation is that of `Tool.call`.
        """
        match self._found(call):
            case ToolResult() as refusal:
                return refusal
            case tool, arguments:
                return await tool.call(arguments, printed)

    async def compensate(self, call: ToolCall, result: str | None, printed: Callable[[str], None]) -> ToolResult:
        """Undo what `call` did, of which the model was told `result`. Only asked of a call that `is_compensated`.

        Refusals are those of `call`, cancellation is that of `Tool.call`.
        """
        match self._found(call):
            case ToolResult() as refusal:
                return refusal
            case tool, arguments:
                return await tool.compensate(arguments, result, printed)

    def _found(self, call: ToolCall) -> ToolResult | tuple[Tool, dict[str, Any]]:
        """The tool of `call` and its arguments, or why it has none."""
        tool = self._tools.get(call.name)
        if tool is None:
            return ToolResult(refusals.unknown_tool(call.name, self._tools), failed=True, refused=True)
        arguments = parse_arguments(call.arguments)
        if arguments is None:
            return ToolResult(refusals.no_object(call.arguments), failed=True, refused=True)
        return tool, arguments
