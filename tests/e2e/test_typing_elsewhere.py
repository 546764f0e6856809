"""What is typed where nothing can be written, in one go with what moves the focus, arrives exactly and in order."""

from pathlib import Path

import pytest

from tests.e2e.chat import Chat, chatting, composer, is_pending, listing
from tests.e2e.test_input import BEGIN, END, users_of
from tests.server import Gate, Reply, serving

F6 = "\x1b[17~"
CLICK = "\x1b[<0;10;3M\x1b[<0;10;3m"
"""Into the conversation."""
AWAY = pytest.mark.parametrize("away", [F6, CLICK], ids=["F6", "a click"])


@AWAY
def test_what_is_typed_in_the_conversation_in_one_go_is_sent_exactly(tmp_path: Path, away: str) -> None:
    with (
        serving([Reply(f"Heard {number}.") for number in range(3)]) as server,
        chatting(server, tmp_path, "--mode", "queue") as chat,
    ):
        chat.send(away)
        chat.wait_taken()
        chat.send("please stop and do this\r")
        chat.wait_for("Heard 0.")
        chat.wait_status("idle")
        chat.send(away)
        chat.wait_taken()
        chat.send("x\ry z\r")
        chat.wait_for("Heard 2.")
        assert users_of(server) == ["please stop and do this", "x", "y z"]
        chat.quit()


def test_what_is_typed_in_one_go_with_the_key_that_leaves_the_composer_is_sent_exactly(tmp_path: Path) -> None:
    with serving([Reply("Heard 0."), Reply("Heard 1.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(f"{F6}one two\r")
        chat.wait_for("Heard 0.")
        chat.wait_status("idle")
        chat.send(f"{F6}{F6}{F6}three {F6}{F6}{F6}four\n five\r")
        chat.wait_for("Heard 1.")
        assert users_of(server) == ["one two", "three four\n five"]
        chat.quit()


def test_pastes_and_keys_in_the_conversation_stay_in_their_order(tmp_path: Path) -> None:
    paste = f"{BEGIN}b c\nd{END}"
    with serving([Reply("Heard 0."), Reply("Heard 1.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(f"{F6}{paste} e f{paste} g\r")
        chat.wait_for("Heard 0.")
        chat.wait_status("idle")
        chat.send(f"{F6}a {paste} e\r")
        chat.wait_for("Heard 1.")
        assert users_of(server) == ["b c\nd e fb c\nd g", "a b c\nd e"]
        chat.quit()


@pytest.mark.parametrize("key", ["\r", " "], ids=["Enter", "Space"])
def test_enter_and_space_right_after_leaving_the_composer_unfold_and_write_nothing(tmp_path: Path, key: str) -> None:
    with serving([Reply("Heard 0.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(f"draft{F6}{key}")
        chat.wait_taken()
        chat.send(f"{F6}{F6}{key}{F6}!")
        chat.wait_for(lambda screen: composer(screen).endswith("!"))
        assert composer(chat.screen) == "draft!"
        chat.key("enter")
        chat.wait_for("Heard 0.")
        assert users_of(server) == ["draft!"]
        chat.quit()


def go_to_what_waits(chat: Chat) -> None:
    chat.key("alt+p")
    chat.wait_for("e: edit")


def test_what_is_typed_and_pasted_at_the_pending_prompts_in_one_go_is_sent_exactly(tmp_path: Path) -> None:
    gate = Gate()
    script = [Reply("Heard 0.", gate=gate), *(Reply(f"Heard {number}.") for number in range(1, 5))]
    with serving(script) as server, chatting(server, tmp_path, "--mode", "queue") as chat:
        chat.say("Work.")
        gate.reached.wait_here()
        chat.say("first")
        chat.wait_for(is_pending("1 queue first"))
        go_to_what_waits(chat)
        chat.send(f"x y {BEGIN}p q{END} z\r")
        chat.wait_for(is_pending("1 queue first", "2 queue x y p q z"))
        go_to_what_waits(chat)
        chat.send(f"{BEGIN}p{END} q\r")
        chat.wait_for(is_pending("1 queue first", "2 queue x y p q z", "3 queue p q"))
        go_to_what_waits(chat)
        chat.send(f"\x1b[He and {BEGIN}p{END} q\r")
        chat.wait_for(is_pending("1 queue first and p q", "2 queue x y p q z", "3 queue p q"))
        gate.open()
        chat.wait_for("Heard 3.")
        assert users_of(server) == ["Work.", "first and p q", "x y p q z", "p q"]
        chat.quit()


def test_keys_in_one_go_with_the_one_that_goes_to_what_waits_are_meant_for_it(tmp_path: Path) -> None:
    with serving([Reply("Heard 0.", gate=Gate())]) as server, chatting(server, tmp_path, "--mode", "queue") as chat:
        chat.send("Work.\rfirst\rsecond\rthird\r")
        chat.wait_for(is_pending("1 queue first", "2 queue second", "3 queue third"))
        chat.send("a\x1bpdKx\x1bpdz")
        chat.wait_for(is_pending("1 queue first"))
        chat.wait_for(lambda screen: composer(screen) == "axz")
        chat.quit()


def test_words_typed_in_one_go_with_the_key_that_begins_a_search_are_sought(tmp_path: Path) -> None:
    with serving([]) as server, chatting(server, tmp_path) as chat:
        chat.send(F6)
        chat.wait_taken()
        chat.send("\x06the agent")
        chat.wait_for("find: the agent")
        assert composer(chat.screen).startswith("Write to the agent")
        chat.key("ctrl+c")
        chat.quit()


def test_what_is_typed_in_one_go_with_a_command_that_opens_a_session_is_sent_there(tmp_path: Path) -> None:
    with serving([Reply("Heard 0."), Reply("Heard 1.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("/new alpha\rhello alpha\r")
        chat.wait_for("Heard 0.")
        chat.wait_status("alpha", "idle")
        chat.send("/switch default\rhello default\r")
        chat.wait_for("Heard 1.")
        chat.wait_status("default", "idle")
        assert "hello alpha" not in chat.text
        chat.quit()
    assert [entry["text"] for entry in listing(tmp_path, "history", "--session", "alpha")] == [
        "hello alpha",
        "Heard 0.",
    ]


@pytest.mark.parametrize(
    ("command", "typed", "shown"),
    [
        ("/sessions", "alp", "filter: alp"),
        ("/search", "Heard", "search: Heard"),
        ("/help", "undo", "Help: undo"),
        ("/runs", "a", "all sessions"),
        ("/theme", "high", "high-contrast"),
    ],
)
def test_what_is_typed_in_one_go_with_a_command_that_puts_up_a_screen_is_typed_there(
    tmp_path: Path, command: str, typed: str, shown: str
) -> None:
    with serving([Reply("Heard 0.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Hello")
        chat.wait_for("Heard 0.")
        chat.wait_status("idle")
        chat.send(f"{command}\r{typed}")
        chat.wait_for(shown)
        chat.key("escape")
        chat.send("\x1b")
        chat.wait_for(lambda screen: composer(screen).startswith("Write to the agent"))
        chat.quit()


def test_keys_in_one_go_with_a_command_are_all_carried_out_where_it_leads(tmp_path: Path) -> None:
    with serving([Reply("Heard 0."), Reply("Heard 1.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Hello")
        chat.wait_for("Heard 0.")
        chat.wait_status("idle")
        chat.send("/sessions\rnone\x03\x03one \x1b[17~two\r")
        chat.wait_for("Heard 1.")
        assert users_of(server) == ["Hello", "one two"]
        chat.quit()
