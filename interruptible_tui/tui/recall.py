"""Going back through earlier prompts, as a shell does: the draft that was left is the last line, and comes back."""

from collections.abc import Sequence


class Recall:
    def __init__(self) -> None:
        self._lines: list[str] = []
        """Earlier prompts and, last, the draft, each as it was left; empty when not going back."""
        self._at = 0

    def older(self, current: str, earlier: Sequence[str]) -> str | None:
        """What stands before `current`; None if that is the oldest. `earlier`: the prompts, oldest first."""
        if not self._lines:
            self._lines = [*earlier, current]
            self._at = len(earlier)
        return self._move(-1, current)

    def newer(self, current: str) -> str | None:
        """What stands after `current`; None if that is the draft."""
        return self._move(1, current)

    def forget(self, sent: str) -> str:
        """The next look back begins at the end. Returns the draft that was left for `sent`; empty if there is none."""
        left = self._lines[-1] if self._lines else ""
        self._lines = []
        return left if left != sent else ""

    def _move(self, step: int, current: str) -> str | None:
        if not 0 <= self._at + step < len(self._lines):
            return None
        self._lines[self._at] = current
        self._at += step
        return self._lines[self._at]
