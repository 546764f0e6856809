"""What the README shows works as it stands there."""

import re
from pathlib import Path

import pytest

from interruptible_tui.conversation import CallStatus, Compensation, CompensationStatus, ToolCall
from interruptible_tui.events import CompensationEnded, CompensationStarted
from interruptible_tui.settings import load
from interruptible_tui.sources import VARIABLES
from interruptible_tui.tools import Toolbox
from interruptible_tui.tools.python import python_tools
from interruptible_tui.undoing import Saga
from interruptible_tui.values import Api
from tests.commands.program import DEMO, ended, model
from tests.server import Call, Reply, serving

READING = (["history"], ["search"], ["doctor"], ["config"], ["paths"])
"""The commands that change nothing, and need nothing."""
README = Path(__file__).parents[2] / "README.md"


def shown(name: str, home: Path) -> Path:
    """The file of tools of that name that the README shows."""
    (code,) = re.findall(rf"```python\n(# {re.escape(name)}\n.*?)```", README.read_text(), re.DOTALL)
    file = home / name
    file.write_text(code)
    return file


def kitchen(home: Path) -> Path:
    return shown("kitchen.py", home)


def test_the_tools_of_the_readme_load_beside_the_demo(tmp_path: Path) -> None:
    kitchen(tmp_path)
    printed = ended(tmp_path, "run", *DEMO, "--tools", "./kitchen.py", "Hello")
    assert printed.returncode == 0, printed.stderr


def test_the_tools_of_the_readme_do_what_it_says(tmp_path: Path) -> None:
    """They are shown to the model as they are described, and called; but for the time that cooking takes."""
    file = kitchen(tmp_path)
    file.write_text(file.read_text().replace("sleep(5)", "sleep(0)"))
    with serving([Reply(calls=[Call("cook", {"dish": "soup"})]), Reply("Enjoy.")]) as server:
        printed = ended(tmp_path, "run", *model(server), "--tools", file, "Soup, please.")
        assert (printed.returncode, printed.stdout) == (0, "Enjoy.\n")
        (tool,) = server.requests[0].body["tools"]
        assert tool["function"]["name"] == "cook"
        assert tool["function"]["description"] == "Cook one dish. It takes a while."
        assert tool["function"]["parameters"]["required"] == ["dish"]
        assert server.requests[1].body["messages"][-1]["content"] == "soup is ready"


async def test_the_saga_of_the_readme_gives_back_what_was_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a call that was cut before it did anything; what others have booked stays."""
    monkeypatch.chdir(tmp_path)
    told: list[CompensationStarted | CompensationEnded] = []

    async def record(event: CompensationStarted | CompensationEnded) -> None:
        told.append(event)

    def seat(number: str, status: CallStatus) -> Compensation:
        call = ToolCall(number, "book", f'{{"seat": "{number}", "guest": "Ada"}}', status)
        return Compensation(1, 1, call, None)

    async with python_tools([str(shown("seats.py", tmp_path))], {}) as (book,):
        for guest in ("Ada", "Bob"):
            await book.call({"seat": "7A", "guest": guest}, print)
        saga = Saga(1, Toolbox([book]), record)
        await saga.undo([seat("7A", CallStatus.DONE), seat("7B", CallStatus.INTERRUPTED)])
    assert [path.name for path in (tmp_path / "booked").iterdir()] == ["7A Bob"]
    said = [(event.status, event.text) for event in told if isinstance(event, CompensationEnded)]
    assert said == [(CompensationStatus.DONE, f"{number} is free again") for number in ("7B", "7A")]


def test_the_config_file_of_the_readme_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (name for names in VARIABLES.values() for name in names):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    (shown_file,) = re.findall(r"```toml\n(endpoint = .*?)```", README.read_text(), re.DOTALL)
    config = tmp_path / "config.toml"
    config.write_text(shown_file)
    settings = load({"config": str(config)})
    assert (settings.endpoint, settings.model, settings.api_key) == ("ollama", "qwen3", None)
    assert len(settings.endpoints) == 6
    formats = {name: endpoint.wire for name, endpoint in settings.endpoints.items()}
    assert [name for name, wire in formats.items() if wire is Api.RESPONSES] == ["openai"]
    assert [name for name, endpoint in settings.endpoints.items() if endpoint.api_key] == ["openai"]
    assert settings.prompts["reviewer"] == f"@{tmp_path / 'reviewer.txt'}"


def test_the_commands_of_the_readme_are_commands(tmp_path: Path) -> None:
    """Each line in a shell block that starts the program without a screen is accepted, offline."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    lines = [line.partition("#")[0].split() for block in blocks for line in block.splitlines()]
    listings = [words[1:] for words in lines if words[:1] == ["interruptible-chat"] and words[1:2] in READING]
    assert listings
    for words in listings:
        assert ended(tmp_path, *words).returncode == 0
