"""A database of some dozens of pages, what a killed program leaves of it, and ways to damage it."""

import shutil
from pathlib import Path
from typing import Any

from interruptible_tui.conversation import Message, Mode, Prompt, Role, Trigger
from interruptible_tui.store import Store, StoreError, Tables
from tests.engine.driver import database, session_in
from tests.store.test_files import opened, read_only

PAGE = 4096
PARTS = ("chat.db", "chat.db-wal")


async def fill(store: Store, numbers: range) -> None:
    """Add prompts and messages, about two pages for each number."""
    session = await session_in(store)

    def write(tables: Tables) -> None:
        for number in numbers:
            tables.begin_run(session.id, number, Trigger.PROMPT, float(number))
            text = f"text {number} " + chr(ord("a") + number % 26) * PAGE
            tables.save_prompt(session.id, Prompt(f"prompt {number}", text, Mode.QUEUE, float(number)))
            tables.add_message(session.id, Message(role=Role.ASSISTANT, text=text, run=number, turn=1))

    await store.write(write)


async def make_large(directory: Path) -> None:
    """A database of some dozens of pages, closed."""
    async with opened(directory) as store:
        await fill(store, range(1, 31))


async def killed(directory: Path) -> Path:
    """What a killed program leaves of the database in `directory`, to which it has written: in a new directory."""
    left = directory.with_name(f"{directory.name}-left")
    left.mkdir(mode=0o700)
    async with opened(directory) as store:
        await fill(store, range(101, 104))
        for name in PARTS:
            shutil.copy(directory / name, left)
    return left


async def content(directory: Path) -> list[Any]:
    """Everything that is stored, read as the listings do. StoreError."""
    async with read_only(directory) as store:
        return await everything(store)


async def everything(store: Store) -> list[Any]:
    def read(tables: Tables) -> list[Any]:
        return [
            (session, tables.messages(session.id), tables.runs(session.id), tables.pending(session.id))
            for session in tables.sessions()
        ]

    return await store.read(read)


def overwrite(path: Path, at: int, piece: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(piece)


def damage_a_page(directory: Path) -> None:
    """A page with old rows, which nobody reads while the database is opened, is no page any more."""
    path = database(directory)
    page = path.read_bytes().index(b"text 15 ") // PAGE
    overwrite(path, page * PAGE, b"\xff" * PAGE)


def damage_a_page_outside_the_log(directory: Path) -> None:
    """A page of which the log has no later version is no page any more."""
    log, size = (directory / "chat.db-wal").read_bytes(), database(directory).stat().st_size
    logged = {int.from_bytes(log[at : at + 4], "big") for at in range(32, len(log), 24 + PAGE)}
    page = max(set(range(2, size // PAGE + 1)) - logged)
    overwrite(database(directory), (page - 1) * PAGE, b"\xff" * PAGE)


def truncate(directory: Path) -> None:
    whole = database(directory).read_bytes()
    database(directory).write_bytes(whole[: len(whole) // 2 // PAGE * PAGE])


def parts(directory: Path) -> dict[str, bytes]:
    """The database and its log, as they are; reading may leave an empty log."""
    found = {name: (directory / name).read_bytes() for name in PARTS if (directory / name).exists()}
    return {name: whole for name, whole in found.items() if whole or name == "chat.db"}


def moved_aside(directory: Path) -> list[Path]:
    """The directories with what was moved, the oldest first."""
    return sorted(directory.glob("damaged-*"))


async def refusal(directory: Path, *, reading: bool = False) -> str | None:
    """What is said when the database cannot be opened; None if it can."""
    try:
        store = await (Store.open_for_reading(directory) if reading else Store.open(directory))
    except StoreError as error:
        return str(error)
    if store:
        await store.close()
    return None
