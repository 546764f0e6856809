"""Where one reads on in what was drawn anew and may have its lines broken elsewhere."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def same_line(line: int, before: Sequence[str], after: Sequence[str]) -> int:
    """The line of `after` with what `line` of `before` begins with: letters and digits tell, blanks and bars vary."""
    if len(before) == len(after):
        return line
    said = sum(map(_letters, before[:line]))
    return max(0, bisect_right(list(accumulate(map(_letters, after[:-1]), initial=0)), said) - 1)


def _letters(line: str) -> int:
    return sum(map(str.isalnum, line))
