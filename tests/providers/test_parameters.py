"""Parameters go into the request under the names that its format has for them, and change nothing that is ours."""

from typing import Any

import pytest

from interruptible_tui import parameters
from interruptible_tui.conversation import Message, Role
from interruptible_tui.providers.wire import Api, encode
from interruptible_tui.request import Request
from tests.validator import check_chat, check_responses

ASKED = (Message(role=Role.USER, text="Hi", run=1, turn=1),)


def sent(api: Api, **named: Any) -> dict[str, Any]:
    """What `named` makes of a request, besides what it has without; the API accepts it."""
    bare = encode(Request("m", "Be brief.", ASKED), api)
    body = encode(Request("m", "Be brief.", ASKED, parameters=named), api)
    assert (check_chat if api is Api.CHAT else check_responses)(body) == []
    assert bare.items() <= body.items()
    return {name: value for name, value in body.items() if name not in bare}


def test_chat_completions_are_sent_what_is_named() -> None:
    named = {"temperature": 0.2, "reasoning_effort": "high", "max_completion_tokens": 5, "verbosity": "low"}
    assert sent(Api.CHAT, **named) == named


def test_responses_are_sent_what_is_named_where_they_have_it() -> None:
    named = {"temperature": 0.2, "reasoning_effort": "high", "max_tokens": 50, "verbosity": "low"}
    expected = {
        "temperature": 0.2,
        "reasoning": {"effort": "high"},
        "max_output_tokens": 50,
        "text": {"verbosity": "low"},
    }
    assert sent(Api.RESPONSES, **named) == expected


def test_their_own_spelling_is_kept_beside_it() -> None:
    assert sent(Api.RESPONSES, reasoning={"summary": "auto"}, reasoning_effort="low") == {
        "reasoning": {"summary": "auto", "effort": "low"}
    }
    assert sent(Api.RESPONSES, max_output_tokens=50) == {"max_output_tokens": 50}


@pytest.mark.parametrize("api", Api)
def test_what_the_program_sends_itself_cannot_be_overridden(api: Api) -> None:
    bare = encode(Request("m", "Be brief.", ASKED), api)
    assert set(bare) <= parameters.OURS | {"instructions"}
    forged = dict.fromkeys(parameters.OURS, "forged")
    assert bare.items() <= encode(Request("m", "Be brief.", ASKED, parameters=forged), api).items()
    for name in parameters.OURS:
        with pytest.raises(ValueError, match="is no parameter: the program itself decides about it"):
            parameters.check(name, 1)


def test_a_later_layer_beats_an_earlier_one_and_none_takes_away() -> None:
    assert parameters.merged({"a": 1, "b": 2}, {"b": 3, "a": None}) == {"b": 3}
