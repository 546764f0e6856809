"""Pastes are told from keys, however what the terminal sends is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interruptible_tui.tui.pastes import Pasted, Pastes


def told(*pieces: str) -> list[str | Pasted]:
    """What all of `pieces` are; keys that follow each other are joined."""
    pastes, found = Pastes(), list[str | Pasted]()
    for piece in pieces:
        for each in pastes.feed(piece):
            if isinstance(each, str) and found and isinstance(found[-1], str):
                found[-1] += each
            else:
                found.append(each)
    return found


HOSTILE = "a\x1b[31m\r\x1b]52;c;aGk=\x07\x1b[201\x1b[200\x1b"


def test_what_is_pasted_is_text_whatever_it_looks_like() -> None:
    assert told(f"x\x1b[200~{HOSTILE}\x1b[201~\r") == ["x", Pasted(HOSTILE), "\r"]


@given(st.lists(st.integers(0, 60), max_size=6))
def test_a_paste_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    sent = f"{HOSTILE}\x1b[201~ok\x1b[200~\x1b[201~\r"
    places = sorted({min(cut, len(sent)) for cut in cuts})
    pieces = [sent[a:b] for a, b in zip([0, *places], [*places, len(sent)], strict=True)]
    found = told("\x1b[200~", *pieces)
    assert found[0] == Pasted(HOSTILE)
    assert "".join(each for each in found if isinstance(each, str)).endswith("\r")


@pytest.mark.parametrize("key", ["\x1b", "\x1b[A", "\x1b[", "\x1b[13;5u", "\x1bs"])
def test_a_key_is_not_waited_with(key: str) -> None:
    assert told(key) == [key]


def test_a_beginning_that_is_cut_is_put_together_again() -> None:
    assert told("\x1b[20", "0~hi\x1b[20", "1~") == [Pasted("hi")]
    assert told("\x1b[20", "~") == ["\x1b[20~"]
