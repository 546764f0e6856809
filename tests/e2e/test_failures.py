"""What a server can do to a run: the error is shown, what was said is kept, the queue is held and not burnt through."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import users
from tests.e2e.chat import Chat, chatting, is_pending, listing
from tests.server import Answer, Ending, Fault, Gate, Reply, Server, serving
from tests.wire import Scripted

JSON = "application/json"


def refuses(status: int, message: str, *, gate: Gate | None = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = '{"error": {"message": "' + message + '"}}'
    return Answer(body, status=status, content_type=JSON, headers=named, head_gate=gate)


@contextmanager
def asked(tmp_path: Path, gate: Gate, *script: Scripted) -> Iterator[tuple[Chat, Server]]:
    """A chat whose first request waits at `gate`, with a prompt in the queue."""
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        gate.reached.wait_here()
        chat.say("Queued", "tab")
        chat.wait_for(is_pending("1 queue Queued"))
        yield chat, server
        chat.quit()
        assert server.refusals == []


def test_a_401_is_shown_with_its_status_not_retried_and_holds_the_queue(tmp_path: Path) -> None:
    gate = Gate()
    with asked(tmp_path, gate, refuses(401, "Incorrect key", gate=gate)) as (chat, server):
        gate.open()
        chat.wait_for("HTTP 401: Incorrect key")
        chat.wait_status("held", "failed")
        chat.wait_for(is_pending("1 queue Queued held: failed"))
        assert len(server.requests) == 1
        chat.key("enter")
        chat.wait_for("Done.")
        chat.wait_status("idle")
        assert users(server.requests[1].body) == ["Work.", "Queued"]
    runs = listing(tmp_path, "runs")
    assert [run["status"] for run in runs] == ["failed", "completed"]
    assert "HTTP 401" in runs[0]["reason"]


def test_a_429_is_retried_visibly_and_then_holds_the_queue_as_rate_limited(tmp_path: Path) -> None:
    gate = Gate()
    limited = refuses(429, "Slow down", retry_after="0")
    script: list[Scripted] = [
        refuses(429, "Slow down", gate=gate, retry_after="0"),
        *[limited] * 4,
        Reply("Back again."),
    ]
    with asked(tmp_path, gate, *script) as (chat, server):
        gate.open()
        chat.wait_for("failed: HTTP 429: Slow down")
        chat.wait_status("held", "rate limit")
        chat.wait_for(is_pending("1 queue Queued held: rate limit"))
        assert [users(request.body) for request in server.requests] == [["Work."]] * 5
        chat.key("enter")
        chat.wait_for("Back again.")


def test_retry_after_is_waited_for_visibly_and_esc_ends_the_wait(tmp_path: Path) -> None:
    with serving([refuses(429, "Slow down", retry_after="30")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for(lambda screen: any("retrying in 2" in line and "HTTP 429: Slow down" in line for line in screen))
        chat.wait_for("(attempt 2 of 5)")
        chat.key("escape")
        chat.wait_for("Stopped: run 1")
        chat.wait_status("idle")
        chat.quit()


@pytest.mark.parametrize(
    ("failure", "shown"),
    [
        (refuses(500, "Out of order", retry_after_ms="1"), "HTTP 500: Out of order"),
        (Answer("<html>Sign in</html>", content_type="text/html"), "web page"),
    ],
    ids=["HTTP 500", "a web page"],
)
def test_a_failure_with_nothing_pending_is_retried_by_enter_on_the_empty_line(
    tmp_path: Path, failure: Answer, shown: str
) -> None:
    replies = [failure] * 5
    with (
        serving(lambda body: replies.pop() if replies else Reply("Back again.")) as server,
        chatting(server, tmp_path) as chat,
    ):
        chat.say("Work.")
        chat.wait_for(shown)
        chat.wait_for("Enter: retry")
        chat.wait_status("idle")
        replies.clear()
        chat.key("enter")
        chat.wait_for("Back again.")
        assert users(server.requests[-1].body) == ["Work."]
        chat.quit()
    assert [run["trigger"] for run in listing(tmp_path, "runs")] == ["prompt", "continue"]


@pytest.mark.parametrize("ending", [Ending.CUT, Ending.RESET])
def test_a_stream_that_is_cut_keeps_what_was_said_marks_it_and_holds_the_queue(tmp_path: Path, ending: Ending) -> None:
    gate = Gate()
    said = Reply("Once upon a time there was a kitchen.", chunk=5)
    script: list[Scripted] = [Reply("Hm.", gate=gate), Fault(said, after=900, ending=ending)]
    with asked(tmp_path, gate, *script) as (chat, server):
        chat.say("Next", "tab")
        chat.wait_for(is_pending("1 queue Queued", "2 queue Next"))
        gate.open()
        chat.wait_for("Run 2 failed: ")
        chat.wait_for("Once upon")
        chat.wait_for("interrupted by an error")
        chat.wait_status("held", "failed")
        chat.wait_for(is_pending("1 queue Next held: failed"))
        assert len(server.requests) == 2
    partial = [entry["text"] for entry in listing(tmp_path, "history") if entry["status"] == "partial"]
    assert len(partial) == 1 and said.text.startswith(partial[0])


def test_retry_follows_a_failed_run(tmp_path: Path) -> None:
    with serving([refuses(400, "No such model"), Reply("Back again.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("HTTP 400: No such model")
        chat.say("/retry")
        chat.wait_for("Back again.")
        assert users(server.requests[1].body) == ["Work."]
        chat.quit()
