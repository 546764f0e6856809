"""How often a stream is read: for most servers send each token by itself, and waking up costs more than the token.

A reader that had to wait for a piece rests before the next one, while others gather that are then read together. One
that finds many at once is behind, and does not rest; it lets others have their turn, so that a key does not wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

REST = 0.008
"""Seconds between two wake-ups for a stream, about; half a frame of a terminal."""
WAITED = 0.001
"""Seconds that a piece takes at least that was not there yet."""
BEHIND = 64
"""Pieces found without waiting that show that there are more."""
SLICE = 0.004
"""Seconds for which pieces that are there are read in one go."""


class Pace:
    """The pace of one stream."""

    def __init__(self) -> None:
        self._rests = False
        self._found = 0
        """Pieces that were there, since the last one that was not."""
        self._woken = monotonic()

    async def read(self, piece: Callable[[], Awaitable[bytes]]) -> bytes:
        """The next piece, which `piece` begins to read."""
        began = await self._rest()
        read = await piece()
        waited = monotonic() - began > WAITED
        self._rests = waited and self._found < BEHIND
        self._found = 0 if waited else self._found + 1
        return read

    async def _rest(self) -> float:
        """Rest if that is due. Returns the time."""
        now = monotonic()
        if not self._rests and now - self._woken < SLICE:
            return now
        await asyncio.sleep(REST if self._rests else 0)
        self._woken = monotonic()
        return self._woken
