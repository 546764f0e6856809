"""One call of a Python tool, seen from the program: three descriptors, and never a wait that blocks."""

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from interruptible_tui.text import storable
from interruptible_tui.tools import ToolResult
from interruptible_tui.tools.output import Output

GRACE = 2.0
"""Seconds from SIGTERM to SIGKILL."""
_DEATH = 0.09
"""Seconds that the kernel is given to end a group after SIGKILL."""
TERMINATE = b"T"
"""Asks the template for SIGTERM."""
_SLICE = 64 * 1024
_LAST_SLICES = 16
_REPLY_LIMIT = 16 * 1024 * 1024

_Stream = TypeVar("_Stream", socket.socket, io.FileIO)


class Call:
    """A call that is under way. See `template` for what goes over its descriptors."""

    def __init__(self, control: socket.socket, printed: Callable[[str], None]) -> None:
        """Have a worker forked at the other end of `control`. Raises OSError where that cannot be asked for."""
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[bytes] = self._loop.create_future()
        self._output = Output(printed)
        self._reply = bytearray()
        with contextlib.ExitStack() as mine, contextlib.ExitStack() as theirs:
            self._talk, talk = _pair(mine, theirs, *socket.socketpair())
            self._life, life = _pair(mine, theirs, *socket.socketpair())
            self._printing, output = _pair(mine, theirs, *_pipe())
            socket.send_fds(control, [b"c"], [talk.fileno(), output.fileno(), life.fileno()])
            self._mine = mine.pop_all()
        self._talk.setblocking(False)
        self._life.setblocking(False)
        os.set_blocking(self._printing.fileno(), False)
        self._listen(self._talk, self._take_reply)
        self._listen(self._printing, self._output.take)
        self._listen(self._life, self._take_status)

    async def run(self, request: bytes) -> ToolResult:
        """The result of `request`, see `worker`. Cancelling this does not end the worker: `stop` does."""
        with contextlib.suppress(OSError):  # the worker has ended before it read all of it: its status will tell
            await self._loop.sock_sendall(self._talk, request)
            self._talk.shutdown(socket.SHUT_WR)
        await asyncio.wait({self._ended})
        self._drain()
        return self._result()

    @property
    def orphaned(self) -> bool:
        """Whether the call has ended because the template has."""
        return self._ended.done() and not self._ended.result()

    async def stop(self) -> None:
        """SIGTERM to the process group, SIGKILL after the grace; if cancelled, SIGKILL at once.

        Returns when the group is gone, and at the latest 0.1 s after the grace or the cancellation.
        """
        with contextlib.suppress(OSError):
            self._life.send(TERMINATE)
        try:
            await asyncio.wait({self._ended}, timeout=GRACE)
        finally:
            with contextlib.suppress(OSError):
                self._life.shutdown(socket.SHUT_WR)
            await asyncio.wait({self._ended}, timeout=_DEATH)

    def close(self) -> None:
        """Let go of the descriptors; a group that is still there is killed."""
        for stream in (self._talk, self._printing, self._life):
            self._loop.remove_reader(stream.fileno())
        self._mine.close()

    def _listen(self, stream: socket.socket | io.FileIO, take: Callable[[bytes], None]) -> None:
        """Give `take` what arrives, slice by slice, the last one empty."""
        self._loop.add_reader(stream.fileno(), self._read, stream.fileno(), take)

    def _read(self, descriptor: int, take: Callable[[bytes], None]) -> bool:
        """Take one slice. Whether there was one."""
        try:
            taken = os.read(descriptor, _SLICE)
        except BlockingIOError:
            return False
        except OSError:
            taken = b""
        if not taken:
            self._loop.remove_reader(descriptor)
        take(taken)
        return bool(taken)

    def _drain(self) -> None:
        """Take what the group has left in the pipes; a process that escaped from it may still be writing."""
        for stream, take in ((self._talk, self._take_reply), (self._printing, self._output.take)):
            for _ in range(_LAST_SLICES):
                if not self._read(stream.fileno(), take):
                    break

    def _take_reply(self, reply: bytes) -> None:
        if len(self._reply) < _REPLY_LIMIT:
            self._reply += reply

    def _take_status(self, status: bytes) -> None:
        if not self._ended.done():
            self._ended.set_result(status)

    def _result(self) -> ToolResult:
        match _parsed(self._reply):
            case [str(text), bool(failed), bool(refused)]:
                return ToolResult(storable(text), failed, refused)
            case [None, False, False]:
                return ToolResult(str(self._output.kept) or "(no output)")
            case _:
                return ToolResult(self._death(), failed=True)

    def _death(self) -> str:
        status = self._ended.result()
        if not status:
            return "error: the tool's process could not be started, or the process that starts it has ended"
        code = int(status)
        how = f"status {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"
        output = str(self._output.kept) or "none"
        return f"error: the tool's process ended with {how} before it returned; output so far: {output}"


def _parsed(reply: bytearray) -> Any:
    try:
        return json.loads(reply)
    except ValueError:
        return None


def _pipe() -> tuple[io.FileIO, io.FileIO]:
    reading, writing = os.pipe()
    return io.FileIO(reading, "r"), io.FileIO(writing, "w")


def _pair(
    mine: contextlib.ExitStack, theirs: contextlib.ExitStack, here: _Stream, there: _Stream
) -> tuple[_Stream, _Stream]:
    return mine.enter_context(here), theirs.enter_context(there)
