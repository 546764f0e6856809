"""How long an interrupt takes on the wire: from the key to the moment the server sees the connection closed.

    python -m tests.benchmarks.interrupt_latency [--runs 50] [--output FILE]

The program runs in a real PTY of 120x40, with and without the kitty keyboard protocol, against a loopback server in
this process that streams an answer. Beside it, in the same run, the floor: the smallest asyncio program that reads one
byte from its terminal and closes its socket; it connects again only when told to, because the server would be busy
with the next answer before it notes the close. A third figure is an interrupting prompt: from Enter to the first
request of the new run. JSON goes to standard output, and to FILE. Times are milliseconds; only ratios mean anything
elsewhere.
"""

import argparse
import json
import os
import platform
import select
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from tests.asked import users
from tests.e2e.chat import Chat
from tests.e2e.terminal import SUPPORTS_KITTY, Terminal
from tests.server import Reply, Server, serving

SIZE: dict[str, Any] = {"cols": 120, "rows": 40}
KITTY: dict[str, Any] = {"kitty": True, "answers": SUPPORTS_KITTY}

FLOOR = """
import asyncio, os, sys, tty

async def key(loop):
    pressed = loop.create_future()
    loop.add_reader(0, lambda: pressed.done() or pressed.set_result(os.read(0, 1)))
    await pressed
    loop.remove_reader(0)

async def main():
    tty.setraw(0)
    loop = asyncio.get_running_loop()
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
        body = b'{"model": "m", "messages": [{"role": "user", "content": "x"}]}'
        head = b"POST /v1/chat/completions HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
        writer.write(head + body)
        await reader.readuntil(b"data: ")
        os.write(1, b"ready\\r\\n")
        await key(loop)
        writer.transport.abort()
        await key(loop)

asyncio.run(main())
"""


def streaming(body: dict[str, Any]) -> Reply:
    """An answer that goes on until it is cut, and begins with its number."""
    prompts = [text for text in users(body) if not text.startswith("[")]
    return Reply(f"Answer-{len(prompts)}-begins. " + "It goes on and on. " * 2000, chunk=64, delay=0.02)


@contextmanager
def being_read(terminal: Terminal) -> Iterator[None]:
    """Read what the program writes in a thread meanwhile, so that its terminal never stalls; show it afterwards.

    Showing it costs milliseconds of this process, in which the server runs too.
    """
    stop, wake = os.pipe()
    received: list[bytes] = []
    thread = Thread(target=_drain, args=(terminal._master, stop, received), daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.write(wake, b"!")
        thread.join()
        os.close(stop)
        os.close(wake)
        terminal.raw += b"".join(received)
        terminal._emulator.feed(b"".join(received))


def _drain(master: int, stop: int, received: list[bytes]) -> None:
    while stop not in (readable := select.select([master, stop], [], [])[0]):
        received += [os.read(handle, 65536) for handle in readable]


def press(terminal: Terminal, sequence: bytes) -> float:
    """Send a key; the moment before it was sent."""
    pressed = time.monotonic()
    os.write(terminal._master, sequence)
    return pressed


def measure_floor(home: Path, runs: int) -> list[float]:
    with serving(streaming) as server:
        program = [sys.executable, "-c", FLOOR, str(server.port)]
        with Terminal(home=home, program=program, **SIZE) as terminal:
            return [_floor_once(terminal, server, number) for number in range(1, runs + 1)]


def _floor_once(terminal: Terminal, server: Server, number: int) -> float:
    terminal.wait_for(lambda _: terminal.raw.count(b"ready") == number)
    taken = _until_closed(terminal, server, number, b"\x1b")
    terminal.send("n")
    return taken


def _until_closed(terminal: Terminal, server: Server, number: int, sequence: bytes) -> float:
    request = server.request_here(number)
    with being_read(terminal):
        pressed = press(terminal, sequence)
        request.closed.wait_here()
    assert request.closed_at
    return (request.closed_at - pressed) * 1000


def measure_esc(home: Path, runs: int, named: dict[str, Any]) -> list[float]:
    with serving(streaming) as server, _chat(server, home, named) as chat:
        return [_esc_once(chat, server, number) for number in range(1, runs + 1)]


def _esc_once(chat: Chat, server: Server, number: int) -> float:
    chat.send("Go on.")
    chat.key("enter")
    chat.wait_status("running", f"run {number} ")
    chat.wait_for(f"Answer-{number}-begins")
    taken = _until_closed(chat, server, number, b"\x1b[27u" if chat.kitty else b"\x1b")
    chat.wait_for(f"Stopped: run {number},")
    chat.wait_status("idle")
    return taken


def measure_prompt(home: Path, runs: int) -> list[float]:
    with serving(streaming) as server, _chat(server, home, {}) as chat:
        chat.send("Go on.\r")
        return [_prompt_once(chat, server, number) for number in range(1, runs + 1)]


def _prompt_once(chat: Chat, server: Server, number: int) -> float:
    chat.wait_status("running", f"run {number} ")
    chat.wait_for(f"Answer-{number}-begins")
    chat.send(f"Now this {number}.")
    chat.wait_for(f"Now this {number}.")
    with being_read(chat):
        pressed = press(chat, b"\r")
        arrived = server.request_here(number + 1).arrived_at
    return (arrived - pressed) * 1000


@contextmanager
def _chat(server: Server, home: Path, named: dict[str, Any]) -> Iterator[Chat]:
    options = ("--base-url", server.base_url, "--mode", "interrupt")
    with Chat(*options, home=home, **SIZE, **named) as chat:
        chat.wait_status("default", "idle", timeout=30)
        yield chat
        chat.key("ctrl+q")
        chat.wait_exit()


def summary(times: list[float], floor: list[float] | None = None) -> dict[str, Any]:
    ordered = sorted(times)
    figures = {
        "runs": len(times),
        "p50_ms": round(median(times), 2),
        "p95_ms": round(ordered[min(len(times) - 1, int(len(times) * 0.95))], 2),
        "max_ms": round(ordered[-1], 2),
    }
    return figures | ({"p50_to_floor": round(median(times) / median(floor), 2)} if floor else {})


def measure(runs: int) -> dict[str, Any]:
    def at_home(figure: Callable[..., list[float]], *arguments: Any) -> list[float]:
        """Without the first one, during which the program still imports."""
        with tempfile.TemporaryDirectory() as home:
            return figure(Path(home), runs + 1, *arguments)[1:]

    floor = at_home(measure_floor)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "terminal": "PTY 120x40",
        "floor: key -> closed, bare asyncio": summary(floor),
        "Esc -> closed, kitty protocol": summary(at_home(measure_esc, KITTY), floor),
        "Esc -> closed, without": summary(at_home(measure_esc, {}), floor),
        "interrupting prompt: Enter -> first request of the new run": summary(at_home(measure_prompt)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Interrupt latency on the wire.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    printed = json.dumps(measure(arguments.runs), indent=2)
    print(printed)
    if arguments.output:
        arguments.output.write_text(printed + "\n")


if __name__ == "__main__":
    main()
