"""What the decoders make of streams that are right, and of those that are only nearly so."""

from typing import Any

import pytest

from interruptible_tui.conversation import Usage
from interruptible_tui.providers import Finish, Finished
from interruptible_tui.providers.wire import Api
from tests.providers.asking import Outcome, ask_once
from tests.server import Answer, Call, Reply, Server
from tests.wire import chat_stream, responses_stream, sse

Chunk = dict[str, Any]


def chunk(delta: Chunk | None, **choice: object) -> Chunk:
    return {"choices": [{"index": 0, "delta": delta, **choice}]}


def calls(*pieces: Chunk) -> Chunk:
    return chunk({"tool_calls": list(pieces)})


STOP = chunk({}, finish_reason="stop")


async def chat(*chunks: Chunk, done: bool = True) -> Outcome:
    async with Server([Answer(chat_stream(*chunks, done=done))]) as server:
        return await ask_once(server, Api.CHAT)


async def responses(*events: Chunk) -> Outcome:
    async with Server([Answer(responses_stream(*events, COMPLETED))]) as server:
        return await ask_once(server, Api.RESPONSES)


# -- both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", Api)
async def test_reasoning_text_and_several_calls_are_one_reply(api: Api) -> None:
    scripted = Reply("Two dishes.", [Call("cook", {"dish": "🍔"}, "a"), Call("cook", "{}", "b")], "Let me see.")
    async with Server([scripted]) as server:
        outcome = await ask_once(server, api)

    assert (outcome.reasoning, outcome.text) == ("Let me see.", "Two dishes.")
    assert outcome.calls == [("a", "cook", '{"dish": "\\ud83c\\udf54"}'), ("b", "cook", "{}")]
    assert outcome.finished == Finished(Finish.STOP, Usage(10, 5))


@pytest.mark.parametrize("api", Api)
async def test_usage_may_be_missing(api: Api) -> None:
    async with Server([Reply("Hello world", usage=None)]) as server:
        outcome = await ask_once(server, api)

    assert outcome.text == "Hello world"
    assert outcome.finished == Finished(Finish.STOP, None)


async def test_comments_are_a_sign_of_life() -> None:
    async with Server([Reply("Hello", keep_alive=7, delay=0.1)]) as server:
        outcome = await ask_once(server, Api.CHAT, idle_timeout=0.6)

    assert (outcome.text, outcome.error) == ("Hello", None)


async def test_bad_utf_8_inside_a_text_becomes_replacement_characters() -> None:
    broken = sse('{"choices": [{"delta": {"content": "a?b"}}]}').replace(b"?", b"\xff")
    async with Server([Answer(broken + chat_stream(STOP))]) as server:
        outcome = await ask_once(server, Api.CHAT)

    assert (outcome.text, outcome.error) == ("a\ufffdb", None)


async def test_lone_surrogates_are_told_as_they_came() -> None:
    assert (await chat(chunk({"content": "a\ud800b"}), STOP)).text == "a\ud800b"


# -- chat completions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "function_call", "eos_token"])
async def test_any_finish_reason_but_two_means_complete(reason: str) -> None:
    outcome = await chat(chunk({"content": "Hi"}), chunk({}, finish_reason=reason))

    assert outcome.finished == Finished(Finish.STOP)


async def test_usage_is_taken_from_wherever_it_comes() -> None:
    counts = {"prompt_tokens": 7, "completion_tokens": 3}

    assert (await chat({**STOP, "usage": counts})).finished == Finished(Finish.STOP, Usage(7, 3))
    assert (await chat(STOP, {"choices": [], "usage": counts})).finished == Finished(Finish.STOP, Usage(7, 3))
    assert (await chat(STOP, {"usage": counts}, done=False)).finished == Finished(Finish.STOP, Usage(7, 3))
    assert (await chat({**STOP, "usage": {"prompt_tokens": None}})).finished == Finished(Finish.STOP, Usage(0, 0))


async def test_empty_choices_and_nulls_say_nothing() -> None:
    outcome = await chat(
        {"choices": []},
        {"choices": None, "usage": None, "error": None},
        chunk(None, finish_reason=None),
        chunk({"content": None, "tool_calls": None, "reasoning": None, "role": "assistant"}),
        calls({"index": 0, "id": "a", "function": {"name": "cook", "arguments": None}}),
        calls({"index": 0, "id": None, "function": None}),
        calls({"index": 0, "function": {"name": None, "arguments": "{}"}}),
        chunk({"content": "Hi"}),
        STOP,
    )

    assert (outcome.text, outcome.error) == ("Hi", None)
    assert outcome.calls == [("a", "cook", "{}")]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_is_known_by_both_of_its_names(field: str) -> None:
    assert (await chat(chunk({field: "Hm."}), STOP)).reasoning == "Hm."


async def test_a_refusal_is_a_text() -> None:
    assert (await chat(chunk({"content": None, "refusal": "No."}), STOP)).text == "No."


async def test_a_name_and_an_id_that_are_repeated_in_each_chunk_are_one_name_and_one_id() -> None:
    piece = {"index": 0, "id": "a", "function": {"name": "cook", "arguments": "{"}}
    rest = {"index": 0, "id": "a", "function": {"name": "cook", "arguments": "}"}}

    assert (await chat(calls(piece), calls(rest), STOP)).calls == [("a", "cook", "{}")]


async def test_an_id_that_changes_from_piece_to_piece_is_the_first_one() -> None:
    piece = {"index": 0, "id": "a", "function": {"name": "cook", "arguments": "{"}}
    rest = {"index": 0, "id": "b", "function": {"arguments": "}"}}

    assert (await chat(calls(piece), calls(rest), STOP)).calls == [("a", "cook", "{}")]


async def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    outcome = await chat(
        calls({"id": "a", "function": {"name": "cook", "arguments": "{"}}),
        calls({"function": {"arguments": "}"}}),
        calls({"id": "b", "function": {"name": "wash", "arguments": "["}}),
        calls({"id": "b", "function": {"arguments": "]"}}),
        STOP,
    )

    assert outcome.calls == [("a", "cook", "{}"), ("b", "wash", "[]")]


async def test_parallel_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    pieces = [{"index": 0, "id": id_, "function": {"name": "cook", "arguments": "{}"}} for id_ in "ab"]

    assert (await chat(calls(*pieces), STOP)).calls == [("a", "cook", "{}"), ("b", "cook", "{}")]


async def test_indexes_may_begin_anywhere() -> None:
    pieces = [{"index": at, "id": f"c{at}", "function": {"name": "cook", "arguments": "{}"}} for at in (3, 5)]

    assert (await chat(calls(*pieces), STOP)).calls == [("c3", "cook", "{}"), ("c5", "cook", "{}")]


async def test_a_call_without_id_and_index_is_a_call() -> None:
    assert (await chat(calls({"function": {"name": "cook", "arguments": "{}"}}), STOP)).calls == [(None, "cook", "{}")]


# -- responses --------------------------------------------------------------------------------------------------------

COMPLETED: Chunk = {"type": "response.completed", "response": {"usage": None}}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "cook", "arguments": ""}
ADDED = {"type": "response.output_item.added", "output_index": 1, "item": CALL}
DELTA = {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"dish"'}
DONE = {"type": "response.function_call_arguments.done", "output_index": 1, "arguments": '{"dish": 1}'}
ITEM = {"type": "response.output_item.done", "output_index": 1, "item": {**CALL, "arguments": '{"dish": 1}'}}


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([ADDED, DELTA, DONE, ITEM], id="deltas that stop early"),
        pytest.param([ADDED, DONE, ITEM], id="no deltas"),
        pytest.param([ADDED, ITEM], id="only the item"),
        pytest.param([ITEM], id="only the end of the item"),
        pytest.param([DELTA, ADDED, ITEM], id="late name"),
        pytest.param([ITEM, ITEM, DONE, DONE], id="everything twice"),
    ],
)
async def test_arguments_are_whole_and_never_told_twice(events: list[Chunk]) -> None:
    assert (await responses(*events)).calls == [("a", "cook", '{"dish": 1}')]


async def test_arguments_that_are_spelled_otherwise_in_the_end_are_what_was_streamed() -> None:
    whole = {**DELTA, "delta": '{"dish": 1}'}
    respelled = {**DONE, "arguments": '{"dish":1}'}

    assert (await responses(ADDED, whole, respelled)).calls == [("a", "cook", '{"dish": 1}')]


async def test_items_without_an_index_are_told_apart_by_their_ids() -> None:
    def item(id_: str) -> list[Chunk]:
        call = {"type": "function_call", "id": f"fc_{id_}", "call_id": id_, "name": "cook"}
        delta = {"type": "response.function_call_arguments.delta", "item_id": f"fc_{id_}", "delta": "{}"}
        return [{"type": "response.output_item.added", "item": call}, delta]

    assert (await responses(*item("a"), *item("b"))).calls == [("a", "cook", "{}"), ("b", "cook", "{}")]


async def test_a_text_that_comes_only_with_the_end_of_its_item_is_told_once() -> None:
    content = [{"type": "output_text", "text": "Hello"}]
    ended = {"type": "response.output_item.done", "output_index": 0, "item": {"type": "message", "content": content}}
    streamed = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"}

    assert (await responses(ended)).text == "Hello"
    assert (await responses(streamed, ended)).text == "Hello"


async def test_refusals_are_text_and_both_kinds_of_reasoning_are_reasoning() -> None:
    outcome = await responses(
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning"}},
        {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "Hm"},
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "m."},
        {"type": "response.refusal.delta", "output_index": 1, "delta": "No."},
    )

    assert (outcome.reasoning, outcome.text) == ("Hmm.", "No.")


async def test_events_of_unknown_types_and_nulls_say_nothing() -> None:
    outcome = await responses(
        {"type": "response.audio.delta", "delta": "x"},
        {"type": "response.output_item.added", "output_index": None, "item": None},
        {"type": "response.output_text.delta", "output_index": 0, "delta": None},
        {"type": "response.created", "response": None},
    )

    assert (outcome.text, outcome.calls, outcome.error) == ("", [], None)
    assert outcome.finished == Finished(Finish.STOP)
