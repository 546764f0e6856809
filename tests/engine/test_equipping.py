"""Another agent takes over from the next run on: what is active or waits is not disturbed, what was asked is kept."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from interruptible_tui.agent import Agent
from interruptible_tui.conversation import Mode, RunStatus
from interruptible_tui.host import Refused
from interruptible_tui.request import Setup
from interruptible_tui.store import Session, StoreError
from interruptible_tui.switching import Change
from interruptible_tui.tools import Toolbox
from tests.engine.driver import chatting, failing, query, write_lock
from tests.scripted import LIMIT, Gate, Scripted, Work, calls, says

TERSE = {"temperature": 0.5}


def another(model: Scripted) -> Change:
    agent = Agent(model, Toolbox([Work()]), "other", "Be terse.", retry_delay=0.0, parameters=TERSE)
    chosen = {"endpoint": "e", "model": "other", "system": "Be terse.", "parameters": TERSE}
    return lambda session: (replace(session, **chosen), agent)


async def test_a_run_goes_on_as_it_began_and_the_next_one_is_made_with_the_other_agent(tmp_path: Path) -> None:
    gate = Gate()
    first, second = Scripted(calls(("work", {"what": "a"})), says("One.", gate)), Scripted(says("Two."))
    async with chatting(tmp_path, first, Work()) as chat:
        await chat.engine.submit("Begin.")
        await chat.engine.submit("Then this.", Mode.QUEUE)
        await gate.reached()
        await chat.engine.equip(another(second))
        assert chat.engine.model == "other"
        assert chat.waiting == ["Then this."]
        gate.open()
        await chat.ended(2)
        assert [request.model for request in first.requests] == [first.requests[0].model] * 2 != ["other"] * 2
        assert [(request.model, request.system, request.parameters) for request in second.requests] == [
            ("other", "Be terse.", TERSE)
        ]
        setups = [Setup.decode(content) for content in query(tmp_path, "SELECT content FROM setups ORDER BY id")]
        assert [setup.model for setup in setups] == [first.requests[0].model, "other"]
        assert setups[1].parameters == TERSE
        runs = await chat.engine.archive.runs(chat.engine.session)
        assert [run.record.status for run in runs] == [RunStatus.COMPLETED] * 2
        _, body = await chat.engine.archive.request(runs[1], 1)
        assert (body["model"], body["temperature"], body["messages"][0]["content"]) == ("other", 0.5, "Be terse.")


async def test_a_rename_while_a_switch_is_being_stored_stands(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        change = another(Scripted())

        def rename_meanwhile(session: Session) -> tuple[Session, Agent]:
            chat.engine.session = replace(session, name="renamed")
            return change(session)

        await chat.engine.equip(rename_meanwhile)
        assert (chat.engine.session.name, chat.engine.session.model) == ("renamed", "other")


async def test_what_was_switched_is_there_after_a_restart(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.engine.equip(another(Scripted()))
    found = query(tmp_path, "SELECT endpoint, model, system, parameters FROM sessions")
    assert found == [("e", "other", "Be terse.", '{"temperature": 0.5}')]


async def test_a_switch_that_cannot_be_stored_did_not_happen(tmp_path: Path) -> None:
    model = Scripted(says("One."))
    async with chatting(tmp_path, model) as chat:
        before = chat.engine.session
        with failing(tmp_path, "sessions", "UPDATE"), pytest.raises(StoreError):
            await chat.engine.equip(another(Scripted()))
        assert chat.engine.session == before
        await chat.engine.submit("Who?")
        await chat.ended(1)
        assert len(model.requests) == 1
    with pytest.raises(Refused, match="closed"):
        await chat.engine.equip(another(Scripted()))


async def test_a_switch_has_its_turn_among_prompts_whatever_waits_for_the_disk(tmp_path: Path) -> None:
    gates = [Gate(), Gate()]
    first, second, third = (
        Scripted(says(name, *gate)) for name, gate in (("1", gates[:1]), ("2", gates[1:]), ("3", []))
    )
    async with chatting(tmp_path, first) as chat:
        engine, tasks = chat.engine, []
        with write_lock(tmp_path):
            for step in (
                engine.switch(Mode.QUEUE),
                engine.submit("a"),
                engine.equip(another(second)),
                engine.submit("b", Mode.QUEUE),
            ):
                tasks.append(asyncio.create_task(step))
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        await gates[0].reached()
        gates[0].open()
        await gates[1].reached()
        made = another(third)
        both = [
            engine.equip(lambda session: (replace(session, system="x"), made(session)[1])),
            engine.equip(lambda session: (replace(session, parameters={}), made(session)[1])),
        ]
        await asyncio.gather(*both)
        gates[1].open()
        await chat.ended(2)
        assert [len(model.requests) for model in (first, second, third)] == [1, 1, 0]
        assert (engine.session.system, engine.session.parameters) == ("x", {})


async def test_a_fault_in_a_switch_leaves_nobody_waiting(tmp_path: Path) -> None:
    def broken(session: Session) -> tuple[Session, Agent]:
        raise ZeroDivisionError

    async def switch() -> None:
        async with chatting(tmp_path, Scripted()) as chat:
            async with asyncio.timeout(LIMIT):
                with pytest.raises(Refused):
                    await chat.engine.equip(broken)

    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))
    with pytest.raises(ZeroDivisionError):
        await switch()
    assert isinstance(faults[0], ZeroDivisionError)
