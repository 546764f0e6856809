"""The harness itself: what it sends is what keys send, what it shows is what the program wrote."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e import keys
from tests.e2e.emulator import Emulator, left_on
from tests.e2e.terminal import SUPPORTS_KITTY, Terminal

ECHO = """
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

class Echo(App[int]):
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        yield Static("ready", id="said", markup=False)

    def say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    def on_key(self, event: events.Key) -> None:
        event.prevent_default()
        self.exit(7) if event.key == "q" else self.say(f"<{event.key}>")

    def on_paste(self, event: events.Paste) -> None:
        self.say(f"pasted {len(event.text)}")

    def on_resize(self, event: events.Resize) -> None:
        self.say(f"{event.size.width}x{event.size.height}") if event.size.width != 80 else None

app = Echo()
raise SystemExit(app.run())
"""


ADDED = {"MODE": "queue"}


def echo(home: Path, *, kitty: bool = False) -> Terminal:
    """A terminal with a small Textual program that shows the last key."""
    path = home / "echo.py"
    path.write_text(ECHO)
    return Terminal(home=home, program=[sys.executable, path], kitty=kitty)


def shell(home: Path, script: str, *, rows: int = 24, answers: Mapping[bytes, bytes] | None = None) -> Terminal:
    return Terminal("-c", script, home=home, rows=rows, answers=answers, program=["/bin/sh"], environment=ADDED)


def shown(*received: bytes, cols: int = 20, rows: int = 3) -> list[str]:
    """The screen of an emulator that was sent `received`."""
    emulator = Emulator(cols, rows)
    for piece in received:
        emulator.feed(piece)
    return emulator.lines


@pytest.mark.parametrize("kitty", [False, True])
def test_a_textual_program_reads_keys_and_pastes_and_leaves_the_terminal_as_it_was(tmp_path: Path, kitty: bool) -> None:
    with echo(tmp_path, kitty=kitty) as terminal:
        terminal.wait_for("ready")
        for key in ["shift+tab", "f4", "alt+s", "ctrl+w", "up", "alt+up", "escape", "tab", "x", "enter", "ctrl+j"]:
            terminal.key(key)
            terminal.wait_for(f"<{key}>")
        terminal.key("ctrl+enter")
        terminal.wait_for("<ctrl+enter>" if kitty else "<ctrl+")
        terminal.paste("x" * 100_000)
        terminal.wait_for("pasted 100000")
        terminal.resize(100, 30)
        terminal.wait_for("100x30")
        assert len(terminal.screen) == 30
        assert terminal.unrestored >= {"alternate screen", "mouse", "bracketed paste", "terminal attributes"}
        terminal.key("q")
        assert terminal.wait_exit() == 7
        assert terminal.unrestored == set()
        assert terminal.screen == [""] * 30


def test_the_exit_code_is_negative_for_a_signal(tmp_path: Path) -> None:
    with shell(tmp_path, "echo up; exec cat") as terminal:
        terminal.wait_for("up")
        terminal.kill(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


def test_the_program_has_the_terminal_as_its_own(tmp_path: Path) -> None:
    with shell(tmp_path, "echo up; exec cat") as terminal:
        terminal.wait_for("up")
        terminal.key("ctrl+c")
        assert terminal.wait_exit() == -signal.SIGINT


def test_hanging_up_reaches_the_program(tmp_path: Path) -> None:
    with shell(tmp_path, "echo up; exec cat") as terminal:
        terminal.wait_for("up")
        terminal.hang_up()
        assert terminal.wait_exit() == -signal.SIGHUP


def test_what_is_waited_for_in_vain_is_reported_with_the_screen(tmp_path: Path) -> None:
    with shell(tmp_path, "echo here; exec cat") as terminal:
        terminal.wait_for("here")
        with pytest.raises(AssertionError, match=r"(?s)'there' did not come about; the program is running.*\nhere\n"):
            terminal.wait_for("there", timeout=0.01)
        with pytest.raises(AssertionError, match="'here' did not go"):
            terminal.wait_gone("here", timeout=0.01)
        with pytest.raises(AssertionError, match="the program did not end"):
            terminal.wait_exit(timeout=0.01)


def test_waiting_ends_with_the_program(tmp_path: Path) -> None:
    with shell(tmp_path, "exit 3") as terminal, pytest.raises(AssertionError, match="did not come about"):
        terminal.wait_for("never", timeout=60)


def test_what_is_shown_last_is_read_before_the_end(tmp_path: Path) -> None:
    with shell(tmp_path, "seq 1 20000; echo last") as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.screen[-2:] == ["last", ""]


def test_leaving_the_terminal_ends_the_program(tmp_path: Path) -> None:
    with shell(tmp_path, "trap '' HUP TERM; echo up; while :; do read x; done") as terminal:
        terminal.wait_for("up")
    assert terminal.process.returncode == -signal.SIGKILL


def test_the_environment_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    with shell(tmp_path, "env; pwd", rows=40) as terminal:
        terminal.wait_exit()
        names = {line.partition("=")[0] for line in terminal.screen if "=" in line}
        assert names >= {"HOME", "TERM", "PATH", "XDG_DATA_HOME", "MODE"}
        assert names.isdisjoint(set(os.environ) - {"HOME", "TERM", "PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_"})
        assert str(tmp_path)[:60] in "\n".join(terminal.screen)


def test_queries_are_answered_only_where_that_was_asked_for(tmp_path: Path) -> None:
    script = (
        r"stty -echo -icanon min 0 time 2; printf '\033[?u'; printf 'got %s.' $(dd bs=20 count=1 2>/dev/null | od -c)"
    )
    with shell(tmp_path, script) as silent:
        silent.wait_exit()
        assert not any("033" in line for line in silent.screen)
    with shell(tmp_path, script, answers=SUPPORTS_KITTY) as answering:
        answering.wait_for("033")


@pytest.mark.parametrize(
    ("key", "legacy", "kitty"),
    [
        ("enter", b"\r", b"\x1b[13u"),
        ("ctrl+enter", b"\x1b[27;5;13~", b"\x1b[13;5u"),
        ("shift+enter", b"\x1b[27;2;13~", b"\x1b[13;2u"),
        ("alt+enter", b"\x1b\r", b"\x1b[13;3u"),
        ("escape", b"\x1b", b"\x1b[27u"),
        ("shift+tab", b"\x1b[Z", b"\x1b[9;2u"),
        ("alt+s", b"\x1bs", b"\x1b[115;3u"),
        ("ctrl+q", b"\x11", b"\x1b[113;5u"),
        ("f4", b"\x1bOS", b"\x1bOS"),
        ("f5", b"\x1b[15~", b"\x1b[15~"),
        ("alt+up", b"\x1b[1;3A", b"\x1b[1;3A"),
        ("pageup", b"\x1b[5~", b"\x1b[5~"),
        ("ctrl++", b"\x1b[27;5;43~", b"\x1b[43;5u"),
        ("ä", "ä".encode(), b"\x1b[228;;228u"),
    ],
)
def test_keys_are_sent_as_terminals_send_them(key: str, legacy: bytes, kitty: bytes) -> None:
    assert (keys.legacy(key), keys.kitty(key)) == (legacy, kitty)


HOSTILE_TO_PYTE = [
    b"\x1b[>25u", b"\x1b[<u", b"\x1b[=1;1u", b"\x1b[?2026$p", b"\x1b[?2048h", b"\x1b[>4;1m", b"\x1b[?4m",
    b"\x1b[4:3m", b"\x1b[2 q", b"\x1bP+q544e\x1b\\", b"\x1b_Gi=1\x1b\\", b"\x1b]22;text\x07", b"\x1b]52;c;eA==\x1b\\",
]  # fmt: skip


@pytest.mark.parametrize("sequence", HOSTILE_TO_PYTE)
def test_sequences_that_show_nothing_show_nothing_however_they_are_split(sequence: bytes) -> None:
    for split in range(len(sequence) + 1):
        assert shown(b"a" + sequence[:split], sequence[split:] + b"b") == ["ab", "", ""]


def test_characters_may_be_split_and_wide() -> None:
    text = "a🍔b€".encode()
    assert {tuple(shown(text[:split], text[split:])) for split in range(len(text))} == {("a🍔b€", "", "")}


def test_the_alternate_screen_gives_the_main_one_back() -> None:
    assert shown(b"main\x1b[?1049h\x1b[Halt") == ["alt", "", ""]
    assert shown(b"main\x1b[?1049h\x1b[Halt\x1b[?1049l!") == ["main!", "", ""]


def test_what_was_left_switched_on_is_named() -> None:
    assert left_on(b"\x1b[?1049h\x1b[?25l\x1b[?1000;1006h\x1b[>25u\x1b[?2004h\x1b[?2004l") == {
        "alternate screen",
        "hidden cursor",
        "mouse",
        "kitty keyboard",
    }
    assert left_on(b"\x1b[?1049h\x1b[>25u\x1b[<u\x1b[?1049l") == set()


def test_a_picture_has_each_character_in_its_cell_with_its_colours() -> None:
    from tests.e2e.picture import svg

    emulator = Emulator(10, 2)
    emulator.feed(b"a\x1b[1;31;48;2;1;2;3m<\x1b[0m")
    drawing = svg(emulator.cells)
    assert 'fill="#cd3131" font-weight="bold">&lt;</text>' in drawing
    assert drawing.count('fill="#010203"') == 1
