"""Searching the conversation: incremental, counted, and back to where one was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chat import Chat, chatting, composer
from tests.server import Call, Gate, Reply, Server, serving

SONG = [f"Verse {number}.\n\nA **needle** in verse {number}, and more of it." for number in range(40)]
REPLY = Reply("\n\n".join(SONG))


@contextmanager
def sung(home: Path, *others: Reply, **named: Any) -> Iterator[tuple[Server, Chat]]:
    """A chat in which a song with forty needles was sung; its end is on the screen."""
    with serving([REPLY, *others]) as server, chatting(server, home, **named) as chat:
        chat.say("Sing.")
        chat.wait_for("needle in verse 39")
        chat.wait_status("idle")
        yield server, chat


def shows(*words: str) -> Any:
    return lambda screen: all(any(word in line for line in screen) for word in words)


def text_of(screen: list[str]) -> list[str]:
    """The conversation, without the scroll bar, which knows more heights when more has been drawn."""
    end = next((at for at, line in enumerate(screen) if line.startswith("╭")), 0)
    return [line[:76].rstrip() for line in screen[:end]]


def test_what_is_found_is_counted_and_gone_through_and_esc_goes_back(tmp_path: Path) -> None:
    with sung(tmp_path) as (server, chat):
        chat.send("a draft")
        chat.wait_for(lambda screen: composer(screen) == "a draft")
        before = text_of(chat.screen)
        chat.send("\x06needle in")
        chat.wait_for("1 of 40")
        chat.key("enter", "enter")
        chat.wait_for("3 of 40")
        chat.key("down")
        chat.wait_for("2 of 40")
        chat.key("down", "down")
        chat.wait_for(shows("40 of 40", "needle in verse 0,"))
        chat.send(" verse 2")
        chat.wait_for("1 of 11")
        chat.key(*["backspace"] * 3)
        chat.wait_for("of 40")
        chat.key("escape")
        chat.wait_for(lambda screen: text_of(screen) == before)
        assert len(server.requests) == 1
        chat.key("enter")
        server.request_here(2)


def test_tab_stays_where_it_was_found_and_what_is_written_next_is_the_draft(tmp_path: Path) -> None:
    with sung(tmp_path) as (_, chat):
        chat.send("\x06verse 3.")
        chat.wait_for(shows("1 of 1", "Verse 3."))
        chat.key("tab")
        chat.send("draft")
        chat.wait_for(lambda screen: composer(screen) == "draft")
        chat.wait_gone("1 of 1")
        assert any("Verse 3." in line for line in chat.screen)
        chat.quit()


@pytest.mark.parametrize("leaving", ["\t", "\x03"], ids=["Tab", "Ctrl+C"])
def test_what_is_written_in_one_go_with_the_key_that_leaves_is_the_draft(tmp_path: Path, leaving: str) -> None:
    with sung(tmp_path) as (_, chat):
        chat.send(f"\x06verse 3.{leaving}dra\x1b[17~ft")
        chat.wait_for(lambda screen: composer(screen) == "draft")
        chat.send(f"\x06{leaving}, and more")
        chat.wait_for(lambda screen: composer(screen) == "draft, and more")
        chat.quit()


@pytest.mark.parametrize(("words", "found"), [("sing", "1 of 1"), ("SING", "nothing found"), ("Sing", "1 of 1")])
def test_the_command_finds_and_a_capital_letter_counts(tmp_path: Path, words: str, found: str) -> None:
    with sung(tmp_path) as (_, chat):
        chat.say(f"/find {words}")
        chat.wait_for(found)
        chat.key("escape")
        chat.wait_gone(found)
        chat.wait_empty()
        chat.quit()


def test_what_came_of_a_tool_is_found_and_unfolded(tmp_path: Path) -> None:
    tools = tmp_path / "tools.py"
    tools.write_text("def look(at: str) -> str:\n    return 'a treasure chest'\n")
    replies = [Reply(calls=[Call("look", {"at": "the cellar"})]), REPLY]
    with serving(replies) as server, chatting(server, tmp_path, "--tools", tools) as chat:
        chat.say("Look.")
        chat.wait_for("needle in verse 39")
        chat.wait_status("idle")
        chat.send("\x06treasure")
        chat.wait_for(shows("1 of 1", "a treasure chest", "the cellar"))
        chat.quit()


def test_hostile_words_and_hits_are_shown_harmlessly(tmp_path: Path) -> None:
    hostile = "see \x1b]52;c;SEFDS0VE\x07 [@click=app.quit] \u202e this"
    with serving([Reply(hostile), REPLY]) as server, chatting(server, tmp_path) as chat:
        chat.say("Hack.")
        chat.wait_for("␛]52")
        chat.say("Sing.")
        chat.wait_for("needle in verse 39")
        chat.send("\x06")
        chat.wait_for("find:")
        chat.paste("52;c;SEFDS0VE\x07 [@click=app.quit]")
        chat.wait_for("SEFDS0VE␇ [@click=app.quit]")
        chat.key("ctrl+u")
        chat.send("@click")
        chat.wait_for(shows("1 of 1", "␛]52;c;SEFDS0VE␇ [@click=app.quit]"))
        assert b"\x1b]52" not in chat.raw
        assert "\u202e".encode() not in chat.raw
        chat.quit()


def test_the_run_goes_on_while_one_looks_and_esc_stops_nothing(tmp_path: Path) -> None:
    gate = Gate()
    with sung(tmp_path, Reply("More.", gate=gate)) as (_, chat):
        chat.say("Go on.")
        gate.reached.wait_here()
        chat.send("\x06verse 3.")
        chat.wait_for("1 of 1")
        chat.key("escape")
        chat.wait_gone("1 of 1")
        chat.send("\x06")
        chat.wait_for("1 of 1")
        chat.key("f6")
        chat.wait_for("find: verse 3.  ")
        chat.key("escape")
        chat.wait_gone("1 of 1")
        chat.wait_status("running")
        gate.open()
        chat.wait_for("More.")
        chat.wait_status("idle")
        chat.quit()
