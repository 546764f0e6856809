"""The one way out."""

from pathlib import Path

import pytest

from interruptible_tui.conversation import MessageStatus, Mode, Role
from interruptible_tui.engine import Engine
from interruptible_tui.store import SessionOwned, Store, Tables
from interruptible_tui.store.locks import Owner
from interruptible_tui.tui.app import ChatApp
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import Chat, chat


async def left_while_running(it: Chat, *keys: str, gate: Gate) -> None:
    """Leave with `keys` while a run is active, a prompt waits and a draft is written."""
    await it.type("hi", "enter")
    await gate.reached()
    await it.type("later", "tab")
    await it.until(lambda: "later" in it.panel)
    engine = it.engine
    await it.type("", *keys)
    await it.until(lambda: not it.app.is_running)
    assert engine.state.closing, "the sessions are closed before the app is"


async def kept(directory: Path) -> tuple[list[tuple[str, MessageStatus]], list[str]]:
    """What the assistant said, and what waits."""
    store = await Store.open(directory)
    session = (await store.read(Tables.sessions))[0]
    stored = await store.read(lambda tables: tables.messages(session.id))
    waiting = await store.read(lambda tables: tables.pending(session.id))
    await store.close()
    said = [(each.message.text, each.message.status) for each in stored if each.message.role is Role.ASSISTANT]
    return said, [each.prompt.text for each in waiting]


@pytest.mark.parametrize("keys", [["ctrl+q"], [*"/quit", "enter"], ["ctrl+c", "ctrl+c", "ctrl+c"]])
async def test_leaving_keeps_what_was_said_and_what_waits(tmp_path: Path, keys: list[str]) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate))) as it:
        await left_while_running(it, *keys, gate=gate)
        assert it.app.return_code == 0
    assert await kept(tmp_path) == ([("Hel", MessageStatus.PARTIAL)], ["later"])


async def test_leaving_with_a_status_goes_the_same_way(tmp_path: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Hel", gate))) as it:
        await it.type("hi", "enter")
        await gate.reached()
        it.app.leave(143)
        await it.until(lambda: not it.app.is_running)
        assert it.app.return_code == 143
    assert await kept(tmp_path) == ([("Hel", MessageStatus.PARTIAL)], [])


async def test_a_prompt_is_refused_while_leaving_and_stays_in_the_composer(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.engine.close()
        await it.type("too late", "enter")
        await it.until(lambda: "Not sent" in it.said)
        assert it.composer.text == "too late"


async def test_one_ctrl_c_does_not_quit(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("draft", "ctrl+c", "ctrl+c")
        await it.until(lambda: "Ctrl+C again quits" in it.hint)
        assert it.app.is_running
        assert it.composer.text == ""


async def test_a_session_that_cannot_be_opened_ends_the_app_and_is_its_result(tmp_path: Path) -> None:
    async def open_first() -> Engine:
        raise SessionOwned("default", Owner(42, 1.0))

    async def open_another(name: str | None) -> Engine:
        raise AssertionError(name)

    app = ChatApp(open_first, open_another, model="model-1")
    async with app.run_test() as pilot:
        while app.is_running:
            await pilot.pause()
    assert isinstance(app.return_value, SessionOwned)


async def test_a_session_of_another_process_is_told_and_the_shown_one_stays(tmp_path: Path) -> None:
    other = await Store.open(tmp_path)
    async with chat(tmp_path, Scripted(), mode=Mode.QUEUE) as it:
        await other.write(lambda tables: tables.create_session("taken", Mode.QUEUE, "m", 0.0))
        other.own(await other.read(lambda tables: tables.session("taken")))
        await it.type("/new taken", "enter")
        await it.until(lambda: "is open in another process" in it.said)
        assert "default" in it.status
    await other.close()


async def test_a_first_ctrl_c_is_forgotten_when_something_is_written(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("", "ctrl+c")
        await it.until(lambda: "Ctrl+C again quits" in it.hint)
        await it.type("x", "backspace", "ctrl+c")
        await it.until(lambda: "Ctrl+C again quits" in it.hint)
        assert it.app.leaving is None
