"""Going back to an earlier prompt: what came after it is rolled back softly, and the run goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import answers, users
from tests.e2e.chat import Chat, chatting, composer, listing
from tests.e2e.test_editing import is_written
from tests.server import Reply, Server, serving


@contextmanager
def three_said(home: Path, *replies: Reply) -> Iterator[tuple[Chat, Server]]:
    """A chat in which three prompts have been answered, and which is idle."""
    script = [*(Reply(f"Heard {text}.") for text in ("one", "two", "three")), *replies]
    with serving(script) as server, chatting(server, home) as chat:
        for text in ("one", "two", "three"):
            chat.say(f"Say {text}")
            chat.wait_for(f"Heard {text}.")
            chat.wait_status("idle")
        yield chat, server
        chat.quit()
        assert server.refusals == []


def statuses(home: Path) -> list[str]:
    return [f"{entry['text']} {entry['status']}" for entry in listing(home, "history") if entry["role"] == "user"]


def test_esc_esc_lists_earlier_prompts_and_the_one_that_is_picked_and_edited_goes_on_from_there(tmp_path: Path) -> None:
    with three_said(tmp_path, Reply("Heard anew.")) as (chat, server):
        chat.key("escape")
        chat.wait_taken()
        chat.key("escape")
        chat.wait_for("rewind to")
        chat.wait_for("Say three")
        chat.key("up", "enter")
        is_written("Say two", chat)
        chat.wait_for("rewind: go on from here")
        chat.say(" differently")
        chat.wait_for("Heard anew.")
        chat.wait_status("idle")
        assert users(server.requests[3].body) == ["Say one", "Say two differently"]
        assert answers(server.requests[3].body) == ["Heard one."]
        assert chat.text.count("rolled back") >= 4
        assert statuses(tmp_path) == [
            "Say one complete",
            "Say two rolled_back",
            "Say three rolled_back",
            "Say two differently complete",
        ]
        chat.say("/undo")
        chat.wait_gone("rolled back")
    assert all(status.endswith("complete") for status in statuses(tmp_path))


@pytest.mark.parametrize("keys", [["escape"], ["ctrl+c"]])
def test_the_list_and_the_edit_are_left_without_a_trace_and_the_draft_is_back(tmp_path: Path, keys: list[str]) -> None:
    with three_said(tmp_path) as (chat, server):
        chat.key("escape")
        chat.wait_taken()
        chat.key("escape")
        chat.wait_for("rewind to")
        chat.key(*keys)
        chat.wait_gone("rewind to")
        chat.say("/rewind 2")
        is_written("Say two", chat)
        chat.key("escape")
        chat.wait_empty()
        assert len(server.requests) == 3
        assert "rolled back" not in chat.text


def test_what_is_typed_filters_the_list(tmp_path: Path) -> None:
    with three_said(tmp_path) as (chat, _):
        chat.say("/rewind")
        chat.wait_for("rewind to")
        chat.send("TWO")
        chat.wait_for("filter: TWO")
        chat.wait_for(lambda screen: not any("Say three" in line and " 1 " in line for line in screen))
        chat.key("enter")
        is_written("Say two", chat)
        chat.key("escape")
        chat.wait_empty()


def test_the_program_can_be_left_from_the_list(tmp_path: Path) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Say one")
        chat.wait_for("Heard.")
        chat.wait_status("idle")
        chat.say("/rewind")
        chat.wait_for("rewind to")
        chat.quit()


def test_esc_esc_with_a_draft_touches_nothing(tmp_path: Path) -> None:
    with three_said(tmp_path) as (chat, _):
        chat.send("draft")
        is_written("draft", chat)
        chat.key("escape")
        chat.wait_taken()
        chat.key("escape")
        chat.wait_taken()
        chat.send("!")
        is_written("draft!", chat)
        assert "rewind to" not in chat.text
        chat.key("ctrl+c")


def test_what_cannot_be_gone_back_to_is_said(tmp_path: Path) -> None:
    with serving() as server, chatting(server, tmp_path) as chat:
        chat.say("/rewind")
        chat.wait_for("no earlier prompts can be gone back to")
        assert composer(chat.screen) == "/rewind"
        chat.key("ctrl+c")
        chat.quit()
