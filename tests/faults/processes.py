"""What a process costs, as /proc tells."""

import os
from pathlib import Path

from tests.e2e.terminal import Terminal


def processor_time(terminal: Terminal) -> float:
    """Seconds that the program has computed so far."""
    fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(terminal: Terminal) -> int:
    """Bytes of it that are resident."""
    return int(Path(f"/proc/{terminal.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
