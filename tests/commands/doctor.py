"""What `doctor` finds, by the names of its checks."""

import json
from pathlib import Path
from typing import Any

from tests.commands.program import Ended, ended

NAMES = [
    "sqlite", "directory", "permissions", "file system", "lock", "integrity", "backup", "endpoint", "key", "terminal",
]  # fmt: skip


class Findings:
    """All checks of one program that ran to its end."""

    def __init__(self, printed: Ended) -> None:
        said = json.loads(printed.stdout)
        self.printed = printed
        self.ok: bool = said["ok"]
        self.details: dict[str, str] = {each["name"]: each["detail"] for each in said["checks"]}
        self.wrong = [each["name"] for each in said["checks"] if not each["ok"]]
        assert printed.stderr == ""
        assert list(self.details) == NAMES
        assert printed.returncode == (0 if self.ok else 1)
        assert self.ok == (not self.wrong)
        assert all(detail and "\n" not in detail for detail in self.details.values())

    def __getitem__(self, name: str) -> str:
        return self.details[name]


def examined(home: Path, *options: str | Path, **named: Any) -> Findings:
    return Findings(ended(home, "doctor", "--format", "json", *options, **named))
