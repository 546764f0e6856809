"""A long prompt is shown by its beginning; what is laid out does not depend on how long it is."""

import pytest
from rich.style import Style

from interruptible_tui.tui.canvas import STYLES, Canvas
from interruptible_tui.tui.entries import Prompted
from interruptible_tui.tui.excerpt import CHARACTERS, LINES, beginning, first_line
from interruptible_tui.tui.parts import Lead
from interruptible_tui.tui.pending import shown


@pytest.mark.parametrize("text", ["x" * (1 << 20), "line\n" * 200_000, "\n" * 100_000])
def test_what_is_laid_out_of_a_long_prompt_is_short(text: str) -> None:
    canvas = Canvas.create(80, dict.fromkeys(STYLES, Style.null()))
    entry = Prompted(text, "user", Lead())
    assert entry.height(canvas) < 100
    parts = entry.parts(canvas).items
    assert sum(len(part.text) for part in parts) < CHARACTERS + 100
    assert parts[-1].text.endswith(" in all")
    assert len(shown(text)) < 1_000


def test_a_short_prompt_is_shown_whole() -> None:
    text = "line\n" * (LINES - 1)
    assert beginning(text) == (text, "")


def test_it_is_said_how_much_more_there_is() -> None:
    shown, rest = beginning("line\n" * 1_204)
    assert shown == "line\n" * (LINES - 1) + "line"
    assert rest == "… 1,184 more lines, 6 kB in all"


@pytest.mark.parametrize(
    ("text", "line"), [("a", "a"), ("\n a \n", "a"), ("a\nb", "a …"), ("x" * 600, "x" * 500 + " …")]
)
def test_the_first_line_says_that_there_is_more(text: str, line: str) -> None:
    assert first_line(text) == line
