"""A sound database, damaged in many seeded ways: it is opened with all that is in it, or refused and kept as it is.

Some damage nobody can see: a page has no checksum, and a log ends where its checksums do. Then the content may differ,
but only if `quick_check` finds nothing. Never is there a traceback, and never is a byte of what was found overwritten.
"""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.store import Store, StoreError
from tests.engine.driver import database
from tests.store.damaging import PAGE, PARTS, content, everything, killed, make_large, moved_aside, overwrite, parts

Damage = Callable[[random.Random, Path], None]


def change_bytes(chance: random.Random, path: Path, first: int, last: int, most: int = 4) -> None:
    for _ in range(chance.randint(1, most)):
        overwrite(path, chance.randint(first, last), chance.randbytes(1))


def a_page(chance: random.Random, path: Path) -> int:
    """Its first byte."""
    return chance.randrange(path.stat().st_size // PAGE) * PAGE


def change_the_header(chance: random.Random, path: Path) -> None:
    change_bytes(chance, path, 0, 99)


def change_the_type_of_a_page(chance: random.Random, path: Path) -> None:
    overwrite(path, a_page(chance, path) or 100, bytes([chance.choice([0, 1, 2, 5, 10, 13, 255])]))


def change_the_head_of_a_page(chance: random.Random, path: Path) -> None:
    page = a_page(chance, path) or 100
    change_bytes(chance, path, page, page + 30)


def overwrite_a_page(chance: random.Random, path: Path) -> None:
    overwrite(path, a_page(chance, path), chance.randbytes(PAGE))


def zero_a_page(chance: random.Random, path: Path) -> None:
    overwrite(path, a_page(chance, path), bytes(PAGE))


def exchange_two_pages(chance: random.Random, path: Path) -> None:
    whole, one, other = path.read_bytes(), a_page(chance, path), a_page(chance, path)
    overwrite(path, one, whole[other : other + PAGE])
    overwrite(path, other, whole[one : one + PAGE])


def change_bytes_anywhere(chance: random.Random, path: Path) -> None:
    change_bytes(chance, path, 0, path.stat().st_size - 1, 40)


def truncate_anywhere(chance: random.Random, path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(chance.randrange(path.stat().st_size))


def truncate_to_pages(chance: random.Random, path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(a_page(chance, path))


def change_the_header_of_the_log(chance: random.Random, path: Path) -> None:
    change_bytes(chance, path, 0, 31)


EVERYWHERE = (change_the_header, change_the_type_of_a_page, overwrite_a_page, zero_a_page, truncate_anywhere)
AFTER_UNCLEAN_END = (
    *EVERYWHERE,
    change_the_head_of_a_page,
    exchange_two_pages,
    change_bytes_anywhere,
    truncate_to_pages,
)
OF_THE_LOG = (change_the_header_of_the_log, change_bytes_anywhere, truncate_anywhere, overwrite_a_page)
CASES = [
    *[("closed", "chat.db", damage) for damage in EVERYWHERE],
    *[("killed", "chat.db", damage) for damage in AFTER_UNCLEAN_END],
    *[("killed", "chat.db-wal", damage) for damage in OF_THE_LOG],
]


@dataclass(frozen=True)
class Originals:
    directories: dict[str, Path]
    contents: dict[str, list[Any]]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    async def make() -> Originals:
        directories = {"closed": tmp_path_factory.mktemp("corpus") / "data"}
        await make_large(directories["closed"])
        copy = directories["closed"].with_name("copy")
        shutil.copytree(directories["closed"], copy)
        directories["killed"] = await killed(copy)
        return Originals(directories, {end: await content(each) for end, each in directories.items()})

    return asyncio.run(make())


def is_sound(directory: Path, copy: Path) -> bool:
    """Whether SQLite's quick check finds nothing in what lies in `directory`; done on a copy."""
    copy.mkdir()
    for name in parts(directory):
        shutil.copy(directory / name, copy)
    try:
        with closing(sqlite3.connect(database(copy))) as connection:
            return connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    except (sqlite3.Error, UnicodeDecodeError):  # what it finds may name a table by damaged bytes
        return False


async def opens(directory: Path) -> list[Any] | str:
    """Everything that is found, or what is said instead; the database is closed again."""
    try:
        store = await Store.open(directory)
    except StoreError as error:
        return str(error)
    try:
        return await everything(store)
    except StoreError as error:
        return f"in use: {error}"
    finally:
        await store.close()


async def check(originals: Originals, place: Path, end: str, part: str, spoil: Callable[[Path], None]) -> str:
    """Damage a copy in `place` and open it; returns what became of it."""
    directory = place / "data"
    directory.mkdir(parents=True, mode=0o700)
    (directory / "locks").mkdir()
    for name in PARTS:
        if (originals.directories[end] / name).exists():
            shutil.copy(originals.directories[end] / name, directory)
    spoil(directory / part)
    found, sound = parts(directory), is_sound(directory, place / "copy")
    outcome = await opens(directory)
    if outcome == originals.contents[end]:
        return "whole"
    if not isinstance(outcome, str):
        assert sound, "content is missing although the damage can be seen"
        return "unseen"
    assert "\n" not in outcome
    if outcome.startswith("in use: "):
        return "in use"
    [kept] = moved_aside(directory) or [directory]
    assert parts(kept) == found, outcome
    if kept != directory:
        assert await opens(directory) == [], "the next start begins anew"
        assert parts(kept) == found
    return "refused"


async def sweep(originals: Originals, place: Path, rounds: int) -> dict[str, int]:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    outcomes = {"whole": 0, "unseen": 0, "in use": 0, "refused": 0}
    for number in range(rounds):
        for case, (end, part, damage) in enumerate(CASES):
            name = f"{seed} {number} {case}"
            print(f"{name}: {damage.__name__} of {part}, {end}")
            chance = random.Random(name)
            here = place / name
            outcomes[await check(originals, here, end, part, lambda path: damage(chance, path))] += 1  # noqa: B023
            shutil.rmtree(here)
    print(outcomes)
    return outcomes


async def test_a_damaged_database_is_opened_whole_or_refused_and_kept(originals: Originals, tmp_path: Path) -> None:
    outcomes = await sweep(originals, tmp_path, 3)
    assert outcomes["refused"] and outcomes["whole"]


@pytest.mark.slow
async def test_a_large_corpus_of_damaged_databases(originals: Originals, tmp_path: Path) -> None:
    outcomes = await sweep(originals, tmp_path, 100)
    assert min(outcomes.values())
