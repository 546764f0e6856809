"""A page that is to come, and what happens meanwhile."""

from msgspec.structs import replace

from interruptible_tui.conversation import Message
from interruptible_tui.store import Page
from interruptible_tui.tui.paging import MOST, Gap
from interruptible_tui.tui.transcript import Transcript
from tests.tui.transcripts import Host, said, user


def asked(first: int, last: int) -> list[Message]:
    return [replace(user(f"question {id_}", id_), id=id_) for id_ in range(first, last + 1)]


def page(first: int, last: int) -> Page:
    return Page(tuple(asked(first, last)), first - 1, last + 1)


def gaps(transcript: Transcript) -> list[tuple[int, int]]:
    return [(each.after, each.before) for each in transcript._layout.stack.items if isinstance(each, Gap)]


async def test_what_is_said_while_a_page_is_to_come_drops_no_gap_that_it_is_for() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(asked(2001, 2000 + MOST - 2), after=2000)
        await pilot.pause()
        transcript.action_scroll_home()
        wanted = transcript._wanted
        assert wanted
        for message in asked(2000 + MOST - 1, 2000 + MOST + 1):
            transcript.add(message)
        transcript.fill(wanted, page(1, 60))
        await pilot.pause()
        assert said(transcript)[0] == "❯ question 1"
        assert gaps(transcript)[0][0] == 60
        assert len(transcript._layout.stack.items) < MOST


async def test_a_page_that_is_filled_in_far_away_leaves_the_gap_that_is_wanted_next() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(asked(1500, 1800), after=1499)
        await pilot.pause()
        between = Gap(1249, 1500)
        early = transcript._written(asked(1000, 1249))
        transcript.rearrange([Gap(0, 1000), *early, between, *transcript._layout.stack.items[1:]])
        transcript.reveal(transcript._layout.stack.start(transcript._layout.index_of(between)), 5)
        transcript.show_message(500)
        around = transcript._wanted
        assert around and around.around == 500
        transcript.fill(around, page(470, 530))
        wanted = transcript._wanted
        assert wanted is None or wanted.gap in transcript._layout.stack.items
        if wanted:
            transcript.fill(wanted, page(wanted.gap.before - 60, wanted.gap.before - 1))
        await pilot.pause()
        assert "❯ question 500" in said(transcript)


async def test_a_page_whose_gap_is_gone_is_left_out_and_others_are_asked_for_again() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show(asked(101, 200), after=100)
        await pilot.pause()
        transcript.action_scroll_home()
        wanted = transcript._wanted
        assert wanted
        transcript.remove_entry(wanted.gap)
        transcript.fill(wanted, page(41, 100))
        await pilot.pause()
        assert transcript._wanted is None and len(transcript._layout.stack.items) == 100
