"""The command line: what stands on it, not yet what it means.

- Options may stand before or after the command; after `--` everything is the prompt.
- The first word is the command; without one it is the chat. A prompt never stands without its command, so a prompt
  may read like one: `interruptible-chat run history`.
- Only options that were given appear in the result. Their values are checked in `settings`, whatever their origin.
- Wrong usage is a `UsageError`: one line that says what to do.
"""

import sys
from argparse import SUPPRESS, Action, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NoReturn

from msgspec import Struct

from interruptible_tui.output import write, write_error
from interruptible_tui.text import clean_line

PROGRAM = "interruptible-chat"
WRONG_USAGE = 2
"""Exit status."""

_SYNOPSIS = f"""{PROGRAM} [options]
       {PROGRAM} run [options] PROMPT | -
       {PROGRAM} send [options] PROMPT | -
       {PROGRAM} history|runs|pending|sessions|export [options]
       {PROGRAM} search [options] WORDS
       {PROGRAM} doctor|paths|config [options]"""
_DESCRIPTION = """A terminal chat with an agent you can talk to while it works.

commands:
  (none)                the chat, on the terminal
  run PROMPT            one prompt without a screen; "-" reads it from stdin
  send PROMPT           to a session that is open elsewhere; else it waits there
  history               the messages of a session
  runs                  the runs of a session
  pending               the prompts that wait in a session
  sessions              all sessions
  search WORDS          the messages with these words, of all sessions, newest
                        first; "quoted" words are a phrase
  export                a whole session, as Markdown or JSON; see -o
  doctor                whether everything is in place; changes nothing
  paths                 the files and directories that are used
  config                every setting, and where its value comes from"""
_EPILOG = """Options stand before or after the command; after "--" everything is the prompt.
OPENAI_API_KEY holds the key; it has no option and no place in the config file.
There [endpoints.NAME] describes a server: base_url, api_key_env (the variable
that holds its key), model, api, context_window, parameters; [prompts] has
system prompts by name.
Options win over the session's own settings, then come environment, config file
and defaults. Empty variables count as unset.
Only the config file has theme = "dark" (or light, high-contrast, ansi) and the
table [keys], with lines like "chat.stop" = "escape,ctrl+t"; F1 in the chat
lists the names.
INTERRUPTIBLE_CHAT_ESCAPE_DELAY (escape_delay in the config file): milliseconds
that Escape waits for the rest of a key, default 15. Raise it where keys come in
pieces, as over a slow ssh: 200, say."""


class UsageError(Exception):
    """The program was started wrongly. Its text is one line for people that says what to do, without secrets."""


class Command(StrEnum):
    CHAT = "chat"
    """Has no word of its own on the command line."""
    RUN = "run"
    SEND = "send"
    HISTORY = "history"
    RUNS = "runs"
    PENDING = "pending"
    SESSIONS = "sessions"
    DOCTOR = "doctor"
    SEARCH = "search"
    EXPORT = "export"
    PATHS = "paths"
    CONFIG = "config"


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    STREAM_JSON = "stream-json"


FORMATS = {
    Command.CHAT: (),
    Command.RUN: (Format.TEXT, Format.JSON, Format.STREAM_JSON),
    Command.SEND: (Format.TEXT, Format.JSON),
    Command.HISTORY: (Format.TEXT, Format.MARKDOWN, Format.JSON),
    Command.RUNS: (Format.TEXT, Format.JSON),
    Command.PENDING: (Format.TEXT, Format.JSON),
    Command.SESSIONS: (Format.TEXT, Format.JSON),
    Command.DOCTOR: (Format.TEXT, Format.JSON),
    Command.SEARCH: (Format.TEXT, Format.MARKDOWN, Format.JSON),
    Command.EXPORT: (Format.MARKDOWN, Format.JSON),
    Command.PATHS: (Format.TEXT, Format.JSON),
    Command.CONFIG: (Format.TEXT, Format.JSON),
}
"""What each command can print, by default the first of them."""


class Arguments(Struct, frozen=True):
    command: Command
    prompt: str | None
    """Of `run` and `send`; None if it is to be read from standard input. The words of `search`."""
    format: Format
    options: Mapping[str, Any]
    """What was given, as text, by the name of its field in `Settings`. `tools` is a list, `demo` is True."""
    output: str | None = None
    """The file that `export` writes; None: standard output."""


def parse(argv: Sequence[str], platform: str = sys.platform) -> Arguments:
    """`argv` without the program's name. Raises UsageError; --help and --version print and raise SystemExit(0)."""
    if platform == "win32":
        raise UsageError("Windows is not supported yet; it runs in WSL")
    end = argv.index("--") if "--" in argv else len(argv)
    options = vars(_parser().parse_intermixed_args(argv[:end]))
    words: list[str] = options.pop("words")
    command = _command(words[0]) if words else Command.CHAT
    prompt = _prompt(command, words[1:], argv[end + 1 :])
    output = _output(command, options.pop("output", None))
    return Arguments(command, prompt, _format(command, options.pop("format", None), output), options, output)


def no_session(name: str) -> UsageError:
    return UsageError(f"there is no session named {name!r}; `{PROGRAM} sessions` lists them")


def report(error: UsageError) -> int:
    """Tell the user on stderr, in one line; returns the exit status."""
    write_error(f"{PROGRAM}: error: {clean_line(str(error))}\n")
    return WRONG_USAGE


def _command(word: str) -> Command:
    words = [command.value for command in Command if command is not Command.CHAT]
    if word not in words:
        known = ", ".join(words)
        raise UsageError(f'unknown command {word!r}: the commands are {known}; a prompt goes after "run" or "send"')
    return Command(word)


def _prompt(command: Command, words: Sequence[str], rest: Sequence[str]) -> str | None:
    """The prompt among the `words` after the command and the `rest` after `--`."""
    if command is Command.SEARCH:
        return _words([*words, *rest])
    if command not in {Command.RUN, Command.SEND}:
        if words or rest:
            raise UsageError(f'unexpected argument {[*words, *rest][0]!r}: only "run" and "send" take a prompt')
        return None
    if len(words) + bool(rest) > 1:
        raise UsageError('one PROMPT is expected: put it in quotes, or all of it after "--"')
    if words == ["-"]:
        return None
    return _checked(command, " ".join([*words, *rest]))


def _words(words: Sequence[str]) -> str:
    text = " ".join(words)
    if not text.strip():
        raise UsageError('words are missing: "search WORDS"')
    return _encodable(text, "the words are")


def _checked(command: Command, prompt: str) -> str:
    if not prompt.strip():
        raise UsageError(f'a prompt is missing: "{command} PROMPT", or "{command} -" to read it from standard input')
    return _encodable(prompt, "the prompt is")


def _encodable(text: str, called: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{called} not valid UTF-8") from None
    return text


def _output(command: Command, file: str | None) -> str | None:
    if file is not None and command is not Command.EXPORT:
        raise UsageError("--output goes with export")
    if file == "":
        raise UsageError("--output needs the name of a file")
    return None if file == "-" else file


def _format(command: Command, name: str | None, output: str | None) -> Format:
    formats = FORMATS[command]
    if name is None:
        wanted = output and output.lower().endswith(".json")
        return Format.JSON if wanted else next(iter(formats), Format.TEXT)
    if name in formats or (not formats and name == Format.TEXT):
        return Format(name)
    if not formats:
        raise UsageError("--format does not apply to the chat: it goes with a command")
    raise UsageError(f"--format of {command} should be {' or '.join(formats)}")


class _Parser(ArgumentParser):
    def print_help(self, file: Any = None) -> None:  # noqa: ARG002 - argparse's signature
        write(self.format_help())

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {PROGRAM} --help")


class _Version(Action):
    """Prints the version; looks it up only then, because that takes 20 ms."""

    def __call__(self, parser: ArgumentParser, *_: Any, **__: Any) -> None:
        from importlib.metadata import version

        write(f"{PROGRAM} {version(PROGRAM)}\n")
        parser.exit()


class _Formatter(RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=24, width=80)


def _parser() -> ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        usage=_SYNOPSIS,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=_Formatter,
        argument_default=SUPPRESS,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("words", nargs="*", default=[], help=SUPPRESS)
    _add_conversation(parser)
    _add_model(parser)
    _add_program(parser)
    return parser


def _add_conversation(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("conversation")
    group.add_argument(
        "--mode",
        metavar="MODE",
        help="what a prompt does to an active run: interrupt, incorporate (default) or queue"
        " [INTERRUPTIBLE_CHAT_MODE, MODE]",
    )
    group.add_argument(
        "--on-interrupt",
        metavar="WISH",
        help="what an interrupting prompt leaves of the run: keep (default), trim (its finished turns)"
        " or rollback [INTERRUPTIBLE_CHAT_ON_INTERRUPT]",
    )
    group.add_argument(
        "--incorporate-at",
        metavar="WHEN",
        help="when a run takes a prompt in: boundary (default) or now, which cuts the reply"
        " [INTERRUPTIBLE_CHAT_INCORPORATE_AT]",
    )
    group.add_argument(
        "-s", "--session", metavar="NAME", help="default: the one last used [INTERRUPTIBLE_CHAT_SESSION]"
    )
    group.add_argument(
        "--system", metavar="TEXT", help="system prompt, or @FILE that holds it [INTERRUPTIBLE_CHAT_SYSTEM]"
    )
    group.add_argument(
        "--max-turns", metavar="N", help="turns a run may take, default 50 [INTERRUPTIBLE_CHAT_MAX_TURNS]"
    )
    group.add_argument(
        "--tools",
        action="append",
        metavar="TOOLS",
        help="Python file or module whose functions are tools; repeatable [INTERRUPTIBLE_CHAT_TOOLS, split at colons]",
    )


def _add_model(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("model")
    group.add_argument(
        "--endpoint",
        metavar="NAME",
        help="one that the config file describes, with its model, key and parameters [INTERRUPTIBLE_CHAT_ENDPOINT]",
    )
    group.add_argument("-m", "--model", metavar="NAME", help="[INTERRUPTIBLE_CHAT_MODEL]")
    group.add_argument(
        "--base-url", metavar="URL", help="of an OpenAI-compatible server, default OpenAI's [OPENAI_BASE_URL]"
    )
    group.add_argument(
        "--api",
        metavar="API",
        help="auto (default), responses or chat; auto is responses at OpenAI, else chat [INTERRUPTIBLE_CHAT_API]",
    )
    group.add_argument(
        "--demo",
        action="store_true",
        help="the built-in offline model; default when there is neither key nor base URL",
    )
    group.add_argument("--demo-speed", metavar="FACTOR", help="how fast the demo works, default 1")


def _add_program(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("program")
    group.add_argument("--data-dir", metavar="DIR", help="where sessions are kept [INTERRUPTIBLE_CHAT_DATA_DIR]")
    group.add_argument("--config", metavar="FILE", help="TOML config file [INTERRUPTIBLE_CHAT_CONFIG]")
    group.add_argument(
        "--format",
        metavar="FORMAT",
        help="text (default) or json; history, search: also markdown; run: also stream-json;"
        " export: markdown (default) or json",
    )
    group.add_argument(
        "-o", "--output", metavar="FILE", help="where export writes, default stdout; never overwrites; .json is JSON"
    )
    group.add_argument("--version", action=_Version, nargs=0, help="print the version")
    group.add_argument("-h", "--help", action="help", help="print this")
