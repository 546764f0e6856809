"""Databases of released versions, closed in an orderly way by the program that made them: `released/vN.db`, format N.

Each holds some sessions with finished, stopped and interrupted runs, tool calls, and prompts that wait or are held;
since format 2 also one that was killed while a reply was written, and prompts that others have sent.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.store import Store, Tables, backups, formats, inspection
from tests.engine.driver import database, query
from tests.store.damaging import moved_aside
from tests.store.test_files import opened, read_only

RELEASED = sorted((Path(__file__).parent / "released").glob("v*.db"))


def format_of(released: Path) -> int:
    return int(released.stem.removeprefix("v"))


def rows(released: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{released.as_uri()}?immutable=1", uri=True)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(params=RELEASED, ids=lambda path: path.stem)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """It lies in `tmp_path` as well, as the database there."""
    path: Path = request.param
    database(tmp_path).write_bytes(path.read_bytes())
    return path


MESSAGES = """
    SELECT sessions.name, role, text{}, run, turn, status, receipt FROM messages
    JOIN sessions ON sessions.id = session_id ORDER BY session_id, messages.id"""
CALLS = """
    SELECT sessions.name, call_id, calls.name, arguments{}, calls.status FROM calls
    JOIN messages ON messages.id = message_id JOIN sessions ON sessions.id = session_id
    ORDER BY session_id, message_id, calls.position"""
RUNS = """
    SELECT sessions.name, number, status, turns, reason FROM runs
    JOIN sessions ON sessions.id = session_id ORDER BY session_id, number"""
PROMPTS = """
    SELECT sessions.name, prompts.id, text, prompts.mode, hold FROM prompts
    JOIN sessions ON sessions.id = session_id ORDER BY session_id, position"""


SENT = "SELECT sessions.name, sent.id, text, sent.mode FROM sent JOIN sessions ON sessions.id = session_id"
PIECES = """
    || coalesce((SELECT group_concat(text, '') FROM
        (SELECT text FROM pieces WHERE message_id = messages.id AND call IS {} ORDER BY number)), '')"""
"""What a reply that was being written has after the text that stands in its row."""


def pieces(released: Path, call: str) -> str:
    """They are there since format 2."""
    return PIECES.format(call) if format_of(released) > 1 else ""


async def check_everything_is_found(store: Store, released: Path) -> None:
    def found(tables: Tables) -> tuple[list[Any], list[Any], list[Any], list[Any], list[Any]]:
        messages, calls, runs, prompts, sent = [], [], [], [], []
        for session in sorted(tables.sessions(), key=lambda session: session.id):
            name = session.name
            for each in tables.messages(session.id):
                told = each.message
                messages.append((name, told.role, told.text, told.run, told.turn, told.status, told.receipt))
                calls += [(name, call.id, call.name, call.arguments, call.status) for call in told.tool_calls]
            runs += [(name, run.number, run.status, run.turns, run.reason) for run in tables.runs(session.id)]
            sent += [(name, each.id, each.text, each.mode) for each in tables.sent(session.id)]
            prompts += [(name, p.prompt.id, p.prompt.text, p.prompt.mode, p.hold) for p in tables.pending(session.id)]
        return messages, calls, runs, prompts, sent

    messages, calls, runs, prompts, sent = await store.read(found)
    assert messages == rows(released, MESSAGES.format(pieces(released, "NULL"))) and len(messages) > 10
    assert calls == rows(released, CALLS.format(pieces(released, "calls.position"))) and len(calls) > 1
    assert runs == rows(released, RUNS) and len(runs) > 5
    assert sent == (rows(released, SENT) if format_of(released) > 1 else [])
    assert prompts == rows(released, PROMPTS) and {hold for *_, hold in prompts} == {None, "restart"}


async def test_a_released_database_is_opened_with_all_that_is_in_it_after_a_backup_of_the_old_version(
    tmp_path: Path, released: Path
) -> None:
    async with opened(tmp_path) as store:
        await check_everything_is_found(store, released)
        backup = backups.newest(tmp_path)
        if format_of(released) == formats.known():
            assert backup is None
        else:
            assert backup and backup.format == format_of(released)
            assert rows(backup.path, "PRAGMA user_version") == [(format_of(released),)]
            assert rows(backup.path, "SELECT * FROM messages") == rows(released, "SELECT * FROM messages")
    assert query(tmp_path, "PRAGMA user_version") == [formats.known()]
    assert query(tmp_path, "PRAGMA integrity_check") == ["ok"]
    assert moved_aside(tmp_path) == []


async def test_a_released_database_can_be_read_before_it_is_migrated_and_is_not_changed_by_that(
    tmp_path: Path, released: Path
) -> None:
    async with read_only(tmp_path) as reading:
        await check_everything_is_found(reading, released)
    assert database(tmp_path).read_bytes() == released.read_bytes()


def test_the_sessions_of_a_released_database_can_be_named_without_touching_it(tmp_path: Path, released: Path) -> None:
    assert inspection.session_names(tmp_path) == dict(rows(released, "SELECT id, name FROM sessions"))
    assert database(tmp_path).read_bytes() == released.read_bytes()


def test_no_released_format_is_missing() -> None:
    formats_released = [format_of(released) for released in RELEASED]
    assert formats_released == list(range(1, len(RELEASED) + 1))
