"""The files of the data directory: who may read them, what may be in their way, and what opening does to them."""

import errno
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from interruptible_tui.store import Store, StoreError, formats
from tests.engine.driver import database, query, session_in


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[Store]:
    store = await Store.open(directory)
    try:
        yield store
    finally:
        await store.close()


async def make(directory: Path) -> None:
    """A database with one session in it, closed."""
    async with opened(directory) as store:
        await session_in(store)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


@pytest.fixture(params=[0o000, 0o077, 0o177, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(directory: Path) -> dict[str, int]:
    return {str(path.relative_to(directory)): stat.S_IMODE(path.stat().st_mode) for path in directory.rglob("*")}


@pytest.mark.usefixtures("umask")
async def test_every_file_is_0600_and_every_directory_0700_under_any_umask(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with opened(directory) as store:
        store.own(await session_in(store))
        found = modes(directory)
        assert {"chat.db", "chat.db-wal", "chat.db-shm", "users.lock", "write.lock", "locks"} <= set(found)
        assert found.pop("locks") == stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert set(found.values()) == {0o600}, found
    assert set(modes(directory).values()) <= {0o600, 0o700}


async def test_the_database_is_as_durable_as_promised(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:

        def pragma(name: str) -> object:
            return store._connection._conn.execute(f"PRAGMA {name}").fetchone()[0]

        names = ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys", "user_version")
        found = await store._connection.hop(lambda _: [pragma(name) for name in names])
        assert found == ["wal", 2, 0, 1, formats.known()]


@pytest.mark.parametrize("name", ["with a space", "what?mode=ro", "half#half", "a%20b%", "Küche 🍔", "a'b\"c", "a\nb"])
async def test_any_path_can_be_the_data_directory(tmp_path: Path, name: str) -> None:
    await make(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert "chat.db" in contents(tmp_path / name)
    async with read_only(tmp_path / name) as reading:
        assert [session.name for session in await reading.read(lambda tables: tables.sessions())] == ["default"]


# -- what is not ours -------------------------------------------------------------------------------------------------


async def refused(directory: Path, *, reading: bool = False) -> str:
    """What is said when the store cannot be opened."""
    try:
        store = await (Store.open_for_reading(directory) if reading else Store.open(directory))
    except StoreError as error:
        return str(error)
    if store:
        await store.close()
    pytest.fail("it was opened")


async def test_a_database_of_a_newer_version_is_refused_and_untouched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("CREATE TABLE future (thing TEXT)")
        connection.execute("PRAGMA user_version = 99")
        connection.commit()
    found = database(tmp_path).read_bytes()
    for reading in (False, True):
        text = await refused(tmp_path, reading=reading)
        assert "newer version" in text and "99" in text
    assert database(tmp_path).read_bytes() == found


async def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("CREATE TABLE calls (another TEXT)")
        connection.commit()
    await refused(tmp_path)
    assert query(tmp_path, "SELECT name FROM sqlite_master WHERE type = 'table'") == ["calls"]
    assert query(tmp_path, "PRAGMA user_version") == [0]


async def test_an_open_that_was_refused_keeps_no_lock(tmp_path: Path) -> None:
    database(tmp_path).write_bytes(b"This is a letter, not a database.\n" * 200)
    await refused(tmp_path)
    await make(tmp_path)


async def test_a_file_where_the_directory_should_be_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    text = await refused(tmp_path / "data")
    assert "--data-dir" in text
    assert (tmp_path / "data").read_text() == "mine"
    await refused(tmp_path / "data" / "deeper")


async def test_a_directory_where_the_database_should_be_is_said_so(tmp_path: Path) -> None:
    database(tmp_path).mkdir()
    await refused(tmp_path)
    assert database(tmp_path).is_dir()


async def test_a_link_in_place_of_the_database_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    (tmp_path / "data").mkdir()
    database(tmp_path / "data").symlink_to(elsewhere)
    await refused(tmp_path / "data")
    assert elsewhere.read_bytes() == b""


# -- reading ----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def read_only(directory: Path) -> AsyncIterator[Store]:
    reading = await Store.open_for_reading(directory)
    assert reading is not None
    try:
        yield reading
    finally:
        await reading.close()


async def test_opening_for_reading_changes_nothing_and_takes_no_lock(tmp_path: Path) -> None:
    """SQLite may leave an index and an empty log beside the database."""
    await make(tmp_path)
    (tmp_path / "write.lock").unlink()
    before = contents(tmp_path)
    async with read_only(tmp_path) as reading:
        await reading.read(lambda tables: tables.sessions())
    after = contents(tmp_path)
    assert after.pop("chat.db-wal", b"") == b""
    after.pop("chat.db-shm", None)
    assert after == before
    assert set(modes(tmp_path).values()) <= {0o600, 0o700}


async def test_where_there_is_no_database_there_is_nothing_to_read_and_none_is_made(tmp_path: Path) -> None:
    assert await Store.open_for_reading(tmp_path / "nowhere") is None
    assert await Store.open_for_reading(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


async def test_reading_works_while_the_owner_writes_and_sees_what_is_committed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        store.own(session)
        async with read_only(tmp_path) as reading:
            for mode in Mode:
                await store.write(lambda tables, mode=mode: tables.set_mode(session.id, mode))  # type: ignore[misc]
                assert (await reading.read(lambda tables: tables.session("default"))).mode is mode
            assert (owner := reading.owner(session)) and owner.pid == os.getpid()


async def test_what_is_open_for_reading_cannot_be_written_to(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, read_only(tmp_path) as reading:
        session = await session_in(store)
        with pytest.raises(StoreError, match="readonly"):
            await reading.write(lambda tables: tables.set_mode(session.id, Mode.QUEUE))


@pytest.mark.parametrize("change", ["moved", "removed", "replaced"])
async def test_what_would_be_written_to_a_file_that_has_lost_its_name_is_refused(tmp_path: Path, change: str) -> None:
    async with opened(tmp_path / "data") as store:
        session = await session_in(store)
        place = database(tmp_path / "data")
        if change == "removed":
            place.unlink()
        else:
            place.rename(tmp_path / "elsewhere.db")
        if change == "replaced":
            place.write_bytes((tmp_path / "elsewhere.db").read_bytes())
        with pytest.raises(StoreError, match="moved, replaced or removed while it was open; put it back"):
            await store.write(lambda tables: tables.set_mode(session.id, Mode.QUEUE))
        if change == "moved":
            (tmp_path / "elsewhere.db").rename(place)
            await store.write(lambda tables: tables.set_mode(session.id, Mode.QUEUE))
            assert query(tmp_path / "data", "SELECT mode FROM sessions") == ["queue"]


async def test_an_owner_that_cannot_be_written_keeps_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as disk:
            disk.setattr(os, "pwrite", full)
            with pytest.raises(StoreError):
                store.own(session)
        store.own(session)
        assert store.owns(session)
