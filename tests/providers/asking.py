"""One question to a provider, and all that came of it."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from interruptible_tui.conversation import Message, Role, ToolSpec
from interruptible_tui.providers import CallDelta, Delta, Finished, ProviderError, ReasoningDelta, TextDelta
from interruptible_tui.providers.openai import OpenAIProvider
from interruptible_tui.providers.wire import Api
from interruptible_tui.request import Request
from tests.server import Server

KEY = "sk-canary-7f3a91c2d8e4"
TOOL = ToolSpec("cook", "Cooks a dish.", {"type": "object", "properties": {"dish": {"type": "string"}}})
REQUEST = Request("scripted", "Be brief.", (Message(role=Role.USER, text="Cook a burger."),), (TOOL,))


@dataclass
class Outcome:
    """The deltas of one reply, and the error that ended it."""

    deltas: list[Delta] = field(default_factory=list)
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, ReasoningDelta))

    @property
    def calls(self) -> list[tuple[str | None, str | None, str]]:
        """Id, name and arguments of each call, put together as the agent does."""
        pieces = [delta for delta in self.deltas if isinstance(delta, CallDelta)]
        return [_joined([piece for piece in pieces if piece.index == at]) for at in sorted({p.index for p in pieces})]

    @property
    def finished(self) -> Finished | None:
        last = self.deltas[-1] if self.deltas else None
        assert not any(isinstance(delta, Finished) for delta in self.deltas[:-1])
        return last if isinstance(last, Finished) else None


def _joined(pieces: list[CallDelta]) -> tuple[str | None, str | None, str]:
    id_ = next((piece.id for piece in reversed(pieces) if piece.id), None)
    name = next((piece.name for piece in reversed(pieces) if piece.name), None)
    return id_, name, "".join(piece.arguments for piece in pieces)


def provider_of(server: Server, api: Api, *, key: str | None = KEY, idle_timeout: float = 5.0) -> OpenAIProvider:
    secret = SecretStr(key) if key else None
    return OpenAIProvider(api, base_url=server.base_url, api_key=secret, idle_timeout=idle_timeout)


async def ask(provider: OpenAIProvider, request: Request = REQUEST) -> Outcome:
    outcome = Outcome()
    try:
        async for delta in provider.stream(request):
            outcome.deltas.append(delta)
    except ProviderError as error:
        outcome.error = error
    return outcome


async def ask_once(server: Server, api: Api, *, idle_timeout: float = 5.0) -> Outcome:
    """`ask` with a provider of its own."""
    provider = provider_of(server, api, idle_timeout=idle_timeout)
    try:
        return await ask(provider)
    finally:
        await provider.close()
