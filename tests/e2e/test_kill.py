"""`kill -9` at any moment loses nothing that was accepted, doubles nothing, and leaves a history the API accepts.

After the restart everything pending is held ("restart"), nothing is replayed, and Enter on the empty line resumes.
Kills at random moments are in tests/faults.
"""

import signal
import time
from pathlib import Path

import pytest

from tests.asked import results, users
from tests.e2e.chat import Chat, chatting, is_pending, listing, said
from tests.e2e.kitchen import Kitchen
from tests.server import Call, Gate, Reply, serving


def kill(chat: Chat) -> None:
    chat.kill(signal.SIGKILL)
    chat.process.wait()


def delivered(home: Path) -> list[str]:
    return [entry["text"] for entry in listing(home, "history") if entry["role"] == "user"]


def pending(home: Path) -> list[str]:
    return [prompt["text"] for prompt in listing(home, "pending")]


@pytest.mark.parametrize("mode", ["incorporate", "queue"])
def test_killed_in_the_middle_of_an_answer_each_pending_prompt_is_there_once_and_held_until_enter(
    tmp_path: Path, mode: str
) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2), Reply("One."), Reply("Two.")]
    with serving(script) as server:
        with chatting(server, tmp_path, "--mode", mode) as chat:
            chat.say("Work.")
            chat.wait_for("Working on it")
            chat.send("First\rSecond\r")
            chat.wait_for(is_pending(f"1 {mode} First", f"2 {mode} Second"))
            wait_until_written(tmp_path, "Working on it")
            kill(chat)
        assert listing(tmp_path, "runs")[0]["status"] == "crashed"
        with chatting(server, tmp_path) as chat:
            chat.wait_status("held", "restart")
            chat.wait_for(is_pending(f"1 {mode} First held: restart", f"2 {mode} Second held: restart"))
            chat.wait_for("Run 1 was cut off when the program ended")
            assert len(server.requests) == 1
            chat.key("enter")
            chat.wait_for("Two." if mode == "queue" else "One.")
            chat.wait_status("idle")
            assert server.refusals == []
            asked = users(server.requests[-1].body)
            assert [asked[0], *asked[2:]] == ["Work.", "First", "Second"]
            assert "cut short by a crash of the program" in asked[1]
            chat.quit()
    assert delivered(tmp_path) == ["Work.", "First", "Second"]
    assert pending(tmp_path) == []


@pytest.mark.parametrize("mode", ["incorporate", "queue"])
def test_killed_during_a_tool_its_outcome_is_unknown_and_it_is_not_executed_again(tmp_path: Path, mode: str) -> None:
    script = [Reply("First the burger.", calls=[Call("execute_task", {"description": "a burger"})]), Reply("Heard.")]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools, "--mode", mode) as chat:
            chat.say("Work.")
            burger = kitchen.order("burger")
            chat.say("Croutons")
            chat.wait_for(is_pending(f"1 {mode} Croutons"))
            kill(chat)
            burger.wait_gone()
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.wait_for(is_pending(f"1 {mode} Croutons held: restart"))
            chat.wait_for("execute_task a burger  unknown")
            chat.key("enter")
            chat.wait_for("Heard.")
            assert results(server.requests[1].body) == ["outcome unknown (restart)"]
            assert users(server.requests[1].body) == ["Work.", "Croutons"]
            assert server.refusals == []
            chat.quit()
        assert kitchen.orders == ["a burger"]


def test_killed_in_the_middle_of_an_answer_what_it_had_said_is_there_and_continue_goes_on_from_it(
    tmp_path: Path,
) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2), Reply("Now done.")]
    with serving(script) as server:
        with chatting(server, tmp_path) as chat:
            chat.say("Work.")
            chat.wait_for("Working on it")
            wait_until_written(tmp_path, "Working on it")
            kill(chat)
        assert [entry["status"] for entry in listing(tmp_path, "history")] == ["complete", "partial"]
        with chatting(server, tmp_path) as chat:
            chat.wait_for("/continue goes on with it")
            chat.wait_for("Working on it")
            chat.say("/continue")
            chat.wait_for("Now done.")
            assert "cut short by a crash of the program" in users(server.requests[1].body)[-1]
            assert server.refusals == []
            chat.quit()
    assert said(tmp_path) == [("user", "Work."), ("assistant", "Working on it"), ("assistant", "Now done.")]


def wait_until_written(home: Path, text: str) -> None:
    """Until what streams is in the file, which is promised for a quarter of a second after it was shown."""
    deadline = time.monotonic() + 2
    while listing(home, "history")[-1]["text"] != text:
        assert time.monotonic() < deadline, "it is not written down"


def test_killed_during_a_tool_that_is_idempotent_continue_calls_it_again(tmp_path: Path) -> None:
    script = [Reply(calls=[Call("look_up", {"description": "a recipe"})]), Reply("Found.")]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.say("Work.")
            first = kitchen.order("recipe")
            kill(chat)
            first.wait_gone()
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.wait_for("Whether look_up has done its work is not known")
            chat.say("/continue")
            kitchen.order("recipe").finish()
            chat.wait_for("Found.")
            assert results(server.requests[1].body) == ["outcome unknown (restart)", "done: a recipe"]
            assert server.refusals == []
            chat.quit()


def test_killed_while_a_tool_is_undone_that_is_told_as_unknown_and_is_not_begun_again(tmp_path: Path) -> None:
    script = [Reply(calls=[Call("execute_task", {"description": what})]) for what in ("a burger", "a salad")]
    with Kitchen(tmp_path) as kitchen, serving([script[0], Reply("Enjoy."), script[1], Reply("Served.")]) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.say("Burger.")
            kitchen.order("burger").finish()
            chat.wait_for("Enjoy.")
            chat.wait_status("idle")
            chat.say("/rollback")
            undo = kitchen.order("undo: a burger")
            chat.wait_for(lambda screen: "undoing execute_task a burger" in screen[-2])
            kill(chat)
            undo.wait_gone()
        with chatting(server, tmp_path, "--tools", kitchen.tools, cols=120) as chat:
            chat.wait_for("its compensation was cut, and may have done a part")
            chat.key("f2")
            chat.wait_for(lambda screen: any("? execute_task a burger  unknown" in line for line in screen))
            chat.key("q")
            chat.wait_status("idle")
            chat.say("Salad.")
            kitchen.order("salad").finish()
            chat.wait_for("Served.")
            chat.wait_status("idle")
            chat.quit()
        assert kitchen.orders == ["a burger", "undo: a burger", "a salad"]
        assert server.refusals == []
    notes = [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "note"]
    assert len(notes) == 1 and "its compensation was cut" in notes[0]
    assert [run["rolled_back"] for run in listing(tmp_path, "runs")] == [True, False]


def test_killed_in_the_run_that_an_interrupting_prompt_opened_nothing_is_lost_and_the_queue_is_held(
    tmp_path: Path,
) -> None:
    first = Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)
    second = Reply("Right away, and done.", chunk=11, gate=Gate(), gate_at=2)
    with serving([first, second, Reply("Queue done.")]) as server:
        with chatting(server, tmp_path, "--mode", "interrupt") as chat:
            chat.say("Work.")
            chat.wait_for("Working on it")
            chat.say("Queued", "tab")
            chat.wait_for(is_pending("1 queue Queued"))
            chat.say("Stop that.")
            chat.wait_for("Right away")
            kill(chat)
        assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled", "crashed"]
        with chatting(server, tmp_path) as chat:
            chat.wait_status("INTERRUPT", "held", "restart")
            chat.wait_for(is_pending("1 queue Queued held: restart"))
            chat.key("enter")
            chat.wait_for("Queue done.")
            assert server.refusals == []
            chat.quit()
    assert delivered(tmp_path) == ["Work.", "Stop that.", "Queued"]
    assert pending(tmp_path) == []


def test_killed_while_an_interrupting_prompt_waits_for_a_stubborn_tool_the_prompt_is_held(tmp_path: Path) -> None:
    script = [Reply(calls=[Call("stubborn_task", {"description": "a burger"})]), Reply("Heard.")]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools, "--mode", "interrupt") as chat:
            chat.say("Work.")
            kitchen.order("burger")
            chat.say("Stop that.")
            chat.wait_for(is_pending("1 interrupt Stop that. opens the next run"))
            kill(chat)
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.wait_for(is_pending("1 interrupt Stop that. held: restart"))
            chat.key("enter")
            chat.wait_for("Heard.")
            assert server.refusals == []
            chat.quit()
    assert delivered(tmp_path) == ["Work.", "Stop that."]
