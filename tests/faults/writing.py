"""A program that writes to one session of a data directory as fast as it can: prompts that are answered at once.

    python -m tests.faults.writing DIRECTORY SESSION PROMPTS

It waits for its standard input to be closed, so that several begin together. Each prompt is a line on standard output
once it is accepted, and the last line says how many seconds all of them took.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Mode
from interruptible_tui.engine import Engine
from interruptible_tui.store import Session, Store, Tables
from interruptible_tui.tools import Toolbox
from tests.engine.driver import Chat
from tests.scripted import Scripted


async def main(directory: Path, name: str, prompts: int) -> None:
    store = await Store.open(directory)
    try:
        session = await store.write(lambda tables: named(tables, name))
        engine = await Engine.open(store, session, Agent(Scripted(), Toolbox(()), "m", ""))
        say("ready")
        await asyncio.to_thread(sys.stdin.read)
        began = time.monotonic()
        await write(Chat(engine, store), name, prompts)
        say(f"{time.monotonic() - began:.6f}")
        await engine.close()
    finally:
        await store.close()


async def write(chat: Chat, name: str, prompts: int) -> None:
    for number in range(prompts):
        text = f"{name} {os.getpid()} {number}"
        await chat.engine.submit(text)
        say(text)
        await chat.idle()


def named(tables: Tables, name: str) -> Session:
    tables.create_session(name, Mode.INCORPORATE, "m", time.time())
    return tables.session(name)


def say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
