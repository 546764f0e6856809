"""The report of a crash holds no secret and does no harm to other files."""

import json
import stat
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from interruptible_tui.crash import summary, write_report

PROGRAM = "interruptible-chat"


def test_a_report_never_replaces_a_file(tmp_path: Path) -> None:
    reports = [write_report(ValueError(f"fault {number}"), tmp_path, PROGRAM, []) for number in range(3)]
    assert [f"fault {number}" in report.read_text() for number, report in enumerate(reports)] == [True] * 3


def test_a_report_never_follows_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    for second in range(10):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + second))
        with suppress(FileExistsError):
            (tmp_path / f"crash-{stamp}.txt").symlink_to(victim)
    report = write_report(ValueError("a fault"), tmp_path, PROGRAM, [])
    assert stat.S_ISREG(report.lstat().st_mode)
    assert not victim.exists()


def test_a_report_is_private_in_a_private_directory(tmp_path: Path) -> None:
    report = write_report(ValueError("a fault"), tmp_path / "new", PROGRAM, [])
    assert [stat.S_IMODE(path.stat().st_mode) for path in (report, report.parent)] == [0o600, 0o700]


def test_no_spelling_of_a_secret_is_told(tmp_path: Path) -> None:
    key = "it's \"a/s3cr3t\\"
    error = RuntimeError(f"{json.dumps(key)} {quote(key, safe='')}")
    error.__cause__ = KeyError(key)
    error.add_note(key)
    text = write_report(error, tmp_path, PROGRAM, [key]).read_text()
    assert "s3cr3t" not in text + summary(error, [key])
    assert text.count("[key]") == 4


def test_a_summary_is_short_harmless_and_on_one_line() -> None:
    told = summary(ValueError("a \x1b[31m\nfault " * 1000), [])
    assert len(told) <= 200
    assert told.isprintable()
