"""Models behind a server that speaks one of OpenAI's two wire formats.

A reply is complete only with what its format calls the end of it. A server that answers with a web page or with JSON,
reports an error inside the stream, or ends the stream early, ends in ProviderError. After the end of a reply nothing
that happens to the connection matters.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from interruptible_tui.providers import Delta, Finished, ProviderError
from interruptible_tui.providers.chat import ChatDecoder
from interruptible_tui.providers.dialect import ReplyDecoder
from interruptible_tui.providers.failures import presentable
from interruptible_tui.providers.models import Model, listed
from interruptible_tui.providers.passing import in_passing
from interruptible_tui.providers.responses import ResponsesDecoder
from interruptible_tui.providers.scrubbing import Scrubber
from interruptible_tui.providers.sse import EventDecoder
from interruptible_tui.providers.wire import PATHS, Api, encode
from interruptible_tui.request import Request

if TYPE_CHECKING:
    from pydantic import SecretStr

    from interruptible_tui.providers.connection import Connection

OPENAI_URL = "https://api.openai.com/v1"
LONG = 2000
"""Messages of a request that takes some milliseconds to encode."""
MODELS_TIMEOUT = 10.0
"""Seconds."""
MODELS_LIMIT = 8 * 2**20
"""Bytes; the longest list that is known of has about one MiB."""
_LEFTOVER_TIMEOUT = 0.1
"""Seconds for what follows the end of a reply; mostly it has arrived already. Then the connection can be used again."""


class OpenAIProvider:
    """A `Provider`. Without `base_url` the server is OpenAI's; without `api_key` no Authorization header is sent."""

    def __init__(
        self,
        api: Api,
        *,
        base_url: str | None = None,
        api_key: "SecretStr | None" = None,
        idle_timeout: float = 90.0,
    ) -> None:
        self._api = api
        self._base_url = base_url or OPENAI_URL
        self._api_key = api_key
        self._idle_timeout = idle_timeout
        self._connecting: asyncio.Future[Connection] | None = None

    async def warm(self) -> None:
        """Import the SDK, in a thread: it takes 400 ms, which the first request would wait for otherwise.

        What fails here fails again, and is told, with the first request.
        """
        with suppress(ProviderError):
            await self._connection()

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        scrubber = Scrubber(self._secret)
        try:
            async with aclosing(self._reply(request)) as deltas:
                async for delta in deltas:
                    for told in scrubber.feed(delta):
                        yield told
                return
        except ProviderError as error:
            failure = self._presentable(error)
        for told in scrubber.rest():
            yield told
        # Raised here and not above, it has no context: no traceback shows what the SDK had in hand.
        raise failure

    async def reach(self) -> None:
        """Ask the server for the list of its models, which costs nothing. Raises ProviderError where it gives none."""
        await self._list(0)

    async def models(self) -> list[Model]:
        """The models that the server has. Takes MODELS_TIMEOUT at most, and reads MODELS_LIMIT. ProviderError."""
        try:
            async with asyncio.timeout(MODELS_TIMEOUT):
                return listed(await self._list(MODELS_LIMIT))
        except TimeoutError:
            failure = ProviderError(f"the server sent no list of models for {MODELS_TIMEOUT:g} s")
        raise failure

    async def _list(self, limit: int) -> bytes:
        try:
            return await (await self._connection()).models(limit)
        except ProviderError as error:
            failure = self._presentable(error)
        raise failure

    async def close(self) -> None:
        """Does not wait for an import that is still under way: what it makes is not connected."""
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
        elif self._connecting:
            with suppress(ProviderError):
                await (await self._connection()).close()

    def _presentable(self, error: ProviderError) -> ProviderError:
        return presentable(error, self._secret)

    @property
    def _secret(self) -> str:
        return self._api_key.get_secret_value() if self._api_key else ""

    async def _reply(self, request: Request) -> AsyncGenerator[Delta, None]:
        connection = await self._connection()
        body = await _encoded(request, self._api)
        decoder: ReplyDecoder = ChatDecoder() if self._api is Api.CHAT else ResponsesDecoder()
        async with (
            aclosing(connection.answer(PATHS[self._api], body)) as chunks,
            aclosing(_deltas(chunks, decoder)) as deltas,
        ):
            async for delta in deltas:
                yield delta
            await _exhaust(chunks)

    async def _connection(self) -> "Connection":
        """The one connection. A caller that is cancelled leaves the import to the next one."""
        if self._connecting is None:
            self._connecting = in_passing(self._connect)
        return await asyncio.shield(self._connecting)

    def _connect(self) -> "Connection":
        from interruptible_tui.providers.connection import connect

        return connect(self._base_url, self._api_key, self._idle_timeout)


async def _encoded(request: Request, api: Api) -> dict[str, Any]:
    """A long request is encoded in a thread: the keys are heard meanwhile."""
    if len(request.messages) < LONG:
        return encode(request, api)
    return await asyncio.to_thread(encode, request, api)


async def _deltas(chunks: AsyncIterator[bytes], decoder: ReplyDecoder) -> AsyncGenerator[Delta, None]:
    """The deltas up to and including `Finished`."""
    events = EventDecoder()
    try:
        async for chunk in chunks:
            for event in events.feed(chunk):
                for delta in decoder.decode(event):
                    yield delta
                    if isinstance(delta, Finished):
                        return
    except ProviderError:
        if decoder.end() is None:
            raise
    finished = decoder.end()
    if finished is None:
        raise ProviderError("the server ended the reply before it was complete", retryable=True)
    yield finished


async def _exhaust(chunks: AsyncIterator[bytes]) -> None:
    with suppress(TimeoutError, ProviderError):
        async with asyncio.timeout(_LEFTOVER_TIMEOUT):
            async for _ in chunks:
                pass
