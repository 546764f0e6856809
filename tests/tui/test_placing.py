"""Letters whose width terminals do not agree on do not move what stands behind them."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from interruptible_tui.tui.placing import placed
from tests.signals import PATIENCE

FAMILY = "👨\u200d👩\u200d👧"
UNSURE = [FAMILY, "🇩🇪", "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "שלום", "क्षि", "e\u0301\u0302", "السلام", "각", "\u200b"]
SIZE = 40


def written(text: str, column: int = 0) -> str:
    return "".join(segment.text for segment in placed(Strip([Segment(text)]), column))


def painted(row: int, text: str) -> str:
    """`text` in row `row` of a screen that was full of other letters, and that ends with a bar."""
    before = f"\x1b[{row}H" + "#" * SIZE
    fill = " " * (SIZE - 1 - cell_len(text))
    strip = placed(Strip([Segment(text + fill), Segment("|")]), 0)
    return before + f"\x1b[{row}H" + strip.render(Console(force_terminal=True))


@pytest.mark.parametrize("text", ["plain", "❯ Größe", "凯撒沙拉。", "─│✓", "Привет, κόσμε", ""])
def test_what_all_terminals_agree_on_is_written_as_it_is(text: str) -> None:
    assert written(text) == text


def test_before_an_unsure_letter_its_cells_are_blanked_and_behind_it_the_column_is_set() -> None:
    assert written(f"a {FAMILY} b", 3) == f"a   \x1b[6G{FAMILY}\x1b[8G b"


def test_a_flag_a_word_and_a_letter_with_its_marks_are_not_torn() -> None:
    for whole in UNSURE:
        assert whole in written(f"x{whole}x")


def test_the_cells_of_a_row_stay_as_many_as_they_were() -> None:
    row = Strip([Segment("a"), Segment(FAMILY), Segment(" b")])
    assert placed(row, 0).cell_length == row.cell_length == sum(segment.cell_length for segment in placed(row, 0))


@pytest.mark.parametrize("letters", UNSURE)
def test_a_terminal_that_counts_otherwise_shows_the_rest_of_the_row_where_it_belongs(letters: str) -> None:
    screen = pyte.Screen(SIZE, 2)
    pyte.Stream(screen).feed(painted(1, f"ab {letters} END {letters} x"))
    at = 3 + cell_len(letters) + 1
    assert "".join(screen.buffer[0][at + x].data for x in range(3)) == "END"
    assert screen.buffer[0][SIZE - 1].data == "|"
    assert not any("#" in cell.data for cell in screen.buffer[0].values())


def test_in_tmux_all_rows_go_on_in_the_same_columns(tmp_path: Path) -> None:
    """Read back by columns, as tmux counts them: a rectangle of its copy mode."""
    texts = [f"{letters}{' ' * (12 - cell_len(letters))}END" for letters in ("plain", *UNSURE)]
    (tmp_path / "rows").write_text("\x1b[?7l" + "".join(painted(row, text) for row, text in enumerate(texts, 1)))
    with tmux(tmp_path, f"cat {tmp_path}/rows; printf '\\033[30HDone'; read end") as ask:
        wait_for("Done", ask)
        commands = ["copy-mode", "send-keys -X top-line", "send-keys -X start-of-line"]
        commands += ["send-keys -X -N 12 cursor-right", "send-keys -X begin-selection"]
        commands += ["send-keys -X rectangle-toggle", f"send-keys -X -N {len(texts) - 1} cursor-down"]
        for command in [*commands, "send-keys -X -N 3 cursor-right", "send-keys -X copy-selection-and-cancel"]:
            ask(*command.split())
        assert ask("show-buffer").split("\n") == ["END"] * len(texts)
        assert "#" not in ask("capture-pane", "-p")


def wait_for(text: str, ask: Callable[..., str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while text not in ask("capture-pane", "-p"):
        assert time.monotonic() < deadline


@contextmanager
def tmux(tmp_path: Path, command: str) -> Iterator[Callable[..., str]]:
    """A tmux of its own with `command` in it; asked by its commands."""
    program = shutil.which("tmux")
    assert program, "tmux is needed for this test"

    def ask(*arguments: str) -> str:
        run = [program, "-u", "-f", "/dev/null", "-S", str(tmp_path / "socket"), *arguments]
        return subprocess.run(run, capture_output=True, text=True, check=True, timeout=10).stdout

    ask("new-session", "-d", "-x", str(SIZE), "-y", "30", command)
    try:
        yield ask
    finally:
        ask("kill-server")
