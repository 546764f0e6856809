"""The writer of the terminal never keeps anybody waiting, and loses nothing before the end."""

import os
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TextIO

from interruptible_tui.tui.terminal_writer import TerminalWriter

PATIENCE = 5.0
"""Seconds after which a test fails instead of waiting on."""
FRAME = "frame " * 4000


@contextmanager
def terminal() -> Iterator[tuple[int, TextIO]]:
    """A terminal: the side that reads, and the one that is written to."""
    reads, writes = os.openpty()
    tty.setraw(writes)
    with os.fdopen(writes, "w", encoding="utf-8") as file:
        try:
            yield reads, file
        finally:
            os.close(reads)


def started(file: TextIO) -> TerminalWriter:
    writer = TerminalWriter(file)
    writer.start()
    return writer


def read(reads: int, size: int) -> str:
    found = b""
    while len(found) < size:
        found += os.read(reads, 65536)
    return found.decode()


def test_what_is_written_arrives_in_order() -> None:
    with terminal() as (reads, file):
        writer = started(file)
        texts = [f"{number}é" for number in range(1000)]
        for text in texts:
            writer.write(text)
        whole = "".join(texts)
        assert read(reads, len(whole.encode())) == whole
        writer.stop()
        assert not writer.is_alive()


def test_a_terminal_that_does_not_read_is_behind_keeps_nobody_and_catches_up_when_it_reads() -> None:
    with terminal() as (reads, file):
        writer = started(file)
        for _ in range(100):
            writer.write(FRAME)
        was_behind = writer.behind
        assert was_behind
        caught_up = Event()
        writer.when_caught_up(caught_up.set)
        assert not caught_up.is_set()
        assert read(reads, 100 * len(FRAME)) == 100 * FRAME
        assert caught_up.wait(PATIENCE)
        assert not writer.behind
        writer.stop()


def test_at_the_end_such_a_terminal_has_room_for_what_restores_it() -> None:
    with terminal() as (reads, file):
        writer = started(file)
        for _ in range(100):
            writer.write(FRAME)
        writer.settle()
        writer.write("restored")
        writer.stop()
        assert not writer.is_alive()
        os.set_blocking(reads, False)
        assert os.read(reads, 65536).endswith(b"restored") or os.read(reads, 65536).endswith(b"restored")


def test_a_terminal_that_has_gone_takes_nothing_and_the_writer_ends() -> None:
    reads, writes = os.openpty()
    with os.fdopen(writes, "w", encoding="utf-8") as file:
        writer = started(file)
        os.close(reads)
        for _ in range(100):
            writer.write(FRAME)
        writer.settle()
        writer.stop()
        assert not writer.is_alive()
        assert not writer.behind
