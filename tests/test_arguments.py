"""The command line is taken apart as the contract says, and wrong usage is one line."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from interruptible_tui.arguments import FORMATS, Command, Format, UsageError, parse, report


def test_no_word_is_the_chat() -> None:
    arguments = parse([])
    assert (arguments.command, arguments.prompt, arguments.format) == (Command.CHAT, None, Format.TEXT)
    assert arguments.options == {}


@pytest.mark.parametrize("word", ["history", "runs", "pending", "sessions", "doctor", "export", "paths", "config"])
def test_the_first_word_is_the_command(word: str) -> None:
    assert parse([word]).command == word


@pytest.mark.parametrize(
    "argv",
    [
        ["--mode", "queue", "-s", "x", "run", "hello"],
        ["run", "--mode", "queue", "-s", "x", "hello"],
        ["run", "hello", "--mode=queue", "-sx"],
        ["--mode", "queue", "run", "-s", "x", "--", "hello"],
    ],
)
def test_options_stand_before_or_after_the_command(argv: list[str]) -> None:
    arguments = parse(argv)
    assert (arguments.command, arguments.prompt) == (Command.RUN, "hello")
    assert arguments.options == {"mode": "queue", "session": "x"}


def test_only_options_that_were_given_are_in_the_result() -> None:
    assert parse(["--tools", "a.py", "--demo", "--tools", "b"]).options == {"tools": ["a.py", "b"], "demo": True}


@pytest.mark.parametrize(
    ("argv", "prompt"),
    [
        (["run", "history"], "history"),
        (["run", "run"], "run"),
        (["run", "--", "--mode", "queue", "--", "x"], "--mode queue -- x"),
        (["run", "--", "-"], "-"),
        (["run", "-5 degrees"], "-5 degrees"),
        (["run", "-"], None),
    ],
)
def test_a_prompt_may_read_like_a_command_or_an_option(argv: list[str], prompt: str | None) -> None:
    assert parse(argv).prompt == prompt


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (
            ["hello"],
            "doctor, search, export, paths, config; a prompt goes after",
        ),
        (["--", "hello"], "unexpected argument 'hello'"),
        (["history", "hello"], "unexpected argument 'hello'"),
        (["run"], "a prompt is missing"),
        (["run", "  "], "a prompt is missing"),
        (["run", "--"], "a prompt is missing"),
        (["run", "two", "words"], "quotes"),
        (["run", "two", "--", "words"], "quotes"),
        (["run", "\udcff"], "not valid UTF-8"),
        (["--bogus"], "unrecognized arguments: --bogus; see interruptible-chat --help"),
        (["--mod", "queue"], "unrecognized arguments: --mod"),
        (["run", "hello", "--mode"], "argument --mode: expected one argument"),
        (["--demo=yes"], "ignored explicit argument 'yes'"),
        (["--format", "json"], "--format does not apply to the chat"),
        (["runs", "--format", "markdown"], "--format of runs should be text or json"),
        (["run", "x", "--format", "JSON"], "--format of run should be text or json or stream-json"),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_to_do(
    argv: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        parse(argv)
    assert report(raised.value) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("interruptible-chat: error: ")
    assert hint in captured.err
    assert captured.err.count("\n") == 1


def test_what_was_typed_reaches_the_terminal_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    report(UsageError("unrecognized arguments: --\x1b]0;x\x07\n\udcff"))
    assert capsys.readouterr().err == "interruptible-chat: error: unrecognized arguments: --␛]0;x␇␊�\n"


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("name", Format)
def test_each_command_takes_the_formats_it_can_print(command: Command, name: Format) -> None:
    spoken = {each: [each.value, "x"] for each in (Command.RUN, Command.SEND, Command.SEARCH)}
    words = {Command.CHAT: [], **spoken}.get(command, [command.value])
    if name in FORMATS[command]:
        assert parse([*words, "--format", name]).format is name
    elif not (command is Command.CHAT and name is Format.TEXT):
        with pytest.raises(UsageError, match="--format"):
            parse([*words, "--format", name])


def test_windows_is_told_that_it_is_not_supported_yet() -> None:
    with pytest.raises(UsageError, match="Windows is not supported yet"):
        parse([], platform="win32")


def test_the_version_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parse(["run", "--version"])
    assert raised.value.code == 0
    assert capsys.readouterr().out == f"interruptible-chat {version('interruptible-chat')}\n"


def test_help_fits_80_columns_and_names_every_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from interruptible_tui.sources import VARIABLES

    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        parse(["--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert [name for names in VARIABLES.values() for name in names if name not in text] == []


def test_the_command_line_is_read_without_importing_settings() -> None:
    code = "import sys; from interruptible_tui.arguments import parse; parse([]); print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
