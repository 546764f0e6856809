"""A program in a clocked terminal, and what a user does there."""

import re
import termios
import time
from itertools import count

from tests.benchmarks.clocked import PATIENCE, Clocked, NotShownError
from tests.benchmarks.model import closing, opening

LETTERS = [chr(code) for code in range(0x430, 0x450)]
"""What is typed to see it echoed: nothing else on the screen is Cyrillic."""
_CYRILLIC = re.compile(b"\xd0[\xb0-\xbf]|\xd1[\x80-\x8f]")
"""One of them in UTF-8."""
LOST = 2.0
"""Seconds after which a character that was typed is no longer waited for."""
_ALTERNATE_SCREEN = b"\x1b[?1049h"
_BACKSPACE = b"\x7f"


class Watched(Clocked):
    """See the head of this module."""

    _letters = 0
    """How many stand in the input."""

    def first_echo(self) -> float:
        """When the first character that was typed since the start was shown.

        They are typed from the moment in which the program has the screen and takes keys one by one (what is typed
        before that, some take for an answer of the terminal): each 4 ms later than the last, or 1 % of the time so far.
        """
        deadline = time.monotonic() + PATIENCE
        for number in count():
            if self._takes_keys():
                self._type(number)
            self.watch(max(0.004, 0.01 * (time.monotonic() - self.started_at)))
            if found := _CYRILLIC.search(self.raw):
                return self.written_at(found.end())
            if time.monotonic() > deadline or self.process.poll() is not None:
                break
        raise AssertionError(self._report("nothing typed was shown"))

    def _takes_keys(self) -> bool:
        return _ALTERNATE_SCREEN in self.raw and not termios.tcgetattr(self._master)[3] & termios.ICANON

    def ready(self) -> None:
        """Until it takes what is typed and has nothing more to do; its input is empty."""
        self.first_echo()
        self.clear()
        self.rest()

    def clear(self) -> None:
        """Take back the letters that were typed."""
        self.press(_BACKSPACE * self._letters)
        self._letters = 0

    def _type(self, number: int) -> float:
        self._letters += 1
        return self.press(LETTERS[number % len(LETTERS)])

    def rest(self) -> None:
        """Until it neither writes anything nor works, as importing in a thread is."""
        worked = -1.0
        while self.cpu - worked > 0.02:
            worked = self.cpu
            self.settle(0.4)

    def echo(self, number: int) -> float:
        """Milliseconds until the character typed as number `number` is shown; the input is emptied now and then.

        One that is not shown within LOST seconds counts as if it was then: the floor loses one now and then.
        """
        if number % 16 == 0:
            self.clear()
            self.watch(0.05)
        since = len(self.raw)
        pressed = self._type(number)
        try:
            return (self.shown(LETTERS[number % len(LETTERS)], since, timeout=LOST) - pressed) * 1000
        except NotShownError:
            if self.process.poll() is not None:
                raise
            return LOST * 1000

    def draft(self, prompt: str) -> None:
        """Type a prompt, and see it."""
        since = len(self.raw)
        self.press(f"{prompt} {LETTERS[0]}")
        self.shown(LETTERS[0], since)

    def submit(self, prompt: str) -> int:
        """Send a prompt; returns the number of the request that it will make."""
        number = self.model.answered() + 1
        self.press(f"{prompt}\r")
        self._letters = 0
        return number

    def streams(self, prompt: str) -> int:
        """Send a prompt and wait until its answer begins to be shown; returns the number of its request."""
        since = len(self.raw)
        number = self.submit(prompt)
        self.shown(opening(number), since)
        return number

    def finished(self, number: int) -> float:
        """When the last token of answer `number` was shown."""
        return self.shown(closing(number))

    def leave(self) -> None:
        """As a user does, so that the next start finds all in order, and no draft."""
        self.clear()
        self.press(b"\x11")
        self.wait_exit()
