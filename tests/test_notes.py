"""What is told after a rollback, word for word."""

import json

import pytest

from interruptible_tui.conversation import Compensation, CompensationStatus, ToolCall
from interruptible_tui.notes import LISTED, brought_back, note

DONE, FAILED, UNKNOWN = CompensationStatus.DONE, CompensationStatus.FAILED, CompensationStatus.UNKNOWN
WAITING, NOT_DECLARED = CompensationStatus.WAITING, CompensationStatus.NOT_DECLARED
NEEDLESS, RUNNING = CompensationStatus.NEEDLESS, CompensationStatus.RUNNING


def rolled_back(
    status: CompensationStatus, text: str = "", *, name: str = "book", arguments: str = '{"id": 7}', run: int = 3
) -> Compensation:
    return Compensation(run, 1, ToolCall("call", name, arguments), "done", status, text)


def test_what_is_left_is_named_with_its_reason_in_the_order_in_which_it_was_called() -> None:
    calls = [
        rolled_back(NOT_DECLARED, name="send_mail", arguments='{"to": "x"}'),
        rolled_back(DONE, "cancelled"),
        rolled_back(FAILED, "ValueError: no refund\n  line 3 in _cancel: raise ValueError('no refund')"),
        rolled_back(UNKNOWN, "it was ended with the program", name="pay", arguments="{}"),
        rolled_back(NEEDLESS, name="other"),
        rolled_back(WAITING, name="wait"),
    ]
    assert note(calls) == (
        "[Work of run 3 was rolled back and is hidden. Not undone, so its effects may remain: "
        'send_mail {"to": "x"} (no compensation declared); '
        'book {"id": 7} (its compensation failed: ValueError: no refund); '
        "pay {} (its compensation was cut, and may have done a part); "
        'wait {"id": 7} (not tried).]'
    )


@pytest.mark.parametrize("statuses", [[], [DONE], [NEEDLESS, DONE]])
def test_there_is_no_note_where_nothing_is_left(statuses: list[CompensationStatus]) -> None:
    assert note([rolled_back(status) for status in statuses]) is None


def test_one_that_a_crash_has_cut_is_as_one_of_unknown_outcome() -> None:
    for told in (note, brought_back):
        assert told([rolled_back(RUNNING)]) == told([rolled_back(UNKNOWN)])


def test_what_is_brought_back_says_what_stays_undone() -> None:
    calls = [
        rolled_back(DONE, "cancelled"),
        rolled_back(FAILED, "no refund", name="pay"),
        rolled_back(UNKNOWN, name="send"),
        rolled_back(NOT_DECLARED),
        rolled_back(NEEDLESS),
        rolled_back(WAITING),
    ]
    assert brought_back(calls) == (
        "[Work of run 3 had been rolled back and is shown again. Undone all the same, so its effects may be gone: "
        'book {"id": 7} (undone); '
        'pay {"id": 7} (perhaps in part, its compensation failed: no refund); '
        'send {"id": 7} (perhaps, its compensation was cut).]'
    )


@pytest.mark.parametrize("statuses", [[], [NOT_DECLARED], [NEEDLESS, WAITING]])
def test_nothing_is_said_of_what_is_brought_back_as_it_was(statuses: list[CompensationStatus]) -> None:
    assert brought_back([rolled_back(status) for status in statuses]) is None


@pytest.mark.parametrize(
    ("runs", "words"), [((3,), "run 3"), ((4, 3, 4), "runs 3 and 4"), ((16, 3, 4), "runs 3, 4 and 16")]
)
def test_all_runs_are_named_whose_calls_were_rolled_back(runs: tuple[int, ...], words: str) -> None:
    told = note([rolled_back(DONE, run=run) for run in runs[1:]] + [rolled_back(FAILED, run=runs[0])])
    assert told and told.startswith(f"[Work of {words} was rolled back")


def test_a_long_text_is_cut_and_on_one_line() -> None:
    arguments = json.dumps({"text": "line\n" * 100_000}, indent=2)
    told = note([rolled_back(FAILED, "so much " * 100_000, name="n" * 1000, arguments=arguments)])
    assert told and "\n" not in told and len(told) < 600
    assert '{ "text": "line\\nline' in told
    assert f"({'its compensation failed: ' + 'so much ' * 24}so much…)" in told


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_failure_that_says_nothing_has_no_reason(text: str) -> None:
    assert "(its compensation failed).]" in (note([rolled_back(FAILED, text)]) or "")


def test_what_fits_is_not_cut() -> None:
    assert f"failed: {'x' * 200}" in (note([rolled_back(FAILED, "x" * 200)]) or "")
    assert f"failed: {'x' * 199}…" in (note([rolled_back(FAILED, "x" * 201)]) or "")
    assert "failed: x…)" in (note([rolled_back(FAILED, "x" + " " * 1000 + "y")]) or "")


def test_of_many_calls_the_first_are_named_and_all_are_counted() -> None:
    exactly = note([rolled_back(NOT_DECLARED)] * LISTED)
    many = note([rolled_back(NOT_DECLARED)] * (LISTED + 80))
    assert exactly and exactly.endswith("(no compensation declared).]") and exactly.count("book") == LISTED
    assert many and many.endswith("(no compensation declared); and 80 more.]") and many.count("book") == LISTED
