"""What streaming costs, in counts: drawn blocks, painted rows, pieces read at once."""

import asyncio
from pathlib import Path
from time import monotonic

from textual.events import Key

from interruptible_tui.tui.blocks import LIMIT as PIECE
from interruptible_tui.tui.lexers import Lexers
from interruptible_tui.tui.reply import Reply
from tests.scripted import LIMIT, Scripted
from tests.tui.chats import chat as chatting
from tests.tui.transcripts import Host, lines, reply, settled

PARAGRAPHS = "".join(f"paragraph {number}\n\n" for number in range(400))


async def test_what_scrolled_by_unseen_is_never_drawn() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.stream(1, 1, PARAGRAPHS)
        await settled(pilot)
        app.transcript.add(reply(PARAGRAPHS))
        await settled(pilot)
        assert "paragraph 399" in lines(app.transcript)[-1]
        assert app.transcript.drawn < 40


async def test_a_row_that_only_moves_is_not_made_again() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.stream(1, 1, PARAGRAPHS)
        await settled(pilot)
        transcript.painted = 0
        transcript.stream(1, 1, "one more\n\n")
        await settled(pilot)
        assert "one more" in lines(transcript)[-1]
        assert transcript.painted <= 2


def test_a_slice_of_a_stream_is_short_and_the_last_one_is_known() -> None:
    said, slices = Reply(), 1
    said.stream("word " * PIECE)
    said.read(until=monotonic())
    while not said.is_read:
        said.read(until=monotonic())
        slices += 1
    assert slices == 5


async def test_a_long_stream_is_looked_at_before_it_becomes_its_message() -> None:
    app = Host()
    text = PARAGRAPHS * 20
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.stream(1, 1, text)
        app.transcript.add(reply(text))
        await settled(pilot)
        streamed = lines(app.transcript)
        app.transcript.show([reply(text)])
        await settled(pilot)
        assert lines(app.transcript) == streamed


async def test_the_scroll_bar_is_painted_when_it_looks_different() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.stream(1, 1, PARAGRAPHS)
        await settled(pilot)
        bar = app.transcript.vertical_scrollbar
        bar.position = 0
        bar._repaint_required = False
        bar.window_virtual_size += 1
        assert not bar._repaint_required
        bar.position = bar.window_virtual_size // 2
        assert bar._repaint_required


async def test_a_key_is_painted_without_waiting_for_a_frame(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        chat.screen._update_timer.stop()
        chat.app.post_message(Key("y", "y"))
        async with asyncio.timeout(LIMIT):
            while chat.composer.text != "y" or chat.composer._repaint_regions:
                await asyncio.sleep(0)


def test_code_that_grows_is_not_looked_at_from_its_start() -> None:
    looked: list[str] = []

    class Noting:
        def get_tokens(self, text: str) -> list[tuple[object, str]]:
            looked.append(text)
            return [(None, text)]

    lexers = Lexers()
    lexers._known["noting"] = Noting()  # type: ignore[assignment]  # it gives a list, and no iterator
    code = "".join(f"def f{number}():\n    return {number}\n\n" for number in range(60))
    for end in range(1500, len(code), 10):
        assert "".join(word for _, word in lexers.words(code[:end], "noting") or ()) == code[:end]
    assert max(map(len, looked)) < 700
