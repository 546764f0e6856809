"""The draft in the user's own editor, which has the terminal meanwhile."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, data_dir, status
from tests.e2e.test_drafts import is_written
from tests.server import Gate, Reply, Server, serving

WAITING = """
stat -c %a "$1" "$(dirname "$1")" > modes
cp "$1" given
printf 'and more\\n' >> "$1"
echo the editor waits
while [ ! -e go ]; do sleep 0.05; done
"""
"""An editor that has saved at once, and ends when it is told to."""


@contextmanager
def with_editor(home: Path, script: str, *replies: Reply) -> Iterator[tuple[Chat, Server]]:
    (home / "editor").write_text(script)
    with serving(replies) as server, chatting(server, home, environment={"EDITOR": "sh editor"}) as chat:
        yield chat, server


def files(home: Path) -> list[str]:
    return [path.name for path in (data_dir(home) / "editing").iterdir()]


def open_editor(chat: Chat) -> None:
    chat.key("ctrl+g")
    chat.wait_for("the editor waits")


def test_the_whole_draft_is_edited_in_a_private_file_while_a_run_goes_on(tmp_path: Path) -> None:
    gate = Gate()
    replies = Reply("It goes on to its end.", chunk=4, gate=gate, gate_at=2), Reply("Heard.")
    with with_editor(tmp_path, WAITING, *replies) as (chat, server):
        chat.say("Work.")
        gate.reached.wait_here()
        pasted = "line\n" * 30
        chat.send("before ")
        chat.paste(pasted)
        chat.wait_for("[pasted 30 lines")
        open_editor(chat)
        assert (tmp_path / "given").read_text() == f"before {pasted}"
        assert (tmp_path / "modes").read_text().split() == ["600", "700"]
        gate.open()
        chat.resize(100, 30)
        chat.kill(signal.SIGINT)  # as the terminal sends it to all that have it
        chat.watch(0.2)
        assert "It goes on" not in chat.text
        (tmp_path / "go").touch()
        chat.wait_for("It goes on to its end.")
        chat.wait_for(lambda screen: composer(screen).startswith("before [pasted 30 lines, 150 bytes]and more"))
        chat.wait_for(lambda screen: len(status(screen)) > 80)
        assert files(tmp_path) == []
        chat.send("!\r")
        chat.wait_for("Heard.")
        assert users(server.requests[-1].body)[-1] == f"before {pasted}and more\n!"
        chat.wait_status("idle")
        chat.quit()


def test_an_editor_that_fails_leaves_the_draft_and_what_it_had_saved_is_not_lost(tmp_path: Path) -> None:
    with with_editor(tmp_path, 'printf saved > "$1"; exit 3') as (chat, _):
        chat.send("half a thought\x07, on")
        chat.wait_for("sh has failed with status 3: the draft is as it was")
        is_written("half a thought, on", chat)
        chat.key("up")
        is_written("saved", chat)
        chat.key("ctrl+c")
        assert files(tmp_path) == []
        chat.quit()


def test_what_an_editor_had_saved_is_the_draft_after_a_kill_and_after_a_signal(tmp_path: Path) -> None:
    with with_editor(tmp_path, WAITING) as (chat, _):
        chat.send("half a thought")
        open_editor(chat)
        chat.kill(signal.SIGKILL)
        chat.wait_exit()
        (tmp_path / "go").touch()
    (tmp_path / "go").unlink()
    with with_editor(tmp_path, WAITING) as (chat, _):
        is_written("half a thought\nand more", chat)
        open_editor(chat)
        chat.kill(signal.SIGTERM)
        assert chat.wait_exit() == 143
        assert chat.unrestored == set()
    with with_editor(tmp_path, "") as (chat, _):
        is_written("half a thought\nand more\nand more", chat)
        chat.key("up", "up", "up")
        is_written("half a thought\nand more", chat)
        chat.key("ctrl+c")
        chat.quit()
    assert files(tmp_path) == []


def test_without_an_editor_one_is_asked_for(tmp_path: Path) -> None:
    with serving([]) as server, chatting(server, tmp_path, environment={"VISUAL": "no-such-editor -x"}) as chat:
        chat.say("/editor")
        chat.wait_for("no-such-editor cannot be used: No such file or directory")
        chat.send("still here")
        is_written("still here", chat)
        chat.key("ctrl+c")
        chat.quit()
