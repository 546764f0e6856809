"""Stretches of a conversation: what is in them, and that their length is all that they cost."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from interruptible_tui.conversation import Message, MessageStatus, Mode, Role, WholeRun
from interruptible_tui.store import Page, Tables, formats
from interruptible_tui.store.messages import LAST
from tests.long_session import fill
from tests.store.counting import steps


class Room:
    """A session in a database in memory, and an eye on what is done there."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        formats.migrate(self.connection, lambda _: None)
        self.tables = Tables(self.connection)
        self.tables.create_session("other", Mode.QUEUE, "m", 1.0)
        self.tables.create_session("default", Mode.QUEUE, "m", 1.0)
        self.id = self.tables.session("default").id

    def all(self) -> list[Message]:
        return [each.message for each in self.tables.messages(self.id)]

    def plans(self, work: Callable[[], object]) -> list[str]:
        """How SQLite finds the rows of each statement of it."""
        statements: list[str] = []
        self.connection.set_trace_callback(statements.append)
        work()
        self.connection.set_trace_callback(None)
        return [row[3] for each in statements for row in self.connection.execute(f"EXPLAIN QUERY PLAN {each}")]


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    with closing(room.connection):
        yield room


def texts(page: Page) -> list[str]:
    return [message.text for message in page.messages]


def test_the_last_page_has_the_last_messages_and_says_what_they_stand_behind(room: Room) -> None:
    fill(room.tables, room.id, 20)
    page = room.tables.page_before(room.id, limit=3)
    assert texts(page) == ["answer 19", "question 20", "answer 20"]
    assert (page.after, page.before) == (37, LAST)
    assert room.tables.page_before(room.id, limit=100).after == 0


def test_pages_from_either_end_are_all_messages_once_and_part_no_reply_from_its_results(room: Room) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for number in range(1, 30):
        fill(room.tables, room.id, 1, results=dice.randrange(8), begin=number)
    every = room.all()
    for limit in range(1, 12):
        up, before = list[Message](), LAST
        while before:
            page = room.tables.page_before(room.id, before, limit)
            assert page.messages[0].role is not Role.TOOL
            up, before = [*page.messages, *up], page.after + 1 if page.after else 0
        down, after = list[Message](), 0
        while after < LAST:
            page = room.tables.page_after(room.id, after, limit)
            assert page.messages[0].role is not Role.TOOL
            down, after = [*down, *page.messages], page.before - 1 if page.before < LAST else LAST
        assert up == down == every
        assert [each.id for each in up] == [each.id for each in every]


def test_a_page_around_a_message_has_it_in_the_middle_with_the_call_that_it_answers(room: Room) -> None:
    fill(room.tables, room.id, 9, results=2)
    wanted = next(each for each in room.all() if each.text == "result 5.1")
    page = room.tables.page_around(room.id, wanted.id or 0, 4)
    assert texts(page) == ["answer 5", "result 5.0", "result 5.1", "so 5", "question 6"]


def test_a_page_of_long_messages_has_few(room: Room) -> None:
    room.tables.begin_run(room.id, 1, "prompt", 1.0)  # type: ignore[arg-type]  # the word is what is stored
    for at in range(9):
        room.tables.add_message(room.id, Message(role=Role.USER, text=f"{at}" * 100_000, run=1, turn=1))
    assert len(room.tables.page_before(room.id).messages) == 3
    assert len(room.tables.page_after(room.id, 0).messages) == 3


def test_what_the_user_said_is_found_without_what_came_of_it_and_says_whether_it_is_rolled_back(room: Room) -> None:
    fill(room.tables, room.id, 9, results=3)
    room.tables.begin_rollback(room.id, 1, WholeRun(8), 1.0)
    said = room.tables.said(room.id, limit=3)
    assert [(each.text, each.status) for each in said] == [
        ("question 7", MessageStatus.COMPLETE),
        ("question 8", MessageStatus.ROLLED_BACK),
        ("question 9", MessageStatus.COMPLETE),
    ]
    assert [each.text for each in room.tables.said(room.id, said[0].id or 0, 2)] == ["question 5", "question 6"]


def works(room: Room) -> dict[str, Callable[[], Any]]:
    tables, id_ = room.tables, room.id
    middle = tables.page_before(id_).after
    return {
        "the last page": lambda: tables.page_before(id_),
        "a page further up": lambda: tables.page_before(id_, middle),
        "the first page": lambda: tables.page_after(id_, 0),
        "a page around a message": lambda: tables.page_around(id_, middle),
        "what the user said": lambda: tables.said(id_),
        "the session": lambda: tables.session("default"),
        "the last run": lambda: tables.last_run(id_),
    }


def costs(runs: int) -> dict[str, int]:
    """In a session of so many runs, half of which are rolled back."""
    room = Room()
    with closing(room.connection):
        fill(room.tables, room.id, runs)
        for number in range(1, runs, 2):
            room.tables.begin_rollback(room.id, number, WholeRun(number), 1.0)
        return {name: steps(room.connection, work) for name, work in works(room).items()}


def test_a_page_costs_the_same_in_any_session() -> None:
    short, long = (costs(runs) for runs in (100, 2000))
    assert {name: (short[name], cost) for name, cost in long.items() if cost > 1.1 * short[name] + 20} == {}


def test_every_page_is_found_by_index(room: Room) -> None:
    fill(room.tables, room.id, 100)
    for name, work in works(room).items():
        plans = room.plans(work)
        assert plans, name
        assert not [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan], (name, plans)
