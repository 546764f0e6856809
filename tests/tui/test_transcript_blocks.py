"""Markdown cut into blocks: the same however it arrives, and never long."""

import random

import pytest

from interruptible_tui.tui.blocks import LIMIT, Block, Splitter

FENCE = "```py\n" + "x = 1\n" * 2000 + "```\n\n"
TABLE = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 900 + "\nThe end of it\n\n"
LIST = "".join(f"{number}. item\n" for number in range(1, 900))
TEXT = f"# Title\n\nOne\ntwo\n\n- a\n- b\n\n- c\n\n{FENCE}{TABLE}{LIST}\n{'word ' * 3000}\n\n---\n\nlast"


def blocks(text: str) -> list[Block]:
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.finish()]


@pytest.mark.parametrize("seed", range(6))
def test_where_a_text_is_cut_depends_on_the_text_alone(seed: int) -> None:
    pieces, splitter, at, cut = random.Random(seed), Splitter(), 0, []
    while at < len(TEXT):
        size = pieces.choice([1, 3, 50, 5000])
        cut += splitter.feed(TEXT[at : at + size])
        at += size
    assert [*cut, *splitter.finish()] == blocks(TEXT)


def test_no_block_is_much_longer_than_the_limit() -> None:
    assert max(len(block.source) for block in blocks(TEXT + "y" * 50_000)) <= LIMIT


def test_no_text_is_lost_between_blocks() -> None:
    source = "\n".join(block.source for block in blocks(TEXT))
    assert source.count("x = 1") == 2000
    assert source.count("| 1 | 2 |") == 900
    assert source.count("word") == 3000
    assert all(f"{number}. item" in source for number in range(1, 900))


def test_a_long_fence_and_a_long_table_go_on_with_their_opening_lines() -> None:
    joined = [block.source for block in blocks(TEXT) if block.joined]
    assert sum(source.startswith("```py\nx = 1\n") for source in joined) == 5
    assert sum(source.startswith("| a | b |\n|---|---|\n| 1 | 2 |") for source in joined) == 4


def test_a_list_with_a_long_fence_in_one_item_is_not_torn_apart() -> None:
    text = "1. Do this:\n\n   ```py\n" + "   x = 1\n" * 1000 + "   ```\n\nafter\n"
    assert [block.source.startswith(("1.", "after")) for block in blocks(text)] == [True, True]


def test_a_fence_that_opens_absurdly_long_still_ends() -> None:
    assert len(blocks("`" * 20_000 + "\n" + "x\n" * 9000)) < 20


def test_an_unfinished_line_closes_nothing() -> None:
    splitter = Splitter()
    assert splitter.feed("para\n#") == []
    assert splitter.feed("hashtag\n\n") == []
    assert splitter.finish() == [Block("para\n#hashtag")]
