"""Each write is one transaction in one hop: all or nothing, whoever is cancelled, and however many processes write."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from interruptible_tui.conversation import Message, Mode, Prompt, Role, Trigger
from interruptible_tui.store import Session, StoreError, Tables
from tests.engine.driver import database, query, session_in, write_lock
from tests.scripted import LIMIT
from tests.store.test_files import opened, read_only


def prompt(name: str) -> Prompt:
    return Prompt(name, name, Mode.QUEUE, 1.0)


def deliver(tables: Tables, session: Session, name: str) -> None:
    tables.take_prompt(name)
    tables.add_message(session.id, Message(role=Role.USER, text=name, run=1, turn=1, prompt_id=name))


def log(directory: Path) -> Path:
    return directory / "chat.db-wal"


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk on fire"), ValueError("a bug"), KeyboardInterrupt()])
async def test_a_write_that_fails_has_written_nothing(tmp_path: Path, error: BaseException) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def half(tables: Tables) -> None:
            tables.save_prompt(session.id, prompt("half"))
            raise error

        with pytest.raises((StoreError, ValueError, KeyboardInterrupt)):
            await store.write(half)
        assert query(tmp_path, "SELECT count(*) FROM prompts") == [0]
        await store.write(lambda tables: tables.save_prompt(session.id, prompt("whole")))
        assert query(tmp_path, "SELECT id FROM prompts") == ["whole"]


async def test_a_prompt_is_delivered_once_and_the_database_itself_refuses_the_second_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def begin(tables: Tables) -> None:
            tables.begin_run(session.id, 1, Trigger.PROMPT, 1.0)
            tables.save_prompt(session.id, prompt("a"))
            deliver(tables, session, "a")

        await store.write(begin)
        with pytest.raises(StoreError, match="not pending"):
            await store.write(lambda tables: deliver(tables, session, "a"))
        with pytest.raises(StoreError, match="UNIQUE"):
            await store.write(
                lambda tables: tables.add_message(
                    session.id, Message(role=Role.USER, text="a", run=1, turn=1, prompt_id="a")
                )
            )
        assert query(tmp_path, "SELECT prompt_id FROM messages") == ["a"]


async def test_cancelling_the_caller_tears_no_transaction_and_locks_nobody_out(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def save_two(number: int) -> asyncio.Task[None]:
            def work(tables: Tables) -> None:
                tables.save_prompt(session.id, prompt(f"{number} first"))
                tables.save_prompt(session.id, prompt(f"{number} second"))

            return asyncio.create_task(store.write(work))

        for number in range(50):
            task = save_two(number)
            for _ in range(number % 7):
                await asyncio.sleep(0)
            task.cancel()
        with write_lock(tmp_path):
            blocked = save_two(50)
            await asyncio.sleep(0)
            blocked.cancel()
        async with asyncio.timeout(LIMIT):
            await store.write(lambda tables: tables.save_prompt(session.id, prompt("after")))
        halves = query(tmp_path, "SELECT substr(id, 1, 2) FROM prompts WHERE id <> 'after'")
        assert all(halves.count(half) == 2 for half in halves)
        assert "50" in halves


async def test_a_write_waits_while_another_process_writes_but_reading_does_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        async with read_only(tmp_path) as reading:
            with write_lock(tmp_path):
                writing = asyncio.create_task(store.write(lambda tables: tables.save_prompt(session.id, prompt("a"))))
                await asyncio.wait({writing}, timeout=0.1)
                assert not writing.done()
                assert await reading.read(lambda tables: tables.pending(session.id)) == []
            await writing
            assert len(await reading.read(lambda tables: tables.pending(session.id))) == 1


# -- two processes ----------------------------------------------------------------------------------------------------

_WRITER = """
import asyncio, sys
from pathlib import Path
from interruptible_tui.store import Store
from tests.engine.driver import session_in
from tests.store.test_transactions import prompt

async def main():
    store = await Store.open(Path(sys.argv[1]))
    session = await session_in(store)
    print("ready", flush=True)
    for number in range(150):
        await store.write(lambda tables: tables.save_prompt(session.id, prompt(f"{sys.argv[2]} {number}")))
    await store.close()

asyncio.run(main())
"""


async def test_two_processes_write_to_one_database_and_nobody_finds_it_locked(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITER, str(tmp_path), "theirs", stdout=asyncio.subprocess.PIPE
        )
        assert other.stdout
        async with asyncio.timeout(6 * LIMIT):
            assert await other.stdout.readline() == b"ready\n"
            for number in range(150):
                name = f"ours {number}"
                await store.write(lambda tables, name=name: tables.save_prompt(session.id, prompt(name)))  # type: ignore[misc]
            assert await other.wait() == 0
        assert query(tmp_path, "SELECT count(*), count(DISTINCT id) FROM prompts") == [(300, 300)]
        assert query(tmp_path, "PRAGMA integrity_check") == ["ok"]


# -- the log ----------------------------------------------------------------------------------------------------------


async def test_the_log_stays_bounded_and_is_gone_after_the_close(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        sizes = []
        for number in range(24):
            big = Prompt(str(number), "x" * 500_000, Mode.QUEUE)
            await store.write(lambda tables, big=big: tables.save_prompt(session.id, big))  # type: ignore[misc]
            sizes.append(log(tmp_path).stat().st_size)
        assert sum(len(text) for text in query(tmp_path, "SELECT text FROM prompts")) == 12_000_000
        assert max(sizes) < 6 * 1024 * 1024
    assert not log(tmp_path).exists()
    assert database(tmp_path).stat().st_size > 12_000_000


_FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from interruptible_tui.conversation import Mode, Prompt
from interruptible_tui.store import Store, StoreError
from tests.engine.driver import session_in

async def main():
    store = await Store.open(Path(sys.argv[1]))
    session = await session_in(store)
    limit = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    accepted, refused = 0, 0
    for number in range(60):
        big = Prompt(str(number), "x" * 400_000, Mode.QUEUE)
        try:
            await store.write(lambda tables: tables.save_prompt(session.id, big))
            accepted += 1
        except StoreError as error:
            refused += 1
            assert "\\n" not in str(error), error
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.write(lambda tables: tables.save_prompt(session.id, Prompt("last", "x", Mode.QUEUE)))
    print(accepted + 1, refused)
    await store.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("limit", [2_000_000, 6_000_000])
async def test_on_a_full_disk_what_was_accepted_is_there_and_what_was_refused_is_not(
    tmp_path: Path, limit: int
) -> None:
    """The smaller limit refuses the log, the larger one the copying of the log into the database."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FULL_DISK, str(tmp_path), str(limit), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(6 * LIMIT):
        output, _ = await program.communicate()
    assert program.returncode == 0
    accepted, refused = map(int, output.split())
    assert refused > 0
    assert query(tmp_path, "SELECT count(*) FROM prompts") == [accepted]
    assert query(tmp_path, "PRAGMA integrity_check") == ["ok"]
