"""A server like OpenAI's on the loopback interface: it checks each request, plays a script, and keeps a record.

    async with Server([Reply("Hello"), Answer("", status=500)]) as server:
        ...                                        # server.base_url; then Reply("Done.") for ever
        request = await server.request(1)          # the first one, as soon as it is there
        await request.closed.wait()                # the client has closed its connection

    with serving(agent) as server:                 # the same in a thread, for tests without an event loop
        server.request_here(1).closed.wait_here()

A script is a list of what to answer, or a function from a request's body to what to answer. A request that the real
API would refuse gets status 400, takes nothing from the script, and is noted in `server.refusals`.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests.answering import write, write_answer
from tests.signals import PATIENCE, Gate, Signal
from tests.validator import check_chat, check_responses
from tests.wire import Answer, Call, Ending, Fault, Reply, Script, Scripted

__all__ = ["Answer", "Call", "Ending", "Fault", "Gate", "Reply", "Server", "Signal", "serving"]

_CHECKS = {"/v1/chat/completions": check_chat, "/v1/responses": check_responses}
_MODELS = json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model", "owned_by": "tests"}]})
_DONE = Reply("Done.")
"""What is answered when the script is at its end."""


@dataclass
class Received:
    """A request, and what became of it."""

    number: int
    """From 1; only of those to the two endpoints of the model."""
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: dict[str, Any]
    arrived_at: float
    """As all times here: of `time.monotonic()`."""
    answered_at: float | None = None
    """When the last byte of the answer was written."""
    closed_at: float | None = None
    """When the client closed the connection, if this was the last request on it."""
    answered: Signal = field(default_factory=Signal)
    closed: Signal = field(default_factory=Signal)

    @property
    def key(self) -> str:
        return _key(self.headers)


class Server:
    """Serves while it is entered. What is recorded may be read and waited for from any thread."""

    def __init__(self, script: Script = ()) -> None:
        self._next_reply = script if callable(script) else _one_by_one(script)
        self._arrivals: dict[int, Signal] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self.requests: list[Received] = []
        self.refusals: list[str] = []
        self.connections = 0
        """How many were made so far."""
        self.models = Answer(_MODELS, content_type="application/json")
        """What is answered to whoever asks for the list of models."""
        self.asked_for_models = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def request(self, number: int, timeout: float = PATIENCE) -> Received:
        """Request `number`, from 1. Raises TimeoutError if it does not arrive within `timeout` seconds."""
        await self._arrival(number).wait(timeout)
        return self.requests[number - 1]

    def request_here(self, number: int, timeout: float = PATIENCE) -> Received:
        """`request` for threads without an event loop."""
        self._arrival(number).wait_here(timeout)
        return self.requests[number - 1]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _arrival(self, number: int) -> Signal:
        return self._arrivals.setdefault(number, Signal())

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: requests one after the other."""
        first = await reader.read(1)
        while first:
            path, headers, content = await _read_request(first, reader)
            if path.endswith("/v1/models"):  # a proxy is asked with the whole address
                self.asked_for_models += 1
                await write_answer(writer, self.models, _key(headers))
                first = await reader.read(1)
            else:
                first = await self._answer(self._record(path, headers, content), reader, writer)

    async def _answer(self, received: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The first byte after the request: of the next one, or none because the client has closed."""
        after = asyncio.create_task(_next_byte(reader))
        playing = asyncio.create_task(self._play(received, writer))
        try:
            await asyncio.wait({after, playing}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done() or after.result():
                with suppress(ConnectionError):  # the client has closed with something unread
                    await playing
            first = await after
        finally:
            playing.cancel()
            after.cancel()
            await asyncio.gather(playing, after, return_exceptions=True)
        if not first:
            received.closed_at = time.monotonic()
            received.closed.set()
        return first

    def _record(self, path: str, headers: dict[str, str], content: bytes) -> Received:
        body = json.loads(content or b"{}")
        received = Received(len(self.requests) + 1, path, headers, body, time.monotonic())
        self.requests.append(received)
        self._arrival(received.number).set()
        return received

    async def _play(self, received: Received, writer: asyncio.StreamWriter) -> None:
        scripted = self._refusal(received) or self._next_reply(received.body)
        await write(writer, scripted, received.path, received.number, received.key)
        received.answered_at = time.monotonic()
        received.answered.set()

    def _refusal(self, received: Received) -> Answer | None:
        check = _CHECKS.get(received.path)
        if check is None:
            return _error(404, f"no such endpoint: {received.path}")
        violations = check(received.body)
        self.refusals += violations
        return _error(400, violations[0]) if violations else None


@contextmanager
def serving(script: Script = ()) -> Iterator[Server]:
    """A `Server` on an event loop of its own, in a thread."""
    server, ready, stop = Server(script), Signal(), Signal()

    async def serve() -> None:
        async with server:
            ready.set()
            await stop.wait(timeout=None)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="test server")
    thread.start()
    try:
        ready.wait_here()
        yield server
    finally:
        stop.set()
        thread.join()


def _key(headers: Mapping[str, str]) -> str:
    return headers.get("authorization", "").removeprefix("Bearer ")


def _one_by_one(script: Any) -> Callable[[dict[str, Any]], Scripted]:
    replies = iter(script)
    return lambda body: next(replies, _DONE)


def _error(status: int, message: str) -> Answer:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    return Answer(json.dumps(body), status=status, content_type="application/json")


async def _next_byte(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(1)
    except ConnectionError:
        return b""


async def _read_request(first: bytes, reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return request_line.split(" ")[1], headers, content
