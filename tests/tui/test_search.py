"""What is found in a conversation, and where it stands in what is drawn of it."""

import pytest

from interruptible_tui.tui.search import Hit, Piece, hits, occurrences, pattern
from tests.tui.transcripts import call, reply, result, user


@pytest.mark.parametrize(
    ("words", "text", "count"),
    [
        ("soup", "Soup, soup and SOUP", 3),
        ("Soup", "Soup, soup and SOUP", 1),
        ("tomato soup", "tomato\n  soup, tomato soup", 2),
        ("hot soup now", "hot **soup** `now`", 1),
        ("a.c*", "abc a.c*", 1),
        ("é", "É é", 2),
        (" soup ", "soup", 1),
        ("]52;c", "\x1b]52;c;eA==\x07", 1),
        ("␛]52", "\x1b]52;c;eA==\x07", 1),
    ],
)
def test_case_counts_where_there_is_a_capital_and_white_space_is_any(words: str, text: str, count: int) -> None:
    sought = pattern(words)
    assert sought
    assert len(hits(user(text), sought)) == count


@pytest.mark.parametrize("words", ["", "  ", "\n"])
def test_no_words_find_nothing(words: str) -> None:
    assert pattern(words) is None


def test_calls_and_what_came_of_them_are_found() -> None:
    sought = pattern("soup")
    assert sought
    assert hits(reply("Soup!", 1, 1, call(), call(call_id="b")), sought) == [Hit(0, 0), Hit(0, 0, "a"), Hit(0, 0, "b")]
    assert hits(result("soup, soup", "a"), sought) == [Hit(0, 0, "a", True), Hit(0, 1, "a", True)]


def test_words_are_found_across_the_end_of_a_row() -> None:
    sought = pattern("one two three")
    assert sought
    assert occurrences(["zero one  ", " two", "three one", "two three"], sought) == [
        [Piece(0, 5, 8), Piece(1, 0, 4), Piece(2, 0, 5)],
        [Piece(2, 6, 9), Piece(3, 0, 9)],
    ]
