"""What stands behind the word of a slash command."""

import pytest

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt, Pending, Prompt
from interruptible_tui.tui.operands import (
    Complaint,
    choice,
    file_name,
    number,
    pending_prompt,
    position_and_mode,
    wish_and_text,
)

PENDING = [Pending(Prompt(id_, id_, Mode.QUEUE), None) for id_ in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("words", "wish", "text"),
    [
        ("", None, ""),
        ("stop that", None, "stop that"),
        ("rollback", OnInterrupt.ROLLBACK, ""),
        ("rollback and  start\n anew", OnInterrupt.ROLLBACK, "and  start\n anew"),
        ("Keep going", None, "Keep going"),
        ("trim it", OnInterrupt.TRIM, "it"),
        ("keeping on", None, "keeping on"),
        ("-- keep going", None, "keep going"),
        ("trim -- keep going", OnInterrupt.TRIM, "keep going"),
        ("-- ", None, ""),
    ],
)
def test_a_first_word_that_is_a_wish_is_one_unless_it_follows_two_dashes(
    words: str, wish: OnInterrupt | None, text: str
) -> None:
    assert wish_and_text(words) == (wish, text)


@pytest.mark.parametrize(
    ("words", "selected", "found"),
    [("2", "", "b"), ("#3", "", "c"), ("", "", "c"), ("", "a", "a"), ("2", "a", "b"), ("", "gone", "c")],
)
def test_a_prompt_is_the_one_that_is_named_else_the_selected_one_else_the_last(
    words: str, selected: str, found: str
) -> None:
    assert pending_prompt(words, PENDING, selected).id == found


@pytest.mark.parametrize("words", ["4", "0", "x", "-1", "1 2", "²"])
def test_a_position_that_is_not_there_is_complained_about(words: str) -> None:
    with pytest.raises(Complaint):
        pending_prompt(words, PENDING, "")


def test_without_anything_pending_there_is_nothing_to_name() -> None:
    with pytest.raises(Complaint, match="nothing is pending"):
        pending_prompt("", [], "")


def test_a_mode_stands_behind_the_position() -> None:
    assert position_and_mode("2 Queue") == ("2", Mode.QUEUE)
    assert position_and_mode("interrupt") == ("", Mode.INTERRUPT)
    for words in ("", "2", "1 2 queue", "queue 2"):
        with pytest.raises(Complaint):
            position_and_mode(words)


def test_numbers_have_a_default_and_what_is_none_is_named_harmlessly() -> None:
    assert (number("", 7), number("12", 7)) == (7, 12)
    with pytest.raises(Complaint, match="numbers count from 1"):
        number("0", 7)
    with pytest.raises(Complaint, match="positions count from 1"):
        pending_prompt("#0", PENDING, "")
    with pytest.raises(Complaint, match="␛x is no number"):
        number("\x1bx", 7)
    with pytest.raises(Complaint, match="there is no policy late: choose boundary, now"):
        choice("late", IncorporateAt)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("a b.md ", "a b.md"),
        ('"a b.md"', "a b.md"),
        ("'it''s.md' ", "its.md"),
        ('Bob\'s "notes".md', 'Bob\'s "notes".md'),
        ('""', ""),
    ],
)
def test_a_file_name_may_stand_in_quotes(words: str, name: str) -> None:
    assert file_name(words) == name


@pytest.mark.parametrize("words", ['"a b.md', '"a" b.md'])
def test_quotes_that_hold_no_name_are_complained_of(words: str) -> None:
    with pytest.raises(Complaint, match="quote"):
        file_name(words)
