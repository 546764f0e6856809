"""`search` in a pipe: what it prints, of which sessions, and beside a program that has the database open."""

import json
from pathlib import Path

import pytest

from tests.commands.program import DEMO, ONE_LINE, ORDER, ended
from tests.e2e.chat import data_dir
from tests.engine.driver import session_in
from tests.store.test_files import opened


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two sessions with a conversation each."""
    for session in ("lunch", "dinner"):
        assert ended(tmp_path, "run", *DEMO, "-s", session, ORDER).returncode == 0
    return tmp_path


def test_what_was_said_is_found_in_all_sessions_or_in_one_the_newest_first(home: Path) -> None:
    printed = ended(home, "search", "PREPARE", "burger", "--format", "json")
    hits = json.loads(printed.stdout)
    assert printed.returncode == 0 and printed.stdout.isascii()
    assert [hit["session"] for hit in hits] == sorted(hit["session"] for hit in hits)
    assert {hit["session"] for hit in hits} == {"lunch", "dinner"}
    assert [hit["id"] for hit in hits] == sorted((hit["id"] for hit in hits), reverse=True)
    first = hits[-1]
    assert (first["role"], first["status"], first["run"], first["turn"]) == ("user", "complete", 1, 1)
    assert first["excerpt"] == ORDER and first["matches"] == [[0, 7], [10, 16]]
    assert first["created_at"].endswith("Z")
    only = json.loads(ended(home, "search", "burger", "--session", "lunch", "--format", "json").stdout)
    assert {hit["session"] for hit in only} == {"lunch"}
    elsewhere = {"INTERRUPTIBLE_CHAT_SESSION": "lunch"}
    assert json.loads(ended(home, "search", "prepare burger", "--format", "json", environment=elsewhere).stdout) == hits


def test_a_hit_is_one_line_in_which_the_words_are_marked(home: Path) -> None:
    lines = ended(home, "search", "-s", "lunch", '"execute_task description"').stdout.splitlines()
    (line,) = lines
    said = "…a burger I begin with the first. [execute_task description]: Prepare a burger"
    assert line.startswith("20") and line.endswith(f"Z  lunch  assistant  {said}")
    told = ended(home, "search", "-s", "lunch", "--format", "markdown", "--", ORDER).stdout
    assert told.startswith("- 20") and told.endswith("  lunch  user: **Prepare** **a** **burger.**\n")


def test_nothing_found_is_nothing_printed_and_no_failure(home: Path) -> None:
    for form, printed in (("text", ""), ("markdown", ""), ("json", "[]\n")):
        found = ended(home, "search", "zzz", "--format", form)
        assert (found.returncode, found.stdout, found.stderr) == (0, printed, "")


def test_where_there_is_no_database_nothing_is_found_and_none_is_made(tmp_path: Path) -> None:
    found = ended(tmp_path, "search", "word")
    assert (found.returncode, found.stdout) == (0, "")
    assert not data_dir(tmp_path).exists()


@pytest.mark.parametrize("words", [("search",), ("search", " "), ("search", '""'), ("search", "x", "-s", "nobody")])
def test_without_words_and_in_an_unknown_session_is_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = ended(tmp_path, *words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert ONE_LINE.fullmatch(refused.stderr)


async def test_it_works_while_the_database_is_open_elsewhere(home: Path) -> None:
    async with opened(data_dir(home)) as store:
        store.own(await session_in(store))
        assert "[burger]" in ended(home, "search", "burger").stdout
