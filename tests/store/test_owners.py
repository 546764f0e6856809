"""One owner per session: a second process is told, and a lock dies with its owner."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from interruptible_tui.archive import Archive
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.store import SessionOwned, StoreError
from interruptible_tui.store.bells import Bell
from tests.engine.driver import session_in
from tests.scripted import LIMIT
from tests.store.test_files import opened

_OWNER = """
import asyncio, subprocess, sys
from pathlib import Path
from interruptible_tui.store import Store
from tests.engine.driver import session_in

async def main():
    store = await Store.open(Path(sys.argv[1]))
    store.own(await session_in(store))
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False)
    print(child.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_second_process_is_told_who_owns_the_session_and_takes_over_after_kill_9(tmp_path: Path) -> None:
    """The owner's child, which lives on, has not inherited the lock."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OWNER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout
    async with asyncio.timeout(2 * LIMIT):
        child = int(await owner.stdout.readline())
    try:
        async with opened(tmp_path) as store:
            session = await session_in(store)
            with pytest.raises(SessionOwned, match=f"'default'.*pid {owner.pid}"):
                store.own(session)
            assert (found := store.owner(session)) and found.pid == owner.pid
            os.kill(owner.pid, signal.SIGKILL)
            await owner.wait()
            os.kill(child, 0)
            assert store.owner(session) is None
            store.own(session)
            assert (found := store.owner(session)) and found.pid == os.getpid()
    finally:
        os.kill(child, signal.SIGKILL)


async def test_a_session_can_be_owned_by_the_next_after_its_owner_has_closed(tmp_path: Path) -> None:
    for _ in range(2):
        async with opened(tmp_path) as store:
            session = await session_in(store)
            assert store.owner(session) is None
            store.own(session)


async def test_looking_who_owns_a_session_never_keeps_its_owner_out(tmp_path: Path) -> None:
    async with opened(tmp_path) as looking, opened(tmp_path) as owning:
        session = await session_in(owning)
        owning.own(session)
        for _ in range(100):
            assert (found := looking.owner(session)) and found.pid == os.getpid()


async def test_a_session_of_which_nobody_can_tell_who_owns_it_is_an_error_that_names_the_lock(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        places = store.places(session)
        places.make()
        places.lock.symlink_to(places.lock)

        async def export() -> None:
            async for _ in Archive(store).exported(session, as_json=True):
                pass

        for look in (Archive(store).runs(session), export(), Catalogue(store).listed()):
            with pytest.raises(StoreError, match=f"^cannot read {places.lock}: Too many levels"):
                await look


def names(directory: Path | str) -> list[str]:
    return sorted(path.name for path in Path(directory).iterdir())


def test_a_bell_that_cannot_be_put_in_its_place_leaves_neither_a_file_nor_a_handle(tmp_path: Path) -> None:
    place = tmp_path / "bell"
    place.mkdir()
    before = names("/proc/self/fd")
    with pytest.raises(IsADirectoryError):
        Bell(place)
    assert names("/proc/self/fd") == before
    assert names(tmp_path) == ["bell"]
