"""What is in the composer is never lost, and nothing is sent twice: earlier prompts, a slow disk, impatience."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, data_dir, listing
from tests.engine.driver import query, write_lock
from tests.server import Gate, Reply, Server, serving


def is_written(text: str, chat: Chat) -> None:
    """Wait until `text` and nothing else is in the composer."""
    chat.wait_for(lambda screen: composer(screen) == text)


def prompts(server: Server) -> list[str]:
    """The last prompt in each request."""
    return [users(request.body)[-1] for request in server.requests]


def test_a_draft_that_was_left_for_an_earlier_prompt_is_back_when_that_is_sent(tmp_path: Path) -> None:
    script = [Reply("Heard one."), Reply("Heard two."), Reply("Again."), Reply("Draft.")]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        for text in ("one", "two"):
            chat.say(f"Say {text}")
            chat.wait_for(f"Heard {text}.")
            chat.wait_status("idle")
        chat.send("half a thought")
        is_written("half a thought", chat)
        chat.key("up", "up")
        is_written("Say one", chat)
        chat.key("enter")
        chat.wait_for("Again.")
        is_written("half a thought", chat)
        chat.say(", finished")
        chat.wait_for("Draft.")
        chat.wait_empty()
        assert prompts(server) == ["Say one", "Say two", "Say one", "half a thought, finished"]
        chat.quit()


@contextmanager
def slow_disk(tmp_path: Path, *replies: Reply) -> Iterator[tuple[Chat, Server]]:
    """A chat in which nothing can be stored before the block is left."""
    with serving(replies) as server, chatting(server, tmp_path) as chat:
        with write_lock(data_dir(tmp_path)):
            yield chat, server
            assert server.requests == []
            assert listing(tmp_path, "history") == []
        server.request_here(1)
        chat.wait_status("idle")
        chat.quit()


def test_what_is_sent_stays_in_the_composer_until_it_is_stored(tmp_path: Path) -> None:
    with slow_disk(tmp_path, Reply("Heard.")) as (chat, _):
        chat.say("Keep me in sight")
        chat.wait_for("sending")
        is_written("Keep me in sight", chat)
    assert listing(tmp_path, "history")[0]["text"] == "Keep me in sight"


@pytest.mark.parametrize("key", ["enter", "tab", "alt+s", "ctrl+enter"])
def test_a_second_key_while_the_disk_is_slow_sends_nothing_twice(tmp_path: Path, key: str) -> None:
    with slow_disk(tmp_path, Reply("Heard.")) as (chat, server):
        chat.say("Once", key)
        chat.key(key)
        chat.wait_for("sending")
        chat.key(key, key)
        chat.send("x")
        is_written("Oncex", chat)
        chat.key("ctrl+c")
        is_written("Once", chat)
    assert prompts(server) == ["Once"]
    assert [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "user"] == ["Once"]
    assert listing(tmp_path, "pending") == []


def test_what_is_written_while_the_disk_is_slow_stays_when_what_was_sent_is_stored(tmp_path: Path) -> None:
    gate = Gate()
    with serving([Reply("Heard.", gate=gate)]) as server, chatting(server, tmp_path) as chat:
        with write_lock(data_dir(tmp_path)):
            chat.say("First.")
            chat.wait_for("sending")
            chat.send("And then")
            is_written("First.And then", chat)
        gate.reached.wait_here()
        is_written("And then", chat)
        chat.send(" some")
        is_written("And then some", chat)
        gate.open()
        chat.wait_for("Heard.")
        chat.wait_status("idle")
        is_written("And then some", chat)
        assert prompts(server) == ["First."]
        chat.quit()


def test_several_prompts_that_wait_for_the_disk_are_sent_once_each_in_their_order(tmp_path: Path) -> None:
    with slow_disk(tmp_path, Reply("One."), Reply("Two.")) as (chat, _):
        for text in ("Alpha.", "Beta.", "Gamma."):
            chat.say(text)
        chat.wait_for("sending")
        chat.send("draft")
        is_written("Alpha.Beta.Gamma.draft", chat)
    assert [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "user"] == [
        "Alpha.",
        "Beta.",
        "Gamma.",
    ]


def wait_kept(home: Path, chat: Chat, text: str) -> None:
    """Wait until `text` stands in the drafts on the disk."""
    while text not in "".join(query(data_dir(home), "SELECT content FROM drafts")):
        chat.watch(0.05)


def test_a_draft_is_in_the_composer_after_a_kill_and_none_is_after_what_was_sent(tmp_path: Path) -> None:
    with serving([Reply("Heard one.", chunk=1)]) as server:
        with chatting(server, tmp_path) as chat:
            chat.send("half a thought")
            is_written("half a thought", chat)
            wait_kept(tmp_path, chat, '"half a thought"')
            chat.kill(signal.SIGKILL)
            chat.wait_exit()
        with chatting(server, tmp_path) as chat:
            is_written("half a thought", chat)
            chat.send(", finished\r")
            chat.wait_for("Heard one.")
            chat.kill(signal.SIGKILL)
            chat.wait_exit()
        with chatting(server, tmp_path) as chat:
            chat.wait_for("Heard one.")
            chat.wait_empty()
            assert prompts(server) == ["half a thought, finished"]
            chat.quit()
