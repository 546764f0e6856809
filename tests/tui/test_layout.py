"""Where things are, while it turns out how high they are."""

import pytest
from rich.style import Style

from interruptible_tui.tui.canvas import STYLES, Canvas
from interruptible_tui.tui.entries import Said
from interruptible_tui.tui.layout import Layout
from interruptible_tui.tui.parts import Lead


@pytest.fixture
def layout() -> Layout:
    """Three entries, each of which is thought to take more rows than it does."""
    canvas = Canvas.create(20, dict.fromkeys(STYLES, Style.null()))
    entries = [Said(f"said {number}", "text", Lead()) for number in range(3)]
    return Layout(canvas, entries, lambda part: part.draw(canvas), lambda _row, _rows: None)


def test_a_row_that_an_entry_turns_out_not_to_have_is_one_of_the_next(layout: Layout) -> None:
    assert layout.stack.start(1) == 3
    place = layout.at(2)
    assert place.part.text == "said 1"
    assert layout.stack.start(1) == place.start == 2


def test_the_last_row_may_turn_out_not_to_be_there(layout: Layout) -> None:
    assert layout.at(layout.height - 1).part.text == "said 2"


def test_a_part_that_a_frame_has_drawn_meanwhile_is_settled_at_the_height_it_has(layout: Layout) -> None:
    layout.stack.items.append(Said("x" * layout.canvas.width, "text", Lead()))
    layout.settle(0, 0, 2)
    part = layout.at(layout.height - 1).part
    estimated = layout.height
    part.draw(layout.canvas)
    assert layout.settle(layout.height, 10, 10) == 0
    assert layout.height == layout.stack.start(3) + 2 < estimated
