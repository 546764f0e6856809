"""Blocks of Markdown as lines: what they say, and that they fit."""

import pytest
from rich.style import Style

from interruptible_tui.tui.canvas import MEASURE, STYLES, Canvas
from interruptible_tui.tui.markdown import markdown_lines
from interruptible_tui.tui.wrapping import cells

FAMILY = "👨\u200d👩\u200d👧"
TABLE = f"| left | right |\n|---|--:|\n| 凯撒 | 12 |\n| {FAMILY} of several words that go on | 3 |\n"
LISTS = "- [x] done\n- [ ] open\n  1. one\n  2. two\n\n     > said\n"
CODE = "```python\nname = '" + "凯" * 40 + f"' # {FAMILY}\n```"


def canvas(width: int) -> Canvas:
    return Canvas.create(width, dict.fromkeys(STYLES, Style.null()))


def lines(source: str, width: int = 40) -> list[str]:
    return ["".join(segment.text for segment in line).rstrip() for line in markdown_lines(source, {}, canvas(width))]


def test_prose_keeps_a_readable_measure_and_code_takes_the_room_there_is() -> None:
    words = "word " * 60
    assert max(map(len, lines(f"# {words}\n\n{words}\n\n- {words}", 160))) <= MEASURE + len(" • ")
    assert max(map(len, lines(f"```\n{'x' * 150}\n```", 160))) > 150


def test_a_task_has_a_box_and_lists_nest() -> None:
    assert lines(LISTS) == [" ☑ done", " ☐ open", "    1 one", "    2 two", "", "      ▌ said"]


def test_columns_are_as_wide_as_what_stands_in_them_and_give_way_where_there_is_no_room() -> None:
    assert lines(TABLE)[:3] == ["left" + " " * 28 + "right", "─" * 30 + "  ─────", "凯撒" + " " * 31 + "12"]
    assert all(cells(line) <= 20 for line in markdown_lines(TABLE, {}, canvas(20)))
    assert "".join(lines(TABLE, 8)).replace(" ", "").startswith("left|right")


def test_wide_letters_are_broken_between_and_a_stop_does_not_begin_a_line() -> None:
    assert lines("一二三四五，六七", 10) == ["一二三四", "五，六七"]


def test_a_link_shows_where_it_leads_unless_that_is_what_it_says() -> None:
    assert lines("[here](http://a.b) <http://c.d>") == ["here (http://a.b) http://c.d"]


@pytest.mark.parametrize("source", [TABLE, LISTS, CODE, f"{FAMILY}🇩🇪שלום " * 30, "x" * 300, "> " * 9 + "deep " * 9])
def test_no_line_is_wider_than_the_canvas(source: str) -> None:
    for width in (80, 33, 12, 7):
        assert max(cells(line) for line in markdown_lines(source, {}, canvas(width))) <= max(width, 20)
