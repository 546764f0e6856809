"""A stranger's way: the wheel in an empty environment, the demo, an endpoint, a chat, and last week's answer."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.program import ended
from tests.e2e.chat import Chat, data_dir
from tests.server import Reply, Server, serving

ROOT = Path(__file__).parents[2]
WEEK = 7 * 24 * 3600
"""Seconds."""
ANSWER = "The capital of Peru is Lima; its airport is named after Jorge Chávez."


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, from the wheel that the sources make, where nothing else is installed."""
    place = tmp_path_factory.mktemp("stranger")
    sources = shutil.copytree(
        ROOT, place / "sources", ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache")
    )
    _do(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", place, sources)
    (wheel,) = place.glob("interruptible_chat-*.whl")
    _do(sys.executable, "-m", "venv", place / "empty")
    _do(place / "empty/bin/python", "-m", "pip", "install", "--quiet", wheel)
    shutil.rmtree(sources)
    return place / "empty/bin/interruptible-chat"


def _do(*words: str | Path) -> None:
    """As a stranger would: with nothing of this environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, words)), env=environment, cwd="/", capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


def test_from_the_wheel_to_last_weeks_answer_in_a_file(program: Path, tmp_path: Path) -> None:
    _try_the_demo(program, tmp_path)
    with serving([Reply(ANSWER)]) as server:
        _ask_a_server(program, tmp_path, server)
    with closing(sqlite3.connect(data_dir(tmp_path) / "chat.db")) as connection, connection:
        connection.execute("UPDATE messages SET created_at = created_at - ?", (WEEK,))
    found = ended(tmp_path, "search", "airport named", program=[program])
    assert found.returncode == 0 and "geography" in found.stdout and "Lima; its [airport] is [named]" in found.stdout
    with Chat("--session", "default", home=tmp_path, program=[program]) as chat:
        chat.wait_status("default", "idle")
        chat.send("\x1b[19~airport\r")
        chat.wait_status("geography", "idle")
        chat.wait_for("Jorge Chávez")
        chat.quit()
    exported = ended(tmp_path, "export", "--session", "geography", "-o", tmp_path / "week.md", program=[program])
    assert (exported.returncode, exported.stderr) == (0, "")
    assert ANSWER in (tmp_path / "week.md").read_text()
    assert (tmp_path / "week.md").stat().st_mode & 0o777 == 0o600


def _try_the_demo(program: Path, home: Path) -> None:
    """Without a key and a server it is the demo, and says how it is used."""
    with Chat("--demo-speed", "10", home=home, program=[program]) as chat:
        chat.wait_status("default", "demo", "INCORPORATE", "idle")
        chat.wait_for("Shift+Tab switches it")
        chat.say("Prepare a burger.")
        chat.wait_for("Enjoy!")
        chat.quit()


def _ask_a_server(program: Path, home: Path, server: Server) -> None:
    config = home / ".config/interruptible-chat/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'endpoint = "near"\n[endpoints.near]\nbase_url = "{server.base_url}"\nmodel = "scripted"\n')
    with Chat("--session", "geography", home=home, program=[program]) as chat:
        chat.wait_status("geography", "scripted", "idle")
        chat.say("What is the capital of Peru?")
        chat.wait_for("Jorge Chávez")
        chat.quit()
    assert server.refusals == []
