"""The environment and the config file are read as the contract says, and nothing else is."""

from pathlib import Path

import pytest

from interruptible_tui.settings import load
from tests.settings import KEY, complaint, write_config


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("INTERRUPTIBLE_CHAT_MODE", "fast", "INTERRUPTIBLE_CHAT_MODE should be 'interrupt'"),
        ("INTERRUPTIBLE_CHAT_MAX_TURNS", "-1", "INTERRUPTIBLE_CHAT_MAX_TURNS should be greater"),
        ("OPENAI_BASE_URL", "host", "OPENAI_BASE_URL should be like"),
        ("OPENAI_API_KEY", f"{KEY}\n{KEY}", "OPENAI_API_KEY should be printable ASCII"),
        ("INTERRUPTIBLE_CHAT_CONFIG", "config.toml", "INTERRUPTIBLE_CHAT_CONFIG: should be an absolute path"),
        ("INTERRUPTIBLE_CHAT_DATA_DIR", "here", "INTERRUPTIBLE_CHAT_DATA_DIR: should be an absolute path"),
        ("INTERRUPTIBLE_CHAT_TOOLS", "json:kitchen.py", "INTERRUPTIBLE_CHAT_TOOLS: should be an absolute path"),
        ("INTERRUPTIBLE_CHAT_SYSTEM", "@system.txt", "INTERRUPTIBLE_CHAT_SYSTEM: should be an absolute path"),
    ],
)
def test_a_bad_variable_is_named(
    name: str, value: str, hint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    line = complaint({}, capsys)
    assert hint in line
    assert KEY not in line


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("mode = 'fast'", "mode in the config file should be 'interrupt'"),
        ("max_turns = true", "max_turns in the config file should be a number"),
        ("model = 5", "model in the config file should be a valid string"),
        ("tools = 5", "tools in the config file should be"),
        ("tools = [1]", "tools in the config file should be a valid string"),
        ('data_dir = "a\\u0000b"', "data_dir in"),
        ("colour = 'red'", "unknown key 'colour'"),
        ("format = 'json'", "unknown key 'format'"),
        ("flags = ['mode']", "unknown key 'flags'"),
        ("max-turns = 3", "unknown key 'max-turns'"),
        (f"api_key = '{KEY}'", "set OPENAI_API_KEY instead"),
        (f"OPENAI_API_KEY = '{KEY}'", "set OPENAI_API_KEY instead"),
        (f"mode = {KEY}", "is not valid TOML"),
        ("mode", "is not valid TOML"),
        ("x = " + "[" * 5000, "is not valid TOML"),
        ("model = '\udcff'", "is not valid TOML"),
    ],
)
def test_a_bad_entry_of_the_config_file_is_named(
    content: str, hint: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_config(home, "")
    path.write_bytes(content.encode(errors="surrogateescape"))
    line = complaint({}, capsys)
    assert hint in line
    assert KEY not in line


def test_nothing_is_read_from_a_hostile_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load({})
    hostile = tmp_path / "hostile"
    for name in (".env", "config.toml", "interruptible-chat/config.toml", ".config/interruptible-chat/config.toml"):
        (hostile / name).parent.mkdir(parents=True, exist_ok=True)
        (hostile / name).write_text('OPENAI_BASE_URL="http://evil"\nbase_url = "http://evil"\n')
    monkeypatch.chdir(hostile)
    assert load({}) == expected


def test_relative_paths_of_flags_begin_at_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system.txt").write_text("Be kind.")
    monkeypatch.chdir(tmp_path)
    settings = load({"data_dir": "data", "tools": ["kitchen.py", "sub/tool", "json"], "system": "@system.txt"})
    assert settings.data_dir == tmp_path / "data"
    assert settings.tools == (str(tmp_path / "kitchen.py"), str(tmp_path / "sub/tool"), "json")
    assert settings.system == "Be kind."


def test_relative_paths_of_the_config_file_begin_at_the_config_file(home: Path) -> None:
    path = write_config(home, 'tools = ["kitchen.py", "json"]\nsystem = "@system.txt"\ndata_dir = "data"\n')
    (path.parent / "system.txt").write_text("Be kind.")
    settings = load({})
    assert settings.tools == (str(path.parent / "kitchen.py"), "json")
    assert settings.data_dir == path.parent / "data"
    assert settings.system == "Be kind."


def test_one_tool_in_the_config_file_needs_no_list(home: Path) -> None:
    write_config(home, "tools = '/kitchen.py'")
    assert load({}).tools == ("/kitchen.py",)


def test_the_config_file_is_named_by_flag_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("flag", "variable"):
        (tmp_path / f"{name}.toml").write_text(f"model = '{name}'\n")
    monkeypatch.setenv("INTERRUPTIBLE_CHAT_CONFIG", "~/variable.toml")
    assert load({}).model == "variable"
    monkeypatch.chdir(tmp_path)
    settings = load({"config": "flag.toml"})
    assert (settings.model, settings.config) == ("flag", tmp_path / "flag.toml")


def test_variables_without_our_names_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load({})
    for name in ("model", "MODEL", "demo", "max_turns", "flags", "INTERRUPTIBLE_CHAT_API_KEY", "API_KEY"):
        monkeypatch.setenv(name, "x")
    assert load({}) == expected
