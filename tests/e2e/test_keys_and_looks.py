"""Keys and looks as the config file has them, on a terminal."""

from pathlib import Path

from tests.e2e.chat import chatting, is_pending, program
from tests.server import Gate, Reply, serving

CONFIG = """\
theme = "light"

[keys]
chat.stop = "ctrl+t"
"composer.queue" = "f7"
"app.help" = "alt+h"
"chat.runs" = "f4"
"""
WHITE = b"48;2;250;250;250"
"""The ground of the light theme, as it is sent."""
DARK = b"48;2;18;18;18"


def write_config(home: Path) -> Path:
    file = home / ".config/interruptible-chat/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(CONFIG)
    return file


def test_keys_are_those_of_the_config_file_and_a_line_that_cannot_be_heeded_is_told(tmp_path: Path) -> None:
    write_config(tmp_path)
    gate = Gate()
    with serving([Reply("Hel", gate=gate)]) as server, chatting(server, tmp_path, cols=120) as chat:
        chat.wait_for('"chat.runs" (Runs) = \'f4\' is left out: F4 is "chat.mode" (Mode) already')
        chat.say("Hi")
        chat.wait_status("running")
        chat.say("Later", "f7")
        chat.wait_for(is_pending("1 queue Later"))
        chat.key("alt+h")
        chat.wait_for("Help")
        chat.send("stop the run")
        chat.wait_for("Ctrl+T; c (runs)")
        chat.key("escape")
        chat.wait_for("/mode")
        chat.key("escape")
        chat.wait_status("running")
        chat.key("ctrl+t")
        chat.wait_status("held")
        chat.key("f2")
        chat.wait_for("Runs of default")
        chat.key("q")
        chat.quit()
        gate.open()
    doctor = program(tmp_path, "doctor", "--demo")
    assert (doctor.returncode, doctor.stderr) == (0, "")


def test_a_theme_that_was_chosen_holds_at_the_next_start_until_the_config_file_says_another(tmp_path: Path) -> None:
    file = write_config(tmp_path)
    with serving([]) as server:
        with chatting(server, tmp_path) as chat:
            assert WHITE in chat.raw
            chat.say("/theme dark")
            chat.wait_empty()
            chat.wait_for(lambda _: DARK in chat.raw)
            chat.quit()
        with chatting(server, tmp_path) as chat:
            assert DARK in chat.raw
            assert WHITE not in chat.raw
            chat.quit()
        file.write_text(CONFIG.replace("light", "high-contrast"))
        with chatting(server, tmp_path) as chat:
            assert DARK not in chat.raw
            chat.quit()
