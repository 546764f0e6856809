"""The composition root: from the command line to the chat, or to a command without a screen.

Nothing is imported before it is needed: `--help`, `--version` and the listings know neither Textual nor openai.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interruptible_tui.arguments import Arguments, Command, UsageError, parse, report
from interruptible_tui.output import OutputClosed, OutputFailed, finish, open_missing, write

if TYPE_CHECKING:
    from interruptible_tui.agent import Agent
    from interruptible_tui.settings import Settings
    from interruptible_tui.store import Session
    from interruptible_tui.store.choice import Choice

OWNED = 3
DATABASE_UNUSABLE = 4
INTERRUPTED = 130


def main() -> None:
    open_missing()
    status = _status(sys.argv[1:])
    finish()
    sys.exit(status)


def _status(argv: list[str]) -> int:
    """Do what the command line says; returns the exit status."""
    try:
        return _dispatch(parse(argv))
    except UsageError as error:
        return report(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OutputClosed:
        return 0
    except OutputFailed as error:
        return _told(str(error), 1)


def _dispatch(arguments: Arguments) -> int:
    from interruptible_tui.settings import load
    from interruptible_tui.store import SessionOwned, StoreError
    from interruptible_tui.tools import ToolsError

    settings = load(arguments.options)
    try:
        match arguments.command:
            case Command.CHAT:
                _require_terminal()
                return asyncio.run(_chat(settings))
            case Command.RUN:
                return asyncio.run(_run(settings, arguments))
            case _:
                return asyncio.run(_list(settings, arguments))
    except ToolsError as error:
        return report(UsageError(str(error)))
    except SessionOwned as error:
        return _told(f"{error}; choose another with --session", OWNED)
    except StoreError as error:
        return _told(str(error), DATABASE_UNUSABLE)


def _told(message: str, status: int) -> int:
    report(UsageError(message))
    return status


async def _list(settings: "Settings", arguments: Arguments) -> int:
    from interruptible_tui.commands import listing

    write(await listing(arguments.command, arguments.format, settings.data_dir, settings.session))
    return 0


async def _run(settings: "Settings", arguments: Arguments) -> int:
    from interruptible_tui import headless
    from interruptible_tui.engine import Engine
    from interruptible_tui.store import Store
    from interruptible_tui.store.choice import open_session

    prompt = arguments.prompt if arguments.prompt is not None else _standard_input()
    store = await Store.open(settings.data_dir)
    try:
        session = await open_session(store, _choice(settings, keep=False))
        model = settings.model if "model" in settings.flags else session.model
        async with _workshop(settings) as workshop:
            engine = await Engine.open(store, session, workshop.agent(model))
            try:
                mode = settings.mode if "mode" in settings.flags else None
                return await headless.run(engine, prompt, mode, arguments.format)
            finally:
                await engine.close()
    finally:
        await store.close()


def _standard_input() -> str:
    text = sys.stdin.buffer.read().decode(errors="replace").rstrip("\n")
    if not text.strip():
        raise UsageError("standard input holds no prompt")
    return text


def _require_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the chat needs a terminal; without one use `interruptible-chat run PROMPT`")


async def _chat(settings: "Settings") -> int:
    from interruptible_tui.engine import Engine
    from interruptible_tui.providers import demo
    from interruptible_tui.store import Store
    from interruptible_tui.store.choice import open_new_session, open_session
    from interruptible_tui.tui.app import ChatApp
    from interruptible_tui.tui.notices import DEMO, WELCOME

    store = await Store.open(settings.data_dir)
    engines: list[Engine] = []
    choice = _choice(settings, keep=True)

    async def open_first() -> Engine:
        return await start(await open_session(store, choice))

    async def open_another(name: str | None) -> Engine:
        if name is None:
            return await start(await open_new_session(store, choice))
        return await start(await open_session(store, replace(choice, name=name)))

    async def start(session: "Session") -> Engine:
        engines.append(await Engine.open(store, session, workshop.agent(session.model)))
        return engines[-1]

    try:
        async with _workshop(settings) as workshop:
            app = ChatApp(
                open_first,
                open_another,
                model=demo.MODEL if settings.demo else settings.model,
                welcome=f"{WELCOME}\n\n{DEMO}" if settings.demo else WELCOME,
                after_first_frame=workshop.warm,
            )
            try:
                failed = await app.run_async()
            finally:
                for engine in engines:
                    await engine.close()
    finally:
        await store.close()
    if failed:
        raise failed
    return app.return_code or 0


def _choice(settings: "Settings", *, keep: bool) -> "Choice":
    """Which session is opened; `keep`: flags are stored in it."""
    from interruptible_tui.store.choice import Choice

    return Choice(
        name=settings.session,
        seed_mode=settings.mode,
        seed_model=settings.model,
        mode=settings.mode if keep and "mode" in settings.flags else None,
        model=settings.model if keep and "model" in settings.flags else None,
    )


@dataclass(frozen=True, slots=True)
class _Workshop:
    """What agents are made with."""

    agent: Callable[[str], "Agent"]
    """For a model's name."""
    warm: Callable[[], Awaitable[None]]
    """Prepares what the first request needs."""


@asynccontextmanager
async def _workshop(settings: "Settings") -> AsyncIterator[_Workshop]:
    """The provider and the tools' processes, until the block is left. ToolsError."""
    from interruptible_tui.agent import Agent
    from interruptible_tui.providers import demo
    from interruptible_tui.providers.openai import Api, OpenAIProvider
    from interruptible_tui.tools import Toolbox
    from interruptible_tui.tools.python import python_tools

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

            yield _Workshop(agent, provider.warm)
    finally:
        await provider.close()


if __name__ == "__main__":
    main()
