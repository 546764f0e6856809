"""HTTP, through the openai package: a JSON body in, the bytes of the answer out.

This is the only module that knows the SDK, and importing it takes as long as importing the SDK, so nothing imports it
before the screen is shown. No type or exception of the SDK leaves it. It goes around the SDK's retries, the OPENAI_*
variables that name a key, a server, an organization or a project, and its resources: their types take up to 50 ms and
4 MiB, and their conversion of the body a second for 4,000 messages.
"""

import asyncio
import http
import json
import os
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from typing import Any, cast

import httpx2
import openai
from pydantic import SecretStr

from interruptible_tui.providers import ProviderError
from interruptible_tui.providers.failures import error_in_stream, is_retryable, reported, retry_after
from interruptible_tui.providers.pace import Pace

_LARGEST_ERROR = 64 * 1024
"""Bytes read of an answer that is no stream, in search of a message."""
_FOREIGN = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError, ValueError)
"""All that the SDK, HTTP, TLS and JSON raise; ssl.SSLError is an OSError, and so is TimeoutError."""
_UNSENDABLE = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.InvalidURL, ValueError)
"""Requests that cannot be sent, now or later."""


class Connection:
    """Connections to one server, kept open between requests."""

    def __init__(self, base_url: str, key: SecretStr | None, idle_timeout: float) -> None:
        self._key = key
        self._idle_timeout = idle_timeout
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key="sent with each request",
            max_retries=0,
            timeout=None,
        )

    async def models(self, limit: int) -> bytes:
        """Ask for the list of models, and read it if `limit` is not 0. ProviderError, as by `answer`, and where it is
        longer than `limit` bytes.
        """
        opening = self._client.models.with_streaming_response.list(extra_headers=self._headers())
        with self._translating():
            async with asyncio.timeout(self._idle_timeout), opening as response:
                _refuse_page(response.headers)
                return await _bounded(response.iter_bytes(), limit) if limit else b""

    async def close(self) -> None:
        await self._client.close()

    def _headers(self) -> dict[str, Any]:
        """What the SDK would else take from OPENAI_* variables. `Omit` removes a header."""
        key = self._key.get_secret_value() if self._key else ""
        return {
            "Authorization": f"Bearer {key}" if key else openai.Omit(),
            "OpenAI-Organization": openai.Omit(),
            "OpenAI-Project": openai.Omit(),
        }

    async def answer(self, path: str, body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """The bytes of the stream that answers `body`, as they arrive.

        Raises ProviderError if there is no stream, if it breaks, or if nothing arrives for the idle timeout, be it
        while connecting. Cancelling closes the connection at once.
        """
        with self._translating():
            async with aclosing(self._stream(path, body)) as chunks:
                async for chunk in chunks:
                    yield chunk

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise ProviderError(f"the server sent nothing for {self._idle_timeout:g} s", retryable=True) from None
        except _FOREIGN as error:
            raise _translated(error) from None

    async def _stream(self, path: str, body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(self._idle_timeout):
                response = await self._post(path, body)
                stack.push_async_callback(response.aclose)
            chunks = await stack.enter_async_context(aclosing(_chunks(response)))
            _refuse_page(response.headers)
            if _content_type(response.headers) == "application/json":
                async with asyncio.timeout(self._idle_timeout):
                    raise _json_instead(await _beginning(chunks))
            pace = Pace()
            while chunk := await pace.read(lambda: self._next(chunks)):
                yield chunk

    async def _post(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        """The response, of which only the head is read; it has to be closed."""
        response: object = await self._client.post(
            path,
            body=body,
            cast_to=httpx2.Response,
            options={"headers": self._headers()},
            stream=True,
            stream_cls=openai.AsyncStream[Any],
        )
        return cast("httpx2.Response", response)  # as `cast_to` says; the types of the SDK know only of `stream_cls`

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes:
        """The next chunk; empty at the end."""
        async with asyncio.timeout(self._idle_timeout):
            return await anext(chunks, b"")


def connect(base_url: str, key: SecretStr | None, idle_timeout: float) -> Connection:
    """A connection that opens with the first request. Raises ProviderError for settings that cannot be used."""
    try:
        return Connection(base_url, key, idle_timeout)
    except _FOREIGN as error:
        raise ProviderError(f"the base URL, the proxy or the certificates cannot be used: {error}") from None


async def _chunks(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    async for chunk in response.aiter_bytes():
        if chunk:
            yield chunk


async def _beginning(chunks: AsyncIterator[bytes]) -> bytes:
    content = b""
    async for chunk in chunks:
        content += chunk
        if len(content) > _LARGEST_ERROR:
            break
    return content


async def _bounded(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > limit:
            raise ProviderError(f"the server's list of models has more than {limit // 2**20} MiB")
    return bytes(content)


def _content_type(headers: httpx2.Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _refuse_page(headers: httpx2.Headers) -> None:
    kind = _content_type(headers)
    if kind in {"text/html", "application/xhtml+xml"}:
        raise ProviderError(f"the server answered with a web page ({kind}), is the base URL right?")


def _json_instead(content: bytes) -> ProviderError:
    """Why a status of 200 with JSON is a failure."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and body.get("error"):
        return error_in_stream(body)
    return ProviderError("the server answered with JSON instead of a stream, is the base URL right?")


def _translated(error: Exception) -> ProviderError:
    cause = error.__cause__ or error
    match error:
        case openai.APIStatusError():
            return _status_error(error)
        case _ if isinstance(cause, _UNSENDABLE):
            return ProviderError(f"the request cannot be sent: {cause}")
        case openai.APIConnectionError():
            return ProviderError(f"no connection to the server: {_reason(cause)}", retryable=True)
        case _:
            return ProviderError("the connection was lost before the reply was complete", retryable=True)


def _reason(error: BaseException) -> str:
    """Why there is no connection, in the system's words; above them it is only said that all attempts failed."""
    met: BaseException | None = error
    while met:
        if isinstance(met, OSError) and not isinstance(met, ssl.SSLError) and met.errno and met.errno > 0:
            return os.strerror(met.errno)
        met = met.__cause__ or met.__context__
    return str(error)


def _status_error(error: openai.APIStatusError) -> ProviderError:
    status, body = error.status_code, error.body
    message = reported(body)
    if not message or message.lstrip().startswith("<"):
        message = error.response.reason_phrase or http.HTTPStatus(status).phrase
    spent = isinstance(body, dict) and "insufficient_quota" in (body.get("code"), body.get("type"))
    return ProviderError(
        f"HTTP {status}: {message}",
        status=status,
        retryable=is_retryable(status) and not spent,
        retry_after=retry_after(error.response.headers, time.time()),
    )
