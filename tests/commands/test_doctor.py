"""`doctor` says whether everything is in place, in both formats, and leaves everything as it is."""

import os
from pathlib import Path

import pytest

from interruptible_tui.store import formats
from tests.commands.doctor import NAMES, examined
from tests.commands.program import DEMO, ONE_LINE, ORDER, closing, ended, started
from tests.e2e.chat import data_dir
from tests.engine.driver import chatting, write_lock
from tests.scripted import Scripted, says
from tests.store.test_files import contents


def test_before_the_first_start_all_is_well_and_nothing_is_made(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert found.ok, found.details
    assert "not there yet" in found["directory"] and "no database yet" in found["integrity"]
    assert list(tmp_path.iterdir()) == []


def test_after_use_all_is_well_and_no_byte_is_changed(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, ORDER).returncode == 0
    before = state(data_dir(tmp_path))
    found = examined(tmp_path)
    assert found.ok, found.details
    assert f"sound, format {formats.known()}" in found["integrity"]
    assert "no session is open" in found["lock"]
    assert str(data_dir(tmp_path)) in found["directory"]
    assert state(data_dir(tmp_path)) == before


def state(directory: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, mode and time of the last change of each file; SQLite keeps marks of readers in the index."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns) for path in files}


async def test_while_sessions_are_open_it_says_who_holds_them_and_disturbs_nobody(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with chatting(directory, Scripted(says("One."), says("Two."))) as chat:
        await chat.engine.submit("First", None)
        await chat.idle()
        await chat.history()  # after a run the engine looks for what others have sent, and a first look leaves a mark
        before = state(directory)
        found = examined(tmp_path, "--data-dir", directory)
        assert found.ok, found.details
        assert f"default (pid {os.getpid()}, since 20" in found["lock"]
        assert state(directory) == before
        await chat.engine.submit("Second", None)
        await chat.idle()


async def test_a_database_left_by_a_program_that_was_killed_is_read_with_its_log_and_stays_as_it_is(
    tmp_path: Path,
) -> None:
    directory, copy = tmp_path / "data", tmp_path / "copy"
    async with chatting(directory, Scripted(says("One."))) as chat:
        await chat.engine.submit("First", None)
        await chat.idle()
        copy.mkdir(mode=0o700)
        for name, content in contents(directory).items():
            (copy / name).write_bytes(content)
            (copy / name).chmod(0o600)
    assert (copy / "chat.db-wal").stat().st_size > 0
    before = state(copy)
    found = examined(tmp_path, "--data-dir", copy)
    assert found.ok and f"sound, format {formats.known()}" in found["integrity"], found.details
    assert state(copy) == before
    (copy / "chat.db-shm").unlink()
    found = examined(tmp_path, "--data-dir", copy)
    assert found.wrong == ["integrity"] and "its log has no index" in found["integrity"]
    assert not (copy / "chat.db-shm").exists()


def test_while_somebody_writes_the_lock_is_not_waited_for(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "Hello").returncode == 0
    with write_lock(data_dir(tmp_path)):
        assert examined(tmp_path).ok


def test_as_text_each_check_is_a_line_with_its_verdict_first_and_all_aligned(tmp_path: Path) -> None:
    printed = ended(tmp_path, "doctor", "--base-url", "http://127.0.0.1:9/v1")
    lines = printed.stdout.splitlines()
    assert (printed.returncode, printed.stderr) == (1, "")
    assert [line[4:].split("  ")[0].strip() for line in lines] == NAMES
    assert [line[:4] for line in lines] == ["!!  " if name == "endpoint" else "ok  " for name in NAMES]
    start = 4 + max(map(len, NAMES)) + 2
    assert all(line[start - 2 : start] == "  " and line[start] != " " for line in lines)


@pytest.mark.parametrize(
    "options",
    [("--max-turns", "none"), ("--config", "missing.toml"), ("--format", "markdown"), ("a word",), ("--", "a word")],
)
def test_wrong_usage_has_status_2_as_everywhere(tmp_path: Path, options: tuple[str, ...]) -> None:
    printed = ended(tmp_path, "doctor", *options)
    assert (printed.returncode, printed.stdout) == (2, "")
    assert ONE_LINE.fullmatch(printed.stderr)


@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1, 2)], ids=str)
def test_it_needs_no_standard_streams(tmp_path: Path, closed: tuple[int, ...]) -> None:
    printed = ended(tmp_path, "doctor", preexec_fn=closing(*closed))
    assert printed.returncode == 0
    assert ("not on a terminal" in printed.stdout) != (1 in closed)


def test_nobody_who_reads_ends_it_quietly(tmp_path: Path) -> None:
    with started(tmp_path, "doctor") as running:
        assert running.process.stdout
        running.process.stdout.close()
        assert running.process.wait(20) == 0
