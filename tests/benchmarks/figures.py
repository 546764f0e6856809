"""What was measured, and what is said of it: samples by row and program, and their figures."""

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any


class Samples:
    """What was measured so far."""

    def __init__(self) -> None:
        self.by_row: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        """Row -> program -> one value for each run."""

    def add(self, row: str, program: str, value: float) -> None:
        self.by_row[row][program].append(value)


def figures(values: Sequence[float]) -> dict[str, Any]:
    """p50, p95 and max in the row's unit, and the number of runs."""
    return {
        "p50": round(median(values), 3),
        "p95": round(percentile(values, 95), 3),
        "max": round(max(values), 3),
        "runs": len(values),
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
