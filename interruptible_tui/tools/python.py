"""Python functions as tools: they are imported, and run, in processes other than the program's own.

A *template* imports the tool files once; for each call it forks a *worker*, which ends with the call. So a tool
keeps no state between calls, may block, and may die. What is promised about these processes:

- The group of a worker is gone when its call has ended, whatever the tool left behind. What leaves the group on
  purpose (`setsid`, as daemons do) is not ours any more.
- When the program dies, even by `kill -9`, the template notices, kills every group, and ends.
- When the template is killed, Linux kills the workers; the next call starts another template.
- They inherit the environment minus the key, read nothing from the terminal, and cannot write to it.
- The current directory is where they run, and is not where their imports come from.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

from interruptible_tui.conversation import ToolSpec
from interruptible_tui.tools import ToolResult, ToolsError
from interruptible_tui.tools.call import Call

KEY_VARIABLES = frozenset({"OPENAI_API_KEY", "OPENAI_ADMIN_KEY"})
LOAD_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_REPORT_LIMIT = 16 * 1024 * 1024


@contextlib.asynccontextmanager
async def python_tools(
    sources: Sequence[str],
    environment: Mapping[str, str],
    load_seconds: float = LOAD_SECONDS,
    *,
    without: Collection[str] = (),
) -> AsyncIterator[tuple["PythonTool", ...]]:
    """The tools of `sources`, files or modules, until the block is left; then their processes are ended.

    `environment` is added to what they inherit, which is all but keys: those of OpenAI, and those in the variables
    `without`. Raises ToolsError if a source cannot be loaded within `load_seconds`.
    Cancelling ends the processes, also while they load.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in {*KEY_VARIABLES, *without}}
    template = _Template(sources, {**inherited, **environment}, load_seconds)
    try:
        specs = (await template.start()).specs if sources else ()
        yield tuple(PythonTool(spec, template) for spec in specs)
    finally:
        await template.close()


class PythonTool:
    """A function of a tool file. Its result is described in `worker`."""

    def __init__(self, spec: ToolSpec, template: "_Template") -> None:
        self.spec = spec
        self._template = template

    async def call(self, arguments: dict[str, Any], printed: Callable[[str], None]) -> ToolResult:
        """As `Tool.call`."""
        return await self._ask(f"{self.spec.name}\n\n{json.dumps(arguments)}", printed)

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        """As `Tool.compensate`; the function is described in `compensation`."""
        return await self._ask(f"{self.spec.name}\n{json.dumps(result)}\n{json.dumps(arguments)}", printed)

    async def _ask(self, request: str, printed: Callable[[str], None]) -> ToolResult:
        """Have a worker do what `request` asks for, see `worker`."""
        try:
            control = await self._template.control()
            call = Call(control, printed)
        except (OSError, ToolsError) as error:
            return ToolResult(f"error: the tool's process could not be started: {error}", failed=True)
        try:
            result = await call.run(request.encode())
        except asyncio.CancelledError:
            await call.stop()
            raise
        else:
            if call.orphaned:
                await self._template.discard(control)
            return result
        finally:
            call.close()


class _Template:
    """The template's process, seen from the program."""

    def __init__(self, sources: Sequence[str], environment: Mapping[str, str], load_seconds: float) -> None:
        self._sources = sources
        self._environment = environment
        self._load_seconds = load_seconds
        self._starting = asyncio.Lock()
        self._running: _Running | None = None

    async def control(self) -> socket.socket:
        """Where calls are asked for, of a template that is started anew if something killed the last one."""
        async with self._starting:
            running = self._running
            if running is None or _has_ended(running.control):
                await self.close()
                running = await self.start()
            return running.control

    async def discard(self, control: socket.socket) -> None:
        """The template behind `control` is dying: nothing more may be asked of it."""
        async with self._starting:
            if self._running and self._running.control is control:
                await self.close()

    async def start(self) -> "_Running":
        """Start the process. Raises ToolsError if it cannot load the tools; then, and if cancelled, it is killed."""
        control, theirs = socket.socketpair()
        async with contextlib.AsyncExitStack() as undo:
            undo.enter_context(control).setblocking(False)
            with theirs:
                process = await self._spawn(theirs)
            undo.push_async_callback(_kill, process)
            self._running = _Running(process, control, _specs(await self._report(process)))
            undo.pop_all()
        return self._running

    async def _spawn(self, control: socket.socket) -> asyncio.subprocess.Process:
        # -P keeps the current directory off the path, which -m would put first.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "interruptible_tui.tools.template", str(self._load_seconds), *self._sources),
            stdin=control.fileno(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
            start_new_session=True,
            limit=_REPORT_LIMIT,
        )

    async def _report(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        """The last thing that the template says about loading."""
        stdout = cast("asyncio.StreamReader", process.stdout)  # a pipe was asked for
        report: dict[str, Any] = {}
        try:
            async with asyncio.timeout(self._load_seconds):
                async for line in stdout:
                    report = json.loads(line)
                if "loading" in report:
                    report["status"] = await process.wait()
        except TimeoutError:
            report["status"] = None
        return report

    async def close(self) -> None:
        """End the process, and with it every call's; at once, or after a second if it does not listen."""
        if self._running is None:
            return
        process = self._running.process
        self._running.control.close()
        self._running = None
        try:
            await asyncio.wait_for(process.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            await _kill(process)


class _Running(Struct, frozen=True):
    process: asyncio.subprocess.Process
    control: socket.socket
    specs: tuple[ToolSpec, ...]


def _has_ended(control: socket.socket) -> bool:
    """Whether the template has closed its end, where it never says anything."""
    try:
        return control.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill a template, and what its tool files have started while they were imported."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _specs(report: dict[str, Any]) -> tuple[ToolSpec, ...]:
    match report:
        case {"tools": list(specs)}:
            return tuple(ToolSpec(**spec) for spec in specs)
        case {"error": str(message)}:
            raise ToolsError(message)
        case {"loading": str(source), "status": None}:
            raise ToolsError(f"importing the tools in {source} takes too long; move slow work into the functions")
        case {"loading": str(source), "status": int(status)}:
            raise ToolsError(f"importing the tools in {source} ended its process with status {status}; mend it")
        case _:
            raise ToolsError("the process for tools did not start; is interruptible-chat installed in this Python?")
