"""The decoder of server-sent events."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interruptible_tui.providers import ProviderError
from interruptible_tui.providers.sse import EventDecoder, ServerEvent


def decoded(*chunks: bytes) -> list[ServerEvent]:
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_line_ends_with_any_of_the_three_line_ends(end: bytes) -> None:
    stream = end.join([b"event: greeting", b"data: hello", b"", b"data: again", b"", b""])

    assert decoded(stream) == [ServerEvent("greeting", "hello"), ServerEvent("message", "again")]


def test_several_data_lines_are_one_event_joined_by_line_feeds() -> None:
    assert decoded(b"data: one\ndata:\ndata:  two\n\n") == [ServerEvent("message", "one\n\n two")]


def test_comments_unknown_fields_and_events_without_data_say_nothing() -> None:
    assert decoded(b": keep-alive\n\nid: 7\nretry: 10\nevent: ghost\n\ndata: x\n\n") == [ServerEvent("message", "x")]


def test_a_field_without_a_colon_is_a_field_without_a_value() -> None:
    assert decoded(b"data\n\n") == [ServerEvent("message", "")]


def test_a_byte_order_mark_is_dropped_at_the_beginning_and_only_there() -> None:
    mark = "\ufeff".encode()

    assert decoded(mark + b"data: " + mark + b"x\n\n") == [ServerEvent("message", "\ufeffx")]
    assert decoded(mark[:1], mark[1:] + b"data: x\n\n") == [ServerEvent("message", "x")]


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    assert decoded(b"data: a\xff\xfeb\n\n") == [ServerEvent("message", "a\ufffd\ufffdb")]


def test_what_follows_the_last_empty_line_is_no_event() -> None:
    assert decoded(b"data: whole\n\ndata: cut\n") == [ServerEvent("message", "whole")]


def test_a_character_split_between_two_chunks_stays_whole() -> None:
    stream = "data: é🍔\n\n".encode()

    for at in range(len(stream)):
        assert decoded(stream[:at], stream[at:]) == [ServerEvent("message", "é🍔")]


_LINES = st.sampled_from(
    [b"data: one", b"data:two", b"data", b"event: e", b": comment", b"", b"", "data: é🍔".encode(), b"data: \xff"]
)
_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(_LINES, _ENDS)).map(lambda lines: b"".join(a + b for a, b in lines)), st.data())
def test_it_does_not_matter_where_the_bytes_were_split(stream: bytes, random: st.DataObject) -> None:
    cuts = sorted(random.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert decoded(*chunks) == decoded(stream)


def test_a_line_without_an_end_is_refused_above_the_limit() -> None:
    decoder = EventDecoder(limit=100)

    with pytest.raises(ProviderError, match="more than"):
        list(chain.from_iterable(decoder.feed(b"0123456789") for _ in range(11)))


def test_an_event_of_many_lines_is_refused_above_the_limit() -> None:
    decoder = EventDecoder(limit=100)

    with pytest.raises(ProviderError, match="more than"):
        list(chain.from_iterable(decoder.feed(b"data: 0123456789\n") for _ in range(100)))


def test_many_small_events_are_no_large_event() -> None:
    decoder = EventDecoder(limit=100)

    assert len([event for _ in range(100) for event in decoder.feed(b"data: 0123456789\n\n")]) == 100
