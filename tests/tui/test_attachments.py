"""Long texts stand in the composer as chips, and are sent as they were pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.attachments import MOST, Attachments, label, spans
from tests.tui.test_composer import Writing, writing

LINES = "".join(f"line {number}\r\n\tindented\x1b[31m\x85\u2028 ü🍔\r" for number in range(1_204))
LONG = "x" * (1 << 20)


def width(it: Writing) -> int:
    """The characters that the text area has to lay out."""
    return len(it.composer.text)


@pytest.mark.parametrize("text", [LINES, LONG, "a\n" * 20, " " * 3_000])
def test_a_chip_stands_for_the_text_exactly_and_is_as_long_as_its_label(text: str) -> None:
    attachments = Attachments()
    chip = attachments.paste(text)
    assert attachments.expand(f"Look: {chip}, please") == f"Look: {text}, please"
    assert attachments.labelled(chip) == label(text)
    assert len(chip) == len(label(text)) < 40


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("a\r\n" * 30, "a\r\n" * 30),
        ("a\r" * 30, "a\n" * 30),
        ("a\rb\n" * 30, "a\rb\n" * 30),
        ("a\0b\ud800\udfff\n" * 30, "a\ufffdb\ufffd\ufffd\n" * 30),
    ],
)
def test_only_what_cannot_be_stored_is_replaced_and_carriage_returns_are_line_ends_where_no_others_are(
    pasted: str, kept: str
) -> None:
    attachments = Attachments()
    assert attachments.expand(attachments.paste(pasted)) == kept


def test_a_label_says_how_much_it_is() -> None:
    assert label("a\n" * 24_000) == "[pasted 24,000 lines, 48 kB]"
    assert label(LONG) == "[pasted 1 line, 1.0 MB]"
    assert label("ü" * 20) == "[pasted 1 line, 40 bytes]"


def test_there_is_room_for_many_chips_beside_each_other() -> None:
    attachments = Attachments()
    texts = [f"{number}\n" * 20 for number in range(3_000)]
    chips = [attachments.paste(text) for text in texts]
    assert attachments.expand("".join(chips)) == "".join(texts)
    assert len(spans("".join(chips))) == len(texts)


@given(st.lists(st.one_of(st.text(max_size=5), st.sampled_from(["a\n" * 20, "b" * 2_001, "ab\n" * 30, "a\n" * 40]))))
def test_what_is_folded_is_whole_again_when_it_is_expanded(pieces: list[str]) -> None:
    attachments = Attachments()
    written = "".join(attachments.paste(piece) if len(piece) > 5 else piece.replace("\0", "") for piece in pieces)
    whole = attachments.expand(written)
    assert attachments.expand(attachments.fold(whole)) == whole
    assert attachments.fold(written) == written or len(written) < len(whole)


async def test_the_text_area_never_gets_a_long_text() -> None:
    async with writing() as it:
        await it.type("See ")
        for text in (LINES, LONG):
            await it.paste(text)
        assert width(it) < 100
        assert f"See {label(LINES)}[pasted" in it.shown
        await it.type("!", "enter")
        assert it.sent == [(f"See {LINES}{LONG}!", None)]
        assert width(it) < 100
        it.composer.release(it.sent[0][0])
        assert it.composer.text == ""


async def test_short_pastes_add_up() -> None:
    async with writing() as it:
        for _ in range(2 * MOST // 1_000):
            await it.paste("y" * 1_000)
        assert width(it) < 1.1 * MOST
        assert it.composer.draft == "y" * 2 * MOST


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["backspace"], "ab"),
        (["left", "delete"], "ab"),
        (["left", "x"], "ax{}b"),
        (["left", "left", "x"], "xa{}b"),
        (["shift+left", "x"], "axb"),
        (["ctrl+w"], "ab"),
        (["home", "right", "right", "x"], "a{}xb"),
        (["backspace", "ctrl+z"], "a{}b"),
        (["backspace", "ctrl+z", "ctrl+y"], "ab"),
    ],
)
async def test_a_chip_is_one_character_to_the_keys(keys: list[str], left: str) -> None:
    async with writing() as it:
        await it.type("a")
        await it.paste(LINES)
        await it.type("b", "left", *keys)
        assert it.composer.draft == left.format(LINES)


async def test_a_chip_that_is_short_enough_can_be_written_out_and_is_text_from_then_on() -> None:
    async with writing() as it:
        await it.paste("one\n" * 20)
        await it.type("", "ctrl+o")
        assert it.composer.text == "one\n" * 20
        await it.type("x")
        it.composer.write(it.composer.draft)
        assert it.composer.text == "one\n" * 20 + "x"
        await it.type("", "ctrl+c")
        await it.paste(LONG)
        await it.type("", "ctrl+o")
        assert width(it) < 100


async def test_what_is_selected_with_a_chip_in_it_is_copied_whole_and_pasted_as_a_chip() -> None:
    async with writing() as it:
        await it.paste(LINES)
        await it.type("", "shift+home", "ctrl+c")
        assert it.app.clipboard == LINES
        await it.type("", "end", "ctrl+v")
        assert it.composer.draft == LINES * 2
        await it.type("", "ctrl+x")
        assert (it.app.clipboard, it.composer.draft) == (LINES * 2, "")
        assert width(it) < 100


async def test_a_prompt_with_a_chip_that_was_refused_has_its_chip_again() -> None:
    async with writing() as it:
        await it.type("See ")
        await it.paste(LONG)
        await it.type("!", "tab")
        await it.type("since")
        it.composer.give_back(f"See {LONG}!")
        assert it.sent == [(f"See {LONG}!", Mode.QUEUE)]
        assert it.composer.draft == f"See {LONG}!\nsince"
        assert width(it) < 100


async def test_an_earlier_prompt_has_its_chips_again_and_one_of_another_start_is_one_chip() -> None:
    async with writing() as it:
        await it.type("See ")
        await it.paste(LINES)
        await it.type("!")
        it.composer.earlier = [f"Before {LONG}", it.composer.draft, "typed\n" * 30]
        await it.type("", "up")
        assert it.composer.text == "typed\n" * 30
        it.composer.move_cursor((0, 0))
        await it.type("", "up")
        assert it.composer.text.startswith("See ")
        assert width(it) < 100
        await it.type("", "up")
        assert it.composer.draft == f"Before {LONG}"
        assert width(it) < 40
        await it.type("", "down", "down", "down")
        assert it.composer.draft == f"See {LINES}!"


async def test_a_long_paste_that_looks_like_a_command_is_text() -> None:
    async with writing() as it:
        await it.paste("/quit\n" * 30)
        assert not it.composer.is_command
        await it.type("", "enter")
        assert it.sent == [("/quit\n" * 30, None)]


async def test_the_last_line_can_be_cut_and_so_can_nothing() -> None:
    async with writing() as it:
        await it.type("one", "ctrl+j", *"two", "ctrl+x", "ctrl+x", "ctrl+x")
        assert it.composer.draft == "one\n"
