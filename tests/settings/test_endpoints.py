"""Endpoints of the config file: which one a start is about, whose key goes where, and what is wrong with an entry."""

from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.settings import DEFAULT_MODEL, load
from interruptible_tui.values import Api
from tests.settings import KEY, complaint, write_config

CONFIG = """
endpoint = "local"
base_url = "http://top:1"
model = "top"
api = "responses"

[endpoints.local]
base_url = "http://local:1/v1/"
model = "qwen3"
context_window = 32768

[endpoints.local.parameters]
temperature = 0.2
stop = ["a", "b"]

[endpoints.cloud]
base_url = "https://cloud/v1"
api_key_env = "CLOUD_KEY"
api = "responses"

[prompts]
terse = "Be terse."
pirate = "@pirate.txt"
"""
OPENAI = "sk-openai"


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUD_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    return write_config(home, CONFIG)


def served(**options: Any) -> tuple[str | None, str | None, str | None, str, Api]:
    """The endpoint, base URL, key, model and format of a start with `options`."""
    settings = load(options)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    return settings.endpoint, settings.base_url, key, settings.model, settings.wire


LOCAL = ("local", "http://local:1/v1", None, "qwen3", Api.CHAT)
CLOUD = ("cloud", "https://cloud/v1", KEY, DEFAULT_MODEL, Api.RESPONSES)


def test_the_named_endpoint_is_served_with_what_is_its_own_and_never_with_the_key_of_another(config: Path) -> None:
    assert served() == LOCAL
    assert served(endpoint="cloud") == CLOUD
    settings = load({})
    assert settings.server.parameters == {"temperature": 0.2, "stop": ["a", "b"]}
    assert settings.server.context_window == 32768
    assert not settings.demo


def test_the_strongest_source_that_names_an_endpoint_decides(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERRUPTIBLE_CHAT_ENDPOINT", "cloud")
    assert served() == CLOUD
    assert served(endpoint="local") == LOCAL
    monkeypatch.setenv("OPENAI_BASE_URL", "http://other")
    assert served() == CLOUD
    monkeypatch.setenv("INTERRUPTIBLE_CHAT_MODEL", "mine")
    assert served() == (*CLOUD[:3], "mine", CLOUD[4])
    assert served(endpoint="local") == LOCAL


def test_a_base_url_of_a_stronger_source_leaves_the_endpoint_out_and_its_key_at_home(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served(base_url="http://flag") == (None, "http://flag", OPENAI, "top", Api.RESPONSES)
    assert served(base_url="http://flag", endpoint="cloud")[:3] == ("cloud", "http://flag", OPENAI)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://variable")
    assert served() == (None, "http://variable", OPENAI, "top", Api.RESPONSES)
    monkeypatch.delenv("OPENAI_API_KEY")
    assert served(base_url="http://flag", endpoint="cloud")[:3] == ("cloud", "http://flag", None)


def test_flags_beat_what_an_endpoint_says_of_itself(config: Path) -> None:
    assert served(model="mine", api="responses") == ("local", "http://local:1/v1", None, "mine", Api.RESPONSES)


def test_a_key_is_sent_to_an_endpoint_only_where_it_names_the_variable(config: Path, home: Path) -> None:
    write_config(home, CONFIG.replace('api_key_env = "CLOUD_KEY"\n', ""))
    assert served(endpoint="cloud")[2] is None
    write_config(home, CONFIG.replace("CLOUD_KEY", "OPENAI_API_KEY"))
    assert served(endpoint="cloud")[2] == OPENAI
    write_config(home, CONFIG.replace("CLOUD_KEY", "NOT_SET"))
    assert served(endpoint="cloud")[2] is None
    assert load({"endpoint": "cloud"}).key_variable == "NOT_SET"


def test_keys_of_endpoints_are_never_printed(config: Path) -> None:
    settings = load({})
    assert settings.secrets == [KEY]
    assert KEY not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_prompt_in_a_file_begins_at_the_config_file(config: Path) -> None:
    assert load({}).prompts == {"terse": "Be terse.", "pirate": f"@{config.parent / 'pirate.txt'}"}


ENTRY = '[endpoints.a]\nbase_url = "http://a"\n'


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("endpoint = 'b'\n" + ENTRY, "there is no endpoint 'b': there are a"),
        ("endpoint = 'b'", "there is no endpoint 'b': the config file has no [endpoints.NAME]"),
        ("endpoint = 5\n" + ENTRY, "there is no endpoint 5"),
        ("endpoints = 5", "endpoints in {path} should be a table"),
        ("[endpoints]\na = 5", "endpoints.a in {path} should be a table"),
        ("[endpoints.a]", "endpoints.a in {path} needs a base_url"),
        (
            "[endpoints.'a b']\nbase_url = 'http://a'",
            "endpoints in {path} has the name 'a b', which should be one word",
        ),
        ("[endpoints.default]\nbase_url = 'http://a'", "should be one word, and not default"),
        ("[endpoints.a]\nbase_url = 5", "endpoints.a.base_url in {path} should be a text"),
        ("[endpoints.a]\nbase_url = 'a'", "endpoints.a.base_url in {path} should be like https://host/v1"),
        (
            f"[endpoints.a]\nbase_url = 'http://u:{KEY}@a'",
            "endpoints.a.base_url in {path} should not contain a password",
        ),
        (
            ENTRY + "colour = 1",
            "unknown key endpoints.a.colour in config file {path}: the keys are base_url, api_key_env",
        ),
        (ENTRY + f"api_key = '{KEY}'", "{path} holds a key (endpoints.a.api_key): remove it, and name in api_key_env"),
        (
            ENTRY + f"api_key_env = '{KEY}'",
            "endpoints.a.api_key_env in {path} should be the name of an environment var",
        ),
        (
            ENTRY + "api_key_env = 'gsk_x7'",
            "endpoints.a.api_key_env in {path} should be the name of an environment var",
        ),
        (ENTRY + "api_key_env = 'BAD_KEY'", "BAD_KEY should be printable ASCII"),
        (ENTRY + "api = 'soap'", "endpoints.a.api in {path} should be 'auto', 'responses' or 'chat'"),
        (ENTRY + "model = ' '", "endpoints.a.model in {path} should not be empty"),
        (ENTRY + "context_window = true", "endpoints.a.context_window in {path} should be a number of tokens"),
        (ENTRY + "context_window = 0", "endpoints.a.context_window in {path} should be a number of tokens"),
        (ENTRY + "parameters = 5", "endpoints.a.parameters in {path} should be a table"),
        (ENTRY + "parameters.stream = false", "endpoints.a.parameters in {path} has stream, which is no parameter"),
        (ENTRY + "parameters.model = 'x'", "endpoints.a.parameters in {path} has model, which is no parameter"),
        (
            ENTRY + "parameters.top_p = nan",
            "endpoints.a.parameters in {path} has top_p, which should be a value that JSON",
        ),
        (
            ENTRY + "parameters.x = 2026-01-01",
            "endpoints.a.parameters in {path} has x, which should be a value that JSON",
        ),
        (ENTRY + f"parameters.api_key = '{KEY}'", "{path} holds a key (endpoints.a.parameters.api_key)"),
        ("prompts = 5", "prompts in {path} should be a table"),
        ("[prompts]\na = 5", "prompts.a in {path} should be a text"),
        ("[prompts]\na = '@'", "prompts in {path}: should be a path"),
    ],
)
def test_a_bad_entry_is_named_with_its_file_and_key(
    content: str, hint: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAD_KEY", f"{KEY}\n{KEY}")
    path = write_config(home, content)
    line = complaint({}, capsys)
    assert hint.format(path=path) in line
    assert KEY not in line


def test_an_endpoint_that_a_flag_names_has_to_be_there(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no endpoint 'x': there are local, cloud" in complaint({"endpoint": "x"}, capsys)
