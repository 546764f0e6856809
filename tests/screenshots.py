"""Pictures of the real program for the README: it is started on a terminal, told the story, and what it shows is drawn.

    python -m tests.screenshots [--only NAME]

Writes `screenshots/*.png`. Needs rsvg-convert (Debian: librsvg2-bin) and the font DejaVu Sans Mono.
"""

import argparse
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.chat import Chat, composer, pending_rows

FOLDER = Path(__file__).parents[1] / "screenshots"
MEAL = "Prepare a burger and a caesar salad."
CROUTONS = "Oh, and please add some croutons to the salad!"


@contextmanager
def demo(home: Path, *options: str) -> Iterator[Chat]:
    with Chat("--demo", *options, home=home, cols=100, rows=30) as chat:
        chat.wait_status("default")
        yield chat


def shoot(chat: Chat, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    chat.png(FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


def tell(chat: Chat, key: str = "enter") -> None:
    """The story, up to the croutons."""
    chat.say(MEAL)
    chat.wait_for("burger", timeout=20)
    chat.wait_for(lambda screen: any("execute_task" in line and "running" in line for line in screen), timeout=20)
    chat.say(CROUTONS, key)


def first_start(home: Path) -> None:
    with demo(home) as chat:
        chat.wait_for("Write while the agent works")
        shoot(chat, "first-start")


def waiting(mode: str) -> Callable[[Path], None]:
    """The croutons wait in the pending panel, then where they landed."""

    def picture(home: Path) -> None:
        with demo(home, "--mode", mode) as chat:
            tell(chat)
            chat.wait_for(lambda screen: bool(pending_rows(screen)))
            shoot(chat, mode)
            chat.wait_status("idle", timeout=90)
            shoot(chat, f"{mode}-landed")

    return picture


def interrupt(home: Path) -> None:
    with demo(home, "--mode", "interrupt") as chat:
        tell(chat)
        chat.wait_for("interrupted run 1", timeout=20)
        chat.wait_for(lambda screen: any("execute_task" in line and "running" in line for line in screen), timeout=20)
        chat.say("A lemonade, when all of that is ready", "tab")
        chat.wait_for("Esc: stop, hold the queue")
        chat.wait_for(lambda screen: any("execute_task" in line and "running" in line for line in screen))
        shoot(chat, "interrupt")
        chat.key("escape")
        chat.wait_status("held")
        chat.wait_for("Stopped")
        shoot(chat, "stopped")


def restart(home: Path) -> None:
    with demo(home, "--mode", "incorporate") as chat:
        tell(chat)
        chat.wait_for(lambda screen: bool(pending_rows(screen)))
        chat.say("A lemonade, when all of that is ready", "tab")
        chat.wait_for(lambda screen: len(pending_rows(screen)) == 2)
        chat.kill(signal.SIGKILL)
        chat.process.wait()
    with demo(home) as chat:
        chat.wait_status("held")
        chat.wait_for(lambda screen: len(pending_rows(screen)) == 2 and "Write to" in composer(screen))
        shoot(chat, "restart")


PICTURES: dict[str, Callable[[Path], None]] = {
    "first-start": first_start,
    "incorporate": waiting("incorporate"),
    "queue": waiting("queue"),
    "interrupt": interrupt,
    "restart": restart,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Screenshots for the README.")
    parser.add_argument("--only", choices=PICTURES)
    only = parser.parse_args().only
    for name, picture in PICTURES.items():
        if only in {None, name}:
            with tempfile.TemporaryDirectory() as home:
                picture(Path(home))


if __name__ == "__main__":
    main()
