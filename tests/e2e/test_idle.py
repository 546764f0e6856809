"""A program that has nothing to do does nothing: no timer, no poll."""

from pathlib import Path

from tests.e2e.chat import Chat, chatting
from tests.server import Reply, serving

IDLE = 2.0
"""Seconds that are looked at."""
FEW = 6
"""Wake-ups in them that are borne: one timer that ends. A poll ten times a second would have 20."""


def test_the_idle_program_sleeps(tmp_path: Path) -> None:
    with serving([Reply("Hello")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Hi")
        chat.wait_for("Hello")
        chat.wait_status("idle")
        settle(chat)
        before = wake_ups(chat.process.pid)
        chat.watch(IDLE)
        assert wake_ups(chat.process.pid) - before <= FEW
        chat.quit()


def settle(chat: Chat) -> None:
    """Until what follows the end of a run is over, or seems never to be."""
    for _ in range(5):
        before = wake_ups(chat.process.pid)
        chat.watch(1.0)
        if wake_ups(chat.process.pid) - before <= FEW:
            return


def wake_ups(pid: int) -> int:
    """How often the threads of a process have gone to sleep, as /proc tells."""
    states = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(line.split()[1]) for state in states for line in state.splitlines() if line.startswith("voluntary"))
