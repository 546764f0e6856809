"""The data directory: whose it is, who may read it, and what is said, with status 4, where it cannot be used."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from interruptible_tui.store.locks import WAIT
from tests.commands.program import DEMO, ONE_LINE, Ended, ended
from tests.e2e.chat import data_dir
from tests.engine.driver import Stopwatch, write_lock


def hello(home: Path, *options: str | Path) -> Ended:
    return ended(home, "run", *DEMO, *options, "Hello")


def check_refused(printed: Ended, path: Path, remedy: str) -> None:
    assert (printed.returncode, printed.stdout) == (4, "")
    assert ONE_LINE.fullmatch(printed.stderr)
    assert str(path) in printed.stderr and remedy in printed.stderr


def a_file(path: Path) -> None:
    path.write_text("mine")


def a_database_of_a_newer_version(path: Path) -> None:
    path.mkdir()
    with closing(sqlite3.connect(path / "chat.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()


UNUSABLE: dict[Callable[[Path], None], str] = {
    a_file: "choose a directory of its own with --data-dir",
    a_database_of_a_newer_version: "update interruptible-chat",
}


@pytest.mark.parametrize("words", [("run", *DEMO, "Hello"), ("sessions",)], ids=lambda words: words[0])
@pytest.mark.parametrize("make", UNUSABLE, ids=lambda make: make.__name__)
def test_where_it_cannot_be_used_its_path_and_what_to_do_are_said_in_one_line(
    tmp_path: Path, make: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    directory = tmp_path / "data"
    make(directory)
    before = contents(directory)
    check_refused(ended(tmp_path, *words, "--data-dir", directory), directory, UNUSABLE[make])
    assert contents(directory) == before


def test_its_path_is_told_without_acting_on_the_terminal(tmp_path: Path) -> None:
    directory = tmp_path / "da\x1b[2Jta\nnext"
    a_file(directory)
    refused = ended(tmp_path, "sessions", "--data-dir", directory)
    assert refused.returncode == 4
    assert ONE_LINE.fullmatch(refused.stderr)
    assert "da␛[2Jta␊next" in refused.stderr


def contents(path: Path) -> dict[str, bytes]:
    """What is there, but for the files that lock."""
    files = path.iterdir() if path.is_dir() else [path]
    return {file.name: file.read_bytes() for file in files if file.suffix != ".lock"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_directory_with_other_files_that_is_open_to_others_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    directory = tmp_path / "shared"
    directory.mkdir()
    directory.chmod(0o755)
    (directory / "letter.txt").write_text("mine")
    check_refused(hello(tmp_path, "--data-dir", directory), directory, "--data-dir")
    assert mode(directory) == 0o755
    assert [path.name for path in directory.iterdir()] == ["letter.txt"]


def test_an_empty_directory_and_one_of_its_own_become_private(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    for _ in range(2):
        directory.chmod(0o755)
        assert hello(tmp_path, "--data-dir", directory).returncode == 0
        assert mode(directory) == 0o700
    assert {mode(path) for path in directory.rglob("*")} == {0o600, 0o700}
    assert {mode(path) for path in directory.rglob("*") if path.is_file()} == {0o600}


def test_a_private_directory_may_have_other_files_in_it(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    (directory / "letter.txt").write_text("mine")
    assert hello(tmp_path, "--data-dir", directory).returncode == 0
    assert (directory / "letter.txt").read_text() == "mine"


def test_the_current_directory_has_no_say(tmp_path: Path) -> None:
    """Neither settings nor tools are read from it."""
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / ".env").write_text("OPENAI_BASE_URL=http://127.0.0.1:9/v1\n")
    for name in ("config.toml", "interruptible-chat.toml", "sitecustomize.py", "json.py"):
        (hostile / name).write_text('base_url = "http://127.0.0.1:9/v1"\n')
    printed = ended(tmp_path, "run", "--demo-speed", "1000", "Hello", cwd=hostile)
    assert printed.returncode == 0 and "built-in demo" in printed.stdout


def test_while_another_process_holds_the_write_lock_it_gives_up_in_bounded_time(tmp_path: Path) -> None:
    assert hello(tmp_path).returncode == 0
    watch = Stopwatch()
    with write_lock(data_dir(tmp_path)):
        printed = hello(tmp_path)
    assert watch.seconds < WAIT + 2.5
    check_refused(printed, data_dir(tmp_path), "try again when the other program has ended")
