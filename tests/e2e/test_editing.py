"""Pending prompts are edited in the composer: nothing passes them meanwhile, and nothing written is lost to a race."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, data_dir, is_pending, listing
from tests.engine.driver import write_lock
from tests.server import Gate, Reply, Server, serving


@contextmanager
def working(home: Path, gate: Gate, *replies: Reply, sent: str = "One\tTwo\t") -> Iterator[tuple[Chat, Server]]:
    """A run that ends when `gate` is opened, and what is `sent` meanwhile."""
    script = [Reply("Working on it, and done.", chunk=13, gate=gate, gate_at=2), *replies]
    with serving(script) as server, chatting(server, home) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.send(sent)
        chat.wait_empty()
        yield chat, server
        chat.quit()
        assert server.refusals == []


def is_written(text: str, chat: Chat) -> None:
    chat.wait_for(lambda screen: composer(screen) == text)


def last(server: Server, number: int) -> str:
    return users(server.request_here(number).body)[-1]


def edit(chat: Chat, number: int, text: str) -> None:
    """Open the edit of a prompt, whose text is `text`."""
    chat.say(f"/edit {number}")
    chat.wait_for(f"editing #{number}")
    is_written(text, chat)


def test_nothing_of_the_queue_starts_while_one_of_it_is_edited_and_it_goes_on_when_that_is_saved(
    tmp_path: Path,
) -> None:
    gate = Gate()
    with working(tmp_path, gate, Reply("First."), Reply("Second.")) as (chat, server):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        edit(chat, 2, "Two")
        chat.wait_for(is_pending("1 queue One held: editing", "2 queue Two being edited"))
        chat.wait_for("Enter: save")
        gate.open()
        chat.wait_status("held", "editing")
        assert len(server.requests) == 1
        chat.say(", and more")
        chat.wait_for("Second.")
        chat.wait_status("idle")
        assert [last(server, 2), last(server, 3)] == ["One", "Two, and more"]
        chat.wait_empty()


def test_leaving_an_edit_changes_nothing_stops_nothing_and_what_was_written_is_in_the_next_edit_of_it(
    tmp_path: Path,
) -> None:
    with working(tmp_path, Gate()) as (chat, _):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        edit(chat, 1, "One")
        chat.send(" half")
        is_written("One half", chat)
        chat.key("escape")
        chat.wait_gone("editing #1")
        chat.wait_for(is_pending("1 queue One next run", "2 queue Two"))
        chat.wait_status("running")
        chat.wait_empty()
        chat.say("/edit 1")
        chat.wait_for("as you left it")
        is_written("One half", chat)
        chat.key("ctrl+z")
        is_written("One", chat)
        chat.key("escape")
        chat.wait_empty()


@pytest.mark.parametrize(
    ("key", "after"),
    [
        ("enter", ["1 incorporate Steer more", "2 queue One", "3 queue Two"]),
        ("tab", ["1 queue One", "2 queue Two", "3 queue Steer more"]),
    ],
)
def test_an_edit_is_saved_with_its_own_mode_or_with_another_and_undo_takes_it_back(
    tmp_path: Path, key: str, after: list[str]
) -> None:
    with working(tmp_path, Gate(), sent="One\tTwo\tSteer\r") as (chat, _):
        chat.wait_for(is_pending("1 incorporate Steer", "2 queue One", "3 queue Two"))
        edit(chat, 1, "Steer")
        chat.say(" more", key)
        chat.wait_for(is_pending(*after))
        chat.say("/undo")
        chat.wait_for(is_pending("1 incorporate Steer", "2 queue One", "3 queue Two"))


def test_an_edit_is_saved_and_sent_now_by_ctrl_enter(tmp_path: Path) -> None:
    with working(tmp_path, Gate(), Reply("Heard.", head_gate=Gate())) as (chat, server):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        edit(chat, 2, "Two")
        chat.say(" at once", "ctrl+enter")
        server.request_here(1).closed.wait_here()
        assert last(server, 2) == "Two at once"
        chat.wait_for(is_pending("1 queue One"))


def test_the_draft_is_back_when_the_edit_is_saved_exactly_and_with_its_cursor(tmp_path: Path) -> None:
    with working(tmp_path, Gate()) as (chat, _):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        chat.paste("my\n\tdraft")
        chat.key("left", "left")
        chat.key("alt+up")
        chat.wait_for("editing #2")
        chat.say("!")
        chat.wait_for(is_pending("1 queue One", "2 queue Two!"))
        chat.send("X")
        chat.wait_for(lambda screen: composer(screen).split() == ["my", "draXft"])
        chat.key("ctrl+c")


def test_a_prompt_that_the_run_takes_while_it_is_edited_leaves_its_new_text_in_the_composer_as_already_sent(
    tmp_path: Path,
) -> None:
    gate, second = Gate(), Gate()
    with working(tmp_path, gate, Reply("Heard.", head_gate=second), Reply("Again."), sent="Steer\r") as (chat, server):
        chat.wait_for(is_pending("1 incorporate Steer"))
        chat.send("my draft")
        chat.key("alt+up")
        chat.wait_for("editing #1")
        chat.send(" to the left")
        is_written("Steer to the left", chat)
        gate.open()
        assert last(server, 2) == "Steer"
        chat.wait_for("#1 was already sent; this is a new prompt")
        is_written("Steer to the left", chat)
        chat.key("enter")
        again, sent = "already sent: Enter again sends", is_pending("1 incorporate Steer to the left")
        if not sent(chat.wait_for(lambda screen: again in "\n".join(screen) or sent(screen))):
            chat.key("enter")
        chat.wait_for(sent)
        is_written("my draft", chat)
        second.open()
        assert last(server, 3) == "Steer to the left"
        chat.wait_for("Again.")
        chat.key("ctrl+c")
    assert [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "user"] == [
        "Work.",
        "Steer",
        "Steer to the left",
    ]


def test_a_prompt_that_is_taken_before_its_edit_was_changed_is_not_sent_again(tmp_path: Path) -> None:
    gate, second = Gate(), Gate()
    with working(tmp_path, gate, Reply("Heard.", head_gate=second), sent="Steer\r") as (chat, server):
        chat.wait_for(is_pending("1 incorporate Steer"))
        chat.send("my draft")
        chat.key("alt+up")
        chat.wait_for("editing #1")
        gate.open()
        assert last(server, 2) == "Steer"
        chat.wait_for("#1 was already sent")
        is_written("my draft", chat)
        second.open()
        chat.wait_status("idle")
        chat.key("ctrl+c")


def test_an_edit_that_is_saved_while_the_answer_is_committed_is_delivered_in_its_new_form_alone(tmp_path: Path) -> None:
    gate, second = Gate(), Gate()
    with working(tmp_path, gate, Reply("Heard.", head_gate=second), sent="Steer\r") as (chat, server):
        chat.wait_for(is_pending("1 incorporate Steer"))
        edit(chat, 1, "Steer")
        chat.send(" anew")
        is_written("Steer anew", chat)
        with write_lock(data_dir(tmp_path)):
            gate.open()
            server.request_here(1).answered.wait_here()
            chat.wait_for("and done.")
            chat.key("enter")
            chat.wait_taken()
        assert users(server.request_here(2).body) == ["Work.", "Steer anew"]
        chat.wait_empty()
        second.open()
        chat.wait_status("idle")


def test_a_prompt_that_is_withdrawn_while_it_is_edited_ends_the_edit(tmp_path: Path) -> None:
    with working(tmp_path, Gate()) as (chat, _):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        edit(chat, 2, "Two")
        chat.key("alt+p")
        chat.wait_for("Del: withdraw")
        chat.key("delete")
        chat.wait_for(is_pending("▸1 queue One"))
        chat.wait_gone("editing #2")
        chat.wait_empty()


def test_killed_while_a_prompt_is_edited_it_is_found_as_it_was(tmp_path: Path) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2), Reply("One."), Reply("Two.")]
    with serving(script) as server:
        with chatting(server, tmp_path) as chat:
            chat.say("Work.")
            chat.wait_for("Working on it")
            chat.send("One\tTwo\t")
            chat.wait_for(is_pending("1 queue One", "2 queue Two"))
            edit(chat, 1, "One")
            chat.send(" changed")
            is_written("One changed", chat)
            chat.kill(signal.SIGKILL)
            chat.process.wait()
        assert [prompt["text"] for prompt in listing(tmp_path, "pending")] == ["One", "Two"]
        with chatting(server, tmp_path) as chat:
            chat.wait_for(is_pending("1 queue One held: restart", "2 queue Two held: restart"))
            chat.key("enter")
            chat.wait_for("Two.")
            chat.quit()


def test_a_save_that_the_disk_refuses_keeps_the_edit_open_with_its_text(tmp_path: Path) -> None:
    with working(tmp_path, Gate()) as (chat, _):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        edit(chat, 2, "Two")
        chat.wait_for(is_pending("1 queue One held: editing", "2 queue Two being edited"))
        other = sqlite3.connect(data_dir(tmp_path) / "chat.db", isolation_level=None)
        other.executescript("CREATE TRIGGER full BEFORE UPDATE ON prompts BEGIN SELECT raise(ABORT, 'disk full'); END")
        chat.say(" anew")
        chat.wait_for(lambda screen: "whatyouwroteisstillhere" in "".join("".join(screen).split()))
        chat.wait_for("editing #2")
        is_written("Two anew", chat)
        other.execute("DROP TRIGGER full")
        other.close()
        chat.key("enter")
        chat.wait_for(is_pending("1 queue One", "2 queue Two anew"))
        chat.wait_empty()


def test_in_a_session_of_another_program_an_edit_is_refused(tmp_path: Path) -> None:
    with working(tmp_path, Gate()) as (chat, server):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        with chatting(server, tmp_path, "--session", "default") as other:
            other.wait_for("read-only: open in another process")
            other.wait_for(is_pending("1 queue One", "2 queue Two"))
            other.say("/edit 1")
            other.wait_for("nothing can be edited here: read-only")
            is_written("/edit 1", other)
            other.key("ctrl+c")
            other.wait_empty()
            other.say("/withdraw 1")
            other.wait_for("Nothing is changed: read-only")
            other.wait_for(is_pending("1 queue One", "2 queue Two"))
            other.quit()
