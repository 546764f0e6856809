"""Code whose words are told apart is the code that was written."""

from threading import Event

import pytest
from rich.style import Style

from interruptible_tui.tui.canvas import STYLES, Canvas
from interruptible_tui.tui.code import code_lines
from interruptible_tui.tui.lexers import Lexers
from tests.scripted import LIMIT

CONSOLES = "console pycon psql irb rbcon doscon ps1con sqlite3 erl iex jlcon rconsole tcshcon matlabsession gap-console"
LANGUAGES = "python c json diff html bash rust make yaml http text"
CODES = ["$ ls\n>>> 1\nsaid", "one", "=> SELECT 1\n(1 row)\n\n> ", "  indented\nlast $", "\n\n# first"]


@pytest.mark.parametrize("language", f"{CONSOLES} {LANGUAGES}".split())
def test_code_without_a_line_end_is_drawn_whole(language: str) -> None:
    loaded = Event()
    lexers = Lexers(loaded.set)
    lexers.words("", language)
    assert loaded.wait(LIMIT)
    canvas = Canvas.create(80, dict.fromkeys(STYLES, Style.null()), lexers)
    for code in CODES:
        words = lexers.words(code, language)
        assert words is not None
        assert "".join(word for _, word in words) == code
        drawn = ["".join(segment.text for segment in line) for line in code_lines(code, language, 80, canvas)]
        assert [line.strip() for line in drawn] == [line.strip() for line in code.split("\n")]
