"""Endpoints of the config file, without a screen: which one is asked, and that no key goes where it does not belong."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.doctor import examined
from tests.commands.program import ended, stored
from tests.e2e.chat import data_dir
from tests.engine.driver import query
from tests.server import Answer, Call, Reply, Server, serving

KEYS = {"OPENAI_API_KEY": "sk-canary-openai-51c2", "CLOUD_KEY": "sk-canary-cloud-90fe"}
SHOWS_THE_ENVIRONMENT = '''
import os


def environment() -> str:
    """All of it."""
    return str(dict(os.environ))
'''


def configure(home: Path, *endpoints: str, **top: str) -> Path:
    path = home / ".config/interruptible-chat/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*(f"{key} = {json.dumps(value)}" for key, value in top.items()), *endpoints]))
    return path


def local(server: Server, *lines: str) -> str:
    return "\n".join(["[endpoints.local]", f'base_url = "{server.base_url}"', 'model = "qwen3"', *lines])


def cloud(server: Server) -> str:
    lines = [f'base_url = "{server.base_url}"', 'model = "big"', 'api = "responses"', 'api_key_env = "CLOUD_KEY"']
    return "\n".join(["[endpoints.cloud]", *lines, "[endpoints.cloud.parameters]", 'reasoning_effort = "low"'])


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    with serving() as one, serving() as other:
        yield one, other


def test_each_endpoint_is_asked_with_its_own_model_parameters_and_key(
    tmp_path: Path, servers: tuple[Server, Server]
) -> None:
    here, there = servers
    configure(tmp_path, local(here, "parameters.temperature = 0.2"), cloud(there), endpoint="local")
    for options in ((), ("--endpoint", "cloud"), ("--base-url", there.base_url), ("--endpoint", "local")):
        assert ended(tmp_path, "run", *options, "Hi", environment=KEYS).returncode == 0
    assert [(request.key, request.body["model"]) for request in here.requests] == [("", "qwen3")] * 2
    assert here.requests[0].body["temperature"] == 0.2
    of_cloud, of_url = there.requests
    assert (of_cloud.key, of_cloud.body["model"], of_cloud.path) == (KEYS["CLOUD_KEY"], "big", "/v1/responses")
    assert of_cloud.body["reasoning"] == {"effort": "low"}
    assert (of_url.key, of_url.path) == (KEYS["OPENAI_API_KEY"], "/v1/chat/completions")
    assert "temperature" not in of_url.body
    assert here.refusals == there.refusals == []
    assert query(data_dir(tmp_path), "SELECT endpoint, model FROM sessions") == [("local", "qwen3")]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(key.encode() in file.read_bytes() for file in files for key in KEYS.values())


def test_tools_have_the_key_of_no_endpoint_in_their_environment(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(SHOWS_THE_ENVIRONMENT)
    with serving([Reply(calls=[Call("environment")])]) as server:
        configure(tmp_path, local(server), cloud(server), endpoint="local")
        assert ended(tmp_path, "run", "--tools", "./tools.py", "Hi", environment=KEYS).returncode == 0
        assert "HOME" in str(server.requests[1].body)
        assert not any(key in str(server.requests[1].body) for key in KEYS.values())


def test_a_session_whose_endpoint_is_gone_says_so_and_has_it_back_when_it_is_back(
    tmp_path: Path, servers: tuple[Server, Server]
) -> None:
    here, there = servers
    configure(tmp_path, cloud(there), endpoint="cloud")
    assert ended(tmp_path, "run", "Hi", environment=KEYS).returncode == 0
    configure(tmp_path, local(here), endpoint="local")
    done = ended(tmp_path, "run", "Hi again", environment=KEYS)
    assert (done.returncode, done.stdout) == (0, "Done.\n")
    assert (
        "The endpoint cloud of this session is not in the config file any more: qwen3 at local answers" in done.stderr
    )
    assert (here.requests[0].key, here.requests[0].body["model"]) == ("", "qwen3")
    assert len(here.requests[0].body["messages"]) == 4
    configure(tmp_path, local(here), cloud(there), endpoint="local")
    assert ended(tmp_path, "run", "Back", environment=KEYS).stderr == ""
    assert [request.body["model"] for request in there.requests] == ["big", "big"]
    assert len(stored(tmp_path, "history")) == 6


def test_a_session_of_the_demo_goes_on_with_the_endpoint_that_is_configured_since(tmp_path: Path) -> None:
    assert ended(tmp_path, "run", "--demo", "--demo-speed", "1000", "Prepare a burger.").returncode == 0
    with serving() as server:
        configure(tmp_path, local(server), endpoint="local")
        assert ended(tmp_path, "run", "Hi").stdout == "Done.\n"
        (request,) = server.requests
        assert request.body["model"] == "qwen3"
        assert "tools" not in request.body
        assert server.refusals == []


def test_an_endpoint_that_is_not_configured_is_wrong_usage(tmp_path: Path) -> None:
    refused = ended(tmp_path, "run", "--endpoint", "x", "Hi")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "interruptible-chat: error: there is no endpoint 'x': the config file has no [endpoints.NAME]\n"
    )


def test_doctor_asks_the_chosen_endpoint_and_names_its_variable(tmp_path: Path) -> None:
    with serving() as server:
        configure(tmp_path, cloud(server), endpoint="cloud")
        found = examined(tmp_path, environment=KEYS)
        assert found["endpoint"] == f"cloud: {server.base_url} is reachable"
        assert found["key"] == "present; it is never shown"
        server.models = Answer("no", status=401, content_type="text/plain")
        assert "set CLOUD_KEY to one that it accepts" in examined(tmp_path)["endpoint"]
