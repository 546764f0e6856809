"""Esc once and twice, what is held, resume, continue, and what is typed meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import answers, users
from tests.e2e.chat import Chat, chatting, composer, is_pending, listing, status
from tests.e2e.kitchen import Kitchen
from tests.server import Call, Gate, Reply, Server, serving


@contextmanager
def working(tmp_path: Path, *replies: Reply) -> Iterator[tuple[Chat, Server]]:
    """A chat in the middle of its first answer, which never ends by itself."""
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2), *replies]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        yield chat, server
        chat.quit()
        assert server.refusals == []


def own(server: Server, number: int) -> list[str]:
    """The user's texts in a request, without the markers."""
    return [text for text in users(server.request_here(number).body) if not text.startswith("[")]


def last(server: Server, number: int) -> str:
    return own(server, number)[-1]


def test_esc_keeps_the_partial_answer_and_the_draft_and_holds_the_queue_until_enter_on_empty(tmp_path: Path) -> None:
    with working(tmp_path, Reply("First of the queue."), Reply("Second of the queue.")) as (chat, server):
        chat.say("One", "tab")
        chat.say("Two", "tab")
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        chat.send("a draft")
        chat.wait_for(lambda screen: composer(screen) == "a draft")
        chat.wait_for("Esc: stop, hold the queue")
        chat.key("escape")
        server.request_here(1).closed.wait_here()
        chat.wait_status("held", "stopped")
        chat.wait_for(is_pending("1 queue One held: stopped", "2 queue Two held: stopped"))
        chat.wait_for("interrupted by the user")
        chat.wait_for("Stopped: run 1")
        assert composer(chat.screen) == "a draft"
        assert len(server.requests) == 1
        chat.key("ctrl+c")
        chat.wait_for("Enter: resume (2 held: stopped)")
        chat.key("enter")
        chat.wait_for("Second of the queue.")
        chat.wait_status("idle")
        assert [last(server, 2), last(server, 3)] == ["One", "Two"]
        assert answers(server.requests[1].body) == ["Working on it"]
    assert [entry["status"] for entry in listing(tmp_path, "history")][1] == "partial"
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled", "completed", "completed"]


def test_after_esc_corrections_open_the_next_run(tmp_path: Path) -> None:
    with working(tmp_path, Reply("Heard both.")) as (chat, server):
        chat.say("One", "enter")
        chat.say("Two", "enter")
        chat.wait_for(is_pending("1 incorporate One", "2 incorporate Two"))
        chat.key("escape")
        chat.wait_for("Heard both.")
        chat.wait_status("idle")
        assert own(server, 2) == ["Work.", "One", "Two"]


def test_an_esc_right_after_a_stop_also_stops_what_started_since_and_holds_everything(tmp_path: Path) -> None:
    started = Gate()
    with working(tmp_path, Reply("Never.", head_gate=started), Reply("Queue done.")) as (chat, _server):
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.say("Steered")
        chat.wait_for(is_pending("1 incorporate Steered", "2 queue Queued"))
        chat.key("escape")
        chat.wait_for("Stopped: run 1")
        chat.key("escape")
        chat.wait_for("Stopped: run 2")
        chat.wait_for(is_pending("1 queue Queued held: stopped"))
        chat.wait_for(lambda screen: "held" in status(screen) and "running" not in status(screen))
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("resume", ["", "/resume"])
def test_esc_while_stopping_holds_everything_and_resume_starts_the_corrections_together_and_then_the_queue(
    tmp_path: Path, resume: str
) -> None:
    script = [Reply(calls=[Call("stubborn_task", {"description": "a burger"})]), Reply("Heard."), Reply("Queue done.")]
    with (
        Kitchen(tmp_path) as kitchen,
        serving(script) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Work.")
        kitchen.order("burger")
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.send("One\rTwo\r")
        chat.wait_for(is_pending("1 incorporate One", "2 incorporate Two", "3 queue Queued"))
        chat.key("escape")
        chat.wait_for(
            is_pending("1 incorporate One opens the next run", "2 incorporate Two opens", "3 queue Queued held")
        )
        chat.key("escape")
        chat.wait_for(is_pending("1 incorporate One held: stopped", "2 incorporate Two held", "3 queue Queued held"))
        assert "running" not in chat.wait_status("held")
        assert len(server.requests) == 1
        chat.send(resume)
        chat.key("enter")
        chat.wait_for("Queue done.")
        assert [own(server, 2), last(server, 3)] == [["Work.", "One", "Two"], "Queued"]
        assert server.refusals == []
        chat.quit()
    assert [run["trigger"] for run in listing(tmp_path, "runs")] == ["prompt", "resume", "queue"]


def test_what_is_typed_while_held_runs_at_once_and_only_tab_joins_what_is_held(tmp_path: Path) -> None:
    with working(tmp_path, Reply("Ran at once."), Reply("First."), Reply("Second.")) as (chat, server):
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.key("escape")
        chat.wait_status("held")
        chat.send("Joins")
        chat.wait_for("Tab: queue, with what is held: stopped")
        chat.key("tab")
        chat.wait_for(is_pending("1 queue Queued held: stopped", "2 queue Joins held: stopped"))
        assert len(server.requests) == 1
        chat.say("At once")
        chat.wait_for("Ran at once.")
        chat.wait_status("held")
        chat.wait_for(is_pending("1 queue Queued held: stopped", "2 queue Joins held: stopped"))
        assert own(server, 2) == ["Work.", "At once"]
        chat.key("enter")
        chat.wait_for("Second.")
        assert [last(server, 3), last(server, 4)] == ["Queued", "Joins"]


def test_enter_on_empty_lifts_the_hold_while_a_run_is_active_too(tmp_path: Path) -> None:
    gate = Gate()
    with working(tmp_path, Reply("Ran at once.", gate=gate), Reply("Queue done.")) as (chat, server):
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.key("escape")
        chat.wait_status("held")
        chat.say("At once")
        gate.reached.wait_here()
        chat.wait_status("running", "queue held: stopped")
        chat.key("enter")
        chat.wait_for(is_pending("1 queue Queued next run"))
        gate.open()
        chat.wait_for("Queue done.")
        assert last(server, 3) == "Queued"


def test_continue_goes_on_after_a_stop_without_a_new_prompt_and_leaves_the_hold(tmp_path: Path) -> None:
    with working(tmp_path, Reply("Went on."), Reply("Queue done.")) as (chat, server):
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.key("escape")
        chat.wait_status("held")
        chat.say("/continue")
        chat.wait_for("Went on.")
        chat.wait_status("held")
        assert own(server, 2) == ["Work."]
        assert answers(server.requests[1].body) == ["Working on it"]
        chat.wait_for(is_pending("1 queue Queued held: stopped"))
    assert listing(tmp_path, "runs")[1]["trigger"] == "continue"
    assert [prompt["hold"] for prompt in listing(tmp_path, "pending")] == ["restart"]


def test_queued_prompts_stay_when_an_interrupting_one_comes_and_go_on_when_its_run_completed(tmp_path: Path) -> None:
    gate = Gate()
    with working(tmp_path, Reply("Interrupted.", gate=gate), Reply("Queue done.")) as (chat, server):
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.say("/now Now")
        gate.reached.wait_here()
        chat.wait_for(is_pending("1 queue Queued next run"))
        gate.open()
        chat.wait_for("Queue done.")
        assert [own(server, 2), last(server, 3)] == [["Work.", "Now"], "Queued"]
