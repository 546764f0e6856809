"""Server-sent events out of bytes, however the bytes were split.

The rules are those of https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream:

- A line ends with CR LF, LF or CR. A byte order mark before the first line is dropped.
- A line that begins with a colon is a comment; servers send them to keep a connection alive.
- Several `data` lines make one event, joined by line feeds. An empty line ends the event; one without data is dropped.
- What follows the last empty line is no event: it may have been cut.
"""

from collections.abc import Iterator

from msgspec import Struct

from interruptible_tui.providers import ProviderError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LIMIT = 16 * 2**20
"""Bytes of one event. A whole answer repeated in its last event stays far below."""


class ServerEvent(Struct, frozen=True):
    name: str
    """`message` where the server gave none."""
    data: str


class EventDecoder:
    """Feed it bytes as they arrive. Bytes that are not UTF-8 become U+FFFD."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._line = bytearray()
        self._first = True
        self._after_cr = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that `chunk` completes. Raises ProviderError for an event above the limit."""
        for line in self._lines(chunk):
            if line:
                self._field(line)
            elif event := self._event():
                yield event

    def _lines(self, chunk: bytes) -> Iterator[bytes]:
        if not chunk:
            return
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")
        self._after_cr = chunk.endswith(b"\r")
        for piece in chunk.splitlines(keepends=True):
            self._line += piece
            self._check_size(len(self._line))
            if piece.endswith((b"\n", b"\r")):
                yield self._whole_line()

    def _whole_line(self) -> bytes:
        line = bytes(self._line).rstrip(b"\r\n")
        self._line.clear()
        if self._first:
            self._first = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _check_size(self, pending: int) -> None:
        if self._size + pending > self._limit:
            raise ProviderError(f"the server sent an event of more than {self._limit // 2**20} MiB")

    def _field(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode(errors="replace")
        if field == b"data":
            self._data.append(text)
            self._size += len(value)
        elif field == b"event":
            self._name = text

    def _event(self) -> ServerEvent | None:
        name, data = self._name or "message", self._data
        self._name, self._data, self._size = "", [], 0
        return ServerEvent(name, "\n".join(data)) if data else None
