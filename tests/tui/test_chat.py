"""The screen of a session: what keys ask for, and what is shown when it has happened."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Paste

from interruptible_tui.conversation import Hold, Mode, OnInterrupt, Prompt, RunStatus
from interruptible_tui.store import Store, StoreError
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tui.course import SECOND_ESC
from interruptible_tui.tui.help_screen import HelpScreen
from interruptible_tui.tui.outbox import SLOW_DISK, Outbox, Sending
from tests.scripted import Gate, Scripted, Work, calls, says, too_many
from tests.tui.chats import WELCOME, Chat, chat


async def test_a_prompt_is_answered_and_the_composer_is_empty_again(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Hello there."))) as it:
        await it.type("hi", "enter")
        await it.until(lambda: "Hello there." in it.said)
        assert it.composer.text == ""
        assert await it.users() == ["hi"]


async def test_the_first_start_explains_itself_and_a_later_one_does_not(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Hello."))) as it:
        assert WELCOME in it.said
        await it.type("hi", "enter")
        await it.until(lambda: "Hello." in it.said)
    async with chat(tmp_path, Scripted()) as it:
        assert WELCOME not in it.said
        assert "Hello." in it.said


async def test_while_idle_the_word_running_is_not_on_the_status_line(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate, "lo"))) as it:
        assert "idle" in it.status
        assert "running" not in it.status
        await it.type("hi", "enter")
        await it.until(lambda: "running  run 1  turn 1" in it.status)
        gate.open()
        await it.until(lambda: "idle" in it.status)
        assert "running" not in it.status


async def test_keys_take_effect_in_the_order_in_which_they_are_pressed(tmp_path: Path) -> None:
    """All keys are there before the first is handled, as when a line was slow."""
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate)), mode=Mode.QUEUE) as it:
        keys = ["a", "enter", "b", "enter", "c", "tab", "escape", "d", "enter", "e"]
        events: list[str] = []
        it.engine.observe(lambda event, _: events.append(getattr(event, "text", type(event).__name__)))
        for key in keys:
            it.app.simulate_key(key)
        await it.until(lambda: it.composer.text == "e" and "RunEnded" in events and "d" in events)
        user = [event for event in events if event in {"a", "b", "c", "d", "StopRequested"}]
        assert user == ["a", "b", "c", "StopRequested", "d"]
        gate.open()
        await it.until(lambda: it.engine.state.run is None)
        assert [prompt.text for prompt in it.engine.state.later] == ["b", "c"]
        assert await it.users() == ["a", "d"]


async def test_a_prompt_that_could_not_be_stored_is_back_in_the_composer_before_what_was_typed_since(
    tmp_path: Path,
) -> None:
    async with chat(tmp_path, Scripted()) as it:
        other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
        other.executescript("CREATE TRIGGER full BEFORE INSERT ON prompts BEGIN SELECT raise(ABORT, 'disk full'); END")
        for key in ("a", "enter", "b", "enter", "c"):
            it.app.simulate_key(key)
        await it.until(lambda: "disk full" in " ".join(it.said.split()))
        assert it.composer.text == "a\nb\nc"
        assert it.engine.state.pending == ()
        other.execute("DROP TRIGGER full")
        other.close()
        await it.type("", "enter")
        await it.until(lambda: it.engine.state.runs == 1 and it.engine.state.run is None)
        assert await it.users() == ["a\nb\nc"]


async def test_several_failed_prompts_go_back_together_and_one_that_was_accepted_does_not() -> None:
    accepted, released, back = list[str](), list[str](), list[str]()
    ends = {text: asyncio.get_running_loop().create_future() for text in "abc"}

    async def submit(text: str, mode: Mode | None, on_interrupt: OnInterrupt | None) -> None:
        await ends[text]
        accepted.append(text)

    outbox = Outbox(submit, released.append, lambda texts, error: back.append(f"{'+'.join(texts)}: {error}"))
    tasks = [outbox.send(text, None) for text in "abc"]
    assert [each.text for each in outbox.sending] == ["a", "b", "c"]
    ends["a"].set_exception(StoreError("disk full"))
    ends["b"].set_result(None)
    await asyncio.wait(tasks[:2])
    assert [accepted, released, back, [each.text for each in outbox.sending]] == [["b"], ["b"], [], ["a", "c"]]
    ends["c"].set_exception(StoreError("still full"))
    await asyncio.wait(tasks)
    assert [back, [each.text for each in outbox.sending]] == [["a+c: disk full"], []]


def test_only_what_is_slow_is_shown_as_being_sent() -> None:
    """What is stored at once would be there twice for a moment, and everything above it jump."""
    assert not Sending("a", since=time.monotonic()).is_slow
    assert Sending("a", since=time.monotonic() - SLOW_DISK).is_slow


async def test_enter_pressed_twice_sends_once_and_resumes_nothing(tmp_path: Path) -> None:
    gate = Gate()
    async with held(tmp_path, gate) as it:
        it.app.simulate_key("x")
        it.app.simulate_key("enter")
        it.app.simulate_key("enter")
        await gate.reached()
        await it.pilot.pause()
        assert await it.users() == ["x"]
        assert it.engine.state.hold is Hold.RESTART


async def test_esc_stops_and_stopped_is_said_when_it_is_true(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate))) as it:
        await it.type("hi", "enter")
        await gate.reached()
        await it.type("my draft", "escape")
        await it.until(lambda: "idle" in it.status)
        assert "Stopped: run 1" in it.said
        assert it.composer.text == "my draft"
        assert "interrupted" in it.said


async def test_esc_within_a_second_of_a_finished_stop_holds_everything_that_started_since(tmp_path: Path) -> None:
    first, second = Gate(), Gate()
    async with chat(tmp_path, Scripted(says("Hel", first), says("Wor", second))) as it:
        await it.type("one", "enter")
        await first.reached()
        await it.type("two", "enter")
        await it.until(lambda: "incorporate  two" in it.panel)
        it.screen.clock = lambda: 7.0
        await it.type("three", "tab", "escape")
        await second.reached()
        it.screen.clock = lambda: 7.0 + 0.99 * SECOND_ESC
        await it.type("four", "enter", "escape")
        await it.until(lambda: it.engine.state.run is None)
        assert [prompt.text for prompt in it.engine.state.later] == ["three", "four"]
        assert "held" in it.status


async def test_tab_alt_s_and_ctrl_enter_name_the_mode(tmp_path: Path) -> None:
    gates = [Gate(), Gate()]
    async with chat(tmp_path, Scripted(says("Hel", gates[0]), says("Wor", gates[1])), mode=Mode.QUEUE) as it:
        await it.type("one", "enter")
        await gates[0].reached()
        await it.type("two", "tab")
        await it.type("three", "alt+s")
        await it.until(lambda: len(it.engine.state.pending) == 2)
        assert [(each.prompt.text, each.prompt.mode) for each in it.engine.state.pending] == [
            ("three", Mode.INCORPORATE),
            ("two", Mode.QUEUE),
        ]
        await it.type("four", "ctrl+enter")
        await gates[1].reached()
        assert await it.users() == ["one", "three", "four"]


async def test_shift_tab_and_f4_and_mode_switch_the_mode_also_twice_at_once(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        it.app.simulate_key("shift+tab")
        it.app.simulate_key("f4")
        await it.until(lambda: "INTERRUPT" in it.status)
        await it.type("/mode queue", "enter")
        await it.until(lambda: "QUEUE" in it.status)


async def test_a_failed_run_says_why_and_enter_on_the_empty_line_retries(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Half", too_many()), says("Whole."))) as it:
        await it.type("hi", "enter")
        await it.until(lambda: "idle" in it.status and "HTTP 429" in it.said)
        assert "Enter: retry" in it.hint
        await it.type("", "enter")
        await it.until(lambda: "Whole." in it.said)
        assert await it.users() == ["hi"]


async def test_what_is_held_since_a_restart_is_told_and_enter_on_the_empty_line_resumes_it(tmp_path: Path) -> None:
    gate = Gate()
    async with held(tmp_path, gate) as it:
        assert "1 prompt is held since the session was opened" in it.said
        assert "held: restart" in it.panel
        assert "held  restart" in it.status
        await it.type("", "enter")
        await gate.reached()
        assert await it.users() == ["waiting"]
        assert it.panel == ""


async def test_a_tool_in_progress_is_where_a_correction_lands(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(calls(("work", {"what": "burger"})), says("Done.")), Work(gate=gate)) as it:
        await it.type("cook", "enter")
        await gate.reached()
        await it.type("with salt", "enter")
        await it.until(lambda: "lands after this tool batch" in it.panel)
        gate.open()
        await it.until(lambda: "incorporated at turn 2" in it.said)
        assert it.panel == ""


async def test_an_unknown_command_is_named_and_stays_in_the_composer(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("ok"))) as it:
        await it.type("/home/x is a path", "enter")
        await it.until(lambda: "there is no command /home/x" in it.hint)
        assert it.composer.text == "/home/x is a path"
        it.composer.move_cursor((0, 0))
        await it.type(" ", "enter")
        await it.until(lambda: "ok" in it.said)
        assert await it.users() == [" /home/x is a path"]


async def test_steer_and_now_send_what_stands_behind_them(tmp_path: Path) -> None:
    first, second = Gate(), Gate()
    async with chat(tmp_path, Scripted(says("Hel", first), says("Wor", second)), mode=Mode.QUEUE) as it:
        await it.type("one", "enter")
        await first.reached()
        await it.type("/steer two", "enter")
        await it.type("/now three", "enter")
        await second.reached()
        assert await it.users() == ["one", "two", "three"]
        await it.type("/now", "enter")
        await it.until(lambda: "nothing to send" in it.hint)


async def test_every_command_is_in_the_palette(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        titles = {command.title for command in it.app.get_system_commands(it.screen)}
        assert {"Switch the mode", "Send as queue", "Send as incorporate", "Send as interrupt", "Stop"} <= titles
        await it.type("", "ctrl+p")
        await it.type("Help", "enter")
        await it.type("", "enter")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))


async def test_a_new_session_is_shown_while_the_old_one_goes_on(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate, "lo"))) as it:
        old = it.screen
        await it.type("hi", "enter")
        await gate.reached()
        await it.type("/new other", "enter")
        await it.until(lambda: it.screen is not old and "other" in it.status)
        gate.open()
        await it.until(lambda: old.state.last is RunStatus.COMPLETED)
        await it.type("/new default", "enter")
        await it.until(lambda: it.screen is old and "Hello" in it.said)


async def test_typing_elsewhere_goes_to_the_composer(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("", "f6")
        await it.until(lambda: not it.composer.has_focus)
        await it.type("hi")
        assert it.composer.text == "hi"
        await it.type("", "f6")
        await it.until(lambda: not it.composer.has_focus)
        await it.type("", "ctrl+c")
        await it.until(lambda: it.composer.text == "")
        it.app.post_message(Paste("one\r\ntwo"))
        await it.until(lambda: it.composer.text == "one\ntwo")


async def test_up_brings_back_earlier_prompts_also_of_an_earlier_start(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("one", "enter")
        await it.until(lambda: "Done." in it.said)
        await it.type("", "up")
        assert it.composer.text == "one"
    async with chat(tmp_path, Scripted()) as it:
        await it.type("", "up")
        assert it.composer.text == "one"


async def test_the_bell_rings_when_a_run_ends_unseen(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate, "lo"))) as it:
        rung = list[bool]()
        it.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]  # a headless driver has no bell
        await it.type("hi", "enter")
        await gate.reached()
        it.app.app_focus = False
        gate.open()
        await it.until(lambda: rung == [True])


@pytest.mark.parametrize("size", [(80, 24), (20, 5), (1, 1), (200, 60)])
async def test_every_size_works(tmp_path: Path, size: tuple[int, int]) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate, "lo"))) as it:
        await it.pilot.resize_terminal(*size)
        await it.type("one", "enter")
        await gate.reached()
        await it.type("two", "tab")
        await it.type("three", "ctrl+j")
        await it.until(lambda: len(it.engine.state.later) == 1)
        gate.open()
        await it.until(lambda: it.engine.state.runs == 2 and it.engine.state.run is None)


@asynccontextmanager
async def held(directory: Path, gate: Gate) -> AsyncIterator[Chat]:
    """A chat that was left with a prompt waiting, and is started again; its next reply waits at `gate`."""
    store = await Store.open(directory)
    choice = Choice("default", Mode.INCORPORATE, "model-1")
    session = await choose(store, choice)
    prompt = Prompt("1", "waiting", Mode.QUEUE)
    await store.write(lambda tables: tables.save_prompt(session.id, prompt))
    await store.close()
    async with chat(directory, Scripted(says("Hel", gate))) as it:
        yield it
