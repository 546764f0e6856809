"""Backups: before each migration, and once a day at most when a store closes; whole, private, few, in nobody's way."""

import asyncio
import os
import re
import sqlite3
import stat
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from interruptible_tui.store import Store, backups
from interruptible_tui.store.backups import DAY, KEPT, Backup
from tests.engine.driver import Stopwatch, database, query, session_in
from tests.scripted import LIMIT
from tests.store.damaging import content, damage_a_page, everything, fill, make_large, moved_aside, refusal
from tests.store.test_files import contents, make, modes, opened

NAME = re.compile(r"chat-\d{8}T\d{6}Z\.db")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "backups").iterdir())


def the_newest(directory: Path) -> Backup:
    backup = backups.newest(directory)
    assert backup
    return backup


def age(directory: Path, days: float = 1.01) -> None:
    """Make all backups older than they are, and with them what was written before."""
    for path in [database(directory), *sorted((directory / "backups").iterdir())]:
        at = path.stat().st_mtime - days * DAY
        os.utime(path, (at, at))
        if stamp := re.search(r"\d{8}T\d{6}Z", path.name):
            older = time.strptime(stamp[0], "%Y%m%dT%H%M%SZ")
            moment = time.gmtime(time.mktime(older) - time.timezone - days * DAY)
            path.rename(path.with_name(path.name.replace(stamp[0], time.strftime("%Y%m%dT%H%M%SZ", moment))))


async def write_something(directory: Path) -> None:
    async with opened(directory) as store:
        session = await session_in(store)
        other = Mode.QUEUE if session.mode is not Mode.QUEUE else Mode.INTERRUPT
        await store.write(lambda tables: tables.set_mode(session.id, other))


async def test_the_first_close_leaves_a_backup_with_all_that_was_stored(tmp_path: Path) -> None:
    await make_large(tmp_path)
    [name] = names(tmp_path)
    assert NAME.fullmatch(name)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    database(elsewhere).write_bytes(the_newest(tmp_path).path.read_bytes())
    assert await content(elsewhere) == await content(tmp_path)
    assert backups.failure(tmp_path) is None
    assert abs(the_newest(tmp_path).at - time.time()) < 60


async def test_nothing_but_private_files_is_left_in_the_directory(tmp_path: Path) -> None:
    await make_large(tmp_path)
    assert set(modes(tmp_path / "backups").values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "backups").stat().st_mode) == 0o700


async def test_there_is_at_most_one_a_day(tmp_path: Path) -> None:
    await make(tmp_path)
    before = names(tmp_path)
    await write_something(tmp_path)
    assert names(tmp_path) == before
    age(tmp_path)
    await write_something(tmp_path)
    assert len(names(tmp_path)) == 2


async def test_an_unchanged_database_needs_no_other(tmp_path: Path) -> None:
    await make(tmp_path)
    age(tmp_path)
    async with opened(tmp_path) as store:
        await everything(store)
    assert len(names(tmp_path)) == 1


async def test_the_newest_few_stay(tmp_path: Path) -> None:
    for _ in range(KEPT + 2):
        await write_something(tmp_path)
        age(tmp_path)
    await write_something(tmp_path)
    assert len(names(tmp_path)) == KEPT
    assert all(NAME.fullmatch(name) for name in names(tmp_path))
    assert abs(the_newest(tmp_path).at - time.time()) < 60


def make_older(directory: Path, note: str) -> None:
    """A database before the first format, with something in it."""
    database(directory).unlink(missing_ok=True)
    with closing(sqlite3.connect(database(directory))) as connection:
        connection.execute("CREATE TABLE remarks (text TEXT)")
        connection.execute("INSERT INTO remarks VALUES (?)", (note,))
        connection.commit()


async def test_before_a_migration_the_old_version_is_kept_the_newest_of_each_format_for_good(tmp_path: Path) -> None:
    for note in ("first", "second"):
        make_older(tmp_path, note)
        async with opened(tmp_path):
            pass
        age(tmp_path)
    for _ in range(KEPT + 1):
        await write_something(tmp_path)
        age(tmp_path)
    [migrated] = [path for path in (tmp_path / "backups").iterdir() if path.name.endswith("-format-0.db")]
    with closing(sqlite3.connect(migrated)) as connection:
        assert connection.execute("SELECT text FROM remarks").fetchall() == [("second",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)


async def test_a_new_database_is_migrated_without_a_backup_and_an_old_one_not_without(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    async with opened(tmp_path / "new"):
        assert not (tmp_path / "new" / "backups").exists()
    old = tmp_path / "old"
    old.mkdir()
    make_older(old, "note")
    (old / "backups").write_text("no directory")
    assert "choose a directory of its own" in str(await refusal(old))
    assert query(old, "PRAGMA user_version") == [0]


async def test_what_a_killed_program_left_of_a_backup_is_removed_by_the_next(tmp_path: Path) -> None:
    await make(tmp_path)
    (tmp_path / "backups" / "chat-20200101T000000Z.77.tmp").write_bytes(b"half")
    age(tmp_path)
    await write_something(tmp_path)
    assert all(NAME.fullmatch(name) for name in names(tmp_path))


async def test_a_damaged_database_pushes_out_no_sound_backup_and_is_checked_at_the_next_start(tmp_path: Path) -> None:
    await make_large(tmp_path)
    before = (the_newest(tmp_path).path.read_bytes(), len(names(tmp_path)))
    damage_a_page(tmp_path)
    age(tmp_path)
    await write_something(tmp_path)
    daily = [name for name in names(tmp_path) if NAME.fullmatch(name)]
    assert (the_newest(tmp_path).path.read_bytes(), len(daily)) == before
    assert backups.failure(tmp_path)
    assert "kept whole" in str(await refusal(tmp_path))
    assert moved_aside(tmp_path)


# -- in the way of nobody ---------------------------------------------------------------------------------------------


async def test_others_write_while_it_is_made_and_it_has_what_was_there_when_it_began(tmp_path: Path) -> None:
    await make_large(tmp_path)
    age(tmp_path)
    loop = asyncio.get_running_loop()
    written: list[str] = []
    ours = await Store.open(tmp_path)
    async with opened(tmp_path) as theirs:
        await fill(ours, range(50, 51))
        before = await everything(ours)

        def write(statement: str) -> None:
            """Called in the thread that copies, at the last statement of its transaction."""
            if statement == "ROLLBACK" and not written:
                asyncio.run_coroutine_threadsafe(fill(theirs, range(60, 63)), loop).result(LIMIT)
                written.append(statement)

        await ours._connection.hop(lambda connection: connection.set_trace_callback(write))
        await ours.close()
        assert written
        assert await everything(theirs) != before
    (tmp_path / "copy").mkdir()
    database(tmp_path / "copy").write_bytes(the_newest(tmp_path).path.read_bytes())
    assert await content(tmp_path / "copy") == before


_FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from interruptible_tui.store import Store
from tests.engine.driver import session_in
from interruptible_tui.conversation import Mode

async def main():
    store = await Store.open(Path(sys.argv[1]))
    session = await session_in(store)
    await store.write(lambda tables: tables.set_mode(session.id, Mode.QUEUE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
    await store.close()
    print("closed")

asyncio.run(main())
"""


async def test_a_full_disk_prevents_the_backup_but_not_the_close_and_is_told(tmp_path: Path) -> None:
    await make_large(tmp_path)
    before = names(tmp_path)
    age(tmp_path)
    aged = names(tmp_path)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FULL_DISK, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(2 * LIMIT):
        assert (await program.communicate())[0] == b"closed\n"
    assert program.returncode == 0 and len(before) == 1
    assert names(tmp_path) == [*aged, "failed.txt"]
    failure = backups.failure(tmp_path)
    assert failure and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC: \S[^\n]+", failure)
    assert query(tmp_path, "PRAGMA integrity_check") == ["ok"]


async def test_one_that_succeeds_takes_the_note_of_the_failure_away(tmp_path: Path) -> None:
    await make(tmp_path)
    (tmp_path / "backups" / "failed.txt").write_text("2020-01-01 00:00 UTC: disk full\n")
    assert backups.failure(tmp_path) == "2020-01-01 00:00 UTC: disk full"
    age(tmp_path)
    await write_something(tmp_path)
    assert backups.failure(tmp_path) is None


@pytest.mark.slow
async def test_a_database_too_large_to_be_copied_in_time_is_closed_in_time_and_the_old_backup_stays(
    tmp_path: Path,
) -> None:
    await make(tmp_path)
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("CREATE TABLE ballast (bytes BLOB)")
        connection.executemany("INSERT INTO ballast VALUES (zeroblob(?))", [(100_000_000,)] * 15)
        connection.commit()
    age(tmp_path)
    before = names(tmp_path)
    store = await Store.open(tmp_path)
    session = await session_in(store)
    await store.write(lambda tables: tables.set_mode(session.id, Mode.QUEUE))
    watch = Stopwatch()
    await store.close()
    assert watch.seconds < 2
    assert names(tmp_path) == [*before, "failed.txt"]
    assert "too large to be copied in 1 s" in str(backups.failure(tmp_path))


async def test_a_store_that_only_reads_makes_no_backup(tmp_path: Path) -> None:
    await make_large(tmp_path)
    age(tmp_path)
    before = contents(tmp_path / "backups")
    await content(tmp_path)
    assert contents(tmp_path / "backups") == before
