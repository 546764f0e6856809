"""Prompts in the last moment of a run, and several at once: each is taken by this run or heads the next.

A commit is held up by holding the lock that every writer needs, so that prompts arrive exactly while it is made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import users
from tests.e2e.chat import Chat, chatting, data_dir, is_pending, listing, said
from tests.e2e.kitchen import Kitchen
from tests.engine.driver import untimed, write_lock
from tests.server import Call, Gate, Reply, Server, serving

KEYS = {"interrupt": "ctrl+enter", "incorporate": "alt+s", "queue": "tab"}


@contextmanager
def committing(tmp_path: Path, *replies: Reply) -> Iterator[tuple[Chat, Server]]:
    """A chat whose first answer has been received and cannot be committed before the block is left."""
    gate = Gate()
    with serving([Reply("Cooked.", gate=gate), *replies]) as server, chatting(server, tmp_path) as chat:
        chat.say("Cook.")
        gate.reached.wait_here()
        with write_lock(data_dir(tmp_path)):
            gate.open()
            server.request_here(1).answered.wait_here()
            yield chat, server
        chat.wait_for("Heard.")
        chat.wait_status("idle")
        chat.quit()
        assert server.refusals == []


@pytest.mark.parametrize(("mode", "run"), [("interrupt", 2), ("incorporate", 1), ("queue", 2)])
def test_a_prompt_while_the_final_answer_is_committed_is_taken_by_the_run_or_heads_the_next(
    tmp_path: Path, mode: str, run: int
) -> None:
    with committing(tmp_path, Reply("Heard.")) as (chat, server):
        chat.say("Last words", KEYS[mode])
        chat.wait_for("sending")
    assert users(server.requests[1].body)[:2] == ["Cook.", "Last words"]
    assert said(tmp_path) == [
        ("user", "Cook."),
        ("assistant", "Cooked."),
        ("user", "Last words"),
        ("assistant", "Heard."),
    ]
    assert [entry["run"] for entry in listing(tmp_path, "history")] == [1, 1, run, run]


def test_several_interrupting_prompts_at_once_make_one_stop_and_one_run_with_all_of_them_unmerged(
    tmp_path: Path,
) -> None:
    script = [Reply(calls=[Call("stubborn_task", {"description": "a burger"})]), Reply("Heard.")]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools, "--mode", "interrupt") as chat:
            chat.say("Cook.")
            kitchen.order("burger")
            chat.send("One\rTwo\rThree\r")
            chat.wait_for(is_pending("1 interrupt One", "2 interrupt Two", "3 interrupt Three"))
            chat.wait_for("Heard.")
            chat.quit()
        assert users(server.requests[1].body) == ["Cook.", "One", "Two", "Three"]
        assert len(server.requests) == 2
    assert [run["trigger"] for run in listing(tmp_path, "runs")] == ["prompt", "interrupt"]
    receipts = [entry.get("receipt") for entry in listing(tmp_path, "history") if entry["role"] == "user"]
    assert [untimed(each) for each in receipts] == ["started run 1", *["interrupted run 1 after TIME"] * 3]


def test_several_prompts_to_incorporate_are_all_taken_at_one_boundary_unmerged(tmp_path: Path) -> None:
    script = [Reply(calls=[Call("execute_task", {"description": "a burger"})]), Reply("Heard.")]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.say("Cook.")
            burger = kitchen.order("burger")
            for text in ("One", "Two", "Three"):
                chat.send(f"{text}\r")
            chat.wait_for(is_pending("1 incorporate One", "2 incorporate Two", "3 incorporate Three"))
            burger.finish()
            chat.wait_for("Heard.")
            chat.quit()
        assert users(server.requests[1].body) == ["Cook.", "One", "Two", "Three"]
        assert len(server.requests) == 2
    assert len(listing(tmp_path, "runs")) == 1


def test_several_queued_prompts_get_one_run_each_in_order(tmp_path: Path) -> None:
    gate = Gate()
    script = [Reply("Cooked.", gate=gate), Reply("First."), Reply("Second."), Reply("Third.")]
    with serving(script) as server, chatting(server, tmp_path, "--mode", "queue") as chat:
        chat.say("Cook.")
        gate.reached.wait_here()
        for text in ("One", "Two", "Three"):
            chat.send(f"{text}\r")
        chat.wait_for(is_pending("1 queue One next run", "2 queue Two after #1", "3 queue Three after #2"))
        gate.open()
        chat.wait_for("Third.")
        chat.wait_status("idle")
        chat.quit()
        assert [users(request.body)[-1] for request in server.requests] == ["Cook.", "One", "Two", "Three"]
    assert [run["trigger"] for run in listing(tmp_path, "runs")] == ["prompt", "queue", "queue", "queue"]
