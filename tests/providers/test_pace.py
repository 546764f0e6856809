"""A stream is read often enough and not more often."""

import asyncio

from interruptible_tui.providers.pace import REST, Pace


async def piece() -> bytes:
    return b"x"


async def late() -> bytes:
    await asyncio.sleep(0.003)
    return b"x"


async def test_the_first_piece_is_read_at_once_and_after_one_that_was_waited_for_there_is_a_rest() -> None:
    loop, pace = asyncio.get_running_loop(), Pace()
    await pace.read(late)
    read = loop.time()
    await pace.read(piece)
    assert loop.time() - read >= REST * 0.9


async def test_pieces_that_are_there_are_read_in_one_go_but_others_have_their_turn() -> None:
    pace, turns = Pace(), 0
    done = asyncio.Event()

    async def other() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    loop = asyncio.get_running_loop()
    end, read = loop.time() + 0.05, 0
    while loop.time() < end:
        await pace.read(piece)
        read += 1
    done.set()
    await task
    assert 1 < turns < read / 10


async def test_a_read_that_is_cancelled_in_the_rest_has_not_begun() -> None:
    pace, begun = Pace(), []
    await pace.read(late)

    async def noted() -> bytes:
        begun.append(True)
        return b"x"

    reading = asyncio.create_task(pace.read(noted))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait({reading})
    assert not begun
