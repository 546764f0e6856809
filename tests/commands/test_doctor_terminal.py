"""What `doctor` says of the terminal it runs on, which it leaves as it was, with all that was typed."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.commands.doctor import examined
from tests.e2e.terminal import PROGRAM, SUPPORTS_KITTY, Terminal

WITHOUT_KITTY = {b"\x1b[c": b"\x1b[?62c"}
WIDE = 250


def said(home: Path, *, environment: Mapping[str, str] | None = None, answers: Mapping[bytes, bytes]) -> str:
    """The detail of the check, on a terminal that shows it on one row."""
    with Terminal("doctor", home=home, cols=WIDE, answers=answers, environment=environment) as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.unrestored == set()
        (line,) = [line for line in terminal.screen if line[4:].startswith("terminal")]
    return line[4:].removeprefix("terminal").strip()


def test_a_terminal_with_the_kitty_keyboard_protocol_is_told_with_its_kind_and_size(tmp_path: Path) -> None:
    detail = said(tmp_path, answers=SUPPORTS_KITTY)
    assert detail == f"xterm-256color, {WIDE}x24, true colour, kitty keyboard protocol"


def test_without_that_protocol_it_is_said_which_keys_do_not_arrive_and_what_to_use(tmp_path: Path) -> None:
    detail = said(tmp_path, answers=WITHOUT_KITTY)
    assert "no kitty keyboard protocol" in detail
    assert all(word in detail for word in ("Ctrl+Enter", "Shift+Enter", "/now", "Ctrl+J"))


def test_a_terminal_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    assert "does not say" in said(tmp_path, answers={})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"NO_COLOR": "1"}, "no colours"),
        ({"COLORTERM": ""}, "256 colours"),
        ({"COLORTERM": "", "TERM": "linux"}, "linux, 250x24, 16 colours"),
        ({"TMUX": "/run/tmux/default,1,0"}, "in tmux"),
        ({"TMUX": "/run/tmux/default,1,0"}, "arrive if tmux is told `set -s extended-keys on`"),
        ({"XTERM_VERSION": "XTerm(390)"}, "arrive by xterm's own"),
        ({"STY": "1.pts-0"}, "in screen"),
        ({"TERM": "a\x1b[2Jb"}, "a␛[2Jb"),
    ],
)
def test_what_the_environment_says_is_told(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    assert words in said(tmp_path, environment=environment, answers=WITHOUT_KITTY)


def test_a_terminal_that_can_show_nothing_is_not_asked(tmp_path: Path) -> None:
    with Terminal("doctor", home=tmp_path, cols=WIDE, environment={"TERM": "dumb"}) as terminal:
        assert terminal.wait_exit() == 1
        assert b"\x1b" not in terminal.raw
        assert any(line.startswith("!!  terminal") for line in terminal.screen)


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert found.ok and found["terminal"] == "not on a terminal"


def test_what_was_typed_ahead_is_there_for_whoever_reads_next(tmp_path: Path) -> None:
    script = f'{PROGRAM} doctor; read -r line; echo "heard <$line>"'
    with Terminal("-c", script, home=tmp_path, program=["/bin/sh"], answers=SUPPORTS_KITTY) as terminal:
        terminal.send("typed ahead\n")
        terminal.wait_for("heard <typed ahead>")
        terminal.wait_for("something has been typed")
        assert terminal.wait_exit() == 0
        assert terminal.unrestored == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="Linux since 6.2 lets only root give input back")
def test_what_was_typed_while_the_terminal_was_asked_is_given_back(tmp_path: Path) -> None:
    script = f'{PROGRAM} doctor; read -r line; echo "heard <$line>"'
    with Terminal("-c", script, home=tmp_path, program=["/bin/sh"]) as terminal:
        terminal.wait_for(lambda _: b"\x1b[c" in terminal.raw)
        terminal.send(b"between\x1b[?0u\x1b[?62c answers\n")
        terminal.wait_for("heard <between answers>")
        assert terminal.wait_exit() == 0


def test_ctrl_c_while_the_terminal_is_asked_leaves_it_as_it_was(tmp_path: Path) -> None:
    with Terminal("doctor", home=tmp_path) as terminal:
        terminal.wait_for(lambda _: b"\x1b[c" in terminal.raw)
        terminal.key("ctrl+c")
        assert terminal.wait_exit() == 130
        assert terminal.unrestored == set()


def test_in_the_background_it_is_not_stopped(tmp_path: Path) -> None:
    script = f"set -m; {PROGRAM} doctor & wait $!; echo status $?"
    with Terminal("-c", script, home=tmp_path, program=["/bin/sh"], answers=SUPPORTS_KITTY) as terminal:
        terminal.wait_for("status 0")
        assert "in the background" in "".join(terminal.screen)
