"""Writing, going back, and what a paste may hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from textual import events, on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.completions import Candidate
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.draft import Draft
from interruptible_tui.tui.recall import Recall

HOSTILE = "a\x1b]52;c;eA==\x07b\x9b31m\u202ec\x0bd\x0ce\x85f\u2028g\th"


class Desk(App[None]):
    """Nothing but a composer."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Mode | None]] = []

    def compose(self) -> ComposeResult:
        yield Composer()

    @on(Composer.Submitted)
    def keep(self, event: Composer.Submitted) -> None:
        self.sent.append((event.text, event.mode))

    @on(Composer.CopyWanted)
    def copy(self, event: Composer.CopyWanted) -> None:
        self.copy_to_clipboard(event.text)

    @on(Composer.SubmittedEmpty)
    def keep_empty(self) -> None:
        self.sent.append(("", None))


@dataclass
class Writing:
    app: Desk
    pilot: Pilot[None]
    composer: Composer
    sent: list[tuple[str, Mode | None]] = field(default_factory=list)

    @property
    def shown(self) -> str:
        strips = self.composer.render_lines(Region(0, 0, *self.composer.outer_size))
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def type(self, text: str, *keys: str) -> None:
        await self.pilot.press(*text, *keys)

    async def paste(self, text: str) -> None:
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()


NOTHING = ("", None)
"""Enter on what counts as the empty line."""


@asynccontextmanager
async def writing() -> AsyncIterator[Writing]:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        yield Writing(app, pilot, app.query_one(Composer), app.sent)


async def test_a_paste_is_sent_exactly_and_shown_harmlessly() -> None:
    async with writing() as it:
        await it.paste(HOSTILE)
        assert "␛]52;c;eA==␇b\ufffd31m\ufffdc␋d␌e\ufffdf\ufffdg" in it.shown
        await it.type("", "enter")
        assert it.sent == [(HOSTILE, None)]


async def test_every_line_end_that_a_terminal_pastes_is_a_line_feed() -> None:
    async with writing() as it:
        await it.paste("one\r\ntwo\rthree\nfour")
        assert it.composer.text == "one\ntwo\nthree\nfour"


async def test_hostile_text_is_edited_like_any_other() -> None:
    async with writing() as it:
        await it.paste("a\x1bb\u2028c\nd")
        await it.type("", "left", "left", "backspace", "X")
        assert it.composer.text == "a\x1bb\u2028X\nd"
        await it.type("", "ctrl+z", "ctrl+z", "ctrl+z")
        assert it.composer.text in {"", "a\x1bb\u2028c\nd"}


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "\na\x0b\n\nb", HOSTILE])
def test_a_draft_holds_what_it_was_given(text: str) -> None:
    draft = Draft(text)
    assert draft.text == text
    assert draft.get_text_range(draft.start, draft.end) == text
    assert draft.line_count == text.count("\n") + 1
    end = draft.replace_range(draft.start, draft.end, f"x{text}y")
    assert (draft.text, end.replaced_text, end.end_location) == (f"x{text}y", text, draft.end)


async def test_the_keys_name_the_mode() -> None:
    async with writing() as it:
        for keys in (["enter"], ["tab"], ["alt+s"], ["ctrl+enter"], ["ctrl+\r"]):
            await it.type("x", *keys)
        assert it.sent == [("x", mode) for mode in (None, Mode.QUEUE, Mode.INCORPORATE, Mode.INTERRUPT, Mode.INTERRUPT)]
        assert it.composer.draft == ""


async def test_what_is_sent_stays_in_sight_until_it_is_released() -> None:
    async with writing() as it:
        await it.type("one", "enter")
        await it.type("tw")
        assert (it.composer.text, it.composer.draft) == ("onetw", "tw")
        it.composer.release("one")
        await it.type("o", "enter")
        assert (it.composer.text, it.composer.draft, it.sent[1:]) == ("two", "", [("two", None)])
        it.composer.release("two")
        assert it.composer.text == ""


async def test_what_was_not_accepted_is_a_draft_again_before_what_was_written_since() -> None:
    async with writing() as it:
        await it.type("one", "enter")
        await it.type("two", "enter")
        await it.type("since")
        it.composer.release("one")
        it.composer.give_back("two")
        assert it.composer.text == it.composer.draft == "two\nsince"


async def test_what_is_on_its_way_is_not_sent_again_when_it_has_been_written_into() -> None:
    async with writing() as it:
        await it.type("one", "enter")
        await it.type("", "backspace", "enter")
        assert it.sent == [("one", None), NOTHING]
        it.composer.release("one")
        await it.type("", "enter")
        assert it.sent == [("one", None), NOTHING, ("on", None)]


async def test_clearing_the_draft_leaves_what_is_on_its_way() -> None:
    async with writing() as it:
        await it.type("one", "enter")
        await it.type("since", "ctrl+c")
        assert it.composer.text == "one"


async def test_blank_text_is_not_sent() -> None:
    async with writing() as it:
        await it.type(" ", "ctrl+j", "enter")
        assert it.sent == [("", None)]


async def test_keys_can_be_remapped() -> None:
    async with writing() as it:
        it.app.set_keymap({"composer.interrupt": "f8"})
        await it.type("x", "f8")
        assert it.sent == [("x", Mode.INTERRUPT)]


async def test_a_new_line_is_ctrl_j_and_shift_enter_and_the_composer_grows_to_eight_lines() -> None:
    async with writing() as it:
        await it.type("a", "ctrl+j", "b", "shift+enter", "c")
        assert it.composer.text == "a\nb\nc"
        assert it.composer.content_size.height == 3
        await it.type("", *["ctrl+j"] * 20)
        assert it.composer.content_size.height == 8


async def test_up_goes_back_through_earlier_prompts_and_the_draft_comes_back() -> None:
    async with writing() as it:
        it.composer.earlier = ["one", "two\nlines"]
        await it.type("draft", "up")
        assert it.composer.text == "two\nlines"
        await it.type("", "up", "up")
        assert it.composer.text == "one"
        await it.type("!", "up", "down", "down", "down")
        assert it.composer.text == "draft"
        await it.type("", "up", "up", "up")
        assert it.composer.text == "one!"


def test_looking_back_ends_at_the_oldest_and_at_the_draft() -> None:
    recall = Recall()
    assert recall.newer("draft") is None
    assert recall.older("draft", ["one"]) == "one"
    assert recall.older("one", ["one"]) is None
    assert recall.newer("one") == "draft"
    assert recall.newer("draft") is None
    assert recall.forget("draft") == ""
    assert recall.older("other", []) is None


async def test_a_draft_that_was_left_for_an_earlier_prompt_comes_back_when_that_is_sent() -> None:
    async with writing() as it:
        it.composer.earlier = ["one"]
        await it.type("my draft", "up", "enter")
        it.composer.release("one")
        assert (it.sent, it.composer.text) == ([("one", None)], "my draft")


async def test_what_goes_back_stands_before_what_was_written_since() -> None:
    async with writing() as it:
        await it.type("since")
        it.composer.give_back("failed")
        assert it.composer.text == "failed\nsince"


async def test_ctrl_c_copies_what_is_selected_else_clears_what_ctrl_z_brings_back() -> None:
    async with writing() as it:
        await it.type("draft", "shift+left", "shift+left", "ctrl+c")
        assert (it.app.clipboard, it.composer.text) == ("ft", "draft")
        await it.type("", "right", "ctrl+c")
        assert it.composer.text == ""
        await it.type("", "ctrl+z")
        assert it.composer.text == "draft"


async def test_tab_completes_a_command() -> None:
    async with writing() as it:
        it.composer.commands = lambda line: [
            Candidate(f"{word} ", word) for word in ("/resume", "/retry", "/mode") if word.startswith(line)
        ]
        await it.type("/m", "tab")
        assert it.composer.text == "/mode "
        it.composer.write("/r")
        await it.type("", "tab")
        assert it.composer.text == "/re"
        assert it.sent == []
