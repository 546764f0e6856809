"""The screen of sessions on a terminal, and what goes on in a session that is not shown."""

import re
from pathlib import Path

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, is_pending, listing
from tests.server import Gate, Reply, serving


def bells(chat: Chat) -> int:
    """How often it rang; the same byte ends some sequences."""
    return re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", chat.raw).count(b"\x07")


def test_a_run_goes_on_in_a_session_that_is_not_shown_which_has_a_badge_and_rings_when_it_has_ended(
    tmp_path: Path,
) -> None:
    gate = Gate()
    script = [Reply("Working, and done.", chunk=8, gate=gate, gate_at=2), Reply("Queued too.")]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working,")
        chat.say("/new foo")
        chat.wait_status("foo", "idle", "default at work")
        assert bells(chat) == 0
        gate.open()
        chat.wait_status("foo", "idle", "default ended")
        assert bells(chat) == 1
        assert [run["status"] for run in listing(tmp_path, "runs", "--session", "default")] == ["completed"]
        chat.say("/switch default")
        chat.wait_for("Working, and done.")
        chat.say("/switch foo")
        chat.wait_for(lambda screen: "foo" in screen[-1] and "default" not in screen[-1])
        chat.quit()


def test_sessions_are_filtered_opened_renamed_forked_deleted_and_brought_back_after_a_restart(tmp_path: Path) -> None:
    with serving([Reply("A burger it is."), Reply("With fries.")]) as server:
        with chatting(server, tmp_path, cols=110) as chat:
            chat.say("Make a burger.")
            chat.wait_for("A burger it is.")
            chat.wait_status("idle")
            chat.say("/new foo")
            chat.wait_status("foo", "idle")
            chat.key("f3")
            chat.wait_for("❯ ● foo")
            chat.send("burg")
            chat.wait_for("❯   default")
            chat.key("ctrl+r", "ctrl+u")
            chat.send("Dinner\r")
            chat.wait_for("It is called Dinner")
            chat.send("dinner\rAnd fries?")  # at once: what is typed behind Enter is for the session that it opens
            chat.wait_status("Dinner", "idle")
            chat.wait_for(lambda screen: composer(screen) == "And fries?")
            chat.key("ctrl+u")
            chat.say("/fork")
            chat.wait_status("Dinner fork", "idle")
            chat.say("And fries?")
            chat.wait_for("With fries.")
            chat.wait_status("idle")
            chat.say("/delete")
            chat.wait_for("Dinner fork is deleted: /undelete brings it back.")
            chat.quit()
        assert users(server.requests[1].body) == ["Make a burger.", "And fries?"]
        found = [(each["name"], each["title"]) for each in listing(tmp_path, "sessions")]
        assert sorted(found) == [("Dinner", "Dinner"), ("foo", "")]
        with chatting(server, tmp_path, ready="Dinner", cols=110) as chat:
            chat.key("f3")
            chat.wait_for("❯ ● Dinner")
            chat.key("ctrl+z")
            chat.wait_for("Dinner fork is back.")
            chat.key("enter")
            chat.wait_for("With fries.")
            chat.quit()
    assert {each["name"] for each in listing(tmp_path, "sessions")} == {"Dinner", "foo", "Dinner fork"}


def test_a_session_with_a_prompt_that_waits_is_deleted_only_when_asked_and_what_waits_comes_back(
    tmp_path: Path,
) -> None:
    gate = Gate()
    with serving([Reply("Working.", gate=gate)]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        gate.reached.wait_here()
        chat.say("Later", "tab")
        chat.wait_for(is_pending("1 queue Later"))
        chat.say("/delete")
        chat.wait_for("a run is active, and is stopped; 1 prompt is pending, and kept")
        chat.key("escape")
        chat.wait_gone("delete the session?")
        chat.wait_status("default", "running")
        chat.say("/delete")
        chat.wait_for("delete the session?")
        chat.key("y")
        chat.wait_for("default is deleted")
        assert [each["name"] for each in listing(tmp_path, "sessions")] == ["chat 2"]
        chat.say("/undelete")
        chat.wait_status("default", "held")
        chat.wait_for(is_pending("1 queue Later"))
        chat.quit()


def test_who_looks_on_takes_over_what_was_renamed_meanwhile_and_not_what_was_deleted(tmp_path: Path) -> None:
    with serving([Reply("Hello.")]) as server, chatting(server, tmp_path) as first:
        first.say("Hi")
        first.wait_for("Hello.")
        first.wait_status("idle")
        with chatting(server, tmp_path, "--session", "default") as second:
            second.wait_for("read-only: open in another process")
            first.say("/rename Dinner")
            first.wait_status("Dinner")
            first.quit()
            second.wait_status("Dinner", "idle")
            with chatting(server, tmp_path, "--session", "Dinner", ready="Dinner") as third:
                third.wait_for("read-only: open in another process")
                third.say("/delete")
                third.wait_for("can be deleted there")
                second.say("/delete")
                second.wait_for("Dinner is deleted")
                third.wait_for("The session is not taken over: the session 'Dinner' was deleted")
                third.quit()
            second.quit()
    assert [each["name"] for each in listing(tmp_path, "sessions")] == ["chat 2"]
