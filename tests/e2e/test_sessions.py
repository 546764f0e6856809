"""Several sessions in one chat: each is opened once, and goes on when another one is shown."""

from pathlib import Path

from tests.asked import users
from tests.e2e.chat import chatting, is_pending, listing
from tests.server import Gate, Reply, serving


def test_a_session_asked_for_twice_is_opened_once(tmp_path: Path) -> None:
    with serving([Reply("Heard in foo.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("/new foo\r/new foo\r")
        chat.wait_status("foo", "idle")
        chat.wait_empty()
        chat.say("Hello")
        chat.wait_for("Heard in foo.")
        chat.wait_status("foo", "idle")
        assert "not opened" not in chat.text
        assert [users(request.body) for request in server.requests] == [["Hello"]]
        chat.quit()
    assert sorted(session["name"] for session in listing(tmp_path, "sessions")) == ["default", "foo"]
    assert [run["status"] for run in listing(tmp_path, "runs", "--session", "foo")] == ["completed"]


def test_a_run_goes_on_in_the_background_and_quitting_closes_every_session(tmp_path: Path) -> None:
    first, queued, other = Gate(), Gate(), Gate()
    waiting = Reply("Working on it, and done.", chunk=13, gate=queued, gate_at=2)
    replies = {
        "Work.": Reply("Worked on it.", gate=first),
        "Queued": waiting,
        "Elsewhere": Reply("Here too, and done.", chunk=9, gate=other, gate_at=2),
    }
    with serving(lambda body: replies[users(body)[-1]]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        first.reached.wait_here()
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        chat.say("/new foo")
        chat.wait_status("foo", "idle")
        chat.say("Elsewhere")
        chat.wait_for("Here too,")
        first.open()
        queued.reached.wait_here()
        default = ("--session", "default")
        assert [entry["text"] for entry in listing(tmp_path, "history", *default)] == [
            "Work.",
            "Worked on it.",
            "Queued",
        ]
        assert [run["status"] for run in listing(tmp_path, "runs", *default)] == ["completed", "running"]
        chat.wait_status("foo", "running")
        assert "Worked on it." not in chat.text
        chat.say("/new default")
        chat.wait_status("default", "running", "run 2")
        chat.wait_for("Worked on it.")
        chat.wait_for("Working on it")
        chat.quit()
        for request in server.requests[1:]:
            request.closed.wait_here()
    assert [run["status"] for run in listing(tmp_path, "runs", *default)] == ["completed", "cancelled"]
    assert [run["status"] for run in listing(tmp_path, "runs", "--session", "foo")] == ["cancelled"]
    assert [entry["text"] for entry in listing(tmp_path, "history", "--session", "foo")] == ["Elsewhere", "Here too,"]
    assert [session["open"] for session in listing(tmp_path, "sessions")] == [False, False]
