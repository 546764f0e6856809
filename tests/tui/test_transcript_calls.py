"""Tool calls in the transcript."""

import json

import pytest

from interruptible_tui.conversation import CallStatus
from interruptible_tui.tui.calls import bounded, elapsed, fitted, shortened
from tests.tui.transcripts import Host, call, lines, reply, result, said, settled


async def test_a_call_is_followed_from_its_first_letter_to_its_result() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript

        async def line() -> str:
            await settled(pilot)
            return said(transcript)[-1]

        transcript.stream_call(1, 1, 0, "a", "cook", '{"dish"')
        assert await line() == '… cook {"dish"  writing'
        transcript.stream_call(1, 1, 0, "", "", ': "soup"}')
        assert await line() == "… cook soup  writing"
        transcript.add(reply("", 1, 1, call()))
        assert await line() == "○ cook soup  not started"
        transcript.call_started(1, 1, "a")
        assert await line() == "● cook soup  running"
        transcript.now = 3.21
        transcript.call_ended(1, 1, "a", CallStatus.INTERRUPTED, "may have partial effects")
        assert await line() == "■ cook soup  interrupted 3.2 s"


@pytest.mark.parametrize("status", list(CallStatus))
async def test_each_state_of_a_stored_call_has_its_word(status: CallStatus) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.show([reply("", 1, 1, call(status))])
        assert said(app.transcript)[0].endswith("cook soup  " + status.value.replace("_", " "))


async def test_the_seconds_of_a_running_call_go_by_and_the_timer_ends_with_it() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.add(reply("", 1, 1, call()))
        transcript.call_started(1, 1, "a")
        transcript.now = 5.0
        while "running 5.0 s" not in said(transcript)[-1]:
            await pilot.pause()
        transcript.call_ended(1, 1, "a", CallStatus.DONE, "ready")
        while transcript._tick or transcript._frame:
            await pilot.pause()
        assert said(transcript) == ["✓ cook soup  done 5.0 s"]


async def test_the_seconds_of_a_call_paint_its_line_alone() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.add(reply("hello", 1, 1, call()))
        transcript.call_started(1, 1, "a")
        transcript.notice("one\ntwo\nthree")
        await settled(pilot)
        transcript.now, transcript.painted = 100.0, 0
        while not transcript.painted:
            await pilot.pause()
        assert transcript.painted == 1


async def test_nothing_moves_without_a_cause() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([reply("hello", 1, 1, call(CallStatus.DONE))])
        transcript.stream(1, 2, "x")
        await settled(pilot)
        assert not transcript._timers


async def test_a_click_unfolds_a_call_and_another_folds_it() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([reply("", 1, 1, call(CallStatus.DONE)), result("The soup\nis ready", "a")])
        await pilot.pause()
        folded = said(transcript)
        await pilot.click(transcript, offset=(10, 1))
        assert [*folded, "│ {", '│   "dish": "soup"', "│ }", "│ The soup", "│ is ready"] == said(transcript)
        await pilot.click(transcript, offset=(12, 1))
        assert said(transcript) == folded


async def test_keys_choose_and_unfold_a_call() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        calls = [call(CallStatus.DONE, name) for name in "ab"]
        transcript.show([reply("", 1, 1, *calls), result("first", "a"), result("second", "b")])
        transcript.focus()
        await pilot.press("left", "enter")
        assert "│ second" in said(transcript)
        await pilot.press("left", "enter")
        assert "│ first" in said(transcript)
        await pilot.press("enter")
        assert "│ first" not in said(transcript)


async def test_output_appears_in_an_unfolded_call_while_it_runs() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.add(reply("", 1, 1, call()))
        transcript.call_started(1, 1, "a")
        transcript.call_printed(1, 1, "a", "chop\n")
        transcript.action_unfold()
        transcript.call_printed(1, 1, "a", "stir")
        await settled(pilot)
        assert {"│ chop", "│ stir"} <= set(said(transcript))


async def test_unfolding_at_the_end_goes_no_further_than_the_line_of_the_call() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.show([reply("word\n\n" * 40, 1, 1, call(CallStatus.DONE)), result("line\n" * 100, "a")])
        await pilot.pause()
        assert lines(transcript)[-1].startswith("✓")
        transcript.action_unfold()
        await pilot.pause()
        assert lines(transcript)[0].startswith("✓")
        assert lines(transcript)[-1].strip() == "│ line"


async def test_the_same_call_id_in_another_turn_is_another_call() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        transcript.add(reply("", 1, 1, call()))
        transcript.add(reply("", 1, 2, call()))
        transcript.call_ended(1, 2, "a", CallStatus.DONE, "")
        transcript.call_ended(9, 9, "a", CallStatus.FAILED, "of a run that is gone")
        await settled(pilot)
        assert [line.split()[-1] for line in said(transcript)] == ["started", "done"]


def test_long_output_is_bounded_and_says_how_much_is_missing() -> None:
    assert bounded("x\n" * 1000).splitlines()[200:] == ["… 801 more lines"]
    assert len(bounded("x" * 1_000_000)) < 21_000


def test_arguments_are_shortened_to_one_harmless_line() -> None:
    assert shortened(json.dumps({"a": "x\n\x1b[0m", "b": [1, 2]})) == "a: x ␛[0m, b: [1, 2]"
    assert shortened('{"dish": "so') == '{"dish": "so'
    assert fitted("凯撒沙拉", 5) == "凯撒…"


def test_time_is_told_as_people_tell_it() -> None:
    assert [elapsed(3.21), elapsed(42.2), elapsed(125)] == ["3.2 s", "42 s", "2 min 05 s"]
