"""`paths` and `config`: where things are, and where values come from. The key is nowhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from interruptible_tui.conversation import Mode
from interruptible_tui.errands import told as told_in_the_chat
from interruptible_tui.settings import load
from tests.commands.program import ended
from tests.e2e.chat import data_dir
from tests.engine.driver import chatting, session_in
from tests.scripted import Scripted
from tests.store.test_files import opened

KEY = "sk-canary-0123456789"


def told(home: Path, *words: str, **environment: str) -> dict[str, dict[str, Any]]:
    """By name."""
    printed = ended(home, *words, "--format", "json", environment=environment)
    assert (printed.returncode, printed.stderr) == (0, "")
    return {each.pop("name"): each for each in json.loads(printed.stdout)}


async def test_every_path_is_told_and_whether_it_is_there(tmp_path: Path) -> None:
    home = data_dir(tmp_path)
    before = told(tmp_path, "paths")
    assert before["database"] == {"path": str(home / "chat.db"), "exists": False}
    assert not home.exists()
    async with opened(home) as store:
        await session_in(store)
    for name in ("crash-20260101T000000Z.txt", "theme.json", "editing"):
        (home / name).touch()
    after = told(tmp_path, "paths")
    assert {name for name, each in after.items() if each["exists"]} >= {"data directory", "database", "write lock"}
    assert after["crash report"]["path"].endswith("crash-20260101T000000Z.txt")
    assert not after["config file"]["exists"] and after["config file"]["path"].endswith("config.toml")
    every = {str(path) for path in home.iterdir()}
    assert every <= {each["path"] for each in after.values()}
    lines = ended(tmp_path, "paths").stdout.splitlines()
    assert f"database            {home / 'chat.db'}" in lines
    assert any(line.startswith("config file") and line.endswith("(not there)") for line in lines)


async def test_every_value_names_where_it_comes_from(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text('max_turns = 7\nmodel = "filed"\nmode = "queue"\n')
    given = ("config", "--config", str(config), "--session", "default", "--api", "chat")
    values = told(tmp_path, *given, INTERRUPTIBLE_CHAT_MODEL="named", OPENAI_API_KEY=KEY)
    assert values["api"] == {"value": "chat", "source": "flag", "where": "--api"}
    assert values["model"] == {"value": "named", "source": "environment", "where": "INTERRUPTIBLE_CHAT_MODEL"}
    assert values["max_turns"] == {"value": 7, "source": "config file", "where": str(config)}
    assert values["mode"] == {"value": "queue", "source": "config file", "where": str(config)}
    assert values["base_url"] == {"value": None, "source": "default"}
    assert values["api_key"] == {"value": True, "source": "environment", "where": "OPENAI_API_KEY"}
    async with opened(data_dir(tmp_path)) as store:
        await session_in(store)
    values = told(tmp_path, *given, INTERRUPTIBLE_CHAT_MODEL="named")
    assert values["model"] == {"value": "m", "source": "session", "where": "default"}
    assert values["mode"] == {"value": "incorporate", "source": "session", "where": "default"}
    assert values["api_key"] == {"value": False, "source": "default"}
    assert told(tmp_path, *given, "--mode", "interrupt")["mode"] == {
        "value": "interrupt",
        "source": "flag",
        "where": "--mode",
    }


def test_the_key_is_never_told(tmp_path: Path) -> None:
    printed = ended(tmp_path, "config", environment={"OPENAI_API_KEY": KEY})
    assert "api_key         set, not shown  (environment OPENAI_API_KEY)\n" in printed.stdout
    for form in ("text", "json"):
        said = ended(tmp_path, "config", "--format", form, environment={"OPENAI_API_KEY": KEY})
        assert said.returncode == 0 and KEY not in said.stdout + said.stderr


def test_a_config_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    refused = ended(tmp_path, "config", "--config", "nowhere.toml")
    assert (refused.returncode, refused.stdout) == (2, "")


async def test_what_an_endpoint_says_names_it_and_no_key(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text(
        'endpoint = "near"\n[endpoints.near]\nbase_url = "http://localhost:1/v1"\nmodel = "small"\n'
        '[endpoints.far]\nbase_url = "https://far.test/v1"\napi_key_env = "FAR_KEY"\n[prompts]\nterse = "Be brief"\n'
    )
    values = told(tmp_path, "config", "--config", str(config), FAR_KEY=KEY, OPENAI_API_KEY=KEY)
    assert values["base_url"] == {"value": "http://localhost:1/v1", "source": "endpoint", "where": "near"}
    assert values["model"] == {"value": "small", "source": "endpoint", "where": "near"}
    assert values["api_key"] == {"value": False, "source": "default"}
    assert values["endpoints"] == {"value": ["near", "far"], "source": "config file", "where": str(config)}
    assert values["prompts"]["value"] == ["terse"]
    assert KEY not in ended(tmp_path, "config", "--config", str(config), environment={"FAR_KEY": KEY}).stdout


ENDPOINTS = """
[endpoints.a]
base_url = "http://a.test/v1"
model = "ma"
[endpoints.b]
base_url = "http://b.test/v1"
model = "mb"
"""


async def at_endpoint(home: Path, endpoint: str) -> Path:
    """A session that has chosen the model m of `endpoint`; returns a config file with others."""
    async with opened(data_dir(home)) as store:
        session = await session_in(store)
        await store.write(lambda tables: tables.equip_session(replace(session, endpoint=endpoint)))
    config = home / "my.toml"
    config.write_text(ENDPOINTS)
    return config


def asked(home: Path, config: Path, *options: str) -> list[tuple[Any, str, str | None]]:
    """Endpoint, URL and model, each with its source and where that is."""
    values = told(home, "config", "--config", str(config), *options)
    found = [values[name] for name in ("endpoint", "base_url", "model")]
    return [(each["value"], each["source"], each.get("where")) for each in found]


@pytest.mark.parametrize("chosen", ["a", "b", "", "gone"])
async def test_another_endpoint_comes_with_its_own_server_and_model_as_at_a_start(tmp_path: Path, chosen: str) -> None:
    config = await at_endpoint(tmp_path, chosen)
    model = ("m", "session", "default") if chosen == "b" else ("mb", "endpoint", "b")
    assert asked(tmp_path, config, "--endpoint", "b") == [
        ("b", "flag", "--endpoint"), ("http://b.test/v1", "endpoint", "b"), model
    ]  # fmt: skip


async def test_a_session_is_told_at_the_endpoint_that_it_has_chosen(tmp_path: Path) -> None:
    config = await at_endpoint(tmp_path, "a")
    config.write_text('endpoint = "b"\n' + ENDPOINTS)
    assert asked(tmp_path, config) == [
        ("a", "session", "default"), ("http://a.test/v1", "endpoint", "a"), ("m", "session", "default")
    ]  # fmt: skip


@pytest.mark.parametrize("chosen", ["", "gone"])
async def test_a_session_without_an_endpoint_goes_to_that_of_the_config_file(tmp_path: Path, chosen: str) -> None:
    config = await at_endpoint(tmp_path, chosen)
    config.write_text('endpoint = "a"\n' + ENDPOINTS)
    assert asked(tmp_path, config) == [
        ("a", "config file", str(config)), ("http://a.test/v1", "endpoint", "a"), ("ma", "endpoint", "a")
    ]  # fmt: skip


async def test_a_session_whose_endpoint_is_gone_is_told_with_the_model_that_answers_instead(tmp_path: Path) -> None:
    config = await at_endpoint(tmp_path, "gone")
    config.write_text('model = "filed"\n' + ENDPOINTS)
    assert asked(tmp_path, config) == [
        (None, "default", None), (None, "default", None), ("filed", "config file", str(config))
    ]  # fmt: skip


def test_a_theme_that_was_chosen_on_the_screen_is_told_with_its_file(tmp_path: Path) -> None:
    assert told(tmp_path, "config")["theme"] == {"value": "dark", "source": "default"}
    file = data_dir(tmp_path) / "theme.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"theme": "light", "configured": "dark"}')
    assert told(tmp_path, "config")["theme"] == {"value": "light", "source": "chosen", "where": str(file)}


async def test_in_the_chat_what_was_switched_since_a_flag_is_told_as_the_sessions(tmp_path: Path) -> None:
    """At the start the session has taken what the flags said; what it has now is what counts."""
    (config := tmp_path / "my.toml").write_text(ENDPOINTS)
    flags = {"config": str(config), "data_dir": str(tmp_path), "model": "flagged", "mode": "queue", "max_turns": "7"}
    settings = load({**flags, "endpoint": "a", "incorporate_at": "now"})
    async with chatting(tmp_path, Scripted(), mode=Mode.INTERRUPT) as it:
        said = told_in_the_chat(settings, "config", it.engine)
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert lines["mode"].endswith("interrupt  (session default)")
    assert lines["incorporate_at"].endswith("boundary  (session default)")
    assert lines["max_turns"].endswith("7  (flag --max-turns)")
