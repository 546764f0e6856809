"""What `doctor` says of the server and of the key, which no server can make it show."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.doctor import examined
from tests.commands.program import DEMO, started
from tests.server import Answer, Gate, serving

KEY = "sk-canary-93b1d0e7a5f24c68"
WITH_KEY = {"OPENAI_API_KEY": KEY}


def answer(status: int, body: str = "", content_type: str = "application/json") -> Answer:
    return Answer(body, status=status, content_type=content_type)


def test_a_server_that_lists_its_models_is_reachable_and_no_model_is_called(tmp_path: Path) -> None:
    with serving() as server:
        found = examined(tmp_path, "--base-url", server.base_url)
        assert server.connections == 1 and server.requests == []
    assert found.ok
    assert f"{server.base_url} is reachable" in found["endpoint"]


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_such_a_list_is_reachable(tmp_path: Path, status: int) -> None:
    with serving() as server:
        server.models = answer(status)
        found = examined(tmp_path, "--base-url", server.base_url)
    assert found.ok
    assert "reachable" in found["endpoint"] and f"HTTP {status}" in found["endpoint"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(500, '{"error": {"message": "on fire"}}'), "HTTP 500: on fire"),
        (answer(403, '{"detail": "not from here"}'), "HTTP 403: not from here"),
        (answer(200, "<html></html>", "text/html"), "is the base URL right?"),
        (answer(500, '{"error": "a\\u001b[2J\\nb"}'), "HTTP 500: a␛[2J b"),
    ],
)
def test_any_other_answer_is_told(tmp_path: Path, given: Answer, words: str) -> None:
    with serving() as server:
        server.models = given
        found = examined(tmp_path, "--base-url", server.base_url)
    assert found.wrong == ["endpoint"]
    assert words in found["endpoint"] and server.base_url in found["endpoint"]


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port on which nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_connection_that_is_refused_is_told_with_what_to_do(tmp_path: Path, nobody: int) -> None:
    found = examined(tmp_path, "--base-url", f"http://127.0.0.1:{nobody}/v1")
    assert found.wrong == ["endpoint"]
    assert "Connection refused" in found["endpoint"] and "base URL" in found["endpoint"]


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_five_seconds(tmp_path: Path) -> None:
    with serving() as server:
        server.models = Answer("", head_gate=Gate())
        found = examined(tmp_path, "--base-url", server.base_url)
    assert found.wrong == ["endpoint"] and "sent nothing for 5 s" in found["endpoint"]


def test_ctrl_c_while_the_server_says_nothing_ends_it_at_once(tmp_path: Path) -> None:
    gate = Gate()
    with serving() as server:
        server.models = Answer("", head_gate=gate)
        with started(tmp_path, "doctor", "--base-url", server.base_url) as running:
            gate.reached.wait_here(20)
            running.process.send_signal(2)
            assert running.ends() == 130
    assert (running.said, running.complaints) == ("", "")


# -- the key ----------------------------------------------------------------------------------------------------------

ECHOES = {
    "as it is": "no such key: {key}",
    "as JSON": '{"error": {"message": "Incorrect API key provided: {key}."}}',
    "its end": f"no such key: ...{KEY[-9:]}",
    "in many lines": f"{KEY[:12]}\n{KEY[:12]}",
}


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_key_is_not_shown_although_the_server_echoes_it(tmp_path: Path, echo: str, status: int) -> None:
    with serving() as server:
        server.models = answer(status, ECHOES[echo])
        found = examined(tmp_path, "--base-url", server.base_url, environment=WITH_KEY)
    parts = {KEY[at : at + 8] for at in range(len(KEY) - 7)}
    assert [part for part in parts if part in found.printed.stdout] == []
    assert f"HTTP {status}" in found["endpoint"] and "present" in found["key"]
    assert ("refuses the key" in found["endpoint"]) == (status == 401)


@pytest.mark.parametrize("rest", [f"/{KEY}", f"?key={KEY}", "?key=another-secret"])
def test_a_key_that_somebody_put_into_the_base_url_is_not_shown(tmp_path: Path, nobody: int, rest: str) -> None:
    url = f"http://127.0.0.1:{nobody}/v1{rest}"
    found = examined(tmp_path, "--base-url", url, environment=WITH_KEY)
    assert "Connection refused" in found["endpoint"]
    assert KEY not in found.printed.stdout and "another" not in found.printed.stdout


def test_the_length_of_a_key_makes_no_difference(tmp_path: Path) -> None:
    said = {examined(tmp_path, *DEMO, environment={"OPENAI_API_KEY": "k" * n})["key"] for n in (1, 80)}
    assert len(said) == 1


def test_a_server_on_this_machine_that_wants_a_key_says_so_itself(tmp_path: Path) -> None:
    with serving() as server:
        server.models = answer(401, '{"error": "a key, please"}')
        found = examined(tmp_path, "--base-url", server.base_url)
    assert found.wrong == ["endpoint"]
    assert "wants a key" in found["endpoint"] and "OPENAI_API_KEY" in found["endpoint"]


def test_the_demo_needs_neither_server_nor_key(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert found.ok and "demo" in found["endpoint"] and "demo" in found["key"]


@pytest.mark.parametrize(("status", "wrong"), [(401, ["endpoint", "key"]), (404, []), (500, ["endpoint"])])
def test_elsewhere_a_key_is_missing_where_the_server_wants_one(tmp_path: Path, status: int, wrong: list[str]) -> None:
    """The server elsewhere is one that is asked through a proxy, which is this one."""
    with serving() as server:
        server.models = answer(status)
        proxy = {"http_proxy": f"http://127.0.0.1:{server.port}"}
        found = examined(tmp_path, "--base-url", "http://models.example/v1", environment=proxy)
    assert found.wrong == wrong
    assert ("OPENAI_API_KEY" in found["key"]) == ("key" in wrong)
