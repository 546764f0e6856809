"""Where one reads on in lines that are broken elsewhere."""

import pytest

from interruptible_tui.tui.reading_on import same_line

BEFORE = ["│ one two", "│", "│ three four", "│ five"]
AFTER = ["│ one", "│ two", "│", "│ three", "│ four", "│ five"]


@pytest.mark.parametrize(("line", "found"), [(0, 0), (2, 3), (3, 5)])
def test_one_reads_on_where_the_same_is_said(line: int, found: int) -> None:
    assert same_line(line, BEFORE, AFTER) == found
    assert same_line(found, AFTER, BEFORE) == line


def test_in_the_middle_of_a_line_that_was_broken_one_reads_on_from_its_beginning() -> None:
    assert same_line(4, AFTER, BEFORE) == 2


def test_what_has_lost_its_end_is_read_from_its_last_line_and_what_has_nothing_from_its_first() -> None:
    assert same_line(3, BEFORE, AFTER[:2]) == 1
    assert same_line(3, BEFORE, []) == same_line(0, [], AFTER) == 0
    assert same_line(1, BEFORE, BEFORE) == 1
