"""`run`: where the prompt comes from, what is printed in each format, and the exit status."""

import json
from pathlib import Path

import pytest

from interruptible_tui import events
from interruptible_tui.arguments import Format
from interruptible_tui.conversation import Message, MessageStatus, Role, RunStatus, ToolCall
from interruptible_tui.events import MessageAdded, TextStreamed
from interruptible_tui.headless import _Printer
from interruptible_tui.machine import SessionState
from tests.asked import users
from tests.commands.program import DEMO, ONE_LINE, ORDER, ended, model, stored
from tests.e2e.kitchen import Kitchen
from tests.server import Answer, Call, Reply, Server, serving

REFUSED = Answer('{"error": {"message": "Incorrect API key provided"}}', status=401, content_type="application/json")


def asked(home: Path) -> list[str]:
    return [entry["text"] for entry in stored(home, "history") if entry["role"] == "user"]


def test_the_answer_alone_is_on_stdout_and_progress_on_stderr(tmp_path: Path) -> None:
    """A reply that is only a call leaves no blank line; the text before a call stands on lines of its own."""
    environment = Call("environment")
    script = [Reply(calls=[environment]), Reply("First.", calls=[environment]), Reply("Enjoy\nit.")]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        printed = ended(tmp_path, "run", *model(server), "--tools", kitchen.tools, "Work.")
    assert (printed.returncode, printed.stdout) == (0, "First.\nEnjoy\nit.\n")
    assert printed.stderr == "environment {}: done\n" * 2
    assert server.refusals == []


def test_a_dash_reads_the_prompt_from_standard_input(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "-", input="Two\nlines, käse\n\n").returncode == 0
    assert asked(tmp_path) == ["Two\nlines, käse"]


def test_standard_input_without_a_prompt_is_wrong_usage(tmp_path: Path) -> None:
    refused = ended(tmp_path, "run", *DEMO, "-", input=" \n")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert ONE_LINE.fullmatch(refused.stderr)
    assert stored(tmp_path, "sessions") == []


def test_without_a_dash_standard_input_is_not_read(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "Mine", input="not this").returncode == 0
    assert asked(tmp_path) == ["Mine"]


def test_after_two_dashes_everything_is_the_prompt(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", *DEMO, "--", "--mode", "history", "-").returncode == 0
    assert asked(tmp_path) == ["--mode history -"]


@pytest.mark.parametrize("words", [("run",), ("run", "--format", "html", "x")])
def test_wrong_usage_is_told_in_one_line_and_makes_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = ended(tmp_path, *words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert ONE_LINE.fullmatch(refused.stderr)
    assert stored(tmp_path, "sessions") == []


def test_without_a_terminal_the_chat_names_run(tmp_path: Path) -> None:
    refused = ended(tmp_path)
    assert refused.returncode == 2
    assert ONE_LINE.fullmatch(refused.stderr) and "interruptible-chat run" in refused.stderr


def test_json_is_one_object_with_the_answer_and_how_the_run_ended(tmp_path: Path) -> None:
    printed = ended(tmp_path, "run", *DEMO, "--format", "json", ORDER)
    assert printed.returncode == 0
    answer = json.loads(printed.stdout)
    assert answer["text"].startswith("All done:")
    assert answer["status"] == "completed"
    assert printed.stdout.count("\n") == 1


def test_stream_json_is_one_object_per_line_named_as_the_events(tmp_path: Path) -> None:
    printed = ended(tmp_path, "run", *DEMO, "--format", "stream-json", ORDER)
    assert printed.returncode == 0 and printed.stdout.isascii()
    told = [json.loads(line) for line in printed.stdout.splitlines()]
    types = [each["type"] for each in told]
    assert [name for name in types if not hasattr(events, name)] == []
    assert (types[0], types[1], types[-1]) == ("Submitted", "RunStarted", "RunEnded")
    assert {"TextStreamed", "CallStreamed", "ToolStarted", "ToolEnded", "UsageReported"} <= set(types)
    streamed = "".join(each["text"] for each in told if each["type"] == "TextStreamed" and each["turn"] == 2)
    added = [each["message"] for each in told if each["type"] == "MessageAdded"]
    assert added[-1]["text"] == streamed and added[0]["text"] == ORDER
    assert told[-1]["outcome"] == "completed"


def test_a_run_that_failed_has_status_1_and_says_why(tmp_path: Path) -> None:
    with serving([REFUSED]) as server:
        printed = ended(tmp_path, "run", *model(server), "Work.")
        assert len(server.requests) == 1
    assert (printed.returncode, printed.stdout) == (1, "")
    assert "401" in printed.stderr and printed.stderr.count("\n") == 1
    (run,) = stored(tmp_path, "runs")
    assert run["status"] == "failed" and "401" in run["reason"]
    assert asked(tmp_path) == ["Work."]


def test_a_run_at_its_turn_limit_has_status_1_and_says_so(tmp_path: Path) -> None:
    printed = ended(tmp_path, "run", *DEMO, "--max-turns", "1", ORDER)
    assert printed.returncode == 1
    assert "turn limit (1)" in printed.stderr
    assert [(run["status"], run["reason"]) for run in stored(tmp_path, "runs")] == [("failed", "turn limit (1)")]


def test_what_the_model_says_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    hostile = "\x1b]52;c;SEFD\x07 \x9b31m \u202egpj"
    with serving([Reply(hostile, calls=[Call(f"work{hostile}", {"what": hostile})]), Reply(hostile)]) as server:
        printed = ended(tmp_path, "run", *model(server), "Work.")
    assert printed.returncode == 0
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(printed.stdout + printed.stderr)
    assert "␛]52;c;SEFD␇" in printed.stdout


def test_a_key_is_sent_and_never_printed(tmp_path: Path) -> None:
    key = "sk-canary-0123456789abcdef"
    answer = Answer("{key} is wrong", status=401, content_type="text/plain")
    with serving([answer]) as server:
        printed = ended(tmp_path, "run", *model(server), "Work.", environment={"OPENAI_API_KEY": key})
        assert server.requests[0].key == key
    assert printed.returncode == 1
    assert key not in printed.stdout + printed.stderr


def test_the_system_prompt_and_the_model_of_the_flags_are_what_the_server_gets(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Be brief.")
    with serving() as server:
        assert ended(tmp_path, "run", *model(server), "--system", "@system.txt", "Work.").stdout == "Done.\n"
        check_request(server)


def check_request(server: Server) -> None:
    body = server.requests[0].body
    assert body["model"] == "scripted"
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert users(body) == ["Work."]


def test_what_a_cut_reply_has_said_before_a_half_written_call_is_in_the_json(capfd: pytest.CaptureFixture[str]) -> None:
    printer = _Printer(Format.JSON, lambda: None)
    call = ToolCall("a", "work", '{"wha')
    status, calls = MessageStatus.PARTIAL, (call,)
    cut = Message(role=Role.ASSISTANT, text="It is half done", run=1, turn=1, status=status, tool_calls=calls)
    for event in (TextStreamed(1, 1, "It is half done"), MessageAdded(1, cut)):
        printer.tell(event, SessionState())
    printer.finish(RunStatus.CANCELLED)
    assert json.loads(capfd.readouterr().out)["text"] == "It is half done"
