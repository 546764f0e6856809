"""A key that a server echoes in its answer does not come into the conversation, however it is split."""

from itertools import combinations

import pytest

from interruptible_tui.providers import CallDelta, Delta, Finish, Finished, ReasoningDelta, TextDelta
from interruptible_tui.providers.scrubbing import SHORTEST, Scrubber
from interruptible_tui.providers.wire import Api
from tests.providers.asking import KEY, Outcome, ask_once
from tests.server import Answer, Call, Reply, Server

SAID = f"It is {KEY[:5]}, {KEY}{KEY}."
CLEAN = f"It is {KEY[:5]}, ******."
END = Finished(Finish.STOP)


def told(deltas: list[Delta], key: str = KEY) -> Outcome:
    scrubber = Scrubber(key)
    return Outcome([passed for delta in deltas for passed in scrubber.feed(delta)])


def test_a_key_that_is_echoed_is_replaced_wherever_it_is_split() -> None:
    others = (TextDelta("sk-"), CallDelta(1, arguments="sk-"))
    for one, two in combinations(range(len(SAID) + 1), 2):
        pieces = [SAID[:one], SAID[one:two], SAID[two:]]
        assert told([*map(TextDelta, pieces), END]).text == CLEAN
        assert told([*map(ReasoningDelta, pieces), END]).reasoning == CLEAN
        mixed = [each for piece in pieces for each in (CallDelta(0, arguments=piece), *others)]
        calls = told([CallDelta(0, KEY, f"of {KEY}"), *mixed, END])
        assert calls.calls == [("***", "of ***", CLEAN), (None, None, "sk-" * 3)]
        assert (calls.text, calls.finished) == ("sk-" * 3, END)


def test_one_character_at_a_time_is_no_other_case_and_only_what_may_be_the_key_waits() -> None:
    assert told([*map(TextDelta, SAID), END]).text == CLEAN
    assert told([TextDelta("all of it s"), TextDelta("aid at once")]).text == "all of it said at once"
    assert told([TextDelta("It is sk-can")]).text == "It is "
    repeated = "aab" * 6
    assert told([*map(TextDelta, f"aa{repeated}"), END], repeated).text == "aa***"


def test_the_beginning_of_the_key_is_told_at_the_end_and_most_of_it_is_not() -> None:
    assert told([TextDelta("a sk-"), END]).deltas == [TextDelta("a "), TextDelta("sk-"), END]
    assert told([TextDelta(f"a {KEY[:-1]}"), END]).text == "a ***"


def test_a_placeholder_in_place_of_a_key_may_be_a_word() -> None:
    assert told([TextDelta("ollama runs"), END], "ollama").text == "ollama runs"
    assert told([TextDelta("x" * SHORTEST), END], "x" * SHORTEST).text == "***"
    assert told([TextDelta(""), END], "").deltas == [TextDelta(""), END]


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("chunk", [1, 12])
async def test_no_part_of_a_reply_has_the_key(api: Api, chunk: int) -> None:
    reply = Reply(f"It is {KEY}", [Call("cook", {"dish": KEY})], reasoning=f"{KEY}?", chunk=chunk)
    async with Server([reply]) as server:
        outcome = await ask_once(server, api)
    assert outcome.error is None and KEY not in repr(outcome)
    assert (outcome.text, [arguments for _, _, arguments in outcome.calls]) == ("It is ***", ['{"dish": "***"}'])


async def test_what_waits_is_told_where_the_reply_breaks_off() -> None:
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "A task: sk"}}]}\n\n'
    async with Server([Answer(event)]) as server:
        outcome = await ask_once(server, Api.CHAT)
    assert (outcome.text, outcome.error is None) == ("A task: sk", False)
