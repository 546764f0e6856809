"""The request of each turn, derived from what is stored, is what the server has received: equal as JSON."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.archive import Unknown
from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt, RunStatus
from interruptible_tui.events import (
    CompensationRequested,
    PolicySwitched,
    RestoreRequested,
    RetryRequested,
    RollbackEnded,
    RollbackRequested,
)
from interruptible_tui.providers.openai import OpenAIProvider
from interruptible_tui.providers.wire import Api
from interruptible_tui.tools import Tool, ToolResult
from tests.engine.driver import Chat, _change, chatting
from tests.engine.test_restart import copied
from tests.scripted import LIMIT, Gate, Work
from tests.server import Answer, Call, Reply, Server
from tests.server import Gate as Door

Bodies = list[dict[str, Any]]


@pytest.fixture(params=list(Api))
def api(request: pytest.FixtureRequest) -> Api:
    return request.param  # type: ignore[no-any-return]


@asynccontextmanager
async def talking(directory: Path, api: Api, server: Server, *tools: Tool, max_turns: int = 50) -> AsyncIterator[Chat]:
    """A session whose model is behind the server."""
    provider = OpenAIProvider(api, base_url=server.base_url)
    try:
        async with chatting(directory, provider, *tools, max_turns=max_turns, api=api) as chat:
            yield chat
    finally:
        await provider.close()


async def derived(chat: Chat) -> Bodies:
    """The requests of all turns of all runs, from the oldest on."""
    archive, bodies = chat.engine.archive, Bodies()
    for run in await archive.runs(chat.engine.session):
        details = await archive.details(run)
        for turn in details.turns:
            if turn.asked:
                bodies.append((await archive.request(run, turn.number))[1])
    return bodies


async def agrees(chat: Chat, server: Server) -> None:
    received = [request.body for request in server.requests]
    assert await derived(chat) == received
    assert server.refusals == []


def works(*dishes: str, text: str = "") -> Reply:
    return Reply(text, calls=[Call("work", {"what": dish}) for dish in dishes])


async def test_tools_that_end_in_another_order_and_a_second_run(tmp_path: Path, api: Api) -> None:
    slow, quick = Gate(), Gate()
    script = [works("roast", "salad", text="At once: ü€😀"), Reply("Served."), Reply("Cheers.")]
    async with Server(script) as server, talking(tmp_path, api, server, Work(gates=[slow, quick])) as chat:
        await chat.engine.submit("Cook.")
        await slow.reached()
        quick.open()
        await chat.until(lambda: len(chat.engine.live.calls) == 2 if chat.engine.live else False)
        slow.open()
        await chat.ended(1)
        await chat.engine.submit("And a drink.")
        await chat.ended(2)
        assert len(server.requests) == 3
        await agrees(chat, server)


async def test_what_is_incorporated_is_in_the_request_of_the_turn_that_answers_it(tmp_path: Path, api: Api) -> None:
    gate = Gate()
    async with (
        Server([works("soup"), Reply("Both.")]) as server,
        talking(tmp_path, api, server, Work(gate=gate)) as chat,
    ):
        await chat.engine.submit("Soup.")
        await gate.reached()
        await chat.engine.submit("With salt.", Mode.INCORPORATE)
        await chat.engine.submit("And pepper.", Mode.INCORPORATE)
        gate.open()
        await chat.ended(1)
        assert json.dumps(server.requests[0].body).count("salt") == 0
        await agrees(chat, server)


@pytest.mark.parametrize("policy", list(OnInterrupt))
async def test_a_run_that_was_interrupted_at_its_tool(tmp_path: Path, api: Api, policy: OnInterrupt) -> None:
    gate = Gate()
    script = [works("soup", text="First."), works("roast"), Reply("Stew."), Reply("Bye.")]
    work = Work(gates=[_opened(), gate], compensated=True)
    async with Server(script) as server, talking(tmp_path, api, server, work) as chat:
        await chat.engine.submit("Soup and roast.")
        await gate.reached()
        await chat.engine.submit("Stew!", Mode.INTERRUPT, on_interrupt=policy)
        await chat.ended(2)
        await chat.engine.submit("Thanks.")
        await chat.ended(3)
        assert len(server.requests) == 4
        await agrees(chat, server)


@pytest.mark.parametrize("policy", list(OnInterrupt))
async def test_a_run_that_was_interrupted_in_its_answer(tmp_path: Path, api: Api, policy: OnInterrupt) -> None:
    door = Door()
    script = [Reply("Once upon a time.", chunk=4, gate=door, gate_at=-3), Reply("Heard."), Reply("Bye.")]
    async with Server(script) as server, talking(tmp_path, api, server) as chat:
        await chat.engine.submit("A story.")
        await chat.until(lambda: bool(chat.engine.live and chat.engine.live.text))
        await chat.engine.submit("Enough!", Mode.INTERRUPT, on_interrupt=policy)
        await chat.ended(2)
        await chat.engine.submit("Thanks.")
        await chat.ended(3)
        await agrees(chat, server)


async def test_an_answer_that_was_repeated_and_brought_back(tmp_path: Path, api: Api) -> None:
    script = [Reply("One."), Reply("Another."), Reply("Third."), Reply("Fourth.")]
    async with Server(script) as server, talking(tmp_path, api, server) as chat:
        await chat.engine.submit("Say something.")
        await chat.ended(1)
        await chat.engine.ask(RetryRequested())
        await chat.ended(2)
        await chat.engine.submit("Go on.")
        await chat.ended(3)
        await chat.engine.ask(RestoreRequested(1))
        await chat.engine.submit("And on.")
        await chat.ended(4)
        assert [("One." in json.dumps(request.body)) for request in server.requests] == [False, False, False, True]
        await agrees(chat, server)


async def test_what_was_rewound(tmp_path: Path, api: Api) -> None:
    async with Server([Reply("One."), Reply("Two."), Reply("New.")]) as server, talking(tmp_path, api, server) as chat:
        await chat.engine.submit("First.")
        await chat.ended(1)
        second = await chat.engine.submit("Second.")
        await chat.ended(2)
        await chat.engine.rewind("Other second.", second)
        await chat.ended(3)
        assert "Two." not in json.dumps(server.requests[2].body)
        await agrees(chat, server)


async def test_an_older_run_that_was_rolled_back_and_notes_that_came_and_went(tmp_path: Path, api: Api) -> None:
    """Each run was told the notes of its time."""
    script = [works("soup"), Reply("Soup."), works("roast"), Reply("Roast."), *(Reply(f"Answer {n}.") for n in "abcd")]
    plain = Work()
    async with Server(script) as server, talking(tmp_path, api, server, plain) as chat:
        for number, text in enumerate(("Soup.", "Roast."), 1):
            await chat.engine.submit(text)
            await chat.ended(number)
        await chat.engine.ask(RollbackRequested(1))
        await chat.hears(RollbackEnded)
        await chat.engine.submit("What is there?")
        await chat.ended(3)
        await chat.engine.ask(RestoreRequested(1))
        await chat.engine.submit("And now?")
        await chat.ended(4)
        told = [json.dumps(request.body) for request in server.requests[4:]]
        assert ["was rolled back and is hidden" in text for text in told] == [True, False]
        await agrees(chat, server)


async def test_a_note_that_was_written_after_a_run_that_has_said_nothing(tmp_path: Path, api: Api) -> None:
    refused = Answer('{"error": {"message": "no"}}', status=400, content_type="application/json")
    script: list[Reply | Answer] = [works("soup"), refused, refused, Reply("I know.")]
    async with Server(script) as server, talking(tmp_path, api, server, Work()) as chat:
        await chat.engine.submit("Soup.")
        await chat.ended(1)
        await chat.engine.continue_run()
        await chat.ended(2)
        await chat.engine.ask(RollbackRequested(1))
        await chat.hears(RollbackEnded)
        await chat.engine.submit("What is left?")
        await chat.ended(3)
        assert ["is hidden" in json.dumps(request.body) for request in server.requests] == [False, False, False, True]
        await agrees(chat, server)


class Undecided(Work):
    """Undoing it fails the first time."""

    async def compensate(
        self, arguments: dict[str, Any], result: str | None, printed: Callable[[str], None]
    ) -> ToolResult:
        await super().compensate(arguments, result, printed)
        return ToolResult("undone" if len(self.undone) > 1 else "not now", failed=len(self.undone) == 1)


async def test_a_note_that_was_true_for_a_while(tmp_path: Path, api: Api) -> None:
    """What could not be undone is undone later: only the run in between was told of it."""
    work = Undecided(compensated=True)
    script = [works("soup"), Reply("Soup."), Reply("I know."), Reply("Fine.")]
    async with Server(script) as server, talking(tmp_path, api, server, work) as chat:
        await chat.engine.submit("Soup.")
        await chat.ended(1)
        await chat.engine.ask(RollbackRequested(1))
        await chat.hears(RollbackEnded)
        await chat.engine.submit("What is left?")
        await chat.ended(2)
        await chat.engine.ask(CompensationRequested(1))
        await chat.hears(RollbackEnded, 2)
        await chat.engine.submit("And now?")
        await chat.ended(3)
        told = ["its compensation failed: not now" in json.dumps(request.body) for request in server.requests]
        assert told == [False, False, True, False]
        await agrees(chat, server)


async def test_a_crash_and_the_run_that_goes_on_and_calls_again(tmp_path: Path, api: Api) -> None:
    gate = Gate()
    async with Server([works("soup"), Reply("Went on."), Reply("Bye.")]) as server:
        crashed = Work(gate=gate, idempotent=True)
        async with talking(tmp_path / "a", api, server, crashed) as chat:
            await chat.engine.submit("Soup.")
            await gate.reached()
            after = copied(tmp_path / "a", tmp_path / "b")
        async with talking(after, api, server, Work(idempotent=True)) as chat:
            await chat.engine.continue_run()
            await chat.ended(2)
            await chat.engine.submit("Thanks.")
            await chat.ended(3)
            details = await chat.engine.archive.details((await chat.engine.archive.runs(chat.engine.session))[1])
            assert [turn.asked for turn in details.turns] == [False, True]
            await agrees(chat, server)


async def test_a_run_that_calls_again_what_a_crash_has_cut_before_a_run_that_said_nothing(
    tmp_path: Path, api: Api
) -> None:
    gate = Gate()
    refused = Answer('{"error": {"message": "no"}}', status=400, content_type="application/json")
    script: list[Reply | Answer] = [works("soup"), refused, Reply("Went on.")]
    async with Server(script) as server:
        async with talking(tmp_path / "a", api, server, Work(gate=gate)) as chat:
            await chat.engine.submit("Soup.")
            await gate.reached()
            after = copied(tmp_path / "a", tmp_path / "b")
        async with talking(after, api, server, Work()) as chat:
            await chat.engine.continue_run()
            await chat.ended(2)
        async with talking(after, api, server, work := Work(idempotent=True)) as chat:
            await chat.engine.continue_run()
            await chat.ended(3)
            assert len(work.started) == 1
            await agrees(chat, server)


async def test_a_run_that_calls_nothing_again_of_what_was_rolled_back(tmp_path: Path, api: Api) -> None:
    gate = Gate()
    refused = Answer('{"error": {"message": "no"}}', status=400, content_type="application/json")
    script: list[Reply | Answer] = [works("soup"), refused, Reply("Went on.")]
    async with Server(script) as server:
        async with talking(tmp_path / "a", api, server, Work(gate=gate)) as chat:
            await chat.engine.submit("Soup.")
            await gate.reached()
            after = copied(tmp_path / "a", tmp_path / "b")
        async with talking(after, api, server, Work()) as chat:
            await chat.engine.continue_run()
            await chat.ended(2)
        async with talking(after, api, server, work := Work(idempotent=True)) as chat:
            await chat.engine.ask(RollbackRequested(1))
            await chat.hears(RollbackEnded)
            await chat.engine.continue_run()
            await chat.ended(3)
            assert work.started == []
            await agrees(chat, server)


async def test_a_reply_that_was_cut_by_a_message(tmp_path: Path, api: Api) -> None:
    door = Door()
    script = [Reply("Once upon a time.", chunk=4, gate=door, gate_at=-3), Reply("Heard."), Reply("Bye.")]
    async with Server(script) as server, talking(tmp_path, api, server) as chat:
        await chat.engine.ask(PolicySwitched(IncorporateAt.NOW))
        await chat.engine.submit("A story.")
        await chat.until(lambda: bool(chat.engine.live and chat.engine.live.text))
        await chat.engine.submit("Shorter!", Mode.INCORPORATE)
        async with asyncio.timeout(LIMIT):
            await server.requests[0].closed.wait()
        await chat.ended(1)
        assert await chat.seen() == [
            "user: A story.", "assistant (partial): Once upon a time.", "user: Shorter!", "assistant: Heard.",
        ]  # fmt: skip
        assert await chat.statuses() == ["completed"]
        await chat.engine.submit("Thanks.")
        await chat.ended(2)
        assert len(server.requests) == 3
        await agrees(chat, server)


async def test_a_reply_that_was_cut_before_its_first_word_is_asked_for_anew_in_the_same_turn(
    tmp_path: Path, api: Api
) -> None:
    door = Door()
    script = [Reply("Never.", head_gate=door), Reply("Heard.")]
    async with Server(script) as server, talking(tmp_path, api, server) as chat:
        await chat.engine.ask(PolicySwitched(IncorporateAt.NOW))
        await chat.engine.submit("A story.")
        await server.request(1)
        await chat.engine.submit("Shorter!", Mode.INCORPORATE)
        await chat.ended(1)
        assert await derived(chat) == [server.requests[1].body]


async def test_requests_that_failed_and_the_turn_limit(tmp_path: Path, api: Api) -> None:
    refused = Answer('{"error": {"message": "no"}}', status=400, content_type="application/json")
    script: list[Reply | Answer] = [works("soup"), refused, works("soup"), works("soup"), Reply("Done.")]
    async with Server(script) as server, talking(tmp_path, api, server, Work(), max_turns=2) as chat:
        await chat.engine.submit("Soup.")
        await chat.ended(1)
        await chat.engine.continue_run()
        await chat.ended(2)
        await chat.engine.continue_run()
        await chat.ended(3)
        assert [run.status for run in await chat.runs()] == [RunStatus.FAILED, RunStatus.FAILED, RunStatus.COMPLETED]
        await agrees(chat, server)


async def test_a_run_that_is_still_at_its_work(tmp_path: Path, api: Api) -> None:
    gate, door = Gate(), Door()
    script = [works("soup"), Reply("At last.", chunk=4, gate=door, gate_at=-2)]
    async with Server(script) as server, talking(tmp_path, api, server, Work(gate=gate)) as chat:
        await chat.engine.submit("Soup.")
        await gate.reached()
        await agrees(chat, server)
        gate.open()
        await server.request(2)
        await agrees(chat, server)
        door.open()
        await chat.ended(1)
        await agrees(chat, server)


def _opened() -> Gate:
    gate = Gate()
    gate.open()
    return gate


async def test_a_run_from_before_its_setup_was_noted_says_that_its_requests_are_not_known(tmp_path: Path) -> None:
    async with Server([Reply("One.")]) as server, talking(tmp_path, Api.CHAT, server) as chat:
        await chat.engine.submit("First.")
        await chat.ended(1)
        _change(tmp_path, "UPDATE runs SET setup = NULL")
        [run] = await chat.engine.archive.runs(chat.engine.session)
        assert [turn.asked for turn in (await chat.engine.archive.details(run)).turns] == [True]
        with pytest.raises(Unknown, match="did not note what its requests were made with"):
            await chat.engine.archive.request(run, 1)
