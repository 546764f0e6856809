"""What an interrupt leaves and when a run takes in: per prompt, per session, and seen on the screen."""

import time
from pathlib import Path

from tests.asked import answers, results, users
from tests.e2e.chat import chatting, is_pending, listing
from tests.e2e.kitchen import Kitchen
from tests.e2e.test_editing import is_written, working
from tests.server import Call, Gate, Reply, serving


def test_a_run_that_is_interrupted_with_rollback_is_shown_as_rolled_back_and_undo_brings_it_back(
    tmp_path: Path,
) -> None:
    with working(tmp_path, Gate(), Reply("Started anew."), sent="") as (chat, server):
        chat.say("/now rollback Forget that.")
        chat.wait_for("Started anew.")
        chat.wait_status("idle")
        chat.wait_for("interrupted run 1 after")
        assert chat.text.count("rolled back") == 2
        assert users(server.requests[1].body) == ["Forget that."]
        assert answers(server.requests[1].body) == []
        chat.say("/undo")
        chat.wait_gone("rolled back")
        chat.wait_for("Working on it")


def test_a_prompt_that_is_taken_in_at_once_cuts_the_answer_and_the_same_run_goes_on_with_it(tmp_path: Path) -> None:
    with working(tmp_path, Gate(), Reply("Heard."), sent="/incorporate-at now\r") as (chat, server):
        chat.send("Shorter.")
        chat.wait_for("Enter: cut the reply, taken in at once")
        is_written("Shorter.", chat)
        pressed = time.monotonic()
        chat.key("enter")
        cut = server.request_here(1)
        cut.closed.wait_here()
        assert cut.closed_at
        print(f"from Enter to the closed stream: {1000 * (cut.closed_at - pressed):.0f} ms")
        chat.wait_for("Heard.")
        chat.wait_for("incorporated at turn 2")
        chat.wait_for("■ interrupted by")
        chat.wait_status("idle")
        assert not cut.answered.is_set()
        first, note, last = users(server.requests[1].body)
        assert [first, last] == ["Work.", "Shorter."]
        assert "cut short by a new message of the user" in note
        assert answers(server.requests[1].body) == ["Working on it"]
    assert [(run["run"], run["status"]) for run in listing(tmp_path, "runs")] == [(1, "completed")]
    assert [entry["status"] for entry in listing(tmp_path, "history")] == [
        "complete",
        "partial",
        "complete",
        "complete",
    ]


def test_a_prompt_that_would_be_taken_in_at_once_does_not_cut_a_tool(tmp_path: Path) -> None:
    script = [Reply(calls=[Call("execute_task", {"description": "a burger"})]), Reply("Enjoy both.")]
    with (
        Kitchen(tmp_path) as kitchen,
        serving(script) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools, "--incorporate-at", "now") as chat,
    ):
        chat.say("A burger.")
        burger = kitchen.order("burger")
        chat.say("And a salad.")
        chat.wait_for(is_pending("1 incorporate And a salad."))
        burger.finish()
        chat.wait_for("Enjoy both.")
        chat.wait_for("incorporated at turn 2")
        chat.wait_status("idle")
        assert results(server.requests[1].body) == ["done: a burger"]
        assert users(server.requests[1].body) == ["A burger.", "And a salad."]
        chat.quit()


def test_two_dashes_send_a_text_that_begins_with_a_wish(tmp_path: Path) -> None:
    with working(tmp_path, Gate(), Reply("Heard."), sent="") as (chat, server):
        chat.say("/now -- keep going")
        chat.wait_for("Heard.")
        assert users(server.requests[1].body)[-1] == "keep going"


def test_the_policies_of_the_session_are_switched_live_and_shown(tmp_path: Path) -> None:
    with serving() as server, chatting(server, tmp_path) as chat:
        chat.say("/on-interrupt rollback")
        chat.wait_status("interrupt: rollback")
        chat.say("/incorporate-at now")
        chat.wait_status("incorporate: now")
        chat.say("/on-interrupt sometimes")
        chat.wait_for("there is no policy sometimes: choose keep, trim, rollback")
        chat.key("ctrl+c")
        for word, told in (
            ("on-interrupt", "on-interrupt is rollback: choose keep, trim, rollback"),
            ("incorporate-at", "incorporate-at is now: choose boundary, now"),
        ):
            chat.say(f"/{word}")
            chat.wait_for(told)
            chat.key("ctrl+c")
        chat.wait_status("interrupt: rollback", "incorporate: now")
        chat.quit()
    with serving() as server, chatting(server, tmp_path) as chat:
        chat.wait_status("incorporate: now")
        chat.quit()


def test_a_run_is_rolled_back_and_restored_by_command(tmp_path: Path) -> None:
    with serving([Reply("Heard one."), Reply("Heard two.")]) as server, chatting(server, tmp_path) as chat:
        for text in ("one", "two"):
            chat.say(f"Say {text}")
            chat.wait_for(f"Heard {text}.")
            chat.wait_status("idle")
        chat.say("/restore")
        chat.wait_for("nothing was rolled back")
        chat.key("ctrl+c")
        chat.say("/rollback 1")
        chat.wait_for(lambda screen: "\n".join(screen).count("rolled back") == 2)
        chat.wait_for("Rolled back: run 1")
        chat.say("/restore")
        chat.wait_for("Brought back: run 1")
        chat.wait_gone("rolled back")
        chat.say("/rollback 7")
        chat.wait_for("there is no run 7")
        chat.quit()


def test_retry_repeats_the_last_answer_and_the_old_one_is_rolled_back(tmp_path: Path) -> None:
    with serving([Reply("Heard badly."), Reply("Heard well.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Say one")
        chat.wait_for("Heard badly.")
        chat.wait_status("idle")
        chat.say("/retry")
        chat.wait_for("Heard well.")
        chat.wait_for("rolled back")
        chat.wait_status("idle")
        assert answers(server.requests[1].body) == []
        chat.quit()
    assert [entry["status"] for entry in listing(tmp_path, "history")] == ["complete", "rolled_back", "complete"]


def test_what_was_held_stays_in_the_panel_while_a_run_is_rolled_back(tmp_path: Path) -> None:
    with working(tmp_path, Gate(), sent="Queued\t") as (chat, _):
        chat.wait_for(is_pending("1 queue Queued"))
        chat.say("/rollback")
        chat.wait_for("rolled back")
        chat.wait_for(is_pending("1 queue Queued held: stopped"))
