"""The tests' own tools: the grammar takes what the program writes and nothing of the corpus."""

import pytest

from interruptible_tui.text import clean, clean_line
from interruptible_tui.tui.terminal_writer import _RESET
from tests.safety.grammar import foreign
from tests.safety.payloads import ACTING, KEPT, LITERAL, UNFINISHED, is_hostile, lost, told

FRAME = (
    b"\x1b[?2026h\x1b[2;1H\x1b[1;38;2;1;2;3;48;5;9mcaf\xc3\xa9 \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\x1b[0m\r\n"
)


def test_a_frame_is_of_the_grammar() -> None:
    assert foreign(FRAME) == []


@pytest.mark.parametrize("cut", [b"", b"\x1b[1;38", b"\x1b[1;31mcu", b"\x1b[4;"])
def test_a_frame_that_was_cut_at_the_end_is_of_the_grammar(cut: bytes) -> None:
    assert foreign(FRAME + cut + _RESET.encode() + b"\x1b[?1049l") == []


@pytest.mark.parametrize("name", ACTING | UNFINISHED)
def test_what_acts_is_foreign_wherever_it_stands(name: str) -> None:
    payload = (ACTING | UNFINISHED)[name].encode()
    assert foreign(FRAME + payload + FRAME) != []


def test_what_is_cleaned_is_shown_literally_and_is_of_the_grammar() -> None:
    for made in (clean, clean_line):
        shown = [made(text) for text in told(LITERAL)]
        assert lost(LITERAL, shown) == []
        assert foreign("".join(shown).encode()) == []


def test_what_is_lost_is_seen() -> None:
    assert lost({"colour": "\x1b[31mred"}, ["<colour>[31mred</colour>"]) == ["colour"]
    assert lost({"colour": "\x1b[31mred"}, ["<colour>\u241b[31mred"]) == ["colour"]


def test_clean_leaves_no_hostile_character_of_all_that_there_are_and_changes_no_other() -> None:
    left, changed = [], []
    for code in range(0x110000):
        character = chr(code)
        if is_hostile(character) and character not in "\n\t":
            left += [hex(code)] * (clean(character) == character)
        else:
            changed += [hex(code)] * (clean(character) != character)
    assert (left, changed) == ([], [])


def test_what_people_need_to_write_stays() -> None:
    words = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 👩\u200d👩 \u2764\ufe0f สวัสดี\u200bครับ re\u00adlate"
    assert clean(words) == words
    assert set(words) & KEPT == {"\u200c", "\u200d", "\ufe0f", "\u200b", "\u00ad"}
