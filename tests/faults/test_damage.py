"""A damaged database under the real program: status 4, one line, nothing overwritten, and a way to go on."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from interruptible_tui.store import backups
from tests.commands.program import DEMO, ONE_LINE, Ended, ended, model, started, stored
from tests.e2e.chat import data_dir
from tests.engine.driver import database
from tests.server import Gate, Reply, serving
from tests.store.damaging import PAGE, damage_a_page_outside_the_log, moved_aside, overwrite, parts
from tests.store.test_messages import small_disk


def hello(home: Path, *options: str | Path) -> Ended:
    return ended(home, "run", *DEMO, *options, "Hello")


def told(printed: Ended) -> str:
    """What it said when it refused to start."""
    assert (printed.returncode, printed.stdout) == (4, "")
    assert ONE_LINE.fullmatch(printed.stderr), printed.stderr
    return printed.stderr.removeprefix("interruptible-chat: error: ").rstrip("\n")


def user_texts(home: Path) -> list[str]:
    return [entry["text"] for entry in stored(home, "history") if entry["role"] == "user"]


def a_letter(path: Path) -> None:
    path.write_bytes(b"This is a letter, not a database.\n" * 200)


def a_corrupt_header(path: Path) -> None:
    overwrite(path, 0, b"\0" * 100)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 3 * PAGE + 100])


def a_changed_schema(path: Path) -> None:
    overwrite(path, 100, b"\xff" * 60)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = [a_letter, a_corrupt_header, truncated, a_changed_schema, emptied]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_kept_whole_the_backup_offered_and_the_next_start_begins_anew(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    assert hello(tmp_path).returncode == 0
    directory = data_dir(tmp_path)
    damage(database(directory))
    found = parts(directory)

    said = told(ended(tmp_path, "history"))
    assert "it stays as it is: start `interruptible-chat`" in said
    assert parts(directory) == found and moved_aside(directory) == []

    said = told(hello(tmp_path))
    [kept], backup = moved_aside(directory), backups.newest(directory)
    assert backup and f"kept whole in {kept}; copy the newest backup, {backup.path} of " in said
    assert parts(kept) == found

    assert hello(tmp_path).returncode == 0
    assert user_texts(tmp_path) == ["Hello"] and len(stored(tmp_path, "runs")) == 1
    assert parts(kept) == found


def test_what_the_line_says_to_do_brings_back_what_was_backed_up(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "Remember me").returncode == 0
    truncated(database(data_dir(tmp_path)))
    match = re.search(r"copy the newest backup, (\S+) of .* UTC, to (\S+) to go on", told(hello(tmp_path)))
    assert match
    shutil.copy(match[1], match[2])
    assert hello(tmp_path).returncode == 0
    assert user_texts(tmp_path) == ["Remember me", "Hello"]


def test_after_kill_9_a_changed_page_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    assert hello(tmp_path).returncode == 0
    with serving([Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]) as server:
        with started(tmp_path, "run", *model(server), "Work.") as running:
            running.reads("Working on it")
            running.process.kill()
            assert running.ends() == -9
        directory = data_dir(tmp_path)
        damage_a_page_outside_the_log(directory)
        found = parts(directory)
        assert found["chat.db-wal"]
        assert "kept whole" in told(ended(tmp_path, "run", *model(server), "Again"))
        assert [parts(kept) for kept in moved_aside(directory)] == [found]
        assert len(server.requests) == 1


def test_a_full_disk_is_told_and_what_was_stored_is_there_when_there_is_space_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        directory = disk / "data"
        assert hello(tmp_path, "--data-dir", directory).returncode == 0
        with pytest.raises(OSError, match="space"):
            (disk / "ballast").write_bytes(b"x" * 2_000_000)
        before = parts(directory)
        said = told(hello(tmp_path, "--data-dir", directory))
        assert said.startswith("cannot ") and said.endswith("; what was stored is kept; free some space")
        assert parts(directory) == before
        (disk / "ballast").unlink()
        assert hello(tmp_path, "--data-dir", directory).returncode == 0
