"""The story of the burger, the caesar salad and the croutons: the installed program, once per mode and wire format.

"Prepare a burger and a caesar salad." While the burger is being prepared, "Oh, and please add some croutons to the
salad!" What the second message does is the mode's business. Checked are the requests that the server received, the
screen, and the listings.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.asked import answers, results, users
from tests.e2e.chat import Chat, chatting, listing, pending_rows
from tests.e2e.kitchen import Kitchen
from tests.engine.driver import untimed
from tests.server import Call, Received, Reply, Server, serving

MEAL = "Prepare a burger and a caesar salad."
CROUTONS = "Oh, and please add some croutons to the salad!"
READY = "Your burger and your caesar salad are ready."

both_formats = pytest.mark.parametrize("api", ["chat", "responses"])


def cooks(dish: str, text: str = "") -> Reply:
    return Reply(text, calls=[Call("execute_task", {"description": dish})])


@contextmanager
def told(tmp_path: Path, api: str, mode: str, script: list[Reply]) -> Iterator[tuple[Chat, Server, Kitchen]]:
    """The chat in `mode`, up to the moment in which the burger is being prepared and the croutons have been sent."""
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        options = ("--api", api, "--mode", mode, "--tools", kitchen.tools)
        with chatting(server, tmp_path, *options, cols=100, rows=30, ready=mode.upper()) as chat:
            chat.say(MEAL)
            chat.wait_for("burger  running")
            yield chat, server, kitchen
            chat.quit()
        assert server.refusals == []


def calls(history: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each call's dish and status."""
    return [
        (call["arguments"]["description"], call["status"]) for entry in history for call in entry.get("tool_calls", [])
    ]


def said(history: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    """The user's messages: text, run and receipt, without its times."""
    return [(entry["text"], entry["run"], untimed(entry["receipt"])) for entry in history if entry["role"] == "user"]


def told_runs(home: Path) -> list[tuple[str, str, int]]:
    """Status, trigger and number of prompts of each run."""
    return [(run["status"], run["trigger"], len(run["prompts"])) for run in listing(home, "runs")]


def endpoint(request: Received) -> str:
    return request.path.rpartition("/")[2]


@both_formats
def test_in_interrupt_the_burger_is_cut_and_a_second_run_knows_both_prompts_and_what_was_cut(
    tmp_path: Path, api: str
) -> None:
    script = [
        cooks("a burger", "First the burger."),
        cooks("a caesar salad with croutons", "Then the salad, with croutons."),
        Reply("All of it is ready, croutons included."),
    ]
    with told(tmp_path, api, "interrupt", script) as (chat, server, kitchen):
        burger = kitchen.order("burger")
        chat.say(CROUTONS)
        burger.wait_gone()
        kitchen.order("croutons").finish()
        chat.wait_for("croutons included.")
        chat.wait_status("INTERRUPT", "idle")

        second = server.request_here(2).body
        assert users(second) == [MEAL, CROUTONS]
        assert answers(second)[0] == "First the burger."
        assert results(second)[0].startswith("interrupted after ")
        assert "may have partial effects, output so far: cooking a burger" in results(second)[0]
        assert len(server.requests) == 3
        assert {endpoint(request) for request in server.requests} == {"completions" if api == "chat" else "responses"}

        chat.wait_for("execute_task a burger  interrupted")
        chat.wait_for("interrupted run 1 after")
        chat.wait_for("croutons  done")

    assert told_runs(tmp_path) == [("cancelled", "prompt", 1), ("completed", "interrupt", 1)]
    history = listing(tmp_path, "history")
    assert said(history) == [(MEAL, 1, "started run 1"), (CROUTONS, 2, "interrupted run 1 after TIME")]
    assert calls(history) == [("a burger", "interrupted"), ("a caesar salad with croutons", "done")]


@both_formats
def test_in_incorporate_one_run_prepares_the_burger_and_then_the_salad_with_croutons(tmp_path: Path, api: str) -> None:
    script = [
        cooks("a burger", "First the burger."),
        cooks("a caesar salad with croutons", "Now the salad, with croutons."),
        Reply("All of it is ready, croutons included."),
    ]
    with told(tmp_path, api, "incorporate", script) as (chat, server, kitchen):
        burger = kitchen.order("burger")
        chat.say(CROUTONS)
        chat.wait_for(lambda screen: any("lands after this tool batch" in row for row in pending_rows(screen)))
        assert len(server.requests) == 1
        burger.finish()
        kitchen.order("croutons").finish()
        chat.wait_for("croutons included.")
        chat.wait_status("INCORPORATE", "idle")

        second = server.request_here(2).body
        assert users(second) == [MEAL, CROUTONS]
        assert results(second) == ["done: a burger"]
        assert len(server.requests) == 3

        chat.wait_for("incorporated at turn 2 (")
        assert "interrupted" not in chat.text
        assert pending_rows(chat.screen) == []

    assert told_runs(tmp_path) == [("completed", "prompt", 2)]
    history = listing(tmp_path, "history")
    assert said(history) == [(MEAL, 1, "started run 1"), (CROUTONS, 1, "incorporated at turn 2 (TIME after sending)")]
    assert calls(history) == [("a burger", "done"), ("a caesar salad with croutons", "done")]


@both_formats
def test_in_queue_a_second_run_follows_and_sees_the_first_ones_answer(tmp_path: Path, api: str) -> None:
    script = [
        cooks("a burger", "First the burger."),
        cooks("a caesar salad", "Now the salad."),
        Reply(READY),
        cooks("croutons for the salad"),
        Reply("The croutons are on the salad."),
    ]
    with told(tmp_path, api, "queue", script) as (chat, server, kitchen):
        burger = kitchen.order("burger")
        chat.say(CROUTONS)
        chat.wait_for(lambda screen: any("next run" in row for row in pending_rows(screen)))
        burger.finish()
        salad = kitchen.order("caesar salad")
        assert users(server.request_here(2).body) == [MEAL]
        assert pending_rows(chat.screen)
        salad.finish()
        kitchen.order("croutons").finish()
        chat.wait_for("The croutons are on the salad.")
        chat.wait_status("QUEUE", "idle")

        assert [users(request.body) for request in server.requests[:3]] == [[MEAL]] * 3
        fourth = server.request_here(4).body
        assert users(fourth) == [MEAL, CROUTONS]
        assert answers(fourth)[-1] == READY
        assert results(fourth) == ["done: a burger", "done: a caesar salad"]
        assert len(server.requests) == 5

        chat.wait_for("started run 2 (queued for")
        assert "interrupted" not in chat.text

    assert told_runs(tmp_path) == [("completed", "prompt", 1), ("completed", "queue", 1)]
    history = listing(tmp_path, "history")
    assert said(history) == [(MEAL, 1, "started run 1"), (CROUTONS, 2, "started run 2 (queued for TIME)")]
    assert [status for _, status in calls(history)] == ["done", "done", "done"]
