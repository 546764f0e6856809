"""Pictures of the real program for the README: it is started on a terminal, told the story, and what it shows is drawn.

    python -m tests.screenshots [--only NAME]

Writes `screenshots/*.png`. Needs rsvg-convert (Debian: librsvg2-bin) and the font DejaVu Sans Mono.
"""

import argparse
import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.chat import MARK, Chat, composer, pending_rows
from tests.server import Answer, Reply, serving

FOLDER = Path(__file__).parents[1] / "screenshots"
MEAL = "Prepare a burger and a caesar salad."
CROUTONS = "Oh, and please add some croutons to the salad!"


@contextmanager
def demo(home: Path, *options: str, ready: str = "default", **named: Any) -> Iterator[Chat]:
    size = {"cols": 100, "rows": 30}
    with Chat("--demo", *options, home=home, **size | named) as chat:
        chat.wait_status(ready)
        yield chat


def shoot(chat: Chat, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    chat.watch(0.2)  # the rest of the frame
    chat.png(FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


def tell(chat: Chat, key: str = "enter") -> None:
    """The story, up to the croutons."""
    chat.say(MEAL)
    chat.wait_for("burger", timeout=20)
    chat.wait_for(is_working, timeout=20)
    chat.say(CROUTONS, key)


def is_working(screen: list[str]) -> bool:
    """Whether a tool runs."""
    return any("execute_task" in line and "running" in line for line in screen)


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


def panel(home: Path) -> None:
    """A selected prompt among others, one of which is being edited."""
    with demo(home) as chat:
        tell(chat)
        for text in ("A lemonade, when all of that is ready", "And then the bill, please"):
            chat.say(text, "tab")
            chat.wait_for(lambda screen, last=text: any(last in row for row in pending_rows(screen)))  # type: ignore[misc]
        chat.key("alt+p", "up")
        chat.wait_for(lambda screen: any(row.startswith(f"{MARK}2") for row in pending_rows(screen)))
        chat.wait_for("Del: withdraw")
        shoot(chat, "panel")
        chat.key("enter")
        chat.wait_for("editing #2")
        chat.wait_for("held: editing")
        shoot(chat, "editing")


def rolled_back(home: Path) -> None:
    """An interrupting prompt has rolled the run back, and its own run works."""
    with demo(home) as chat:
        tell(chat, "tab")
        chat.say("/now rollback Prepare a lemonade. Nothing else.")
        chat.wait_for("interrupted run 1", timeout=20)
        chat.wait_for(is_working, timeout=20)
        shoot(chat, "rolled-back")


def rewind(home: Path) -> None:
    with demo(home, "--demo-speed", "4") as chat:
        for text in (MEAL, "Prepare a lemonade.", "Prepare the bill."):
            chat.say(text)
            chat.wait_status("running")
            chat.wait_status("idle", timeout=90)
        chat.say("/rewind")
        chat.wait_for("rewind to")
        chat.wait_for("the bill")
        shoot(chat, "rewind")


def completing(home: Path) -> None:
    """A file is attached, another one is being chosen."""
    (home / "kitchen").mkdir()
    for name, text in {
        "menu.md": "# Menu\n\n- soup\n",
        "orders.csv": "table,dish\n",
        "opening-hours.txt": "9-17\n",
    }.items():
        (home / "kitchen" / name).write_text(text)
    with demo(home) as chat:
        chat.send("What of @kitchen/me\t can we cook for @kitchen/o")
        chat.wait_for("opening-hours.txt")
        chat.key("down", "down")
        chat.wait_for("Enter, Tab: attach orders.csv")
        shoot(chat, "completing")


def runs(home: Path) -> None:
    """One run was rolled back, one is at its work; then the request of its turn."""
    with demo(home, "--mode", "interrupt") as chat:
        tell(chat)
        chat.wait_for("interrupted run 1", timeout=20)
        chat.wait_status("idle", timeout=90)
        chat.say("Prepare a lemonade.")
        chat.wait_for(lambda screen: any("lemonade" in line and "done" in line for line in screen), timeout=30)
        chat.wait_status("idle", timeout=30)
        chat.key("f2")
        chat.wait_for("Runs of default")
        chat.key("b")
        chat.wait_for("Undoing")
        chat.wait_for(lambda screen: any("lemonade  done" in line for line in screen), timeout=30)
        chat.key("escape")
        chat.wait_status("idle")
        chat.say("Prepare a tomato soup and a pizza.")
        chat.wait_for(lambda screen: any("pizza" in line and "running" in line for line in screen), timeout=30)
        chat.key("f2")
        chat.wait_for("Runs of default")
        chat.key("end")
        chat.wait_for("Run 4 running")
        chat.wait_for(lambda screen: any("  2." in line and "s running" in line for line in screen))
        shoot(chat, "runs")
        chat.key("up")
        chat.wait_for("✓ execute_task Prepare a lemonade")
        chat.wait_for(lambda screen: screen[-1].startswith("  r: request"))
        shoot(chat, "runs-rolled-back")
        chat.key("down")
        chat.wait_for("Run 4 running")
        chat.key("r")
        chat.wait_for("Request of run 4")
        chat.wait_for("POST")
        chat.key("end")
        chat.wait_for(lambda screen: screen[-2] == "  }")
        shoot(chat, "request")


def search(home: Path) -> None:
    """Words that were said in two sessions."""
    with demo(home, "--demo-speed", "20", "-s", "lunch", ready="lunch") as chat:
        chat.say(MEAL)
        chat.wait_for("Enjoy! What else?", timeout=20)
        chat.send("/new dinner\r")
        chat.wait_status("dinner")
        chat.say("Prepare a tomato soup and a green salad.")
        chat.wait_for("Enjoy! What else?", timeout=20)
        chat.wait_status("idle")
        chat.send("\x1b[19~prepare salad")
        chat.wait_for("messages")
        chat.key("down", "down")
        chat.wait_for(lambda screen: screen[6].startswith(" ❯"))
        shoot(chat, "search")


def models(home: Path) -> None:
    """The models that a server lists, how much they take in, and the one in use."""
    listed = [("deepseek-r1:14b", 131072), ("gemma3:12b", 131072), ("gpt-oss:20b", 131072), ("qwen3", 40960)]
    config = home / ".config/interruptible-chat/config.toml"
    config.parent.mkdir(parents=True)
    with serving([Reply("Four. Ask me something harder!", usage=(3120, 9))]) as server:
        entries = [{"id": name, "context_length": window} for name, window in listed]
        server.models = Answer(json.dumps({"data": entries}), content_type="application/json")
        config.write_text(f'endpoint = "ollama"\n[endpoints.ollama]\nbase_url = "{server.base_url}"\nmodel = "qwen3"\n')
        with Chat(home=home, cols=100, rows=30) as chat:
            chat.wait_status("default", "qwen3")
            chat.say("What is two and two?")
            chat.wait_for("something harder")
            chat.wait_status("idle")
            chat.key("f5")
            chat.wait_for("in use")
            shoot(chat, "models")


def help_screen(home: Path) -> None:
    config = home / ".config/interruptible-chat"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[keys]\n"chat.stop" = "escape,ctrl+t"\n"composer.queue" = "f7"\n')
    with demo(home, cols=120, rows=40) as chat:
        chat.key("f1")
        chat.wait_for(lambda screen: "Esc: back" in screen[-1] and bool(screen[-3]))
        shoot(chat, "help")


def light(home: Path) -> None:
    """A run at its work and a prompt that waits, in the light theme."""
    with demo(home) as chat:
        chat.say("/theme light")
        chat.wait_empty()
        tell(chat)
        chat.wait_for(lambda screen: bool(pending_rows(screen)))
        chat.wait_empty()
        shoot(chat, "light")


def sessions(home: Path) -> None:
    """One is at its work, one waits, one is on the screen."""
    with demo(home, "--session", "dinner", ready="dinner") as chat:
        chat.say("Prepare a tomato soup and a pizza.")
        chat.wait_for(is_working, timeout=20)
        chat.key("escape")
        chat.wait_status("idle")
        chat.say("/new drinks")
        chat.wait_status("drinks", "idle")
        chat.say("Prepare a lemonade.")
        chat.wait_status("running")
        chat.wait_status("idle", timeout=30)
        chat.say("/switch dinner")
        chat.wait_status("dinner", "idle")
        chat.say(MEAL)
        chat.wait_for(is_working, timeout=20)
        chat.say("The bill, please", "tab")
        chat.wait_for(lambda screen: bool(pending_rows(screen)))
        chat.say("/new ideas")
        chat.wait_status("ideas", "idle", "dinner at work")
        chat.say("Prepare a plan for a week of dinners.")
        chat.wait_for(is_working, timeout=20)
        chat.key("f3")
        chat.wait_for(lambda screen: screen[-1].startswith("  Enter: open"))
        shoot(chat, "sessions")


def odd(name: str, **named: Any) -> Callable[[Path], None]:
    """A run at its work and a prompt that waits, on a terminal that is not like others."""

    def picture(home: Path) -> None:
        with demo(home, ready="INCORPORATE", **named) as chat:
            chat.send(MEAL)
            chat.wait_for("salad.")
            chat.key("enter")
            chat.wait_for(is_working if named.get("cols") is None else "running", timeout=20)
            chat.send("The bill, please")
            chat.wait_for("please")
            chat.key("tab")
            chat.wait_for(lambda screen: any("1 queue" in line for line in screen) and "please" not in composer(screen))
            shoot(chat, name)

    return picture


PICTURES: dict[str, Callable[[Path], None]] = {
    "first-start": first_start,
    "incorporate": waiting("incorporate"),
    "queue": waiting("queue"),
    "interrupt": interrupt,
    "restart": restart,
    "panel": panel,
    "rolled-back": rolled_back,
    "rewind": rewind,
    "completing": completing,
    "runs": runs,
    "search": search,
    "models": models,
    "help": help_screen,
    "light": light,
    "sessions": sessions,
    "no-colour": odd("no-colour", environment={"NO_COLOR": "1"}),
    "sixteen-colours": odd("sixteen-colours", environment={"TERM": "xterm", "COLORTERM": ""}),
    "tiny": odd("tiny", cols=20, rows=5),
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
