"""Where the transcript is, what it paints, and what can be selected in it."""

import pytest
from textual.geometry import Offset, Size
from textual.selection import Selection

from interruptible_tui.conversation import CallStatus
from interruptible_tui.tui.strips import MOST
from tests.tui.transcripts import Host, call, lines, reply, result, said, settled, user

LONG = [
    message
    for run in range(1000)
    for message in (user(f"question {run}", run), reply(f"**answer** {run}\n\n- a\n", run))
]


async def test_opening_a_long_session_draws_little_more_than_the_screen() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.show(LONG)
        await pilot.pause()
        assert "answer 999" in said(app.transcript)[-2]
        assert app.transcript.drawn < 24
        assert sum(entry.is_made for entry in app.transcript._layout.stack.items) < 24


async def test_a_piece_of_a_stream_costs_the_same_in_any_session() -> None:
    costs = []
    for history in (LONG[:20], LONG):
        app = Host()
        async with app.run_test(size=(80, 24)) as pilot:
            transcript = app.transcript
            transcript.show(history)
            transcript.stream(2000, 1, "some words\n\nand")
            await settled(pilot)
            transcript.drawn = transcript.painted = 0
            for _ in range(5):
                transcript.stream(2000, 1, " more")
                await settled(pilot)
            costs.append((transcript.drawn, transcript.painted))
    assert costs[0] == costs[1]


async def test_a_growing_line_paints_itself_alone() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(LONG[:40])
        transcript.stream(2000, 1, "```\na\nb\nc")
        await settled(pilot)
        transcript.painted = 0
        transcript.stream(2000, 1, "d")
        await settled(pilot)
        assert transcript.painted == 1


async def test_a_finished_block_is_never_drawn_again() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.stream(1, 1, "one\n\ntwo\n\nthree\n\nfo")
        await settled(pilot)
        kept = [
            part.draw(transcript._layout.canvas)
            for part in transcript._layout.at(1).entry.parts(transcript._layout.canvas).items[:3]
        ]
        transcript.stream(1, 1, "ur\n\nfive")
        await settled(pilot)
        transcript.add(reply("one\n\ntwo\n\nthree\n\nfour\n\nfive"))
        now = [
            part.draw(transcript._layout.canvas)
            for part in transcript._layout.at(1).entry.parts(transcript._layout.canvas).items[:3]
        ]
        assert all(before is after for before, after in zip(kept, now, strict=True))


async def test_the_view_stays_at_the_end_until_it_is_scrolled_up_and_again_when_it_is_back() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(LONG[:100])
        transcript.add(user("new"))
        assert "❯ new" in lines(transcript)[-1]
        transcript.focus()
        await pilot.press("pageup")
        before = lines(transcript)
        transcript.stream(2000, 1, "much\n\n" * 30)
        await settled(pilot)
        transcript.notice("and more")
        assert lines(transcript) == before
        await pilot.press("ctrl+end")
        await pilot.pause()
        assert transcript.at_end
        transcript.add(user("newest"))
        assert "❯ newest" in lines(transcript)[-1]


async def test_scrolling_up_into_what_was_never_drawn_does_not_jump() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(
            [reply("# Title\n\n" + "| a |\n|---|\n| b |\n\n" * (run % 5) + f"end {run}", run) for run in range(200)]
        )
        await pilot.pause()
        for _ in range(60):
            before = lines(transcript)
            transcript.scroll_relative(y=-3, animate=False)
            await pilot.pause()
            assert lines(transcript)[3:] == before[:-3]


async def test_home_shows_the_first_message() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.show(LONG)
        app.transcript.focus()
        await pilot.press("ctrl+home")
        await pilot.pause()
        assert said(app.transcript)[0] == "❯ question 0"
        assert app.transcript.drawn < 60


@pytest.mark.parametrize("up", [0, 3])
async def test_a_resize_keeps_the_place(up: int) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([reply(f"{run} " + "word " * 60, run) for run in range(100)])
        await pilot.pause()
        transcript.focus()
        for _ in range(up):
            await pilot.press("pageup")
        top, end = said(transcript)[0].split()[0], lines(transcript)[-1]
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert max(len(line) for line in lines(transcript)) <= 50
        if up:
            assert said(transcript)[0].split()[0] == top
        else:
            assert transcript.at_end and end.split()[-1] == lines(transcript)[-1].split()[-1]


@pytest.mark.parametrize("width", [81, 40])
async def test_a_resize_keeps_the_place_in_what_was_unfolded(width: int) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        output = "\n".join(f"result {number} " + "x" * 30 for number in range(40))
        asked = reply("I look.", 1, 1, call(CallStatus.DONE))
        transcript.show([asked, result(output, "a"), *(reply("word " * 99, run) for run in range(2, 9))])
        transcript.action_unfold()
        await pilot.pause()
        row = next(y for y, line in enumerate(lines(transcript)) if "result 5" in line)
        transcript.scroll_relative(y=row, animate=False)
        await pilot.pause()
        transcript.scroll_relative(y=10, animate=False)
        await pilot.pause()
        assert "result 15" in said(transcript)[0]
        await pilot.resize_terminal(width, 20)
        await pilot.pause()
        assert "result 15" in said(transcript)[0]


async def test_a_resize_keeps_the_place_in_a_long_paragraph() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)) as pilot:
        transcript = app.transcript
        transcript.show([reply(" ".join(f"word{number:04}" for number in range(200))), *LONG[:20]])
        transcript.scroll_to(y=11, animate=False)
        await pilot.pause()
        before = int(said(transcript)[0].split()[0].removeprefix("word"))
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert abs(int(said(transcript)[0].split()[0].removeprefix("word")) - before) < 10


@pytest.mark.parametrize("between", [(2, 24), (40, 24)])
async def test_what_was_painted_for_a_size_of_a_moment_is_not_painted_again(between: tuple[int, int]) -> None:
    """A frame may come between a new size and the news of it, and too narrow a view does not hear of it at all."""
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([*LONG[:20], reply("The last one.", 20)])
        await pilot.pause()
        before = [transcript.paint_row(y).text for y in range(transcript.size.height)]
        app.screen._refresh_layout(Size(*between))
        for y in range(transcript.size.height):
            assert transcript.paint_row(y - transcript.scroll_offset.y).cell_length == between[0]
        app.screen._refresh_layout(Size(80, 24))
        await pilot.pause()
        assert [transcript.paint_row(y).text for y in range(transcript.size.height)] == before


async def test_what_is_selected_is_so_no_longer_when_lines_are_broken_elsewhere() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(LONG[:100])
        await pilot.pause()
        transcript.text_select_all()
        for width in (81, 80):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
        assert app.screen.get_selected_text() is None


async def test_what_is_selected_stays_so_in_another_theme_and_when_code_gets_its_colours() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([reply("# Title\n\n" + "- item\n\n" * 9 + f"\nend {run}", run) for run in range(50)])
        for _ in range(3):
            transcript.scroll_relative(y=-20, animate=False)
            await pilot.pause()
        transcript.text_select_all()
        shown, copied = lines(transcript), app.screen.get_selected_text()
        app.theme = "textual-light"
        await pilot.pause()
        await pilot.pause()
        assert (lines(transcript), app.screen.get_selected_text()) == (shown, copied)
        transcript._recolour()
        assert (lines(transcript), app.screen.get_selected_text()) == (shown, copied)


async def test_selected_text_has_neither_margin_nor_padding() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([user("hello world"), reply("One *two*.\n\n- a\n- 凯撒 b", 1, 1, call(CallStatus.DONE))])
        await pilot.pause()
        await pilot.mouse_down(transcript, offset=(9, 1))
        await pilot.hover(transcript, offset=(11, 6))
        await pilot.mouse_up(transcript, offset=(11, 6))
        assert app.screen.get_selected_text() == "world\n\nOne two.\n\n • a\n • 凯撒 b"


async def test_what_is_selected_is_marked_and_moves_with_the_text() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([reply("# Title\n\n" + "- item\n" * 9 + f"\nend {run}", run) for run in range(50)])
        await pilot.pause()
        row = transcript.scroll_offset.y + 23
        app.screen.selections = {transcript: Selection(Offset(0, row), Offset(6, row))}
        assert app.screen.get_selected_text() == "end 49"
        for _ in range(20):
            transcript.scroll_relative(y=-20, animate=False)
            await pilot.pause()
        assert app.screen.get_selected_text() == "end 49"


async def test_all_of_a_long_conversation_can_be_copied_without_drawing_it() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.show(LONG)
        await pilot.pause()
        drawn = app.transcript.drawn
        app.screen.selections = {app.transcript: Selection(None, None)}
        text = app.screen.get_selected_text() or ""
        assert "question 0" in text and "answer 999" in text
        assert app.transcript.drawn == drawn


async def test_what_was_seen_long_ago_lets_go_of_its_strips_and_keeps_its_place() -> None:
    app = Host()
    async with app.run_test(size=(80, 50)) as pilot:
        transcript = app.transcript
        transcript.show([reply("\n".join(f"- {run}.{line}" for line in range(40)), run) for run in range(300)])
        await pilot.pause()
        end = lines(transcript)
        transcript.text_select_all()
        copied = app.screen.get_selected_text()
        for _ in range(100):
            transcript.scroll_relative(y=-45, animate=False)
            await pilot.pause()
        canvas = transcript._layout.canvas
        made = [entry.parts(canvas).items for entry in transcript._layout.stack.items if entry.is_made]
        drawn = [part for parts in made for part in parts if part.is_drawn(canvas)]
        assert sum(len(part.draw(canvas)) for part in drawn) <= transcript._strips.kept <= MOST
        assert app.screen.get_selected_text() == copied
        height = transcript.virtual_size.height
        transcript.scroll_end(animate=False)
        await pilot.pause()
        app.screen.clear_selection()
        assert lines(transcript) == end and transcript.virtual_size.height == height


async def test_a_resize_draws_what_is_on_the_screen_alone() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.show(LONG)
        for _ in range(20):
            app.transcript.scroll_relative(y=-20, animate=False)
            await pilot.pause()
        app.transcript.drawn = 0
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert 0 < app.transcript.drawn <= 24
