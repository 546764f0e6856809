"""Endpoint, model, system prompt and parameters are switched in mid-session, and each server is asked with its own."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList, Static

from interruptible_tui.providers.models import Model
from interruptible_tui.settings import DEFAULT_SYSTEM, load
from interruptible_tui.sources import VARIABLES
from interruptible_tui.tui.key_names import KeyNames
from interruptible_tui.tui.model_picker import ModelPicker
from tests.server import Answer, Gate, Reply, Server
from tests.tui.chats import Chat, burst, shown
from tests.tui.outfits import choosing

KEY = "sk-canary-cloud-7d31"
OPENAI = "sk-canary-openai-02ac"
LISTED: list[dict[str, Any]] = [
    {"id": "qwen3", "max_model_len": 32768},
    {"id": "qwen3-coder", "context_length": 262144},
    {"id": "evil\x1b]0;title\x07[/]"},
]


CONFIG = """
{top}
[endpoints]
local = {{ base_url = "{local}", model = "qwen3", context_window = 32768, parameters = {{ temperature = 0.2 }} }}
cloud = {{ base_url = "{cloud}", model = "big", api_key_env = "CLOUD_KEY" }}
bare = {{ base_url = "{cloud}", model = "small" }}
unset = {{ base_url = "{cloud}", model = "small", api_key_env = "NOT_SET" }}
[prompts]
terse = "Be terse."
pirate = "@pirate.txt"
gone = "@gone.txt"
"""


def listing(*models: dict[str, Any]) -> Answer:
    return Answer(json.dumps({"data": models}), content_type="application/json")


class Place:
    """A chat between two servers: `local`, which wants no key, and `cloud`."""

    def __init__(self, chat: Chat, local: Server, cloud: Server) -> None:
        self.chat, self.local, self.cloud = chat, local, cloud

    async def command(self, line: str, told: str) -> None:
        """Write `line`, and wait until `told` stands in the transcript."""
        await self.chat.type(line, "enter")
        await self.chat.until(lambda: told in " ".join(self.chat.said.split()))

    async def refused(self, line: str) -> str:
        """Write `line`; returns what is said below the composer."""
        await self.chat.type(line, "enter")
        await self.chat.until(lambda: self.chat.composer.text == line)
        said = self.chat.hint
        await self.chat.type("", "ctrl+c")
        return said

    async def asks(self, server: Server, number: int) -> dict[str, Any]:
        """Send a prompt; the body of the request, which is number `number` of the server."""
        before = self.chat.screen.state.runs
        await self.chat.type("Hi", "enter")
        request = await server.request(number)
        await self.chat.until(lambda: self.chat.screen.state.runs > before and not self.chat.screen.state.run)
        return request.body

    @property
    def picker(self) -> ModelPicker:
        assert isinstance(self.chat.app.screen, ModelPicker)
        return self.chat.app.screen

    async def lists(self, words: str) -> None:
        """Wait until the picker shows `words`."""
        await self.chat.until(
            lambda: (
                isinstance(self.chat.app.screen, ModelPicker)
                and words in shown(self.picker.query_one(OptionList)) + shown(self.picker.query_one(Static))
            )
        )


@asynccontextmanager
async def place(directory: Path, *, top: str = 'endpoint = "local"', **options: Any) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        local, cloud = [await stack.enter_async_context(Server(lambda _: Reply("Hello."))) for _ in range(2)]
        local.models = listing(*LISTED)
        (directory / "pirate.txt").write_text("Talk like a pirate.")
        config = directory / "config.toml"
        config.write_text(CONFIG.format(top=top, local=local.base_url, cloud=cloud.base_url))
        settings = load({"config": config, **options})
        yield Place(await stack.enter_async_context(choosing(directory / "data", settings)), local, cloud)
        assert local.refusals == cloud.refusals == []


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A canary where nothing may look for it but the server without a name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (name for names in VARIABLES.values() for name in names):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    monkeypatch.setenv("CLOUD_KEY", KEY)


async def test_the_model_is_switched_for_the_next_run_and_shown(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        assert "the model is qwen3: /model NAME switches it" in await it.refused("/model")
        await it.command("/model other:7b", "From the next run on, the model is other:7b.")
        assert "other:7b" in it.chat.status
        assert (await it.asks(it.local, 1))["model"] == "other:7b"


async def test_a_run_that_is_active_goes_on_as_it_began(tmp_path: Path) -> None:
    gate = Gate()
    async with place(tmp_path) as it:
        it.local._next_reply = lambda _: Reply("Hello.", gate=gate)
        await it.chat.type("Hi", "enter")
        await it.local.request(1)
        await it.command("/model other", "Run 1 goes on as it began.")
        await it.chat.type("And more.", "tab")
        gate.open()
        assert (await it.local.request(2)).body["model"] == "other"
        assert it.local.requests[0].body["model"] == "qwen3"
        await it.chat.until(lambda: not it.chat.screen.state.run)


async def test_an_endpoint_is_switched_with_its_model_and_parameters_and_no_key_goes_along(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        assert "the endpoint is local: choose local, cloud, bare, unset, default" in await it.refused("/endpoint")
        assert "there is no endpoint x: choose local" in await it.refused("/endpoint x")
        await it.asks(it.local, 1)
        await it.command("/endpoint cloud", "the endpoint is cloud, the model big.")
        await it.asks(it.cloud, 1)
        await it.command("/endpoint bare", "the endpoint is bare, the model small.")
        await it.asks(it.cloud, 2)
        await it.command("/endpoint unset", "the model small; NOT_SET is not set, so no key is sent.")
        await it.asks(it.cloud, 3)
        await it.command("/endpoint default", "the endpoint is local, the model qwen3.")
        await it.asks(it.local, 2)
        assert [(request.key, request.body["model"]) for request in it.cloud.requests] == [
            (KEY, "big"), ("", "small"), ("", "small")
        ]  # fmt: skip
        assert {request.key for request in it.local.requests} == {""}
        assert [request.body.get("temperature") for request in it.local.requests] == [0.2, 0.2]
        assert not any("temperature" in request.body for request in it.cloud.requests)


async def test_a_parameter_is_set_left_out_and_given_back_to_the_endpoint(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        assert "temperature is 0.2: /parameter NAME VALUE" in await it.refused("/parameter")
        assert "top_p is not sent: /parameter" in await it.refused("/parameter top_p")
        assert "stream is no parameter" in await it.refused("/parameter stream false")
        await it.command("/parameter reasoning_effort high", 'temperature is 0.2, reasoning_effort is "high".')
        body = await it.asks(it.local, 1)
        assert (body["temperature"], body["reasoning_effort"]) == (0.2, "high")
        await it.command("/parameter temperature null", 'From the next run on, reasoning_effort is "high".')
        assert "temperature" not in await it.asks(it.local, 2)
        await it.command("/parameter reasoning_effort default", "From the next run on, no parameters are sent.")
        assert "no parameter is sent: /parameter NAME VALUE" in await it.refused("/parameter")
        assert "reasoning_effort" not in await it.asks(it.local, 3)


async def test_commands_that_are_written_faster_than_the_disk_add_up(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        for line in ("/endpoint cloud", "/parameter temperature 1", "/parameter top_p 0.5", "/model other", "Hi"):
            it.chat.composer.write(line)
            await it.chat.type("", "enter")
        body = (await it.cloud.request(1)).body
        assert (body["model"], body["temperature"], body["top_p"]) == ("other", 1, 0.5)
        await it.chat.until(lambda: "the model is other." in it.chat.said and not it.chat.screen.state.run)


async def test_a_system_prompt_is_chosen_by_name_or_written(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        assert "choose terse, pirate, gone, default, or write one" in await it.refused("/system")
        assert "the system prompt gone cannot be read" in await it.refused("/system gone")
        for line, told, system in (
            ("/system pirate", 'the system prompt is "Talk like a pirate.".', "Talk like a pirate."),
            ("/system terse ", 'the system prompt is "Be terse.".', "Be terse."),
            ("/system Say no more.", 'the system prompt is "Say no more.".', "Say no more."),
            ("/system default ", "You are a helpful assistant", DEFAULT_SYSTEM),
        ):
            await it.command(line, told)
            body = await it.asks(it.local, len(it.local.requests) + 1)
            assert body["messages"][0] == {"role": "system", "content": system}


async def test_the_server_is_asked_for_its_models_only_when_the_list_is_opened(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        await it.asks(it.local, 1)
        assert it.local.asked_for_models == 0
        await it.chat.type("", "f5")
        await it.lists("32k tokens  in use")
        await it.lists("evil␛]0;title␇[/]")
        assert it.local.asked_for_models == 1
        await it.chat.type("coder")
        await it.lists("filter: coder")
        await it.chat.type("", "enter")
        await it.chat.until(lambda: "From the next run on, the model is qwen3-coder." in it.chat.said)
        assert (await it.asks(it.local, 2))["model"] == "qwen3-coder"
        assert "15/262k" in it.chat.status


async def test_what_is_typed_is_a_name_itself_and_escape_leaves_all_as_it_is(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        await it.chat.type("/models", "enter")
        await it.lists("qwen3-coder")
        await it.chat.type("", "escape")
        assert "qwen3 " in it.chat.status + " "
        await it.chat.type("", "f5")
        await it.lists("qwen3-coder")
        await it.chat.type("my model")
        await it.lists("my model  as it is written")
        await it.chat.type("", "enter")
        await it.chat.until(lambda: "From the next run on, the model is my model." in it.chat.said)


async def test_a_list_that_does_not_come_is_told_and_a_name_can_be_typed(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        it.local.models = Answer("<h1>\x1b[31mNo</h1>", status=500, content_type="text/html")
        await it.chat.type("", "f5")
        await it.lists("HTTP 500")
        await it.lists("type a name")
        await it.chat.type("mine", "enter")
        await it.chat.until(lambda: "From the next run on, the model is mine." in it.chat.said)
        held = Gate()
        it.local.models = Answer(b"", head_gate=held)
        await it.chat.type("", "f5")
        await it.lists("asking the server")
        await it.chat.type("late", "enter")
        await it.chat.until(lambda: "From the next run on, the model is late." in it.chat.said)
        held.open()


async def test_what_is_typed_in_one_go_with_the_key_that_asks_for_models_is_a_name_and_nothing_is_sent(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as it:
        held = Gate()
        it.local.models = Answer(b"", head_gate=held)
        for opening, name in ((["f5"], "one"), ([*"/models", "enter"], "two")):
            burst(it.chat, *opening, *f"{name}x", "backspace", "enter", "enter", *"draft")
            await it.chat.until(lambda name=name: f"the model is {name}." in it.chat.said)  # type: ignore[misc]
            await it.chat.until(lambda: it.chat.composer.draft == "draft")
            await it.chat.type("", "ctrl+c")
        burst(it.chat, "f5", *"three", "escape", *"draft")
        await it.chat.until(lambda: it.chat.composer.draft == "draft")
        assert await it.chat.users() == []
        held.open()


async def test_the_model_that_enter_was_pressed_on_is_picked_though_the_list_comes_at_that_moment(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as it:
        held = Gate()
        it.local.models = Answer(b"", head_gate=held)
        await it.chat.type("", "f5", *"mini")
        await it.lists("mini  as it is written")
        it.picker.choices.action_select()
        it.picker.offer([Model("a-mini", None), Model("b-mini", None)])
        await it.chat.until(lambda: "the model is mini." in it.chat.said)
        held.open()


async def test_the_status_line_tells_how_full_the_window_is_where_that_is_known(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        await it.asks(it.local, 1)
        await it.chat.until(lambda: "15/32k" in it.chat.status)
        await it.command("/endpoint cloud", "the endpoint is cloud")
        await it.asks(it.cloud, 1)
        assert "15/" not in it.chat.status


async def test_the_demo_has_no_other_model_and_lets_a_real_one_take_over_without_its_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    async with place(tmp_path, top="demo_speed = 1000.0") as it:
        assert "the demo has no other model" in await it.refused("/model x")
        assert "the demo has no other model" in await it.refused("/models")
        assert "the demo takes no parameters" in await it.refused("/parameter temperature 1")
        await it.command("/endpoint local", "the endpoint is local, the model qwen3.")
        body = await it.asks(it.local, 1)
        assert (body["model"], "tools" in body) == ("qwen3", False)
        await it.command("/endpoint default", "the endpoint is the demo, the model demo.")
        assert "demo" in it.chat.status


async def test_the_demo_that_was_asked_for_stays(tmp_path: Path) -> None:
    async with place(tmp_path, demo=True) as it:
        assert "there is no endpoint to choose" in await it.refused("/endpoint local")


async def test_the_list_of_models_names_the_key_that_leaves_it_where_that_is_mapped(tmp_path: Path) -> None:
    async with place(tmp_path) as it:
        it.chat.app.key_names = KeyNames({("models", "Esc"): "F9"})
        await it.chat.type("", "f5")
        await it.lists("F9: leave")
