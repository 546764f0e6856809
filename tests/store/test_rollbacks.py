"""Which messages a rollback hides, what a run is then, and that none of it costs more in a long session."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from interruptible_tui.conversation import (
    CallStatus,
    CompensationStatus,
    LastAnswer,
    Message,
    MessageStatus,
    Mode,
    Prompt,
    Role,
    RunStatus,
    Scope,
    Since,
    ToolCall,
    Trigger,
    WholeRun,
)
from interruptible_tui.events import Submitted
from interruptible_tui.looking import taken
from interruptible_tui.recovery import mend, recover, restore_rollback
from interruptible_tui.store import Session, Tables, formats
from tests.store.counting import steps

PROMPT, ANSWER, RESULT = Role.USER, Role.ASSISTANT, Role.TOOL


class Room:
    """A session in a database of its own, and words to fill it."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("PRAGMA foreign_keys = ON")
        formats.migrate(self.connection, lambda _: None)
        self.tables = Tables(self.connection)
        self.tables.create_session("default", Mode.QUEUE, "m", 1.0)
        self.session: Session = self.tables.session("default")
        self.id = self.session.id

    def run(self, number: int, *roles: Role, turn: int = 0) -> None:
        """A run that has completed. Each answer begins a turn; each result is that of a call in the answer before."""
        self.tables.begin_run(self.id, number, Trigger.PROMPT, float(number))
        for at, role in enumerate(roles):
            turn += role is ANSWER
            called = role is ANSWER and roles[at + 1 : at + 2] == (RESULT,)
            message = Message(
                role=role,
                text=f"{number}.{at}",
                run=number,
                turn=max(turn, 1),
                tool_calls=(ToolCall("c", "work", "{}"),) if called else (),
                tool_call_id="c" if role is RESULT else None,
                prompt_id=f"{number}.{at}" if role is PROMPT else None,
            )
            self.tables.add_message(self.id, message)
            if called:
                self.tables.start_call(self.id, number, turn, "c", at)
                self.tables.end_call(self.id, number, turn, "c", CallStatus.DONE, at)
        self.tables.end_run(self.id, number, RunStatus.COMPLETED, "", 1.0)

    def roll_back(self, number: int, scope: Scope) -> None:
        self.tables.begin_rollback(self.id, number, scope, 1.0)
        self.tables.close_rollback(self.id, number, None)

    @property
    def hidden(self) -> list[str]:
        stored = self.tables.messages(self.id)
        return [each.message.text for each in stored if each.message.status is MessageStatus.ROLLED_BACK]

    @property
    def rolled_back(self) -> list[int]:
        return [run.number for run in self.tables.runs(self.id) if run.rolled_back]


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    with closing(room.connection):
        yield room


def test_a_whole_run_is_its_messages_and_no_others(room: Room) -> None:
    room.run(1, PROMPT, ANSWER)
    room.run(2, PROMPT, ANSWER, RESULT, ANSWER)
    room.roll_back(1, WholeRun(2))
    assert room.hidden == ["2.0", "2.1", "2.2", "2.3"]


def test_the_last_answer_is_what_stands_behind_the_last_prompt_that_can_be_seen(room: Room) -> None:
    room.run(1, PROMPT, ANSWER, PROMPT, ANSWER)
    room.roll_back(1, LastAnswer(1))
    assert room.hidden == ["1.3"]
    room.roll_back(2, Since("1.2"))
    room.roll_back(3, LastAnswer(1))
    assert room.hidden == ["1.1", "1.2", "1.3"]


def test_the_last_answer_of_a_run_without_a_prompt_is_all_that_it_said(room: Room) -> None:
    room.run(1, PROMPT)
    room.run(2, ANSWER, RESULT, ANSWER)
    room.roll_back(1, LastAnswer(2))
    assert room.hidden == ["2.0", "2.1", "2.2"]


def test_since_a_prompt_is_its_message_and_all_later_ones_but_notes(room: Room) -> None:
    room.run(1, PROMPT, ANSWER)
    room.run(2, PROMPT, ANSWER)
    room.tables.begin_rollback(room.id, 1, WholeRun(2), 1.0)
    room.tables.close_rollback(room.id, 1, Message(role=Role.NOTE, text="told", run=2))
    room.run(3, PROMPT, ANSWER)
    room.roll_back(2, Since("1.0"))
    assert room.hidden == ["1.0", "1.1", "2.0", "2.1", "3.0", "3.1"]


def test_what_is_hidden_already_is_not_hidden_twice(room: Room) -> None:
    room.run(1, PROMPT, ANSWER)
    room.run(2, PROMPT, ANSWER, RESULT)
    room.roll_back(1, WholeRun(2))
    room.roll_back(2, Since("1.0"))
    restore_rollback(room.tables, room.id, 1, 2.0)
    assert room.hidden == ["1.0", "1.1"]
    assert room.tables.compensations(room.id, 2) == []


def test_since_a_prompt_that_nobody_has_sent_is_nothing(room: Room) -> None:
    room.run(1, PROMPT, ANSWER)
    room.roll_back(1, Since("unknown"))
    assert room.hidden == []


def test_another_session_is_left_alone(room: Room) -> None:
    room.run(1, PROMPT, ANSWER)
    room.tables.create_session("other", Mode.QUEUE, "m", 1.0)
    other = room.tables.session("other").id
    room.tables.begin_run(other, 1, Trigger.PROMPT, 1.0)
    room.tables.add_message(other, Message(role=PROMPT, text="theirs", run=1, turn=1))
    room.tables.begin_rollback(other, 1, WholeRun(1), 1.0)
    assert room.hidden == []
    assert room.tables.revision(room.id) == 0 < room.tables.revision(other)


@pytest.mark.parametrize(
    ("roles", "scope", "is_rolled_back"),
    [
        ((PROMPT, ANSWER), WholeRun(1), True),
        ((PROMPT, ANSWER), LastAnswer(1), True),
        ((PROMPT, ANSWER), Since("1.0"), True),
        ((PROMPT,), WholeRun(1), True),
        ((ANSWER,), WholeRun(1), True),
        ((PROMPT, PROMPT), Since("1.1"), False),
        ((PROMPT, ANSWER, PROMPT, ANSWER), LastAnswer(1), False),
        ((PROMPT, ANSWER, RESULT, PROMPT, ANSWER), Since("1.3"), False),
        ((PROMPT, ANSWER), Since("unknown"), False),
        ((), WholeRun(1), False),
    ],
)
def test_a_run_is_rolled_back_if_all_that_it_said_is_hidden_or_all_that_it_took_where_it_said_nothing(
    room: Room, roles: tuple[Role, ...], scope: Scope, is_rolled_back: bool
) -> None:
    room.run(1, *roles)
    room.run(2, PROMPT, ANSWER)
    room.roll_back(1, scope)
    assert (1 in room.rolled_back) is is_rolled_back
    assert room.tables.rollback_of(room.id, 1) == (1 if any(text.startswith("1.") for text in room.hidden) else None)
    restore_rollback(room.tables, room.id, 1, 2.0)
    assert room.rolled_back == []
    assert room.tables.rollback_of(room.id, 1) is None


def test_what_was_trimmed_is_rolled_back_with_the_rest_and_trimmed_again_when_it_is_brought_back(room: Room) -> None:
    room.run(1, PROMPT, ANSWER, RESULT)
    room.tables.trim_turn(room.id, 1, 1)
    room.roll_back(1, WholeRun(1))
    assert room.hidden == ["1.0", "1.1", "1.2"]
    restore_rollback(room.tables, room.id, 1, 2.0)
    assert [each.message.status for each in room.tables.messages(room.id)] == ["complete", "trimmed", "trimmed"]


def test_compensations_are_listed_in_the_order_in_which_their_calls_began(room: Room) -> None:
    room.run(1, PROMPT, ANSWER, RESULT, ANSWER, RESULT)
    room.tables.begin_rollback(room.id, 1, WholeRun(1), 1.0)
    listed = room.tables.compensations(room.id, 1)
    assert [(each.run, each.turn, each.call.id, each.result) for each in listed] == [
        (1, 1, "c", "1.2"),
        (1, 2, "c", "1.4"),
    ]
    room.tables.start_compensation(room.id, 1, 1, 2, "c", 5.0)
    room.tables.end_compensation(room.id, 1, 1, 2, "c", CompensationStatus.DONE, "undone", 6.0)
    listed = room.tables.compensations(room.id, 1)
    assert [(each.status, each.text) for each in listed] == [("waiting", ""), ("done", "undone")]


def test_when_each_message_was_hidden_and_shown_again_is_kept(room: Room) -> None:
    room.run(1, PROMPT)
    room.tables.begin_rollback(room.id, 1, WholeRun(1), 1.0)
    room.tables.close_rollback(room.id, 1, Message(role=Role.NOTE, text="told", run=1))
    room.run(2, PROMPT)
    restore_rollback(room.tables, room.id, 1, 2.0)
    prompt, note = (each.id for each in room.tables.messages(room.id)[:2])
    assert room.tables.hidings(room.id) == [(prompt, 1, 2), (note, 2, None)]


def test_what_runs_are_made_with_is_stored_once_and_named_by_each(room: Room) -> None:
    for number, setup in ((1, "a"), (2, "b"), (3, "a"), (4, None)):
        room.tables.begin_run(room.id, number, Trigger.PROMPT, 1.0, setup)
    assert [room.tables.setup(room.id, number) for number in (1, 2, 3, 4)] == ["a", "b", "a", None]
    assert room.tables._execute("SELECT count(*) FROM setups").fetchone() == (2,)
    with pytest.raises(KeyError):
        room.tables.setup(room.id, 5)


# -- cost -------------------------------------------------------------------------------------------------------------


def fill(room: Room, runs: int) -> None:
    """Every other run is rolled back, with a note; some prompts were withdrawn."""
    for number in range(1, runs + 1):
        room.run(number, PROMPT, ANSWER, RESULT, ANSWER)
        if number % 2:
            room.tables.begin_rollback(room.id, (number + 1) // 2, WholeRun(number), 1.0)
            room.tables.close_rollback(room.id, (number + 1) // 2, Message(role=Role.NOTE, text="told", run=number))
        room.tables.save_prompt(room.id, Prompt(f"w{number}", "", Mode.QUEUE))
        room.tables.withdraw_prompt(f"w{number}", 1.0)


def works(room: Room, runs: int) -> dict[str, Callable[[], object]]:
    tables, id_ = room.tables, room.id
    last, rollbacks = tables.messages(id_)[-1].id, runs // 2
    seen = (tables.revision(id_), tables.hiding(id_))
    return {
        "looking": lambda: taken(tables, room.session, (runs - 1, last - 4), seen),
        "recovering": lambda: recover(tables, room.session),
        "mending": lambda: mend(tables, id_, 1.0),
        "beginning a run": lambda: tables.begin_run(id_, runs + 1, Trigger.PROMPT, 1.0, "setup"),
        "sending": lambda: tables.add_sent(id_, Submitted("s", "", None)),
        "saving": lambda: tables.save_prompt(id_, Prompt("p", "", Mode.QUEUE)),
        "withdrawing": lambda: tables.withdraw_prompt("p", 1.0),
        "rolling back": lambda: tables.begin_rollback(id_, rollbacks + 1, WholeRun(runs), 1.0),
        "compensating": lambda: tables.start_compensation(id_, rollbacks + 1, runs, 1, "c", 1.0),
        "closing": lambda: mend(tables, id_, 1.0),
        "restoring": lambda: restore_rollback(tables, id_, rollbacks + 1, 1.0),
        "repeating an answer": lambda: tables.begin_rollback(id_, rollbacks + 2, LastAnswer(runs), 1.0),
    }


def costs(runs: int) -> dict[str, int]:
    """In a session of so many runs."""
    room = Room()
    with closing(room.connection):
        fill(room, runs)
        return {name: steps(room.connection, work) for name, work in works(room, runs).items()}


def test_nothing_that_happens_in_a_session_costs_more_in_a_long_one() -> None:
    short, long = (costs(runs) for runs in (20, 400))
    assert {name: (short[name], cost) for name, cost in long.items() if cost > 1.2 * short[name] + 20} == {}
