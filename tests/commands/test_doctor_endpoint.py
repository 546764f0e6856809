"""What `doctor` says of the server and of the key, which no server can make it show.

The many answers that a server may give are judged in this process; a few are given to the program.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from interruptible_tui.doctor import server as the_server
from interruptible_tui.doctor.check import Check, check
from interruptible_tui.settings import load
from tests.commands.doctor import examined
from tests.commands.program import DEMO, started
from tests.e2e.terminal import clean_environment
from tests.server import Answer, Gate, serving

KEY = "sk-canary-93b1d0e7a5f24c68"
WITH_KEY = {"OPENAI_API_KEY": KEY}

Judge = Callable[..., dict[str, Check]]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Ask the server at a URL with nothing else in the environment than what is given; the checks by their names."""
    clean = clean_environment(tmp_path)
    for name in {name for name in os.environ if not name.startswith("PYTEST")} - clean.keys():
        monkeypatch.delenv(name)
    for name, value in clean.items():
        monkeypatch.setenv(name, value)

    def judge(base_url: str, **environment: str) -> dict[str, Check]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings = load({"base_url": base_url})
        answer = asyncio.run(the_server.ask(settings))
        looks = {"endpoint": the_server.endpoint, "key": the_server.key}
        return {name: check(name, partial(look, settings, answer)) for name, look in looks.items()}

    return judge


def wrong(checks: dict[str, Check]) -> list[str]:
    return [name for name, each in checks.items() if not each.ok]


def answer(status: int, body: str = "", content_type: str = "application/json") -> Answer:
    return Answer(body, status=status, content_type=content_type)


def test_a_server_that_lists_its_models_is_reachable_and_no_model_is_called(tmp_path: Path) -> None:
    with serving() as server:
        found = examined(tmp_path, "--base-url", server.base_url)
        assert server.connections == 1 and server.requests == []
    assert found.ok
    assert f"{server.base_url} is reachable" in found["endpoint"]


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_such_a_list_is_reachable(judged: Judge, status: int) -> None:
    with serving() as server:
        server.models = answer(status)
        found = judged(server.base_url)
    assert wrong(found) == []
    assert "reachable" in found["endpoint"].detail and f"HTTP {status}" in found["endpoint"].detail


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(500, '{"error": {"message": "on fire"}}'), "HTTP 500: on fire"),
        (answer(403, '{"detail": "not from here"}'), "HTTP 403: not from here"),
        (answer(200, "<html></html>", "text/html"), "is the base URL right?"),
        (answer(500, '{"error": "a\\u001b[2J\\nb"}'), "HTTP 500: a␛[2J b"),
    ],
)
def test_any_other_answer_is_told(judged: Judge, given: Answer, words: str) -> None:
    with serving() as server:
        server.models = given
        found = judged(server.base_url)
    assert wrong(found) == ["endpoint"]
    assert words in found["endpoint"].detail and server.base_url in found["endpoint"].detail


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
def test_a_key_is_not_shown_although_the_server_echoes_it(judged: Judge, echo: str, status: int) -> None:
    with serving() as server:
        server.models = answer(status, ECHOES[echo])
        found = judged(server.base_url, **WITH_KEY)
    assert parts_of_the_key(str(found)) == []
    assert f"HTTP {status}" in found["endpoint"].detail and "present" in found["key"].detail
    assert ("refuses the key" in found["endpoint"].detail) == (status == 401)


def test_the_program_does_not_show_it_either(tmp_path: Path) -> None:
    with serving() as server:
        server.models = answer(401, ECHOES["as JSON"])
        found = examined(tmp_path, "--base-url", server.base_url, environment=WITH_KEY)
    assert found.wrong == ["endpoint"] and "refuses the key" in found["endpoint"]
    assert parts_of_the_key(found.printed.stdout) == []


def parts_of_the_key(text: str) -> list[str]:
    """Those of eight characters that are in `text`."""
    return [part for at in range(len(KEY) - 7) if (part := KEY[at : at + 8]) in text]


@pytest.mark.parametrize("rest", [f"/{KEY}", f"?key={KEY}", "?key=another-secret"])
def test_a_key_that_somebody_put_into_the_base_url_is_not_shown(judged: Judge, nobody: int, rest: str) -> None:
    found = judged(f"http://127.0.0.1:{nobody}/v1{rest}", **WITH_KEY)
    assert "Connection refused" in found["endpoint"].detail
    assert KEY not in str(found) and "another" not in str(found)


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


@pytest.mark.parametrize(("status", "names"), [(401, ["endpoint", "key"]), (404, []), (500, ["endpoint"])])
def test_elsewhere_a_key_is_missing_where_the_server_wants_one(judged: Judge, status: int, names: list[str]) -> None:
    """The server elsewhere is one that is asked through a proxy, which is this one."""
    with serving() as server:
        server.models = answer(status)
        found = judged("http://models.example/v1", http_proxy=f"http://127.0.0.1:{server.port}")
    assert wrong(found) == names
    assert ("OPENAI_API_KEY" in found["key"].detail) == ("key" in names)
