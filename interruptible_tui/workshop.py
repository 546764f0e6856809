"""What agents are made with: the provider and the tools that the settings name."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from interruptible_tui.agent import Agent
from interruptible_tui.providers import demo
from interruptible_tui.providers.openai import Api, OpenAIProvider
from interruptible_tui.settings import Settings
from interruptible_tui.tools import Toolbox
from interruptible_tui.tools.python import python_tools


@dataclass(frozen=True, slots=True)
class Workshop:
    """What agents are made with."""

    agent: Callable[[str], Agent]
    """For a model's name."""
    warm: Callable[[], Awaitable[None]]
    """Prepares what the first request needs."""


@asynccontextmanager
async def open_workshop(settings: Settings) -> AsyncIterator[Workshop]:
    """The provider and the tools' processes, until the block is left. ToolsError."""
    sources = list(settings.tools)
    environment = {}
    if settings.demo:
        provider: demo.Demo | OpenAIProvider = demo.Demo(settings.demo_speed)
        sources += [demo.TOOLS]
        environment = {"INTERRUPTIBLE_CHAT_DEMO_SPEED": str(settings.demo_speed)}
    else:
        provider = OpenAIProvider(Api(settings.wire), base_url=settings.base_url, api_key=settings.api_key)
    try:
        async with python_tools(sources, environment) as tools:
            toolbox = Toolbox(tools)

            def agent(model: str) -> Agent:
                used = demo.MODEL if settings.demo else model
                return Agent(provider, toolbox, used, settings.system, settings.max_turns)

            yield Workshop(agent, provider.warm)
    finally:
        await provider.close()
