"""The index, and what is found through it and without it: never less than is there."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from interruptible_tui.archive import Archive
from interruptible_tui.conversation import Message, MessageStatus, Mode, Role, RunStatus, ToolCall, Trigger, WholeRun
from interruptible_tui.events import CallStreamed, TextStreamed
from interruptible_tui.store import Store, Tables, formats
from interruptible_tui.store.index import BATCH
from interruptible_tui.store.searching import POSSIBLE
from interruptible_tui.words import excerpt, parsed, told
from tests.engine.driver import database, query, session_in
from tests.long_session import fill
from tests.store.test_files import opened, read_only
from tests.store.test_released import RELEASED


async def found(store: Store, text: str, session: str | None = None) -> list[int]:
    words = parsed(text)
    assert words
    only = await store.read(lambda tables: tables.session(session)) if session else None
    return [hit.message.id or 0 async for hits in Archive(store).search(words, only) for hit in hits]


async def there(store: Store, text: str) -> list[int]:
    """The ids of the messages in which the words are, by reading all of them, newest first."""
    words = parsed(text)
    assert words

    def look(tables: Tables) -> Iterable[int]:
        for session in tables.sessions():
            for each in tables.messages(session.id):
                calls = [(call.name, call.arguments) for call in each.message.tool_calls]
                if excerpt(told(each.message.text, calls), words):
                    yield each.id

    return sorted(await store.read(lambda tables: list(look(tables))), reverse=True)


async def test_what_is_found_is_what_is_there(tmp_path: Path) -> None:
    """Words of any length, in messages of every kind, in two sessions, as they are added one by one."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    syllables = ["Ka", "to", "mi", "ru", "ü", "ß", '"', "-x", " ", " ", "\n"]

    def text() -> str:
        return "".join(chance.choices(syllables, k=40))

    def add(tables: Tables) -> None:
        for name in ("one", "two"):
            tables.create_session(name, Mode.QUEUE, "m", 1.0)
            tables.begin_run(tables.session(name).id, 1, Trigger.PROMPT, 1.0)
        for at in range(3 * BATCH + 10):
            call = ToolCall("c", "tool", f'{{"argument": "{chance.choice(["kato", "ruru", "mi"])}"}}')
            role = chance.choice(list(Role))
            message = Message(role=role, text=text(), run=1, turn=1, created_at=float(at))
            session = tables.session(chance.choice(["one", "two"])).id
            tables.add_message(session, replace(message, tool_calls=(call,)) if role is Role.ASSISTANT else message)

    async with opened(tmp_path) as store:
        await store.write(add)
        assert 0 < query(tmp_path, "SELECT count(*) FROM unindexed")[0] < 2 * BATCH
        for sought in (
            "kato",
            "KATOMI",
            "rü",
            '"to mi"',
            "ru ka",
            "kato mi ru",
            "xru",
            "nothing",
            "argument ruru",
            '-x"',
        ):
            assert await found(store, sought) == await there(store, sought), sought
        some = await found(store, "kato")
        assert some and sorted([*await found(store, "kato", "one"), *await found(store, "kato", "two")]) == sorted(some)


async def test_accepting_a_prompt_indexes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def add(tables: Tables) -> None:
            tables.begin_run(session.id, 1, Trigger.PROMPT, 1.0)
            for at in range(2 * BATCH):
                tables.add_message(session.id, Message(role=Role.USER, text=f"question {at}", run=1, turn=1))

        await store.write(add)
        assert query(tmp_path, "SELECT count(*) FROM unindexed") == [2 * BATCH]
        assert query(tmp_path, "SELECT count(*) FROM found_data WHERE id > 10") == [0]
        assert len(await found(store, "question")) == 2 * BATCH
        answer = Message(role=Role.ASSISTANT, text="answer", run=1, turn=1)
        await store.write(lambda tables: tables.add_message(session.id, answer))
        assert query(tmp_path, "SELECT count(*) FROM unindexed") == [BATCH + 1]
        assert len(await found(store, "question")) == 2 * BATCH
    async with opened(tmp_path) as store:
        assert query(tmp_path, "SELECT count(*) FROM unindexed") == [0]
        assert len(await found(store, "question")) == 2 * BATCH


async def test_whoever_adds_a_message_has_it_found(tmp_path: Path) -> None:
    insert = (
        "INSERT INTO messages (session_id, run, turn, role, text, status, created_at)"
        " VALUES (?, 1, 1, 'user', ?, 'complete', 1.0)"
    )
    async with opened(tmp_path) as store:
        session = await session_in(store)
        await store.write(lambda tables: tables.begin_run(session.id, 1, Trigger.PROMPT, 1.0))
        await store._connection.hop(lambda connection: connection.execute(insert, (session.id, "a needle")))
        assert await found(store, "needle") == await there(store, "needle") != []


async def test_what_a_reply_has_said_so_far_is_found_while_it_is_written_after_a_crash_and_when_it_is_whole(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def begin(tables: Tables) -> None:
            fill(tables, session.id, BATCH)
            tables.begin_run(session.id, BATCH + 1, Trigger.PROMPT, 1.0)
            pieces = [TextStreamed(BATCH + 1, 1, "half a nee"), TextStreamed(BATCH + 1, 1, "dle")]
            call = CallStreamed(BATCH + 1, 1, 0, "c", "cook", '{"dish": "so')
            tables.add_pieces(session.id, [*pieces, call], 1.0)

        await store.write(begin)
        (draft,) = await found(store, "needle dish")
    async with opened(tmp_path) as store:
        await store.write(lambda tables: fill(tables, session.id, BATCH, begin=BATCH + 2))
        assert query(tmp_path, "SELECT message_id FROM unindexed WHERE message_id = ?", draft) == [draft]
        assert await found(store, "needle dish") == [draft]
        whole = Message(role=Role.ASSISTANT, text="half a needle, and all of it", run=BATCH + 1, turn=1)
        await store.write(lambda tables: tables.add_message(session.id, whole))
        await store.write(lambda tables: tables.end_run(session.id, BATCH + 1, RunStatus.COMPLETED, "", 2.0))
        assert await found(store, '"all of it" needle') == [draft]
        assert await found(store, "dish") == []


async def test_a_reply_that_a_crash_has_cut_is_indexed_with_what_it_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def crash(tables: Tables) -> None:
            tables.begin_run(session.id, 1, Trigger.PROMPT, 1.0)
            tables.add_pieces(session.id, [TextStreamed(1, 1, "half a nee"), TextStreamed(1, 1, "dle")], 1.0)
            tables.end_crashed_runs(session.id, 2.0)
            fill(tables, session.id, BATCH, begin=2)

        await store.write(crash)
        assert query(tmp_path, "SELECT message_id FROM unindexed WHERE message_id = 1") == []
        assert await found(store, "needle") == [1]


@pytest.mark.parametrize("sought", ["ab", "abc"])
async def test_many_messages_are_looked_through_by_stretches(tmp_path: Path, sought: str) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def add(tables: Tables) -> None:
            fill(tables, session.id, POSSIBLE)
            tables.add_message(session.id, Message(role=Role.NOTE, text="xabcx", run=1, turn=1))
            fill(tables, session.id, POSSIBLE, begin=POSSIBLE + 1)

        await store.write(add)
        assert await found(store, sought) == [2 * POSSIBLE + 1]
        words = parsed(sought)
        assert words
        _, before = await store.read(lambda tables: tables.search(words))
        assert (before == 0) == (sought == "abc")


async def test_what_is_rolled_back_is_found_and_seen_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)

        def roll_back(tables: Tables) -> None:
            fill(tables, session.id, 1)
            tables.begin_rollback(session.id, 1, WholeRun(1), 1.0)

        await store.write(roll_back)
        words = parsed("answer")
        assert words
        (hit,) = [hit async for hits in Archive(store).search(words) for hit in hits]
        assert (hit.session.name, hit.message.status) == ("default", MessageStatus.ROLLED_BACK)


@pytest.mark.parametrize("from_on", [11, 0], ids=["what it knows", "all of it"])
async def test_a_damaged_index_keeps_nobody_from_writing_or_finding(tmp_path: Path, from_on: int) -> None:
    """What it knows is made again; where it cannot even be emptied, everything is looked through."""
    spoil = "UPDATE found_data SET block = x'ff00ff00ff00ff00' || block WHERE id >= ?"
    async with opened(tmp_path) as store:
        session = await session_in(store)
        await store.write(lambda tables: fill(tables, session.id, 2 * BATCH))
        await store._connection.hop(lambda connection: connection.execute(spoil, (from_on,)))
    async with opened(tmp_path) as store:
        assert await found(store, "answer") == await there(store, "answer") != []
        await store.write(lambda tables: fill(tables, session.id, 2 * BATCH, begin=2 * BATCH + 1))
        assert len(await found(store, "answer")) == 4 * BATCH
    async with opened(tmp_path) as store:
        assert len(await found(store, "answer")) == 4 * BATCH
        assert (query(tmp_path, "SELECT count(*) FROM unindexed") == [0]) == (from_on > 0)
    assert query(tmp_path, "PRAGMA integrity_check") == ["ok"]


# -- databases from before there was an index --------------------------------------------------------------------------


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
async def test_an_older_database_is_searched_before_it_is_migrated_and_after(tmp_path: Path, released: Path) -> None:
    database(tmp_path).write_bytes(released.read_bytes())
    async with read_only(tmp_path) as reading:
        before = await found(reading, "the")
        assert before == await there(reading, "the") != []
    assert database(tmp_path).read_bytes() == released.read_bytes()
    async with opened(tmp_path) as store:
        assert await found(store, "the") == before


async def test_a_long_database_is_indexed_when_it_is_migrated(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await session_in(store)
        await store.write(lambda tables: fill(tables, session.id, 1500))
        await store._connection.hop(
            lambda connection: connection.executescript(
                "DROP TRIGGER await_indexing; DROP TABLE found; DROP TABLE unindexed;"
                f"PRAGMA user_version = {formats.known() - 1};"
            )
        )
    async with opened(tmp_path) as store:
        assert query(tmp_path, "PRAGMA user_version") == [formats.known()]
        assert query(tmp_path, "SELECT count(*) FROM unindexed") == [0]
        assert len(await found(store, "answer")) == 1500
        assert query(tmp_path, "PRAGMA integrity_check") == ["ok"]
