"""Damage: found after an unclean end or while opening, told on one line, moved aside whole, never overwritten."""

import asyncio
import os
import re
import signal
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from interruptible_tui.store import Store, StoreError, backups, formats
from tests.engine.driver import database, write_lock
from tests.scripted import LIMIT
from tests.store.damaging import (
    content,
    damage_a_page,
    everything,
    fill,
    killed,
    make_large,
    moved_aside,
    overwrite,
    parts,
    refusal,
    truncate,
)
from tests.store.test_files import modes, opened, read_only

LETTER = b"This is a letter, not a database.\n" * 200


def write_a_letter(directory: Path) -> None:
    database(directory).write_bytes(LETTER)


def spoil_the_header(directory: Path) -> None:
    overwrite(database(directory), 0, b"SQLite format 4\0")


def shorten_to_a_few_bytes(directory: Path) -> None:
    database(directory).write_bytes(database(directory).read_bytes()[:50])


def empty(directory: Path) -> None:
    database(directory).write_bytes(b"")


def spoil_the_schema(directory: Path) -> None:
    overwrite(database(directory), 100, b"\xff" * 100)


REASONS: dict[Callable[[Path], None], str] = {
    write_a_letter: "it is not a database",
    spoil_the_header: "it is not a database",
    truncate: r"it is truncated, \d+ of \d+ bytes are left",
    shorten_to_a_few_bytes: r"it is truncated, 50 of \d+ bytes are left",
    empty: "it is empty",
    spoil_the_schema: r"its pages were changed \(database disk image is malformed\)",
}


def name_of(damage: Callable[[Path], None]) -> str:
    return damage.__name__


@pytest.mark.parametrize("damage", REASONS, ids=name_of)
async def test_a_damaged_database_is_moved_aside_whole_and_the_newest_backup_named(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await make_large(tmp_path)
    damage(tmp_path)
    found = parts(tmp_path)
    said = await refusal(tmp_path)
    [kept] = moved_aside(tmp_path)
    backup = backups.newest(tmp_path)
    assert backup and said
    path, copy = re.escape(str(database(tmp_path))), re.escape(str(backup.path))
    assert re.fullmatch(
        f"{path} is damaged: {REASONS[damage]}; it is kept whole in {re.escape(str(kept))};"
        rf" copy the newest backup, {copy} of \d{{4}}-\d\d-\d\d \d\d:\d\d UTC, to {path} to go on from it,"
        r" or start again to begin anew",
        said,
    )
    assert parts(kept) == found
    assert not database(tmp_path).exists()


@pytest.mark.parametrize("damage", REASONS, ids=name_of)
async def test_after_damage_the_backup_copied_to_its_place_is_gone_on_from(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await make_large(tmp_path)
    before = await content(tmp_path)
    damage(tmp_path)
    await refusal(tmp_path)
    backup = backups.newest(tmp_path)
    assert backup
    database(tmp_path).write_bytes(backup.path.read_bytes())
    assert await refusal(tmp_path) is None
    assert await content(tmp_path) == before


async def test_after_damage_starting_again_begins_anew_and_what_was_moved_stays(tmp_path: Path) -> None:
    await make_large(tmp_path)
    truncate(tmp_path)
    found = parts(tmp_path)
    await refusal(tmp_path)
    assert await refusal(tmp_path) is None
    assert await content(tmp_path) == []
    assert [parts(kept) for kept in moved_aside(tmp_path)] == [found]


async def test_where_there_is_no_backup_that_is_said(tmp_path: Path) -> None:
    write_a_letter(tmp_path)
    said = await refusal(tmp_path)
    [kept] = moved_aside(tmp_path)
    assert said == (
        f"{database(tmp_path)} is damaged: it is not a database; it is kept whole in {kept};"
        " there is no backup; start again to begin anew"
    )


async def test_what_is_moved_aside_is_private_and_never_takes_the_place_of_anything(tmp_path: Path) -> None:
    for number in range(3):
        database(tmp_path).write_bytes(LETTER + bytes([number]))
        database(tmp_path).chmod(0o644)
        await refusal(tmp_path)
    assert [database(kept).read_bytes()[-1] for kept in moved_aside(tmp_path)] == [0, 1, 2]
    assert all(modes(kept) == {"chat.db": 0o600} for kept in moved_aside(tmp_path))
    assert all(stat.S_IMODE(kept.stat().st_mode) == 0o700 for kept in moved_aside(tmp_path))


@pytest.mark.parametrize("damage", REASONS, ids=name_of)
async def test_whoever_only_reads_moves_nothing_and_says_who_does(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await make_large(tmp_path)
    damage(tmp_path)
    found = parts(tmp_path)
    said = await refusal(tmp_path, reading=True)
    assert said and re.fullmatch(
        f"{re.escape(str(database(tmp_path)))} is damaged: {REASONS[damage]}; it stays as it is:"
        " start `interruptible-chat`, which moves it aside and names the newest backup",
        said,
    )
    assert parts(tmp_path) == found and moved_aside(tmp_path) == []


async def test_while_another_program_has_it_open_nothing_is_moved(tmp_path: Path) -> None:
    await make_large(tmp_path)
    async with opened(tmp_path):
        spoil_the_schema(tmp_path)
        found = parts(tmp_path)
        assert await refusal(tmp_path) == (
            f"{database(tmp_path)} is damaged: its pages were changed (database disk image is malformed);"
            " another program has it open, so it stays as it is: end every program that uses it and start again:"
            " then it is moved aside and the newest backup named"
        )
        assert parts(tmp_path) == found and moved_aside(tmp_path) == []
    assert "kept whole" in str(await refusal(tmp_path))


async def test_of_two_that_find_the_damage_at_once_one_moves_it_and_the_other_begins_anew(tmp_path: Path) -> None:
    write_a_letter(tmp_path)
    os.close(os.open(tmp_path / "write.lock", os.O_CREAT | os.O_RDWR, 0o600))
    with write_lock(tmp_path):
        both = [asyncio.create_task(refusal(tmp_path)) for _ in range(2)]
        await asyncio.wait(both, timeout=0.1)
    said = await asyncio.gather(*both)
    assert sum(line is not None and "kept whole" in line for line in said) == 1
    assert [database(kept).read_bytes() for kept in moved_aside(tmp_path)] == [LETTER]


async def test_whoever_waits_for_its_turn_has_not_opened_what_another_one_moves_meanwhile(tmp_path: Path) -> None:
    await make_large(tmp_path)
    with write_lock(tmp_path):
        opening = asyncio.create_task(Store.open(tmp_path))
        await asyncio.wait({opening}, timeout=0.1)
        database(tmp_path).rename(tmp_path / "moved.db")
        found = (tmp_path / "moved.db").read_bytes()
    store = await opening
    seen = await everything(store)
    await store.close()
    assert seen == []
    assert (tmp_path / "moved.db").read_bytes() == found


async def test_a_log_without_its_database_is_kept_too(tmp_path: Path) -> None:
    """A program that was killed while it moved a database leaves that."""
    await make_large(tmp_path / "data")
    left = await killed(tmp_path / "data")
    for spoil in (lambda: database(left).unlink(), lambda: database(left).write_bytes(b"")):
        spoil()
        found = parts(left)
        assert "only its log is left" in str(await refusal(left))
        kept = moved_aside(left)[-1]
        assert parts(kept) == found
        assert await refusal(left) is None
        (left / "chat.db-wal").write_bytes((kept / "chat.db-wal").read_bytes())


# -- when it is looked for --------------------------------------------------------------------------------------------


async def test_after_an_orderly_end_nothing_is_checked(tmp_path: Path) -> None:
    await make_large(tmp_path)
    damage_a_page(tmp_path)
    assert await refusal(tmp_path) is None


async def test_after_an_unclean_end_the_pages_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    await make_large(tmp_path / "data")
    left = await killed(tmp_path / "data")
    damage_a_page(left)
    found = parts(left)
    said = await refusal(left)
    assert said and "is damaged: its pages were changed (" in said
    [kept] = moved_aside(left)
    assert parts(kept) == found
    assert not (left / "chat.db-wal").exists()


async def test_after_an_unclean_end_a_sound_database_is_opened_with_all_that_is_in_its_log(tmp_path: Path) -> None:
    await make_large(tmp_path / "data")
    left = await killed(tmp_path / "data")
    assert await refusal(left) is None
    assert await content(left) == await content(tmp_path / "data")


async def test_an_empty_log_left_by_a_killed_reader_is_no_unclean_end(tmp_path: Path) -> None:
    await make_large(tmp_path)
    async with read_only(tmp_path):
        left = tmp_path / "left"
        left.mkdir(mode=0o700)
        for name in ("chat.db", "chat.db-wal", "chat.db-shm"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    damage_a_page(left)
    assert await refusal(left) is None


async def test_who_is_not_alone_checks_nothing(tmp_path: Path) -> None:
    await make_large(tmp_path)
    async with opened(tmp_path) as store:
        await fill(store, range(50, 51))
        damage_a_page(tmp_path)
        assert await refusal(tmp_path) is None


_USER = """
import asyncio, subprocess, sys
from pathlib import Path
from interruptible_tui.store import Store
from tests.store.damaging import fill

async def main():
    store = await Store.open(Path(sys.argv[1]))
    await fill(store, range(50, 51))
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False)
    print(child.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_program_uses_the_database_no_more_although_its_child_lives_on(tmp_path: Path) -> None:
    await make_large(tmp_path)
    user = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _USER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert user.stdout
    async with asyncio.timeout(2 * LIMIT):
        child = int(await user.stdout.readline())
    try:
        user.kill()
        await user.wait()
        damage_a_page(tmp_path)
        assert "kept whole" in str(await refusal(tmp_path))
        os.kill(child, 0)
    finally:
        os.kill(child, signal.SIGKILL)


async def test_damage_met_in_use_is_told_and_checked_at_the_next_start_even_after_an_orderly_end(
    tmp_path: Path,
) -> None:
    await make_large(tmp_path)
    damage_a_page(tmp_path)
    found = parts(tmp_path)
    async with opened(tmp_path) as store:
        with pytest.raises(StoreError) as caught:
            await everything(store)
    assert str(caught.value) == (
        f"cannot read {database(tmp_path)}: database disk image is malformed; end every program that uses it and"
        " start again: it is checked then, and a backup named if need be"
    )
    assert "kept whole" in str(await refusal(tmp_path))
    assert parts(moved_aside(tmp_path)[0]) == found


async def test_a_suspicion_that_proves_wrong_is_forgotten(tmp_path: Path) -> None:
    await make_large(tmp_path)
    before = await content(tmp_path)
    (tmp_path / "damage-suspected").touch()
    assert await refusal(tmp_path) is None
    assert not (tmp_path / "damage-suspected").exists()
    assert await content(tmp_path) == before


async def test_the_whole_database_can_be_checked_while_it_is_open(tmp_path: Path) -> None:
    await make_large(tmp_path)
    async with opened(tmp_path) as store:
        assert await store.problems() == []
    damage_a_page(tmp_path)
    async with read_only(tmp_path) as reading:
        problems = await reading.problems()
    assert problems and not any("\n" in problem for problem in problems)


# -- what is no damage ------------------------------------------------------------------------------------------------


async def test_a_newer_version_that_ended_uncleanly_is_refused_and_its_log_stays(tmp_path: Path) -> None:
    with closing(sqlite3.connect(database(tmp_path), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE future (thing TEXT)")
        connection.execute("PRAGMA user_version = 99")
        left = tmp_path / "left"
        left.mkdir(mode=0o700)
        for name, whole in parts(tmp_path).items():
            (left / name).write_bytes(whole)
    found = parts(left)
    assert found["chat.db-wal"]
    assert await refusal(left) == (
        f"cannot open {database(left)}: it is of a newer version of the program (format 99, this one knows"
        f" {formats.known()}); update interruptible-chat, or choose another directory with --data-dir"
    )
    assert parts(left) == found and moved_aside(left) == []
