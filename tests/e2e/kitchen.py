"""Tools whose course the test decides: each call knocks on a door of the test's, and works until it is told to end.

with Kitchen(tmp_path) as kitchen:
    ...                                # a program with `--tools`, kitchen.tools calls execute_task("a burger")
    order = kitchen.order("burger")    # it runs now
    order.finish()                     # and returns "done: a burger"; or
    order.wait_gone()                  # its process has ended, whoever ended it
    kitchen.order("undo: a burger")    # the call is compensated, likewise
"""

import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.signals import PATIENCE

_TOOLS = '''
"""A kitchen. The stubborn cook does not hear SIGTERM."""

import os
import signal
import socket

from interruptible_tui import tool


def _undo(description: str) -> str:
    return execute_task(f"undo: {{description}}")


@tool(compensate=_undo)
def execute_task(description: str) -> str:
    """Carry out one task, for example to prepare one dish."""
    print("cooking", description, flush=True)
    with socket.create_connection(("127.0.0.1", {port})) as door:
        door.sendall(description.encode() + b"\\n")
        return f"done: {{description}}" if door.recv(1) else "sent away"


def stubborn_task(description: str) -> str:
    """Carry out one task, whatever happens."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return execute_task(description)


@tool(idempotent=True)
def look_up(description: str) -> str:
    """Look something up."""
    return execute_task(description)


def environment() -> str:
    """What the tools' processes inherit."""
    return "\\n".join(f"{{name}}={{value}}" for name, value in os.environ.items())
'''


class Order:
    """A call that runs."""

    def __init__(self, door: socket.socket) -> None:
        door.settimeout(PATIENCE)
        self._door = door
        self._stream = door.makefile("rb")
        self.description = self._stream.readline().decode().rstrip("\n")

    def finish(self) -> None:
        """Let it return."""
        self._door.sendall(b"!")

    def wait_gone(self) -> None:
        """Wait for the end of its process."""
        assert self._stream.read() == b""

    def close(self) -> None:
        self._stream.close()
        self._door.close()


class Kitchen:
    """See the head of this module. `tools` is the file with the tools."""

    def __init__(self, home: Path) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE)
        self._orders: list[Order] = []
        self._waiting: list[Order] = []
        self.tools = home / "kitchen.py"
        self.tools.write_text(_TOOLS.format(port=self._server.getsockname()[1]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for order in self._orders:
            order.close()
        self._server.close()

    def order(self, words: str) -> Order:
        """The next call whose description has `words` in it, as soon as it runs. TimeoutError.

        Calls of one reply come in any order: those that are not asked for yet wait.
        """
        while True:
            if found := next((order for order in self._waiting if words in order.description), None):
                self._waiting.remove(found)
                return found
            self._waiting.append(Order(self._server.accept()[0]))
            self._orders.append(self._waiting[-1])

    @property
    def orders(self) -> list[str]:
        """Descriptions of the calls that were waited for so far."""
        return [order.description for order in self._orders]


_WATCHED = '''
import socket

_presence = socket.create_connection(("127.0.0.1", {port}))


def pause() -> str:
    """Do nothing."""
    return ""
'''


class Watchman:
    """Notices which processes of tools there are: whoever imports the file `tools` or descends from such a process."""

    def __init__(self, home: Path) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE)
        self._present: list[socket.socket] = []
        self.tools = home / "watched.py"
        self.tools.write_text(_WATCHED.format(port=self._server.getsockname()[1]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for presence in self._present:
            presence.close()
        self._server.close()

    def wait_for_the_first(self) -> None:
        """Until the tools have been imported."""
        self._present.append(self._server.accept()[0])

    def wait_all_gone(self) -> None:
        """Until the processes of those that were waited for have ended. TimeoutError."""
        for presence in self._present:
            presence.settimeout(PATIENCE)
            assert presence.recv(1) == b""
