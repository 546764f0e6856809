"""How the test server writes an answer: event by event, or byte by byte up to the fault that is wanted."""

import asyncio
import http
import socket
import struct
import time
from collections.abc import Mapping

from tests.wire import Answer, Ending, Fault, Reply, Scripted, render


async def write(writer: asyncio.StreamWriter, scripted: Scripted, path: str, number: int, key: str) -> None:
    """Answer request `number`, to the endpoint at `path`, of a client that sent `key`."""
    match scripted:
        case Reply():
            await _write_reply(writer, scripted, path, number)
        case Fault():
            events = render(scripted.reply, path, number)
            stream = b"".join(events.body + events.closing)[: scripted.after]
            await write_answer(writer, Answer(stream, ending=scripted.ending), key)
        case Answer():
            await write_answer(writer, scripted, key)


async def _write_reply(writer: asyncio.StreamWriter, reply: Reply, path: str, number: int) -> None:
    rendered = render(reply, path, number)
    events = rendered.body + rendered.closing
    gate_at = len(rendered.body) if reply.gate_at is None else reply.gate_at % len(events)
    if reply.head_gate:
        await reply.head_gate.passed()
    writer.write(_head(200, "text/event-stream", {}))
    began = time.monotonic()
    for at, event in enumerate(events):
        if reply.gate and at == gate_at:
            await writer.drain()
            await reply.gate.passed()
        if reply.delay:
            await asyncio.sleep(max(0.0, began + at * reply.delay - time.monotonic()))
        writer.write(_framed(event))
        await writer.drain()
    writer.write(_framed(b""))
    await writer.drain()


async def write_answer(writer: asyncio.StreamWriter, answer: Answer, key: str = "") -> None:
    if answer.head_gate:
        await answer.head_gate.passed()
    body = answer.body.replace("{key}", key).encode() if isinstance(answer.body, str) else answer.body
    writer.write(_head(answer.status, answer.content_type, answer.headers))
    if body:
        writer.write(_framed(body))
    await writer.drain()
    match answer.ending:
        case Ending.END:
            writer.write(_framed(b""))
            await writer.drain()
        case Ending.CUT:
            writer.close()
        case Ending.RESET:
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        case Ending.STALL:
            await asyncio.Event().wait()


def _head(status: int, content_type: str, headers: Mapping[str, str]) -> bytes:
    fields = {"Content-Type": content_type, "Transfer-Encoding": "chunked", **headers}
    lines = [
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _framed(content: bytes) -> bytes:
    """One chunk of the transfer coding; without content the last one."""
    return b"%x\r\n%b\r\n" % (len(content), content)
