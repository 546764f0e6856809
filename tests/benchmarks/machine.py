"""What a run was measured on: figures mean nothing without it."""

import os
import platform
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

_PACKAGES = ("textual", "openai", "aiosqlite", "pydantic-settings", "rich")
_BUSY = 0.1
"""Share of the machine that others may take."""


def described() -> dict[str, Any]:
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
    }


@dataclass(frozen=True)
class Spent:
    """Seconds until now."""

    at: float
    worked: float
    """By all cores together, for whomever; what a host has taken away counts as work."""
    ours: float
    """Of these, by this process and its children that have ended."""

    @classmethod
    def now(cls) -> Self:
        ticks = [int(tick) for tick in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        worked = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
        return cls(time.monotonic(), worked, sum(os.times()[:4]))


def taken_by_others(first: Spent, last: Spent) -> float:
    """The share of the machine, between two moments."""
    capacity = (last.at - first.at) * (os.cpu_count() or 1)
    return max(0.0, (last.worked - first.worked) - (last.ours - first.ours)) / capacity


def busy(share: float) -> bool:
    """Whether others take so much of the machine that figures mean nothing."""
    return share > _BUSY


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    root = Path(__file__).parents[2]
    described = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        return subprocess.run(described, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
