"""The process of one call: it reads the call, runs the tool, tells the result, and is gone.

- What the tool returns is the result: a `str` as it is, anything else as JSON, and where JSON fails as its `repr`.
  A tool that returns None has for its result what it printed; the program knows that.
- SIGTERM cancels the task of an async tool. A sync tool has no handler: it ends as any process does, unless it
  installed a handler of its own.
- Threads and exit handlers are not waited for: the process ends when the tool has returned.
"""

import asyncio
import contextlib
import inspect
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Mapping
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import to_json

from interruptible_tui.tools.compensation import wanted
from interruptible_tui.tools.functions import ToolFunction
from interruptible_tui.tools.output import shortened
from interruptible_tui.tools.refusals import wrong_arguments

KEPT_RESULT = 512 * 1024
"""Characters of a result kept at each end."""
_FRAMES = 10
_COMPLAINTS = 10

Reply = tuple[str | None, bool, bool]
"""The fields of the result; its text is None for a tool that returned None."""


def run(talk: socket.socket, tools: Mapping[str, ToolFunction]) -> NoReturn:
    """Serve the one call that comes over `talk`, and end the process.

    The call is a line with the tool's name, a line that is empty, and the arguments as JSON, up to the end of the
    stream. To compensate a call, the second line is what the model was told came of it, as JSON.
    """
    name, result, arguments = _received(talk).split(b"\n", 2)
    talk.sendall(json.dumps(reply(tools[name.decode()], arguments, result)).encode())
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def _received(talk: socket.socket) -> bytes:
    with talk.makefile("rb") as stream:
        return stream.read()


def reply(tool: ToolFunction, arguments: bytes, result: bytes) -> Reply:
    """Run `tool`, or its compensation; whatever goes wrong in it is a reply."""
    try:
        return _called(tool, arguments, result)
    except BaseException as error:  # noqa: BLE001 - SystemExit and all the others: what a tool raises is its result
        return shortened(_failure(error, tool.file), KEPT_RESULT), True, False


def _called(tool: ToolFunction, arguments: bytes, result: bytes) -> Reply:
    try:
        named = tool.arguments.validate_json(arguments)
    except ValidationError as error:
        return _complaint(error), True, True
    if not result:
        value = tool.function(**named)
    elif tool.compensation:
        value = tool.compensation(**wanted(tool.compensation, named, json.loads(result)))
    else:
        return f"error: {tool.name} has no compensation any more", True, False
    if inspect.isawaitable(value):
        value = asyncio.run(_cancelled_by_sigterm(value))
    return (None if value is None else shortened(_text(value), KEPT_RESULT)), False, False


async def _cancelled_by_sigterm(work: Awaitable[Any]) -> Any:
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    try:
        return to_json(value, fallback=repr).decode()
    except ValueError:
        return repr(value)


def _complaint(error: ValidationError) -> str:
    """What is wrong with the arguments, one line for each."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"- {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors[:_COMPLAINTS]]
    return wrong_arguments(lines)


def _failure(error: BaseException, file: str) -> str:
    """The error, and where in the tool's own file it came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    lines = [f"  line {frame.lineno} in {frame.name}: {frame.line}" for frame in frames[-_FRAMES:]]
    return "\n".join([f"{type(error).__name__}: {error}".removesuffix(": "), *lines])
