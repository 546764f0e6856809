"""A cut ends the reply that is being generated and nothing else; what there is of it is kept, and the run goes on."""

import asyncio
import re
from collections.abc import AsyncGenerator
from itertools import product

import pytest

from interruptible_tui.conversation import CallStatus, Cut, Message, MessageStatus
from interruptible_tui.events import (
    BoundaryReached,
    MessageAdded,
    Outcome,
    RetryScheduled,
    TextStreamed,
    ToolStarted,
    TurnStarted,
)
from interruptible_tui.providers import CallDelta, Delta, Finish, ReasoningDelta
from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.providers.responses import encode_responses
from interruptible_tui.providers.wire import Api
from interruptible_tui.request import Request
from tests.agent.runs import Run
from tests.engine.driver import lines
from tests.providers.asking import provider_of
from tests.scripted import Gate, Reply, Scripted, Work, calls, says, too_many
from tests.server import Call, Server
from tests.server import Gate as ServerGate
from tests.server import Reply as ServerReply
from tests.validator import check_chat, check_responses

CUT = "[The reply above was cut short by a new message of the user while it was being written. It is not complete.]"


async def cut_at(gate: Gate, run: Run, *prompts: str) -> None:
    """Cut the reply that waits at `gate`, with `prompts` for the boundary after it."""
    await gate.reached()
    run.next += prompts
    run.task.cut()


def replies(run: Run) -> list[Message]:
    return [step.message for step in run.steps if isinstance(step, MessageAdded)]


def turns(run: Run) -> list[tuple[int, int]]:
    """Number and attempt of each model call."""
    return [(event.turn, event.attempt) for event in run.told if isinstance(event, TurnStarted)]


def sent(model: Scripted, number: int) -> list[str]:
    """What request `number`, from 1, says; all of the requests so far are valid."""
    for request in model.requests:
        assert check_chat(encode_chat(request)) == []
        assert check_responses(encode_responses(request)) == []
    return lines(model.requests[number - 1].messages)


# -- what is kept -----------------------------------------------------------------------------------------------------


async def test_a_cut_text_is_kept_and_marked_and_the_same_run_answers_the_new_message() -> None:
    gate = Gate()
    model = Scripted(says("I will co", gate, "ok"), says("Without onions."))
    run = Run(model)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.COMPLETED
    assert sent(model, 2) == ["user: cook", "assistant: I will co", f"user: {CUT}", "user: no onions"]
    assert [(reply.turn, reply.status, reply.cut) for reply in replies(run)] == [
        (1, MessageStatus.PARTIAL, Cut.PROMPT),
        (2, MessageStatus.COMPLETE, None),
    ]
    assert turns(run) == [(1, 1), (2, 1)]
    assert [step.turn for step in run.steps if isinstance(step, BoundaryReached)] == [1, 2, 3]
    assert model.cut == 1


@pytest.mark.parametrize("script", [says("never said"), says(ReasoningDelta("Hm"), "never said")])
async def test_a_reply_that_is_cut_before_it_says_anything_leaves_nothing_and_its_turn_begins_again(
    script: Reply,
) -> None:
    gate = Gate()
    model = Scripted([*script[:-2], gate, *script[-2:]], says("Without onions."))
    run = Run(model)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.COMPLETED
    assert sent(model, 2) == ["user: cook", "user: no onions"]
    assert [(reply.turn, reply.text) for reply in replies(run)] == [(1, "Without onions.")]
    assert turns(run) == [(1, 1), (1, 1)]
    assert model.cut == 1


async def test_a_call_whose_arguments_are_cut_is_kept_as_far_as_it_is_written_and_never_made() -> None:
    gate, work = Gate(), Work()
    model = Scripted(says("Well.", CallDelta(0, "a", "work", '{"what": "bur'), gate, CallDelta(0, arguments='ger"}')))
    run = Run(model, work)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.COMPLETED
    assert not work.started
    marker = CUT.replace("it was being written", "it was writing a call of work, which was not started")
    assert sent(model, 2) == ["user: cook", "assistant: Well.", f"user: {marker}", "user: no onions"]
    [call] = replies(run)[0].tool_calls
    assert (call.id, call.arguments, call.status) == ("a", '{"what": "bur', CallStatus.NOT_STARTED)


async def test_a_reply_that_is_cut_in_the_arguments_of_its_first_call_says_so_without_an_empty_answer() -> None:
    gate, work = Gate(), Work()
    model = Scripted(says(CallDelta(0, "a", "work", ""), gate))
    run = Run(model, work)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.COMPLETED
    assert [text.partition(" was cut")[0] for text in sent(model, 2)] == [
        "user: cook",
        "user: [A reply",
        "user: no onions",
    ]
    assert not work.started


async def test_a_finished_call_of_a_cut_reply_is_not_made_and_the_model_is_told() -> None:
    gate, work = Gate(), Work()
    model = Scripted(says(CallDelta(0, "a", "work", "{}"), CallDelta(1, "b", "work", '{"'), gate))
    run = Run(model, work)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.COMPLETED
    assert not work.started
    assert not any(isinstance(step, ToolStarted) for step in run.steps)
    assert sent(model, 2)[1:3] == ["assistant: ", "tool: not started"]
    assert [call.id for call in model.requests[1].messages[1].tool_calls] == ["a"]
    assert [call.id for call in replies(run)[0].tool_calls] == ["a", "b"]


async def test_a_call_of_a_cut_reply_is_no_live_call_for_which_a_result_is_made_up_when_the_run_is_stopped() -> None:
    gate = Gate()
    run = Run(Scripted(says("Well.", CallDelta(0, "a", "work", "{}"), gate)), Work(), held=MessageAdded)
    await cut_at(gate, run)
    await run.tells(MessageAdded)
    run.task.cancel(force=False)
    run.release()
    assert await run.ended() is Outcome.CANCELLED
    assert lines(run.messages) == ["user: cook", "assistant: Well."]
    assert not run.live.calls


async def test_a_cut_ends_the_wait_for_another_attempt() -> None:
    model = Scripted(says(too_many(30.0)), says("Without onions."))
    run = Run(model)
    await run.tells(RetryScheduled)
    run.next.append("no onions")
    run.task.cut()
    assert await run.ended() is Outcome.COMPLETED
    assert sent(model, 2) == ["user: cook", "user: no onions"]
    assert turns(run) == [(1, 1), (1, 1)]


# -- what goes on -----------------------------------------------------------------------------------------------------


async def test_after_a_cut_the_model_is_asked_once_more_even_if_nothing_was_taken() -> None:
    """The prompt could not be written, or was withdrawn."""
    gate = Gate()
    model = Scripted(says("I will co", gate, "ok"), says("Cooked."))
    run = Run(model, max_turns=1)
    await cut_at(gate, run)
    assert await run.ended() is Outcome.COMPLETED
    assert sent(model, 2) == ["user: cook", "assistant: I will co", f"user: {CUT}"]


async def test_a_cut_reply_spends_none_of_the_turns_and_the_message_restarts_their_count() -> None:
    gate, work = Gate(), Work()
    model = Scripted(calls(("work", {})), says("Hm", gate), *[calls(("work", {})) for _ in range(9)], script=None)
    run = Run(model, work, max_turns=2)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.TURN_LIMIT
    assert len(work.started) == 3
    assert turns(run) == [(1, 1), (2, 1), (3, 1), (4, 1)]


async def test_each_of_two_replies_in_a_row_can_be_cut() -> None:
    first, second = Gate(), Gate()
    model = Scripted(says("One", first), says("Two", second))
    run = Run(model)
    await cut_at(first, run, "no onions")
    await cut_at(second, run, "no salt")
    assert await run.ended() is Outcome.COMPLETED
    assert [reply.text for reply in replies(run)] == ["One", "Two", "Done."]
    assert sent(model, 3)[-3:] == ["assistant: Two", f"user: {CUT}", "user: no salt"]


async def test_a_second_cut_of_the_same_reply_does_nothing_also_while_its_stream_is_being_closed() -> None:
    model = SlowlyClosed(says("One", Gate()), says("Two"))
    run = Run(model)
    await run.tells(TextStreamed)
    run.task.cut()
    run.task.cut()
    await model.closing.reached()
    run.task.cut()
    model.closing.open()
    assert await run.ended() is Outcome.COMPLETED
    assert model.closed == 1
    assert [reply.text for reply in replies(run)] == ["One", "Two"]


class SlowlyClosed(Scripted):
    """Its streams wait at a gate when they are closed before their end."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__(*replies)
        self.closing = Gate()
        self.closed = 0

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        try:
            async for delta in super().stream(request):
                yield delta
        except asyncio.CancelledError:
            await self.closing.passed()
            self.closed += 1
            raise


async def test_a_cut_that_is_asked_for_in_the_runs_own_task_concerns_no_later_moment() -> None:
    """An observer that is told of a text may ask for it; here the rest of the reply has already arrived."""
    run = Run(Scripted(says("Coo", "ked.")))
    run.observer = lambda event: run.task.cut() if isinstance(event, TextStreamed) else None
    assert await run.ended() is Outcome.COMPLETED
    assert lines(run.messages) == ["user: cook", "assistant: Cooked."]


# -- what a cut is too late or too early for --------------------------------------------------------------------------


async def test_a_cut_during_a_tool_neither_ends_the_tool_nor_the_reply_after_it() -> None:
    gate, next_reply = Gate(), Gate()
    model, work = Scripted(calls(("work", {})), says("Coo", next_reply, "ked.")), Work(gate=gate)
    run = Run(model, work)
    await cut_at(gate, run)
    gate.open()
    await next_reply.reached()
    next_reply.open()
    assert await run.ended() is Outcome.COMPLETED
    assert (work.cancelled, len(work.finished), model.cut) == (0, 1, 0)
    assert lines(run.messages)[-2:] == ["tool: done", "assistant: Cooked."]


@pytest.mark.parametrize("held", [BoundaryReached, MessageAdded])
async def test_a_cut_while_the_run_waits_for_its_session_does_nothing_also_not_to_the_next_reply(
    held: type[BoundaryReached | MessageAdded],
) -> None:
    next_reply = Gate()
    first = [says("Cooked.")] if held is MessageAdded else []
    model = Scripted(*first, says("Without", next_reply, " onions."))
    run = Run(model, held=held)
    await run.tells(held)
    run.next.append("no onions")
    run.task.cut()
    run.release()
    await next_reply.reached()
    next_reply.open()
    assert await run.ended() is Outcome.COMPLETED
    assert {reply.status for reply in replies(run)} == {MessageStatus.COMPLETE}
    assert model.cut == 0


async def test_a_cut_before_the_first_step_and_after_the_end_does_nothing() -> None:
    gate = Gate()
    model = Scripted(says("Coo", gate, "ked."))
    run = Run(model)
    run.task.cut()
    await gate.reached()
    gate.open()
    assert await run.ended() is Outcome.COMPLETED
    run.task.cut()
    assert lines(run.messages) == ["user: cook", "assistant: Cooked."]


async def test_a_reply_that_the_server_has_finished_is_complete_although_its_stream_is_not_over() -> None:
    gate, work = Gate(), Work()
    model = Scripted([*calls(("work", {})), gate], says("Cooked."))
    run = Run(model, work)
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.COMPLETED
    assert len(work.finished) == 1
    assert sent(model, 2) == ["user: cook", "assistant: ", "tool: done", "user: no onions"]


async def test_a_cut_does_not_hide_why_the_server_has_ended_the_reply() -> None:
    gate = Gate()
    run = Run(Scripted([*says("Once upon", finish=Finish.LENGTH), gate]))
    await cut_at(gate, run, "no onions")
    assert await run.ended() is Outcome.FAILED


async def test_a_timeout_of_somebody_else_is_not_taken_for_a_cut() -> None:
    run = Run(Scripted(says("Once upon", TimeoutError("too slow"))))
    assert await run.ended() is Outcome.FAILED


# -- together with a cancellation -------------------------------------------------------------------------------------


async def test_a_cancellation_outweighs_cuts_in_every_order() -> None:
    for moments in product(("cut", "stop", "outside", "tick"), repeat=5):
        model = Scripted(script=lambda _: says("Coo", Gate()))
        run = Run(model)
        await run.tells(TextStreamed)
        for moment in moments:
            await do(moment, run)
        await do("stop", run)
        assert await run.ended() is Outcome.CANCELLED, moments
        assert run.asyncio_task.cancelled(), moments
        assert model.cut == len(model.requests), moments
        assert len(model.requests) <= 1 + may_be_asked_again(moments), moments


async def test_a_cut_does_not_disturb_the_closing_of_a_stream_whose_run_is_being_stopped() -> None:
    model = SlowlyClosed(says("One", Gate()))
    run = Run(model)
    await run.tells(TextStreamed)
    run.task.cancel(force=False)
    await model.closing.reached()
    run.task.cut()
    await asyncio.sleep(0)
    model.closing.open()
    assert await run.ended() is Outcome.CANCELLED
    assert model.closed == 1


async def test_a_stop_while_a_cut_reply_is_being_closed_ends_the_run_and_a_second_one_does_too() -> None:
    for again in (False, True):
        model = SlowlyClosed(says("One", Gate()))
        run = Run(model)
        await run.tells(TextStreamed)
        run.task.cut()
        await model.closing.reached()
        run.task.cancel(force=again)
        assert await run.ended() is Outcome.CANCELLED
        assert (len(model.requests), lines(run.messages)) == (1, ["user: cook", "assistant: One"])


async def do(moment: str, run: Run) -> None:
    match moment:
        case "cut":
            run.task.cut()
        case "stop":
            run.task.cancel(force=False)
        case "outside":
            run.asyncio_task.cancel()
        case "tick":
            await asyncio.sleep(0)


def may_be_asked_again(moments: tuple[str, ...]) -> int:
    """How many replies can have been cut before the run was cancelled."""
    cancelled = min((at for at, moment in enumerate(moments) if moment in {"stop", "outside"}), default=len(moments))
    return re.sub("(tick)+", "-", "".join(moments[:cancelled])).count("cut-")


# -- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", Api)
async def test_the_server_sees_the_connection_of_a_cut_reply_closed_and_accepts_the_next_request(api: Api) -> None:
    gate = ServerGate()
    reply = ServerReply("I will cook.", [Call("work", {"what": "burger"})], chunk=3, gate=gate, gate_at=-2)
    async with Server([reply, ServerReply("Without onions.")]) as server:
        provider, work = provider_of(server, api), Work()
        run = Run(provider, work)
        await gate.reached.wait()
        await run.tells(TextStreamed)
        run.next.append("no onions")
        run.task.cut()
        await (await server.request(1)).closed.wait()
        assert await run.ended() is Outcome.COMPLETED
        body = str((await server.request(2)).body)
        await provider.close()
    assert server.refusals == []
    assert not work.started
    assert replies(run)[0].text in body and "cut short by a new message of the user" in body and "no onions" in body


@pytest.mark.parametrize("api", Api)
async def test_a_cut_before_the_server_answers_closes_the_connection(api: Api) -> None:
    gate = ServerGate()
    async with Server([ServerReply("never said", head_gate=gate), ServerReply("Without onions.")]) as server:
        provider = provider_of(server, api)
        run = Run(provider)
        await gate.reached.wait()
        run.next.append("no onions")
        run.task.cut()
        await (await server.request(1)).closed.wait()
        assert await run.ended() is Outcome.COMPLETED
        await provider.close()
    assert lines(run.messages) == ["user: cook", "user: no onions", "assistant: Without onions."]
