"""The template: a process that has imported the tools, and forks itself for each call.

The program starts it with `python -P -m interruptible_tui.tools.template SECONDS SOURCE...`. It talks

- over standard output, once: a line of JSON for each step of loading, the last one with the tools or an error;
- over standard input, a Unix socket, with one byte and three descriptors for each call. These are `talk`, a socket
  to the worker; `output`, the pipe that becomes the worker's standard output and error; and `life`, a socket that
  the template keeps. On `life` a `T` asks for SIGTERM; the end of the stream asks for SIGKILL; and once the worker
  has ended and its process group is gone, the template answers with the exit status and closes it.

So when the program dies, however it dies, each `life` ends, and the kernel has told the template to kill. Only the
template signals a group, because only it reaps the group's leader, and before that the number cannot be another's.

`multiprocessing`'s forkserver would import the program's main module into each worker, keep the key in the
environment of its process, block the caller while it forks, and leave the group to us all the same.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import NoReturn

from msgspec.structs import asdict

from interruptible_tui.tools import ToolsError, kernel, worker
from interruptible_tui.tools.call import TERMINATE
from interruptible_tui.tools.functions import ToolFunction, load

_DESCRIPTORS = 3
_DEATH = 0.05
"""Seconds without news after which a killed group counts as gone; what is left of it waits in the kernel, or for a
parent that escaped from the group."""


def main() -> NoReturn:
    """Load the tools, tell the program, and serve it until it closes its end."""
    seconds, *sources = sys.argv[1:]
    control, report = _take_over_standard_streams()
    signal.setitimer(signal.ITIMER_REAL, float(seconds))  # for a program that was killed while a file is imported
    tools = _load(sources, report)
    signal.setitimer(signal.ITIMER_REAL, 0)
    gc.freeze()
    Template(control, tools).serve()
    os._exit(0)


def _take_over_standard_streams() -> tuple[socket.socket, TextIOWrapper]:
    """The socket and the report; from here on nothing that a tool file reads or prints meets them."""
    control = socket.socket(fileno=os.dup(0))
    report = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=False)
    return control, report


def _load(sources: list[str], report: TextIOWrapper) -> Mapping[str, ToolFunction]:
    def tell(step: str, value: object) -> None:
        print(json.dumps({step: value}), file=report, flush=True)

    with report:
        try:
            tools = load(sources, lambda source: tell("loading", source))
        except ToolsError as error:
            tell("error", str(error))
            sys.exit(1)
        tell("tools", [asdict(tool.spec) for tool in tools.values()])
    return tools


@dataclass(slots=True)
class _Group:
    """The process group of one call."""

    life: socket.socket
    status: int | None = None
    """Exit code of its leader, the worker; negative for a signal; None while it lives."""


class Template:
    """The loop that forks, signals and reaps. It never waits for a worker, and starts no thread."""

    def __init__(self, control: socket.socket, tools: Mapping[str, ToolFunction]) -> None:
        self._control = control
        self._tools = tools
        self._groups: dict[int, _Group] = {}
        self._poll = selectors.PollSelector()
        self._adopts = kernel.adopt_orphans()
        self._wake, self._woken = socket.socketpair()

    def serve(self) -> None:
        """Until the program closes its end; then every group is killed."""
        self._notice_deaths()
        self._poll.register(self._control, selectors.EVENT_READ)
        while self._control in self._poll.get_map():
            events = self._poll.select(_DEATH if self._ended() else None)
            for key, _ in events:
                if key.fileobj is self._control:
                    self._fork()
                elif key.fileobj is self._wake:
                    self._reap()
                elif key.data in self._groups:  # else it was just reaped
                    self._signal(key.data)
            if not events:
                self._tell(self._ended())
        for leader in self._groups:
            _kill(leader)

    def _notice_deaths(self) -> None:
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._poll.register(self._wake, selectors.EVENT_READ)

    def _fork(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control, 1, _DESCRIPTORS)
        if not message:
            self._poll.unregister(self._control)
            return
        try:
            talk, output, life = descriptors
            leader = os.fork()
        except (ValueError, OSError):  # a limit was reached; the end of `life` without a status says so
            for descriptor in descriptors:
                os.close(descriptor)
            return
        if leader == 0:
            os.close(life)
            self._become_worker(talk, output)
        os.close(talk)
        os.close(output)
        self._watch(leader, socket.socket(fileno=life))

    def _become_worker(self, talk: int, output: int) -> NoReturn:
        try:
            os.setpgid(0, 0)
            kernel.die_with_parent()
            self._let_go()
            os.set_inheritable(talk, False)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            worker.run(socket.socket(fileno=talk), self._tools)
        finally:
            os._exit(1)

    def _let_go(self) -> None:
        """Close, in a worker, what is the template's own."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for stream in (self._control, self._wake, self._woken, *(group.life for group in self._groups.values())):
            stream.close()

    def _watch(self, leader: int, life: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the worker does it too, and may have ended: whoever is first
            os.setpgid(leader, leader)
        self._groups[leader] = _Group(life)
        self._poll.register(life, selectors.EVENT_READ, leader)

    def _signal(self, leader: int) -> None:
        group = self._groups[leader]
        if _read(group.life) == TERMINATE:
            with contextlib.suppress(OSError):
                os.killpg(leader, signal.SIGTERM)
        else:
            self._poll.unregister(group.life)
            _kill(leader)

    def _reap(self) -> None:
        """Collect who has died. A group whose leader is among them is killed, and told when it is gone."""
        _read(self._wake)
        for pid, status in _dead():
            if pid in self._groups:
                self._groups[pid].status = os.waitstatus_to_exitcode(status)
        self._tell([leader for leader in self._ended() if not _kill(leader) or not self._adopts])

    def _ended(self) -> list[int]:
        return [leader for leader, group in self._groups.items() if group.status is not None]

    def _tell(self, leaders: list[int]) -> None:
        for leader in leaders:
            group = self._groups.pop(leader)
            if group.life in self._poll.get_map():
                self._poll.unregister(group.life)
            with group.life as life, contextlib.suppress(OSError):  # the program may have gone
                life.send(str(group.status).encode())


def _read(stream: socket.socket) -> bytes:
    try:
        return stream.recv(1)
    except OSError:
        return b""


def _dead() -> list[tuple[int, int]]:
    """Process id and wait status of every child that has died since."""
    dead: list[tuple[int, int]] = []
    with contextlib.suppress(ChildProcessError):
        while (child := os.waitpid(-1, os.WNOHANG))[0]:
            dead.append(child)
    return dead


def _kill(leader: int) -> bool:
    """Kill a group. Whether there was any of it left."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
