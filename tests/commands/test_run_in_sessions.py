"""`run` and the sessions: which one it takes, whom it disturbs, and what it leaves in it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from tests.commands.program import DEMO, ONE_LINE, Running, ended, model, started, stored
from tests.e2e.chat import data_dir
from tests.engine.driver import chatting, query
from tests.scripted import Gate as ScriptedGate
from tests.scripted import Scripted, says
from tests.server import Gate, Reply, serving


@contextmanager
def owned(home: Path) -> Iterator[None]:
    """A process runs the session "default", which is the one last used."""
    gate = Gate()
    with (
        serving([Reply("Hello there", chunk=5, gate=gate, gate_at=2)]) as server,
        started(home, "run", *model(server), "--session", "default", "Hi") as running,
    ):
        running.reads("Hello")
        yield
        gate.open()
        assert running.ends() == 0
        assert running.said == "Hello there\n"


def test_a_session_that_another_process_runs_is_refused_with_status_3_and_undisturbed(tmp_path: Path) -> None:
    with owned(tmp_path):
        refused = ended(tmp_path, "run", *DEMO, "--session", "default", "Mine")
        assert (refused.returncode, refused.stdout) == (3, "")
        assert ONE_LINE.fullmatch(refused.stderr)
        assert "'default'" in refused.stderr and "pid" in refused.stderr and "--session" in refused.stderr
    assert [entry["text"] for entry in stored(tmp_path, "history")] == ["Hi", "Hello there"]


def test_where_another_process_runs_the_session_last_used_there_is_a_new_one(tmp_path: Path) -> None:
    with owned(tmp_path):
        assert ended(tmp_path, "run", *DEMO, "Mine").returncode == 0
        sessions = {session["name"]: session["open"] for session in stored(tmp_path, "sessions")}
        assert sessions.pop("default") is True
        (new,) = sessions
        assert sessions[new] is False
    assert stored(tmp_path, "history", new)[0]["text"] == "Mine"
    assert [entry["text"] for entry in stored(tmp_path, "history", "default")] == ["Hi", "Hello there"]


def test_without_a_name_it_goes_on_with_the_session_last_used(tmp_path: Path) -> None:
    for options in (("--session", "first"), ("--session", "second"), ("--session", "first"), ()):
        assert ended(tmp_path, "run", *DEMO, *options, "Hello").returncode == 0
    assert {each["name"]: each["messages"] for each in stored(tmp_path, "sessions")} == {"first": 6, "second": 2}


def settings_of(home: Path) -> list[tuple[str, str]]:
    return query(data_dir(home), "SELECT mode, model FROM sessions")


async def make_session(home: Path) -> None:
    async with chatting(data_dir(home), Scripted(), mode=Mode.INTERRUPT):
        pass


def test_flags_hold_for_the_prompt_and_are_not_stored_in_the_session(tmp_path: Path) -> None:
    asyncio.run(make_session(tmp_path))
    with serving() as server:
        assert ended(tmp_path, "run", *model(server), "--mode", "queue", "Hello").returncode == 0
        assert server.requests[0].body["model"] == "scripted"
    assert settings_of(tmp_path) == [("interrupt", "m")]
    assert [entry["mode"] for entry in stored(tmp_path, "history") if entry["role"] == "user"] == ["queue"]


def test_flags_do_not_become_the_settings_of_a_session_that_is_made(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "--mode", "queue", "--model", "flagged", "Hello").returncode == 0
    ((mode, name),) = settings_of(tmp_path)
    assert mode == "incorporate"
    assert name != "flagged"


def test_the_environment_seeds_a_session_that_is_made(tmp_path: Path) -> None:
    seeds = {"INTERRUPTIBLE_CHAT_MODE": "queue", "INTERRUPTIBLE_CHAT_MODEL": "seeded"}
    assert ended(tmp_path, "run", *DEMO, "Hello", environment=seeds).returncode == 0
    assert settings_of(tmp_path) == [("queue", "seeded")]


async def hold_one(home: Path) -> None:
    """Leave a prompt in the session that is held."""
    gate = ScriptedGate()
    async with chatting(data_dir(home), Scripted(says("Hel", gate, "lo"))) as chat:
        await chat.engine.submit("First", None)
        await gate.reached()
        await chat.engine.submit("Held", Mode.QUEUE)
        await chat.engine.stop()
        await chat.idle()


def test_a_queued_prompt_in_a_session_with_held_ones_waits_and_says_so_with_status_1(tmp_path: Path) -> None:
    asyncio.run(hold_one(tmp_path))
    printed = ended(tmp_path, "run", *DEMO, "--mode", "queue", "Mine")
    assert (printed.returncode, printed.stdout) == (1, "")
    assert "waits" in printed.stderr and printed.stderr.count("\n") == 1
    assert [(each["text"], bool(each["hold"])) for each in stored(tmp_path, "pending")] == [
        ("Held", True), ("Mine", True),
    ]  # fmt: skip
    assert len(stored(tmp_path, "runs")) == 1


def test_a_prompt_in_a_session_with_held_ones_runs_at_once_and_leaves_them(tmp_path: Path) -> None:
    asyncio.run(hold_one(tmp_path))
    assert ended(tmp_path, "run", *DEMO, "Mine").returncode == 0
    assert [each["text"] for each in stored(tmp_path, "pending")] == ["Held"]
    assert [each["text"] for each in stored(tmp_path, "history") if each["role"] == "user"] == ["First", "Mine"]


@pytest.mark.parametrize("name", ["../../escape", "a b\nc/käse 🍔"])
def test_a_name_is_any_text_and_never_a_path(tmp_path: Path, name: str) -> None:
    assert ended(tmp_path, "run", *DEMO, f"--session={name}", "Hello").returncode == 0
    assert [session["name"] for session in stored(tmp_path, "sessions")] == [name]
    names = {path.name.partition("-")[0] for path in data_dir(tmp_path).iterdir()}
    assert names == {"chat.db", "backups", "locks", "users.lock", "write.lock"}


# -- what an interruption leaves --------------------------------------------------------------------------------------


def policies_of(home: Path) -> list[tuple[str, str]]:
    return query(data_dir(home), "SELECT on_interrupt, incorporate_at FROM sessions")


WISHES = ("--on-interrupt", "rollback", "--incorporate-at", "now")


def test_wishes_given_to_run_hold_for_its_prompt_and_are_not_stored_in_the_session(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, *WISHES, "Hello").returncode == 0
    assert policies_of(tmp_path) == [("keep", "boundary")]


def test_wishes_given_to_send_are_stored_with_its_prompt(tmp_path: Path) -> None:
    assert ended(tmp_path, "send", *WISHES, "--session", "default", "Hello").returncode == 0
    assert query(data_dir(tmp_path), "SELECT on_interrupt, incorporate_at FROM sent") == [("rollback", "now")]
    assert ended(tmp_path, "send", "--session", "default", "Hello").returncode == 0
    assert query(data_dir(tmp_path), "SELECT on_interrupt, incorporate_at FROM sent")[1] == (None, None)


def test_the_environment_seeds_what_an_interruption_leaves_in_a_session_that_is_made(tmp_path: Path) -> None:
    seeds = {"INTERRUPTIBLE_CHAT_ON_INTERRUPT": "Trim", "INTERRUPTIBLE_CHAT_INCORPORATE_AT": "now"}
    assert ended(tmp_path, "run", *DEMO, "Hello", environment=seeds).returncode == 0
    assert policies_of(tmp_path) == [("trim", "now")]


@contextmanager
def rolled_back_by_another(home: Path, form: str) -> Iterator[Running]:
    """A run that has said "Hello", before another process interrupts it and wishes it away."""
    gate = Gate()
    with (
        serving([Reply("Hello there", chunk=5, gate=gate, gate_at=2), Reply("Instead.")]) as server,
        started(home, "run", *model(server), "--session", "default", "--format", form, "Hi") as running,
    ):
        running.reads("Hello")
        wish = ("--mode", "interrupt", "--on-interrupt", "rollback")
        assert ended(home, "send", *wish, "--session", "default", "No, that").returncode == 0
        assert running.ends() == 0
        assert [(each["text"], each["status"]) for each in stored(home, "history")] == [
            ("Hi", "rolled_back"), ("Hello", "rolled_back"), ("No, that", "complete"), ("Instead.", "complete"),
        ]  # fmt: skip
        assert [each["rolled_back"] for each in stored(home, "runs")] == [True, False]
        yield running


def test_what_is_rolled_back_is_no_part_of_the_answer_and_is_said_to_be_taken_back(tmp_path: Path) -> None:
    with rolled_back_by_another(tmp_path, "text") as running:
        assert running.said == "Hello\nInstead.\n"
        assert "taken back: Hello" in running.complaints


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reply_that_is_cut_stands_on_a_line_of_its_own_before_the_one_that_follows(tmp_path: Path, form: str) -> None:
    gate = Gate()
    with (
        serving([Reply("It is half done", chunk=10, gate=gate, gate_at=2), Reply("Heard.")]) as server,
        started(tmp_path, "run", *model(server), "--session", "default", "--format", form, "Hi") as running,
    ):
        if form == "text":
            running.reads("It is half")
        gate.reached.wait_here()
        wish = ("--mode", "incorporate", "--incorporate-at", "now")
        assert ended(tmp_path, "send", *wish, "--session", "default", "Shorter").returncode == 0
        assert running.ends() == 0
    text = json.loads(running.said)["text"] + "\n" if form == "json" else running.said
    assert text == "It is half\nHeard.\n"
    assert [each["status"] for each in stored(tmp_path, "history")] == ["complete", "partial", "complete", "complete"]


def test_a_rollback_is_told_in_stream_json_as_all_events_are(tmp_path: Path) -> None:
    with rolled_back_by_another(tmp_path, "stream-json") as running:
        events = [json.loads(line) for line in running.said.splitlines()]
    types = [event["type"] for event in events]
    assert types.index("RunEnded") < types.index("RollbackEnded") < types.index("RunStarted", types.index("RunEnded"))
    changed = next(event for event in events if event["type"] == "HistoryChanged")
    assert [(each["role"], each["run"], each["status"]) for each in changed["seen"]] == [
        ("user", 1, "rolled_back"), ("assistant", 1, "rolled_back"),
    ]  # fmt: skip
