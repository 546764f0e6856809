"""What was said before is seen differently: rolled back, trimmed, brought back."""

from msgspec.structs import replace

from interruptible_tui.conversation import CallStatus, Message, MessageStatus, Role
from interruptible_tui.events import HistoryChanged
from tests.tui.transcripts import Host, call, lines, reply, result, said, seen, settled, stored, user

ROLLED_BACK = MessageStatus.ROLLED_BACK


def change(status: MessageStatus, *messages: Message) -> HistoryChanged:
    return HistoryChanged(seen(*(replace(message, status=status) for message in messages)))


async def test_what_is_rolled_back_says_so_where_it_stands_and_notices_stay_where_they_are() -> None:
    app = Host()
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.transcript
        first = stored(user("one"), reply("Heard one."))
        done = reply("Cooking.", 2, 1, call(CallStatus.DONE))
        second = stored(user("two", 2), done, result("done", "a", 2), after=2)
        transcript.show(first)
        transcript.notice("a notice")
        for message in second:
            transcript.add(message)
        (note,) = stored(Message(role=Role.NOTE, text="a note"), after=5)
        transcript.revise(replace(change(ROLLED_BACK, *second), notes=(note,)))
        await settled(pilot)
        assert said(transcript) == [
            "❯ one",
            "Heard one.",
            "· a notice",
            "❯ two",
            "rolled back",
            "Cooking.",
            "✓ cook soup  done",
            "rolled back",
            "· a note",
        ]
        transcript.revise(change(ROLLED_BACK, note))
        transcript.revise(change(MessageStatus.COMPLETE, *second))
        await settled(pilot)
        assert said(transcript)[-2:] == ["· a note", "no longer so"]
        assert "rolled back" not in said(transcript)


async def test_what_was_unfolded_of_a_call_stays_so_when_it_is_rolled_back() -> None:
    app = Host()
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.transcript
        messages = stored(user("one"), reply("", 1, 1, call(CallStatus.DONE)), result("it is hot", "a"))
        transcript.show(messages)
        transcript.focus()
        await pilot.press("enter")
        transcript.revise(change(ROLLED_BACK, *messages))
        await settled(pilot)
        assert "│ it is hot" in said(transcript)


async def test_what_is_read_stays_on_the_screen_when_what_is_above_changes() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        transcript = app.transcript
        messages = stored(
            *(message for run in range(1, 30) for message in (user(f"say {run}", run), reply(f"heard {run}", run)))
        )
        transcript.show(messages)
        transcript.scroll_to(y=60, animate=False)
        await pilot.pause()
        before = lines(transcript)
        transcript.revise(change(ROLLED_BACK, *messages[:10]))
        await settled(pilot)
        assert lines(transcript) == before
        assert not transcript.at_end


async def test_a_note_among_what_is_known_gets_its_place_once() -> None:
    app = Host()
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.transcript
        transcript.show([])
        one, note, two = stored(user("one"), Message(role=Role.NOTE, text="between"), user("two", 2))
        for message in (one, two):
            transcript.add(message)
        for _ in range(2):
            transcript.revise(replace(change(MessageStatus.COMPLETE, note), notes=(note,)))
        await settled(pilot)
        assert said(transcript) == ["❯ one", "· between", "❯ two"]


async def test_a_prompt_that_is_withdrawn_is_told() -> None:
    app = Host()
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.transcript
        transcript.withdrawn("never mind")
        await settled(pilot)
        assert said(transcript) == ["❯ never mind", "withdrawn"]
