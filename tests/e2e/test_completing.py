"""Completing in a terminal, in one go with what is typed before and after it."""

from pathlib import Path

from tests.e2e.chat import chatting, composer, is_pending
from tests.e2e.test_input import users_of
from tests.safety.grammar import foreign
from tests.server import Gate, Reply, serving


def test_files_and_commands_are_completed_in_one_go_with_all_that_is_typed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("exactly\tthis\n")
    (tmp_path / "a\x1b]52;c;eA==\x07\n\x9b31mb").write_text("hostile")
    gate = Gate()
    with (
        serving([Reply("Heard 0.", gate=gate), Reply("Heard 1."), Reply("Heard 2.")]) as server,
        chatting(server, tmp_path) as chat,
    ):
        chat.send("see @no\t and go on\r")
        gate.reached.wait_here()
        chat.send("/mode queu\t\rone\t/mode inc\t\r/ste\ttwo\r")
        chat.wait_for(is_pending("1 incorporate two", "2 queue one"))
        chat.send("@a")
        chat.wait_for("a␛]52;c;eA==␇␊")
        chat.key("tab")
        chat.wait_for(lambda screen: "7 bytes]" in composer(screen))
        chat.key("ctrl+c")
        gate.open()
        chat.wait_for("Heard 2.")
        assert users_of(server)[0] == 'see <file path="notes.txt">\nexactly\tthis\n</file> and go on'
        chat.wait_status("idle")
        chat.quit()
        assert foreign(chat.raw) == []
