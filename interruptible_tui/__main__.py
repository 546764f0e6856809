"""The composition root: from the command line to the chat, or to a command without a screen.

Nothing is imported before it is needed: `--help`, `--version` and the listings know neither Textual nor openai, and
before signals are caught next to nothing is imported.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from interruptible_tui.guard import CRASHED, DATABASE_UNUSABLE, Guard
from interruptible_tui.output import OutputClosed, OutputFailed, finish, prepare, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interruptible_tui.arguments import Arguments, Format
    from interruptible_tui.settings import Settings

_PIECE = 64 * 1024
"""Bytes."""
UNWELL = 1
_PASSING = {"mode", "model", "on_interrupt", "incorporate_at", "endpoint", "base_url", "api", "system"}
"""Options that, given to `run`, hold for its prompt alone."""
OWNED = 3


def main() -> NoReturn:
    guard = Guard()
    gc.disable()  # of what is imported nothing becomes garbage, and looking for it takes a tenth of a start
    prepare()
    try:
        status = _status(sys.argv[1:], guard)
    finally:
        finish()
        guard.end()
    os._exit(status)  # all is closed: taking apart what was imported, or waiting for what still is, serves nobody


def _collect_garbage() -> None:
    """From now on. What was imported is not looked at: that would keep a key waiting."""
    gc.freeze()
    gc.enable()


def _status(argv: list[str], guard: Guard) -> int:
    """Do what the command line says; returns the exit status."""
    from interruptible_tui.arguments import UsageError, parse, report

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
    from interruptible_tui.arguments import PROGRAM
    from interruptible_tui.crash import summary, write_report

    secrets = [os.environ.get("OPENAI_API_KEY", "").strip()]
    kept = "what was accepted is kept;"
    try:
        from interruptible_tui.settings import load

        settings = load(options)
        secrets += settings.secrets
        report = write_report(error, settings.data_dir, PROGRAM, secrets)
    except Exception as failure:  # noqa: BLE001 - the fault may be in the settings
        return f"{summary(error, secrets)}; {kept} the report could not be written: {summary(failure, secrets)}"
    return f"{summary(error, secrets)}; {kept} the report is {report}"


def _dispatch(arguments: Arguments, guard: Guard) -> int:
    from interruptible_tui.arguments import Command, UsageError, report
    from interruptible_tui.settings import load
    from interruptible_tui.store import SessionOwned, StoreError
    from interruptible_tui.tools import ToolsError

    settings = load(arguments.options)
    try:
        match arguments.command:
            case Command.CHAT:
                _require_terminal()
                from interruptible_tui.interactive import chat

                return guard.carry_out(chat(settings, guard, _collect_garbage))
            case Command.SEND:
                return guard.carry_out(_send(settings, _prompt(arguments), arguments.format))
            case Command.RUN:
                prompt = _prompt(arguments)
                seeds = load({name: text for name, text in arguments.options.items() if name not in _PASSING})
                return guard.carry_out(_run(settings, seeds, prompt, arguments.format, guard))
            case Command.DOCTOR:
                return guard.carry_out(_examine(settings, arguments.format))
            case Command.SEARCH | Command.EXPORT | Command.PATHS | Command.CONFIG:
                from interruptible_tui.errands import run_errand

                return guard.carry_out(run_errand(settings, arguments))
            case _:
                return guard.carry_out(_list(settings, arguments))
    except ToolsError as error:
        return report(UsageError(str(error)))
    except SessionOwned as error:
        return _told(f'{error}; write to it with "send", or choose another one with --session', OWNED)
    except StoreError as error:
        return _told(str(error), DATABASE_UNUSABLE)


def _told(message: str, status: int) -> int:
    from interruptible_tui.arguments import UsageError, report

    report(UsageError(message))
    return status


async def _list(settings: Settings, arguments: Arguments) -> int:
    from interruptible_tui.commands import listing

    write(await listing(arguments.command, arguments.format, settings.data_dir, settings.session))
    return 0


async def _examine(settings: Settings, format_: Format) -> int:
    from interruptible_tui.doctor import examine, rendered

    checks = await examine(settings)
    write(rendered(checks, format_))
    return 0 if all(each.ok for each in checks) else UNWELL


async def _run(settings: Settings, seeds: Settings, prompt: str, format_: Format, guard: Guard) -> int:
    from interruptible_tui import headless, opening
    from interruptible_tui.store import Store
    from interruptible_tui.workshop import open_workshop

    store = await Store.open(settings.data_dir)
    try:
        async with open_workshop(settings) as workshop:
            chosen = opening.choice(settings, settings)
            engine = await workshop.open_engine(store, opening.choice(settings, seeds), chosen)
            if (fallback := workshop.fallback(engine.session)) and not settings.flags & opening.WHERE:
                headless.progress(fallback)
            _collect_garbage()
            try:
                return await headless.run(engine, prompt, format_, guard, *opening.wishes(settings))
            finally:
                await engine.close()
    finally:
        await store.close()


async def _send(settings: Settings, prompt: str, format_: Format) -> int:
    from interruptible_tui import opening
    from interruptible_tui.send import send
    from interruptible_tui.store import Store
    from interruptible_tui.store.choice import choose

    store = await Store.open(settings.data_dir)
    try:
        session = await choose(store, opening.choice(settings, settings))
        await send(store, session, prompt, format_, *opening.wishes(settings))
    finally:
        await store.close()
    return 0


def _prompt(arguments: Arguments) -> str:
    return arguments.prompt if arguments.prompt is not None else _standard_input()


def _standard_input() -> str:
    from interruptible_tui.arguments import UsageError

    pieces = iter(lambda: os.read(sys.stdin.fileno(), _PIECE), b"")  # reading it all at once does not look at signals
    try:
        text = b"".join(pieces).decode().rstrip("\n")
    except UnicodeDecodeError:
        raise UsageError("standard input is not valid UTF-8") from None
    if not text.strip():
        raise UsageError("standard input holds no prompt")
    return text


def _require_terminal() -> None:
    from interruptible_tui.arguments import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the chat needs a terminal; without one use `interruptible-chat run PROMPT`")
    if os.environ.get("TERM") == "dumb":
        raise UsageError("TERM is dumb: it cannot show the chat; use another terminal, or `interruptible-chat run`")


if __name__ == "__main__":
    main()
