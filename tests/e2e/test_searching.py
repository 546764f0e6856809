"""Last week's answer is found, gone to, and exported, on a real terminal."""

from pathlib import Path

from tests.commands.program import DEMO, ORDER, ended
from tests.e2e.chat import Chat


def test_an_answer_is_found_in_another_session_gone_to_and_exported(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "-s", "last week", ORDER).returncode == 0
    with Chat("--demo", "-s", "today", home=tmp_path, rows=40) as chat:
        chat.wait_status("today", "idle")
        chat.send("\x1b[19~" + 'enjoy "all done"\r')
        chat.wait_status("last week", "idle")
        chat.wait_for("Enjoy! What else?")
        chat.send("/export ~/week.md\r")
        chat.wait_for("Exported to")
        chat.send("/config\r")
        chat.wait_for("mode            incorporate  (session last week)")
        chat.send("/paths\r")
        chat.wait_for("config.toml")
        chat.quit()
    text = (tmp_path / "week.md").read_text()
    assert text.startswith("# last week\n") and "Enjoy! What else?" in text
