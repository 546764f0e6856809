"""The composition root: from the command line to the chat, or to a command without a screen.

Nothing is imported before it is needed: `--help`, `--version` and the listings know neither Textual nor openai.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interruptible_tui.arguments import PROGRAM, Arguments, Command, Format, UsageError, parse, report
from interruptible_tui.guard import CRASHED, Guard
from interruptible_tui.output import OutputClosed, OutputFailed, finish, prepare, write
from interruptible_tui.text import storable

if TYPE_CHECKING:
    from interruptible_tui.deadline import Deadline
    from interruptible_tui.engine import Engine
    from interruptible_tui.host import Host
    from interruptible_tui.settings import Settings
    from interruptible_tui.store import Store
    from interruptible_tui.store.choice import Choice
    from interruptible_tui.workshop import Workshop

_PIECE = 64 * 1024
"""Bytes."""
UNWELL = 1
RESTORING = 1.5
"""Seconds, after the sessions have been closed, in which the terminal is restored and the database is closed."""
OWNED = 3
DATABASE_UNUSABLE = 4


def main() -> None:
    prepare()
    guard = Guard()
    try:
        status = _status(sys.argv[1:], guard)
    finally:
        finish()
        guard.end()
    sys.exit(status)


def _status(argv: list[str], guard: Guard) -> int:
    """Do what the command line says; returns the exit status."""
    options: Mapping[str, Any] = {}
    try:
        arguments = parse(argv)
        options = arguments.options
        return _dispatch(arguments, guard)
    except UsageError as error:
        return report(error)
    except OutputClosed:
        return 0
    except OutputFailed as error:
        return _told(str(error), 1)
    except Exception as error:  # noqa: BLE001 - nobody has handled it
        return _told(_crashed(error, options), CRASHED)


def _crashed(error: Exception, options: Mapping[str, Any]) -> str:
    """Write a report of a fault of the program; returns what the user is told."""
    from interruptible_tui.crash import summary, write_report

    secrets = [os.environ.get("OPENAI_API_KEY", "").strip()]
    said = f"{summary(error, secrets)}; what was accepted is kept; "
    try:
        from interruptible_tui.settings import load

        return f"{said}the report is {write_report(error, load(options).data_dir, PROGRAM, secrets)}"
    except Exception as failure:  # noqa: BLE001 - the fault may be in the settings
        return f"{said}the report could not be written: {summary(failure, secrets)}"


def _dispatch(arguments: Arguments, guard: Guard) -> int:
    from interruptible_tui.settings import load
    from interruptible_tui.store import SessionOwned, StoreError
    from interruptible_tui.tools import ToolsError

    settings = load(arguments.options)
    try:
        match arguments.command:
            case Command.CHAT:
                _require_terminal()
                return guard.carry_out(_chat(settings, guard))
            case Command.SEND:
                return guard.carry_out(_send(settings, _prompt(arguments), arguments.format))
            case Command.RUN:
                prompt = _prompt(arguments)
                passing = {"mode", "model"}  # given to `run`, they hold for its prompt alone
                seeds = load({name: text for name, text in arguments.options.items() if name not in passing})
                return guard.carry_out(_run(settings, seeds, prompt, arguments.format, guard))
            case Command.DOCTOR:
                return guard.carry_out(_examine(settings, arguments.format))
            case _:
                return guard.carry_out(_list(settings, arguments))
    except ToolsError as error:
        return report(UsageError(str(error)))
    except SessionOwned as error:
        return _told(f'{error}; write to it with "send", or choose another one with --session', OWNED)
    except StoreError as error:
        return _told(str(error), DATABASE_UNUSABLE)


def _told(message: str, status: int) -> int:
    report(UsageError(message))
    return status


async def _list(settings: "Settings", arguments: Arguments) -> int:
    from interruptible_tui.commands import listing

    write(await listing(arguments.command, arguments.format, settings.data_dir, settings.session))
    return 0


async def _examine(settings: "Settings", format_: Format) -> int:
    from interruptible_tui.doctor import examine, rendered

    checks = await examine(settings)
    write(rendered(checks, format_))
    return 0 if all(each.ok for each in checks) else UNWELL


async def _run(settings: "Settings", seeds: "Settings", prompt: str, format_: Format, guard: Guard) -> int:
    from interruptible_tui import headless
    from interruptible_tui.store import Store
    from interruptible_tui.workshop import open_workshop

    store = await Store.open(settings.data_dir)
    try:
        async with open_workshop(settings) as workshop:
            model = settings.model if "model" in settings.flags else None
            engine = await _open_engine(store, _choice(settings, seeds), workshop, model)
            try:
                mode = settings.mode if "mode" in settings.flags else None
                return await headless.run(engine, prompt, mode, format_, guard)
            finally:
                await engine.close()
    finally:
        await store.close()


async def _send(settings: "Settings", prompt: str, format_: Format) -> int:
    from interruptible_tui.send import send
    from interruptible_tui.store import Store
    from interruptible_tui.store.choice import choose

    store = await Store.open(settings.data_dir)
    try:
        session = await choose(store, _choice(settings, settings))
        await send(store, session, prompt, settings.mode if "mode" in settings.flags else None, format_)
    finally:
        await store.close()
    return 0


def _prompt(arguments: Arguments) -> str:
    return arguments.prompt if arguments.prompt is not None else _standard_input()


def _standard_input() -> str:
    pieces = iter(lambda: os.read(sys.stdin.fileno(), _PIECE), b"")  # reading it all at once does not look at signals
    try:
        text = b"".join(pieces).decode().rstrip("\n")
    except UnicodeDecodeError:
        raise UsageError("standard input is not valid UTF-8") from None
    if not text.strip():
        raise UsageError("standard input holds no prompt")
    return text


def _require_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the chat needs a terminal; without one use `interruptible-chat run PROMPT`")


async def _chat(settings: "Settings", guard: Guard) -> int:
    from interruptible_tui.deadline import Deadline
    from interruptible_tui.store import Store
    from interruptible_tui.workshop import open_workshop

    deadline = Deadline()

    def give_up(status: int) -> None:
        deadline.start(status, RESTORING)
        guard.cancel(status)

    guard.on_signal = guard.on_error = give_up
    store = await Store.open(settings.data_dir)
    try:
        async with open_workshop(settings) as workshop:
            return await _show(settings, store, workshop, guard, deadline)
    finally:
        await store.close()


async def _show(settings: "Settings", store: "Store", workshop: "Workshop", guard: Guard, deadline: "Deadline") -> int:
    """Show the chat until it is left; returns the exit status. SessionOwned, StoreError."""
    from interruptible_tui.tui.app import ChatApp
    from interruptible_tui.tui.notices import DEMO, WELCOME

    hosts: list[Host] = []
    choice = _choice(settings, settings)

    async def open_host(choice: "Choice") -> "Host":
        hosts.append(await _open_host(store, choice, workshop))
        return hosts[-1]

    async def open_another(name: str | None) -> "Host":
        return await open_host(replace(choice, name=name and storable(name), new=name is None, mode=None, model=None))

    app = ChatApp(
        lambda: open_host(choice),
        open_another,
        model=workshop.agent(settings.model).model,
        welcome=f"{WELCOME}\n\n{DEMO}" if settings.demo else WELCOME,
        after_first_frame=workshop.warm,
        before_leaving=lambda status, closing: deadline.start(status, closing + RESTORING),
    )
    guard.on_signal = guard.on_error = app.leave
    try:
        refused = await app.run_async()
    finally:  # one that has broken down has told the guard, and must not keep the others from being closed
        await asyncio.gather(*(host.close() for host in hosts), return_exceptions=True)
    if failed := app.fault or refused:
        raise failed
    return CRASHED if app.return_code is None else app.return_code


async def _open_host(store: "Store", choice: "Choice", workshop: "Workshop") -> "Host":
    """Run the chosen session, or follow it where another process runs it."""
    from interruptible_tui.follower import Follower
    from interruptible_tui.store import SessionOwned
    from interruptible_tui.store.choice import choose

    try:
        return await _open_engine(store, choice, workshop)
    except SessionOwned as owned:
        session = await choose(store, choice)
        return Follower(store, session, owned.owner, workshop.agent(session.model).model)


async def _open_engine(store: "Store", choice: "Choice", workshop: "Workshop", model: str | None = None) -> "Engine":
    """Run the chosen session; where another process runs the one last used, a new one. `model` is not stored."""
    from interruptible_tui.engine import Engine
    from interruptible_tui.store import SessionOwned
    from interruptible_tui.store.choice import choose

    session = await choose(store, choice)
    try:
        return await Engine.open(store, session, workshop.agent(model or session.model))
    except SessionOwned:
        if choice.name:
            raise
    session = await choose(store, replace(choice, new=True))
    return await Engine.open(store, session, workshop.agent(model or session.model))


def _choice(settings: "Settings", seeds: "Settings") -> "Choice":
    """Which session is opened; a new one begins with the mode and the model of `seeds`."""
    from interruptible_tui.store.choice import Choice

    return Choice(
        name=settings.session,
        seed_mode=seeds.mode,
        seed_model=seeds.model,
        mode=seeds.mode if "mode" in seeds.flags else None,
        model=seeds.model if "model" in seeds.flags else None,
    )


if __name__ == "__main__":
    main()
