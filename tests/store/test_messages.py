"""What people are told when the database cannot be used, word for word: which file, why, what was kept, what to do."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.store import Store, StoreError
from tests.engine.driver import database, query, session_in, write_lock
from tests.store.damaging import parts, refusal
from tests.store.test_files import make, opened

ELSEWHERE = "or choose another directory with --data-dir"
MOUNT, UNMOUNT = "/usr/bin/mount", "/usr/bin/umount"


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of one megabyte; skips the test where nothing may be mounted."""
    place.mkdir()
    if subprocess.run([MOUNT, "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", place], check=False).returncode:
        pytest.skip("mounting needs a privilege")
    try:
        yield place
    finally:
        subprocess.run([UNMOUNT, place], check=True)


async def save(store: Store, text: str) -> None:
    session = await session_in(store)
    await store.write(lambda tables: tables.save_prompt(session.id, Prompt(text[:5], text, Mode.QUEUE)))


async def test_disk_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with opened(disk) as store:
            await save(store, "kept")
            with pytest.raises(StoreError) as caught:
                await save(store, "x" * 2_000_000)
            assert str(caught.value) == (
                f"cannot write {database(disk)}: database or disk is full; what was stored is kept; free some space"
            )
            await save(store, "small")
        assert query(disk, "SELECT id FROM prompts") == ["kept", "small"]
        assert query(disk, "PRAGMA integrity_check") == ["ok"]


async def test_disk_full_from_the_start(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(OSError, match="space"):
            (disk / "ballast").write_bytes(b"x" * 2_000_000)
        said = await refusal(disk)
        assert (
            said == f"cannot open {database(disk)}: database or disk is full; what was stored is kept; free some space"
        )
        (disk / "ballast").unlink()
        assert await refusal(disk) is None


async def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        await make(disk)
        before = parts(disk)
        subprocess.run([MOUNT, "-o", "remount,ro", disk], check=True)
        said = await refusal(disk)
        assert said == f"cannot use {database(disk)}: Read-only file system; check its permissions, {ELSEWHERE}"
        assert parts(disk) == before
        assert await refusal(disk, reading=True) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any file")
async def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    await make(tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert await refusal(tmp_path) == (
            f"cannot use {database(tmp_path)}: Permission denied; check its permissions, {ELSEWHERE}"
        )
    finally:
        tmp_path.chmod(0o700)


async def test_another_program_that_writes_for_too_long(tmp_path: Path) -> None:
    await make(tmp_path)
    with write_lock(tmp_path):
        said = await refusal(tmp_path)
    assert said == (
        f"cannot open {database(tmp_path)}: another program has been writing to it for too long;"
        " try again when the other program has ended"
    )


async def test_a_foreign_program_that_has_locked_the_database_for_too_long(tmp_path: Path) -> None:
    """One that knows nothing of the write lock, such as the command sqlite3."""
    async with opened(tmp_path) as store:
        await session_in(store)
        with closing(sqlite3.connect(database(tmp_path), isolation_level=None)) as foreign:
            foreign.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError) as caught:
                await save(store, "late")
            foreign.execute("ROLLBACK")
        await save(store, "again")
    assert str(caught.value) == (
        f"cannot write {database(tmp_path)}: database is locked; try again when the other program has ended"
    )


async def test_a_link_and_a_directory_in_its_place(tmp_path: Path) -> None:
    database(tmp_path).symlink_to(tmp_path / "elsewhere")
    said = f"cannot open {database(tmp_path)}: Too many levels of symbolic links; move it away, {ELSEWHERE}"
    assert await refusal(tmp_path) == said
    database(tmp_path).unlink()
    database(tmp_path).mkdir()
    assert await refusal(tmp_path) == f"cannot open {database(tmp_path)}: Is a directory; move it away, {ELSEWHERE}"
    assert database(tmp_path).is_dir()


async def test_a_file_in_place_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    remedy = "choose a directory of its own with --data-dir"
    assert await refusal(tmp_path / "data") == f"cannot use {tmp_path}/data/chat.db: File exists; {remedy}"


async def test_a_database_of_another_program(tmp_path: Path) -> None:
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("CREATE TABLE calls (another TEXT)")
        connection.commit()
    assert await refusal(tmp_path) == (
        f"cannot open {database(tmp_path)}: table calls already exists;"
        f" it is not as this program makes it: move it away, {ELSEWHERE}"
    )


async def test_a_text_that_was_changed(tmp_path: Path) -> None:
    await make(tmp_path)
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("UPDATE sessions SET mode = 'inco\nrporate'")
        connection.commit()
    async with opened(tmp_path) as store:
        with pytest.raises(StoreError) as caught:
            await store.read(lambda tables: tables.sessions())
    assert str(caught.value) == (
        f"cannot read {database(tmp_path)}: 'inco\\nrporate' is not a valid Mode;"
        " a text in it was changed: end the program and copy a backup from the directory backups to its place"
    )


async def test_a_text_that_is_quoted_is_cut(tmp_path: Path) -> None:
    await make(tmp_path)
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("UPDATE sessions SET name = CAST(? AS TEXT)", (b"name " * 1000 + b"\xff",))
        connection.commit()
    async with opened(tmp_path) as store:
        with pytest.raises(StoreError) as caught:
            await store.read(lambda tables: tables.sessions())
    assert "Could not decode" in str(caught.value) and "copy a backup" in str(caught.value)
    assert len(str(caught.value)) < 500 + len(str(tmp_path))


@pytest.mark.parametrize("sound", [True, False])
async def test_cancelling_the_opening_waits_for_it_and_leaves_nothing_open(tmp_path: Path, sound: bool) -> None:
    await make(tmp_path)
    if not sound:
        database(tmp_path).write_bytes(b"This is a letter, not a database.\n" * 200)
    with write_lock(tmp_path):
        opening = asyncio.create_task(Store.open(tmp_path))
        await asyncio.wait({opening}, timeout=0.05)
        opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    still_open = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert not [path for path in still_open if path.is_relative_to(tmp_path)]
