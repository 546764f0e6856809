"""What agents are made with: the providers and the tools that the settings name, and what a session has chosen of them.

A provider is made, and with the agent imported, when it is first asked for: the first frame needs neither. There is one
for each endpoint, which alone has the key of that.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interruptible_tui import opening, parameters
from interruptible_tui.store import SessionOwned
from interruptible_tui.store.choice import changed, choose
from interruptible_tui.tools import Toolbox
from interruptible_tui.tools.python import python_tools

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from interruptible_tui.agent import Agent
    from interruptible_tui.endpoints import Endpoint
    from interruptible_tui.engine import Engine
    from interruptible_tui.providers.demo import Demo
    from interruptible_tui.providers.models import Model
    from interruptible_tui.providers.openai import OpenAIProvider
    from interruptible_tui.settings import Settings
    from interruptible_tui.store import Session, Store
    from interruptible_tui.store.choice import Choice


class Workshop:
    """Made by `open_workshop`."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._providers: dict[str, Demo | OpenAIProvider] = {}
        self._windows: dict[tuple[str, str], int] = {}
        """Tokens, by endpoint and model, as far as servers have told."""
        self._loading = asyncio.create_task(self._load())
        stack.push_async_callback(_end, self._loading)

    @property
    def first_model(self) -> str:
        """The one of a session that has chosen nothing."""
        return self._shown("", self._settings.model)

    async def tools(self) -> Toolbox:
        """As soon as they are loaded. ToolsError."""
        return await asyncio.shield(self._loading)

    async def warm(self) -> None:
        """Prepare what the first request needs."""
        await self._provider("").warm()

    def agent(self, session: Session, tools: Toolbox) -> Agent:
        """What the runs of `session` are made with."""
        from interruptible_tui.agent import Agent

        session, settings = self.current(session), self._settings
        name, server = session.endpoint, self._server(session.endpoint)
        demo = self.is_demo(session)
        return Agent(
            self._provider(name),
            tools if demo else self._without_demo(tools),
            self.model(session),
            self.system(session),
            settings.max_turns,
            api="" if demo else server.wire.value,
            parameters={} if demo else self.parameters(session),
        )

    async def open_engine(self, store: Store, choice: Choice, passing: Choice | None = None) -> Engine:
        """Run the chosen session; where another process runs the one last used, a new one. `passing` is not stored.

        SessionOwned, StoreError, ToolsError.
        """
        from interruptible_tui.engine import Engine

        tools = await self.tools()

        async def open_chosen(choice: Choice) -> Engine:
            session = await choose(store, choice)
            return await Engine.open(store, session, self.agent(changed(session, passing or choice), tools))

        try:
            return await open_chosen(choice)
        except SessionOwned:
            if choice.name:
                raise
        return await open_chosen(replace(choice, new=True))

    # -- what a session has chosen

    @property
    def endpoints(self) -> Sequence[str]:
        """The names of those that can be chosen."""
        return () if self._is_demo_wanted else tuple(self._settings.endpoints)

    @property
    def prompts(self) -> Sequence[str]:
        """The names of the system prompts."""
        return tuple(self._settings.prompts)

    def fallback(self, session: Session) -> str:
        """What people are told where the endpoint that `session` has chosen is configured no more; else empty."""
        if not opening.is_lost(self._settings, session):
            return ""
        now = self.current(session)
        instead = f"{self.model(now)} at {now.endpoint}" if now.endpoint else self.model(now)
        return (
            f"The endpoint {session.endpoint} of this session is not in the config file any more: {instead} answers"
            f" instead. Nothing is lost; with the endpoint back, {session.model} does again."
        )

    def current(self, session: Session) -> Session:
        """`session` with the endpoint that it has now, and a model of that."""
        return opening.current(self._settings, session)

    def at(self, session: Session, endpoint: str) -> Session:
        """`session` at another endpoint, with the model of that; where it is empty, at the one of the settings."""
        return opening.at(self._settings, session, endpoint)

    def is_demo(self, session: Session) -> bool:
        return self._is_demo(self.current(session).endpoint)

    def model(self, session: Session) -> str:
        """As people are shown it."""
        session = self.current(session)
        return self._shown(session.endpoint, session.model)

    def system(self, session: Session) -> str:
        return self._settings.system if session.system is None else session.system

    def prompt(self, name: str) -> str:
        """The system prompt of that name. KeyError; OSError and ValueError where its file cannot be read."""
        text = self._settings.prompts[name]
        return Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text

    def parameters(self, session: Session) -> dict[str, Any]:
        """All that are sent."""
        session = self.current(session)
        return parameters.merged(self.configured(session), session.parameters)

    def configured(self, session: Session) -> Mapping[str, Any]:
        """The parameters of its endpoint."""
        return self._server(self.current(session).endpoint).parameters

    def missing_key(self, session: Session) -> str:
        """The variable that its endpoint names for the key, and that is not set; else empty."""
        endpoint = self.current(session).endpoint
        server = self._server(endpoint)
        return "" if not endpoint or server.api_key else server.api_key_env

    def window(self, session: Session) -> int | None:
        """Tokens that its model takes in, where the server or the settings have told."""
        session = self.current(session)
        server = self._server(session.endpoint)
        if server.context_window and session.model == (server.model or session.model):
            return server.context_window
        return self._windows.get((session.endpoint, session.model))

    async def models(self, session: Session) -> list[Model]:
        """Those that its endpoint has: the server is asked. ProviderError."""
        from interruptible_tui.providers.openai import OpenAIProvider

        name = self.current(session).endpoint
        provider = self._provider(name)
        found = await provider.models() if isinstance(provider, OpenAIProvider) else []
        self._windows |= {(name, each.name): each.window for each in found if each.window}
        return found

    # -- endpoints

    @property
    def _is_demo_wanted(self) -> bool:
        return self._settings.demo and "demo" in self._settings.flags

    def _is_demo(self, endpoint: str) -> bool:
        return self._settings.demo and (not endpoint or self._is_demo_wanted)

    def _shown(self, endpoint: str, model: str) -> str:
        if not self._is_demo(endpoint):
            return model
        from interruptible_tui.providers.demo import MODEL

        return MODEL

    def _server(self, endpoint: str) -> Endpoint:
        return opening.server(self._settings, endpoint)

    def _provider(self, endpoint: str) -> Demo | OpenAIProvider:
        name = "" if self._is_demo(endpoint) else endpoint or self._settings.endpoint or ""
        if name not in self._providers:
            self._providers[name] = made = self._make(name)
            self._stack.push_async_callback(made.close)
        return self._providers[name]

    def _make(self, endpoint: str) -> Demo | OpenAIProvider:
        if self._is_demo(endpoint):
            from interruptible_tui.providers.demo import Demo

            return Demo(self._settings.demo_speed)
        from interruptible_tui.providers.openai import OpenAIProvider
        from interruptible_tui.providers.wire import Api

        server = self._server(endpoint)
        return OpenAIProvider(Api(server.wire), base_url=server.base_url, api_key=server.api_key)

    # -- tools

    async def _load(self) -> Toolbox:
        sources, environment = self._sources()
        keys = {endpoint.api_key_env for endpoint in self._settings.endpoints.values()}
        return Toolbox(await self._stack.enter_async_context(python_tools(sources, environment, without=keys)))

    def _sources(self) -> tuple[list[str], dict[str, str]]:
        """Those of the tools, and what their processes have in the environment besides."""
        settings = self._settings
        if not settings.demo:
            return list(settings.tools), {}
        from interruptible_tui.providers.demo import TOOLS

        return [*settings.tools, TOOLS], {"INTERRUPTIBLE_CHAT_DEMO_SPEED": str(settings.demo_speed)}

    def _without_demo(self, tools: Toolbox) -> Toolbox:
        """The demo's tool is for the demo alone."""
        if not self._settings.demo:
            return tools
        from interruptible_tui.providers.demo import TOOL

        return tools.without(TOOL)


@asynccontextmanager
async def open_workshop(settings: Settings) -> AsyncIterator[Workshop]:
    """The providers and the tools' processes, until the block is left. The tools are loaded meanwhile."""
    async with AsyncExitStack() as stack:
        yield Workshop(settings, stack)


async def _end(loading: asyncio.Task[Toolbox]) -> None:
    """Nobody may have waited for it, nor heard why it failed."""
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
