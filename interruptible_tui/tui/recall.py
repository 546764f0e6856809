"""Going back through earlier prompts, as a shell does: the draft that was left is the last line, and comes back."""

from collections.abc import Callable, Sequence


class Recall:
    def __init__(self) -> None:
        self._lines: list[str] = []
        """Earlier prompts and, last, the draft, each as it was left; empty when not going back."""
        self._at = 0

    def older(self, current: str, earlier: Sequence[str]) -> str | None:
        """What stands before `current`; None if that is the oldest. `earlier`: the prompts, oldest first."""
        self.begin(current, earlier)
        return self._move(-1, current)

    @property
    def stashed(self) -> str:
        """The draft that was left for what stands now; empty if there is none."""
        return self._lines[-1] if self._at < len(self._lines) - 1 else ""

    def stash(self, draft: str, current: str, earlier: Sequence[str]) -> None:
        """`current` is being written although `draft` is not done: as if one had gone back from that."""
        self._lines = [*earlier, current, draft]
        self._at = len(earlier)

    @property
    def left(self) -> int:
        """How many are known to stand before the current one."""
        return self._at

    def extend(self, older: Sequence[str]) -> None:
        """These stand before all that were known."""
        if self._lines:
            self._lines[:0] = older
            self._at += len(older)

    def newer(self, current: str) -> str | None:
        """What stands after `current`; None if that is the draft."""
        return self._move(1, current)

    def begin(self, current: str, earlier: Sequence[str]) -> int:
        """Going back begins, if it has not. Returns where: for `return_to`."""
        if not self._lines:
            self._lines = [*earlier, current]
            self._at = len(earlier)
        self._lines[self._at] = current
        return len(self._lines) - self._at

    def return_to(self, place: int) -> str | None:
        """What stands there; None if going back has ended since."""
        if place > len(self._lines):
            return None
        self._at = len(self._lines) - place
        return self._lines[self._at]

    def find(self, step: int, current: str, matches: Callable[[str], object]) -> str | None:
        """The next earlier prompt in that direction that `matches` and is another text; None where there is none."""
        last = len(self._lines) - 1
        for at in range(self._at + step, last if step > 0 else -1, step):
            if self._lines[at] != current and matches(self._lines[at]):
                return self._move(at - self._at, current)
        return None

    def forget(self, sent: str) -> str:
        """The next look back begins at the end. Returns the draft that was left for `sent`; empty if there is none."""
        left = self.stashed
        self._lines = []
        return left if left != sent else ""

    def _move(self, step: int, current: str) -> str | None:
        if not 0 <= self._at + step < len(self._lines):
            return None
        self._lines[self._at] = current
        self._at += step
        return self._lines[self._at]
