"""What is looked for, and how it is shown where it was found."""

import pytest

from interruptible_tui.words import BEHIND, excerpt, parsed, told


def marked(text: str, sought: str) -> str | None:
    words = parsed(sought)
    assert words
    found = excerpt(text, words)
    return None if found is None else found.marked("[", "]")


@pytest.mark.parametrize(
    ("sought", "shown"),
    [
        ("fox", "The quick brown [Fox] jumps"),
        ("FOX the", "[The] quick brown [Fox] jumps"),
        ("fox wolf", None),
        ('"quick brown"', "The [quick brown] Fox jumps"),
        ('"brown quick"', None),
        ('"quick   brown', "The [quick brown] Fox jumps"),
        ('jumps "the quick"', "[The quick] brown Fox [jumps]"),
        ("x", "The quick brown Fo[x] jumps"),
        ("quick quickest", None),
        (".*", None),
    ],
)
def test_all_words_are_found_in_any_case_and_order_and_phrases_as_they_stand(sought: str, shown: str | None) -> None:
    assert marked("The quick\n brown Fox jumps", sought) == shown


@pytest.mark.parametrize("text", ["", "   ", '""', '"  "', '"'])
def test_where_there_is_no_word_nothing_is_looked_for(text: str) -> None:
    assert parsed(text) is None


def test_an_excerpt_is_one_line_around_the_first_hit_and_says_where_it_was_cut() -> None:
    shown = marked(f"{'before ' * 50}needle\n{'behind ' * 50}", "needle")
    assert shown and shown.startswith("…") and shown.endswith("…")
    assert "\n" not in shown and "before [needle] behind" in shown
    assert len(shown) < BEHIND + 60


def test_what_is_found_is_what_people_see() -> None:
    call = ("look\x1b_up", '{"word": "\\u00fc\\"ber", "times": 2}')
    assert told("a\x1b[2Jb", [call, ("cut", '{"wor')]) == 'a␛[2Jb\nlook␛_up word: ü"ber, times: 2\ncut {"wor'
    assert marked(told("a\x1b[2Jb", []), "␛[2j") == "a[␛[2J]b"


def test_whatever_is_looked_for_is_looked_for_literally() -> None:
    assert marked("a + b (c) [d] \\e", "(c) [d] \\e +") == "a [+] b [(c)] [[d]] [\\e]"
