"""What `doctor` says of a data directory that is not as it should be: each in its place, with the rest still told."""

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from interruptible_tui.doctor.check import Trouble
from interruptible_tui.doctor.files import file_system, mounted_at
from tests.commands.doctor import Findings, examined
from tests.commands.program import DEMO, ORDER, ended
from tests.commands.test_doctor import state


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    assert ended(home, "run", *DEMO, "--data-dir", home / "data", ORDER).returncode == 0
    return home / "data"


@pytest.fixture
def directory(used: Path, tmp_path: Path) -> Path:
    """A data directory that has been used."""
    return shutil.copytree(used, tmp_path / "data")


def looked_at(directory: Path) -> Findings:
    """What is found there; it stays as it is. Damage is noted beside it, for the next start to look at."""
    before = state(directory)
    found = examined(directory.parent, "--data-dir", directory)
    note = directory / "damage-suspected"
    assert note.exists() == ("is damaged" in found["integrity"])
    note.unlink(missing_ok=True)
    assert state(directory) == before
    return found


# -- the database -----------------------------------------------------------------------------------------------------


def no_database(database: Path) -> None:
    database.write_bytes(b"This is a letter, not a database.\n" * 200)


def truncated(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:-4096])


def changed_page(database: Path) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[: 3 * 4096] + os.urandom(4096) + whole[4 * 4096 :])


def index_of_another_column(database: Path) -> None:
    """Each page of it is sound; only a full check compares the index with its table."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE INDEX by_session ON runs (number)")
        connection.execute("PRAGMA writable_schema = ON")
        lie = "CREATE INDEX by_session ON runs (started_at)"
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'by_session'", (lie,))
        connection.commit()


def newer(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()


DAMAGE: dict[Callable[[Path], None], tuple[str, str]] = {
    no_database: ("not a database", "moves it aside"),
    truncated: ("it is truncated", "moves it aside"),
    changed_page: ("malformed", "moves it aside"),
    index_of_another_column: ("missing from index", "moves it aside"),
    newer: ("format 99", "update interruptible-chat"),
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_database_that_is_unsound_or_of_another_time_is_told_with_what_to_do(
    directory: Path, damage: Callable[[Path], None]
) -> None:
    damage(directory / "chat.db")
    found = looked_at(directory)
    assert found.wrong == ["integrity"], found.details
    assert all(words in found["integrity"] for words in (str(directory / "chat.db"), *DAMAGE[damage]))


def test_what_it_finds_damaged_the_next_start_moves_aside(directory: Path) -> None:
    index_of_another_column(directory / "chat.db")
    examined(directory.parent, "--data-dir", directory)
    started = ended(directory.parent, "run", *DEMO, "--data-dir", directory, ORDER)
    assert started.returncode == 4 and "is damaged" in started.stderr and "it is kept whole in" in started.stderr
    assert not (directory / "chat.db").exists()


def test_a_pipe_in_place_of_the_database_is_not_waited_for(directory: Path) -> None:
    (directory / "chat.db").unlink()
    os.mkfifo(directory / "chat.db", 0o600)
    found = looked_at(directory)
    assert found.wrong == ["integrity"] and "not a file" in found["integrity"]


def test_a_link_in_place_of_the_database_is_not_followed(directory: Path) -> None:
    (directory / "chat.db").rename(directory / "elsewhere.db")
    (directory / "chat.db").symlink_to(directory / "elsewhere.db")
    found = looked_at(directory)
    assert found.wrong == ["integrity"] and "not a file" in found["integrity"]


def test_a_database_whose_making_was_cut_short_is_no_complaint(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data/chat.db").touch(0o600)
    assert looked_at(tmp_path / "data").ok


# -- locks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "[]", "null", '{"pid": null}', '{"pid": [1]}', "\x1b[2J"])
def test_an_owner_who_has_not_said_who_it_is_is_unknown(directory: Path, content: str) -> None:
    (path,) = (directory / "locks").iterdir()
    path.write_text(content)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = looked_at(directory)
    assert "default (pid unknown)" in found["lock"]
    assert found.ok


def test_a_session_is_named_harmlessly_and_by_number_where_its_name_cannot_be_read(directory: Path) -> None:
    name = "a\x1b[2J\nb"
    assert ended(directory.parent, "run", *DEMO, "--data-dir", directory, "-s", name, "Hi").returncode == 0
    path = directory / "locks/session-2.lock"
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        pid = json.loads(path.read_text())["pid"]
        assert f"a␛[2J␊b (pid {pid}, since 20" in looked_at(directory)["lock"]
        no_database(directory / "chat.db")
        assert f"session 2 (pid {pid}, since 20" in looked_at(directory)["lock"]


def test_a_lock_that_is_something_else_is_told(directory: Path) -> None:
    (directory / "write.lock").unlink()
    (directory / "write.lock").symlink_to("/dev/null")
    found = looked_at(directory)
    assert found.wrong == ["lock"] and str(directory / "write.lock") in found["lock"]


# -- the directory ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mode", "remedy"),
    [
        (".", 0o755, "chmod 700"),
        (".", 0o500, "chmod 700"),
        ("chat.db", 0o644, "chmod 600"),
        ("chat.db", 0o400, "chmod 600"),
        ("locks", 0o710, "chmod 700"),
        ("locks/session-1.lock", 0o602, "chmod 600"),
    ],
)
def test_what_is_open_to_others_or_closed_to_oneself_is_named_with_its_remedy(
    directory: Path, name: str, mode: int, remedy: str
) -> None:
    path = directory / name
    path.chmod(mode)
    found = looked_at(directory)
    assert found.wrong == ["permissions"]
    assert all(words in found["permissions"] for words in (f"{path} ", f"({mode:04o})", remedy))


def test_of_many_files_that_are_open_three_are_named_and_the_rest_is_counted(directory: Path) -> None:
    for number in range(5):
        (directory / f"letter {number}").touch(0o600)
        (directory / f"letter {number}").chmod(0o644)
    found = looked_at(directory)
    assert found["permissions"].count("chmod") == 3 and found["permissions"].endswith(", and 2 more")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_belongs_to_another_user_is_named(directory: Path) -> None:
    os.chown(directory / "chat.db", 12345, -1)
    found = looked_at(directory)
    assert found.wrong == ["permissions"] and "id 12345" in found["permissions"]


def test_a_link_has_no_permissions_of_its_own(directory: Path) -> None:
    (directory / "link").symlink_to("nowhere")
    assert looked_at(directory).ok


@pytest.mark.parametrize("below", [".", "deeper"])
def test_a_file_where_the_directory_should_be_is_told_and_the_rest_is_checked(tmp_path: Path, below: str) -> None:
    (tmp_path / "data").write_text("mine")
    found = examined(tmp_path, "--data-dir", tmp_path / "data" / below)
    assert "directory" in found.wrong and set(found.wrong) <= {"directory", "lock", "integrity"}
    assert all("--data-dir" in found[name] for name in found.wrong)
    assert (tmp_path / "data").read_text() == "mine"


def test_a_path_that_cannot_be_looked_at_is_told_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "around").symlink_to("around")
    found = examined(tmp_path, "--data-dir", tmp_path / "around" / "x\x1b[2J\n")
    assert "directory" in found.wrong
    assert {"sqlite", "endpoint", "key", "terminal"}.isdisjoint(found.wrong)
    assert "x␛[2J␊" in found["directory"]


def test_the_file_system_is_known_where_the_system_tells_it(directory: Path) -> None:
    told = Path("/proc/self/mountinfo").exists()
    assert (looked_at(directory)["file system"] == "unknown on this system") == (not told)


# -- file systems -----------------------------------------------------------------------------------------------------

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:21 / /home rw - nfs4 server:/home rw,vers=4.2
24 23 0:22 / /home/me/with\040a\040blank rw master:1 propagate_from:2 - tmpfs none rw
25 22 0:23 / /mnt rw - autofs systemd-1 rw
26 25 0:24 / /mnt rw - fuse.sshfs me@host:/ rw
27 22 0:25 / /back\134slash rw - 9p drvfs rw
28 22 0:26 / /kø rw - xfs /dev/vdb rw
""".lstrip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/homer", "ext4"),
        ("/home", "nfs4"),
        ("/home/me/chat", "nfs4"),
        ("/home/me/with a blank/chat", "tmpfs"),
        ("/mnt/chat", "fuse.sshfs"),
        ("/back\\slash/chat", "9p"),
        ("/kø/chat", "xfs"),
    ],
)
def test_the_file_system_is_that_of_the_longest_and_latest_mount(path: str, kind: str) -> None:
    assert mounted_at(Path(path), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "afs", "lustre"])
def test_a_network_file_system_is_warned_of_before_the_directory_is_there_too(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:21 / / rw - {kind} server:/ rw\n")
    with pytest.raises(Trouble, match=f"{kind} is a network file system.*--data-dir"):
        file_system(tmp_path / "not" / "yet", mounts)


def test_where_the_system_does_not_tell_its_mounts_that_is_no_complaint(tmp_path: Path) -> None:
    assert file_system(tmp_path, tmp_path / "nothing") == "unknown on this system"
