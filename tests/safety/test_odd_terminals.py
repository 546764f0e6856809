"""Terminals without colours, with few, of other kinds, in other languages, and with standard error elsewhere."""

import re
import shutil
from pathlib import Path

import pytest

from tests.commands.program import ONE_LINE
from tests.e2e.chat import Chat, chatting, is_pending, pending_rows
from tests.e2e.terminal import PROGRAM, Terminal
from tests.safety.grammar import COLOURS, foreign
from tests.safety.tmux import within_tmux
from tests.server import Answer, Gate, Reply, serving

STORY = (
    "# Title\n\n*Some* words, `code` and a [link](http://link.test).\n\n```python\ndef f(): return 1\n```\n\nThe end."
)
FEW = {"TERM": "xterm", "COLORTERM": ""}


def tell(chat: Chat) -> None:
    """An answer, a prompt that waits and is selected, a stop that holds it, and a failure."""
    chat.say("Tell me.")
    chat.wait_for("The end.")
    chat.wait_status("idle")
    chat.say("More.")
    chat.wait_status("running")
    chat.say("Later", "tab")
    chat.wait_for(is_pending("1 queue Later"))
    chat.key("alt+p")
    chat.wait_for(lambda screen: any(row.startswith("▸") for row in pending_rows(screen)))
    chat.key("escape")
    chat.wait_gone("▸")
    chat.key("escape")
    chat.wait_status("held", "stopped")
    chat.wait_for("Stopped: run 2")
    chat.say("Fail.")
    chat.wait_for("HTTP 400: broken")
    chat.key("f2")
    chat.wait_for("failed")
    chat.wait_for("❯    3")
    chat.key("escape")
    chat.wait_for("Write to the agent")
    chat.quit()


def script() -> list[Reply | Answer]:
    failure = Answer('{"error": {"message": "broken"}}', status=400, content_type="application/json")
    return [Reply(STORY), Reply("Never said.", gate=Gate(), gate_at=2), failure]


def test_with_no_color_no_sequence_sets_a_colour_and_every_state_has_a_word(tmp_path: Path) -> None:
    with serving(script()) as server, chatting(server, tmp_path, environment={"NO_COLOR": "1"}) as chat:
        chat.wait_for(lambda screen: b"\x1b[7m" in chat.raw)  # the cursor is where text goes
        tell(chat)
    assert COLOURS.findall(chat.raw) == []
    assert foreign(chat.raw) == []


def test_an_empty_no_color_means_nothing(tmp_path: Path) -> None:
    with serving() as server, chatting(server, tmp_path, environment={"NO_COLOR": ""}) as chat:
        chat.quit()
    assert COLOURS.findall(chat.raw)


def test_with_sixteen_colours_all_are_the_terminals_own_and_are_told_apart(tmp_path: Path) -> None:
    with serving(script()) as server, chatting(server, tmp_path, environment=FEW) as chat:
        tell(chat)
    set_ = {int(number) for found in re.findall(rb"\x1b\[([\d;]+)m", chat.raw) for number in found.split(b";")}
    assert not set_ & {38, 48}
    red, green, yellow, cyan = 31, 32, 33, 36
    assert set_ >= {red, green, yellow, cyan}


OTHERS = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("screen", "tmux-256color", "vt100", "unheard-of")]


@pytest.mark.parametrize("kind", ["linux", *OTHERS])
def test_the_story_is_told_on_terminals_of_many_kinds(tmp_path: Path, kind: str) -> None:
    with serving(script()) as server, chatting(server, tmp_path, environment=FEW | {"TERM": kind}) as chat:
        tell(chat)
    assert foreign(chat.raw) == []


def test_a_dumb_terminal_is_refused_in_one_line_that_names_a_way(tmp_path: Path) -> None:
    with Terminal("--demo", home=tmp_path, environment={"TERM": "dumb"}, cols=200) as terminal:
        assert terminal.wait_exit() == 2
        assert b"\x1b" not in terminal.raw
        assert ONE_LINE.fullmatch(terminal.raw.decode().replace("\r\n", "\n")) and b"run" in terminal.raw


LATIN = pytest.param({"LANG": "xx_YY.latin-1"}, marks=pytest.mark.slow)
ASCII = {"LANG": "", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("language", [{"LANG": "C"}, LATIN, ASCII])
def test_a_locale_without_utf_8_breaks_nothing(tmp_path: Path, language: dict[str, str]) -> None:
    with serving([Reply("Grüße 🍔 end.")]) as server:
        with chatting(server, tmp_path, environment=language) as chat:
            chat.send("Grüße")
            chat.wait_for("Gr")
            chat.key("enter")
            chat.wait_for("end.")
            chat.wait_status("idle")
            chat.quit()
        assert server.requests[0].body["messages"][-1]["content"] == "Grüße"


def test_the_chat_is_shown_on_the_terminal_also_where_standard_error_is_a_file(tmp_path: Path) -> None:
    command = f"{PROGRAM} --demo 2>{tmp_path}/errors"
    with Chat("-c", command, home=tmp_path, program=["/bin/sh"]) as chat:
        chat.wait_status("default")
        chat.quit()
    assert (tmp_path / "errors").read_bytes() == b""


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_in_tmux_every_key_paste_and_resize_arrives(tmp_path: Path) -> None:
    gate = Gate()
    with (
        serving([Reply("Never said.", gate=gate, gate_at=2), Reply("Instead.")]) as server,
        within_tmux(tmp_path, "--base-url", server.base_url, "--model", "scripted") as (_, chat),
    ):
        chat.send("One")
        chat.wait_for("One")
        chat.key("shift+enter")
        chat.paste("two")
        chat.wait_for(lambda screen: chat.composer == "One\ntwo")
        chat.key("enter")
        server.request_here(1)
        chat.key("shift+tab")
        chat.wait_status("QUEUE")
        chat.say("Now.", "ctrl+enter")
        chat.wait_for("Instead.")
        chat.wait_for("interrupted run 1")
        chat.resize(100, 30)
        chat.wait_for(lambda screen: len(screen) == 30 and "scripted" in screen[-1])
        chat.key("ctrl+q")
        assert chat.wait_exit() == 0
    assert [request.body["messages"][-1]["content"] for request in server.requests] == ["One\ntwo", "Now."]


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_in_tmux_esc_stops_the_run(tmp_path: Path) -> None:
    with (
        serving([Reply("Never said.", gate=Gate(), gate_at=2)]) as server,
        within_tmux(tmp_path, "--base-url", server.base_url, "--model", "scripted") as (_, chat),
    ):
        chat.say("Work.")
        server.request_here(1)
        chat.key("escape")
        server.request_here(1).closed.wait_here()
        chat.wait_for("Stopped: run 1")
