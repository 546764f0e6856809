"""A provider that sees what the real API would refuse, in both wire formats, before it asks the model behind it."""

from collections.abc import AsyncGenerator

from interruptible_tui.providers import Delta, Provider
from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.providers.responses import encode_responses
from interruptible_tui.request import Request
from tests.validator import check_chat, check_responses


class Checked:
    def __init__(self, model: Provider) -> None:
        self.requests = 0
        self.refusals: list[str] = []
        self._model = model

    def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        self.requests += 1
        self.refusals += [*check_chat(encode_chat(request)), *check_responses(encode_responses(request))]
        return self._model.stream(request)

    async def warm(self) -> None:
        await self._model.warm()

    async def close(self) -> None:
        await self._model.close()
