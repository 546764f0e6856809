"""Settings come from flags, environment, config file and defaults, in this order, and from nowhere else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.settings import DEFAULT_MODEL, Settings, load
from interruptible_tui.sources import FILE_KEYS, VARIABLES
from interruptible_tui.values import Api
from tests.settings import KEY, complaint, write_config


def test_the_defaults_are_those_of_the_contract(home: Path) -> None:
    settings = load({})
    assert (settings.mode, settings.session, settings.model) == (Mode.INCORPORATE, None, DEFAULT_MODEL)
    assert (settings.base_url, settings.api_key, settings.tools) == (None, None, ())
    assert (settings.max_turns, settings.demo_speed, settings.demo) == (50, 1.0, True)
    assert settings.data_dir == home / ".local/share/interruptible-chat"
    assert settings.config == home / ".config/interruptible-chat/config.toml"
    assert settings.flags == frozenset()


ROWS: list[tuple[str, Any, str, str, Any, Any, Any]] = [
    ("mode", "interrupt", "QUEUE", '"Incorporate"', Mode.INTERRUPT, Mode.QUEUE, Mode.INCORPORATE),
    ("on_interrupt", "trim", "ROLLBACK", '"Keep"', OnInterrupt.TRIM, OnInterrupt.ROLLBACK, OnInterrupt.KEEP),
    ("incorporate_at", "now", "Boundary", '"now"', IncorporateAt.NOW, IncorporateAt.BOUNDARY, IncorporateAt.NOW),
    ("session", "a", "b", '"c"', "a", "b", "c"),
    ("model", "a", "b", '"c"', "a", "b", "c"),
    ("base_url", "http://a/v1/", "http://b:1", '"https://c"', "http://a/v1", "http://b:1", "https://c"),
    ("api", "auto", "chat", '"responses"', Api.AUTO, Api.CHAT, Api.RESPONSES),
    ("max_turns", "1", "2", "3", 1, 2, 3),
    ("system", "a", "b", '"c"', "a", "b", "c"),
    ("escape_delay", "1", "200", "300", 1, 200, 300),
    ("tools", ["a"], "b:/c.py", '["d", "e"]', ("a",), ("b", "/c.py"), ("d", "e")),
    ("data_dir", "/a", "/b", '"/c"', Path("/a"), Path("/b"), Path("/c")),
]


@pytest.mark.parametrize(("field", "option", "variable", "entry", "first", "second", "third"), ROWS)
def test_flags_beat_the_environment_which_beats_the_config_file(
    field: str,
    option: Any,
    variable: str,
    entry: str,
    first: Any,
    second: Any,
    third: Any,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_config(home, f"{field} = {entry}\n")
    assert getattr(load({}), field) == third
    monkeypatch.setenv(VARIABLES[field][-1], variable)
    assert getattr(load({}), field) == second
    monkeypatch.setenv(VARIABLES[field][0], variable)
    assert load({}).flags == frozenset()
    settings = load({field: option})
    assert getattr(settings, field) == first
    assert settings.flags == {field}


def test_keys_and_looks_stand_in_the_config_file_alone_and_are_checked_where_there_is_a_screen(home: Path) -> None:
    assert (load({}).theme, load({}).keys) == ("dark", {})
    write_config(home, 'theme = "pink"\n[keys]\n"chat.stop" = "escape,ctrl+t"\nchat.mode = "f9"\nchat.runs = 3\n')
    assert load({}).theme == "pink"
    assert load({}).keys == {"chat.stop": "escape,ctrl+t", "chat.mode": "f9", "chat.runs": 3}
    write_config(home, "keys = 3\n")
    assert load({}).keys == {"": 3}


def test_every_key_of_the_config_file_has_a_row_above() -> None:
    assert {row[0] for row in ROWS} == set(FILE_KEYS) - {"demo_speed", "endpoint", "theme", "keys"}
    assert set(VARIABLES) | set(FILE_KEYS) <= set(Settings.model_fields)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load({})
    for names in VARIABLES.values():
        for name in names:
            monkeypatch.setenv(name, "")
    assert load({}) == expected


@pytest.mark.parametrize(
    ("ours", "others", "mode"),
    [
        (None, "production", Mode.INCORPORATE),
        (None, "Queue", Mode.QUEUE),
        ("interrupt", "queue", Mode.INTERRUPT),
        ("", "queue", Mode.QUEUE),
        ("INTERRUPT", "production", Mode.INTERRUPT),
    ],
)
def test_the_mode_of_another_program_is_ignored(
    ours: str | None, others: str, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODE", others)
    if ours is not None:
        monkeypatch.setenv("INTERRUPTIBLE_CHAT_MODE", ours)
    assert load({}).mode is mode


@pytest.mark.parametrize(
    ("key", "url", "options", "demo"),
    [
        ("", "", {}, True),
        ("", "", {"base_url": "http://localhost:1"}, False),
        (KEY, "", {}, False),
        (KEY, "", {"demo": True}, True),
        ("", "http://localhost:1/v1", {}, False),
        ("  ", "", {}, True),
    ],
)
def test_the_demo_plays_when_there_is_neither_key_nor_base_url(
    key: str, url: str, options: dict[str, Any], demo: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    assert load(options).demo is demo


@pytest.mark.parametrize(
    ("options", "wire"),
    [
        ({}, Api.RESPONSES),
        ({"base_url": "https://api.openai.com/v1"}, Api.RESPONSES),
        ({"base_url": "https://eu.api.openai.com/v1"}, Api.RESPONSES),
        ({"base_url": "https://evil-api.openai.com.example/v1"}, Api.CHAT),
        ({"base_url": "https://notapi.openai.com/v1"}, Api.CHAT),
        ({"base_url": "http://localhost:11434/v1", "api": "responses"}, Api.RESPONSES),
        ({"api": "chat"}, Api.CHAT),
    ],
)
def test_responses_are_spoken_with_openai_and_chat_with_everyone_else(options: dict[str, Any], wire: Api) -> None:
    assert load(options).wire is wire


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"mode": "now"}, "--mode should be 'interrupt', 'incorporate' or 'queue'"),
        ({"max_turns": "0"}, "--max-turns should be greater than or equal to 1"),
        ({"max_turns": "many"}, "--max-turns should be a valid integer"),
        ({"escape_delay": "0"}, "--escape-delay should be greater than or equal to 1"),
        ({"demo_speed": "0"}, "--demo-speed should be greater than 0"),
        ({"demo_speed": "inf"}, "--demo-speed should be a finite number"),
        ({"api": "soap"}, "--api should be 'auto', 'responses' or 'chat'"),
        ({"session": " "}, "--session should not be empty"),
        ({"session": "\udcff"}, "--session should be valid UTF-8"),
        ({"model": ""}, "--model should not be empty"),
        ({"base_url": "localhost:8000"}, "--base-url should be like https://host/v1"),
        ({"base_url": "ftp://host"}, "--base-url should be like https://host/v1"),
        ({"base_url": "http://"}, "--base-url should be like https://host/v1"),
        ({"base_url": "http://[::1"}, "--base-url should be like https://host/v1"),
        ({"base_url": "http://host:99999"}, "--base-url should be like https://host/v1"),
        ({"base_url": "http://host/\nx"}, "--base-url should be like https://host/v1"),
        ({"base_url": f"http://user:{KEY}@host"}, "--base-url should not contain a password"),
        ({"config": "/nowhere.toml"}, "there is no config file /nowhere.toml"),
        ({"config": "/"}, "cannot read config file /: Is a directory"),
        ({"system": "@/nowhere"}, "--system: cannot read /nowhere: No such file"),
        ({"data_dir": ""}, "--data-dir: should be a path"),
        ({"data_dir": "~nobody-of-this-name/x"}, "--data-dir: Could not determine home directory"),
    ],
)
def test_a_bad_flag_is_named(options: dict[str, Any], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = complaint(options, capsys)
    assert hint in line
    assert KEY not in line


def test_the_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = load({})
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY
    assert KEY not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user without a home")
def test_without_a_home_the_user_is_told_to_name_one() -> None:
    code = "import os; from interruptible_tui.settings import load; os.setuid(54321); load({})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env={})
    assert "UsageError: could not determine the home directory" in done.stderr
