"""What was stored, however bad it is, on every screen of the chat and in every listing, on a real terminal."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from tests.e2e.chat import Chat, composer, data_dir
from tests.e2e.terminal import PROGRAM, Terminal
from tests.safety.clicks import click
from tests.safety.grammar import foreign
from tests.safety.payloads import BATCHES, SAMPLE, lost
from tests.safety.stored import WAITING, fill

Payloads = dict[str, str]
EVERY_BATCH = [pytest.param(SAMPLE, id="sample"), *(pytest.param(each, marks=pytest.mark.slow) for each in BATCHES)]
LISTINGS = ("history", "history --format markdown", "runs", "pending", "sessions", "doctor")
FILES = ("export", "config", "paths")
SEARCHES = ("search asked", "search --format markdown asked", "search --format json asked")
EVERY = (*LISTINGS, *FILES, *SEARCHES)
DOCTOR_ASKS = b"\x1b[?u\x1b[c"


@contextmanager
def opened(home: Path) -> Iterator[Chat]:
    """The chat with the session that was stored; at the end all that it wrote is looked at."""
    with Chat("--demo", home=home, cols=150, rows=120) as chat:
        chat.wait_status("held")
        yield chat
        chat.key("ctrl+q")
        assert chat.wait_exit() == 0
        assert foreign(chat.raw) == []


def is_looked_for(name: str, screen: list[str]) -> bool:
    return f"<{name}>" in screen[1] and " message" in screen[0]


def nothing_lost(payloads: Payloads, screen: list[str]) -> bool:
    return lost(payloads, screen) == []


@pytest.mark.parametrize("payloads", EVERY_BATCH)
async def test_the_chat_shows_it_literally(tmp_path: Path, payloads: Payloads) -> None:
    await fill(data_dir(tmp_path), payloads)
    waiting = dict(islice(payloads.items(), WAITING))
    with opened(tmp_path) as chat:
        chat.wait_for(lambda screen: nothing_lost(waiting, screen[-20:]))
        whole = chat.wait_for(lambda screen: any(line.startswith(" · ") for line in screen))
        prompt, answer, note = parted(whole)
        assert (lost(payloads, prompt), lost(payloads, note)) == ([], [])
        assert lost({name: text for name, text in payloads.items() if "\r" not in text}, answer) == []
        chat.key("alt+up")
        chat.wait_for(lambda screen: nothing_lost(dict([list(waiting.items())[-1]]), [composer(screen)]))
        chat.key("escape")
        chat.wait_gone("editing")
        chat.key("alt+p")
        chat.wait_for("Del: withdraw")
        chat.key("escape")
        chat.wait_gone("Del: withdraw")
        chat.send("/rewind\r")
        chat.wait_for("rewind to")
        chat.send("\x1b")
        chat.wait_gone("rewind to")
        click(chat, " ✓ ")
        chat.wait_for(lambda screen: nothing_lost(payloads, [line for line in screen if line.startswith("   │")]))


@pytest.mark.parametrize("payloads", EVERY_BATCH)
async def test_the_runs_and_their_requests_show_it_literally(tmp_path: Path, payloads: Payloads) -> None:
    await fill(data_dir(tmp_path), payloads)
    with opened(tmp_path) as chat:
        chat.key("f2")
        chat.wait_for("Runs of")
        chat.wait_for("1 turn")
        chat.key("a")
        chat.wait_for("all sessions")
        chat.key("r")
        chat.wait_for("POST /chat/completions")
        chat.key("end")
        chat.wait_for(lambda screen: "  }" in screen)
        chat.key("escape")
        chat.wait_gone("POST")


@pytest.mark.parametrize("payloads", EVERY_BATCH)
async def test_what_is_searched_is_shown_literally(tmp_path: Path, payloads: Payloads) -> None:
    """Also what is looked for, which may be pasted."""
    await fill(data_dir(tmp_path), payloads)
    with opened(tmp_path) as chat:
        chat.send("\x1b[19~")
        for name in payloads:
            chat.send(f'"<{name}>')
            chat.wait_for(partial(is_looked_for, name))
            chat.send("\x15")
            chat.wait_for("search: ▏")
        chat.send("\x1b[200~\u202e\u009b31m\x1b[2J\x1b[201~")
        chat.wait_for("search: ��31m␛[2J▏")
        chat.key("escape")
        chat.wait_gone("search:")
        chat.send("/config\r/paths\r")
        chat.wait_for("users lock")


@pytest.mark.parametrize("payloads", EVERY_BATCH)
async def test_the_sessions_show_it_literally(tmp_path: Path, payloads: Payloads) -> None:
    """Name, title, last line; what is typed, a name that is changed, what is asked and what is said of it."""
    await fill(data_dir(tmp_path), payloads)
    with opened(tmp_path) as chat:
        chat.key("f3")
        chat.wait_for("❯ ●")
        chat.key("ctrl+r")
        chat.wait_for("new name of")
        chat.key("enter")
        chat.wait_for("It is called")
        chat.key("ctrl+k")
        chat.wait_for("This is a copy")
        chat.key("escape")
        chat.wait_gone("Sessions:")
        chat.send("/delete\r")
        chat.wait_for("delete the session?")
        chat.key("y")
        chat.wait_for(lambda screen: "is deleted:" in " ".join(" ".join(screen).split()))
        chat.send("/undelete\r")
        chat.wait_status("held")


@pytest.mark.parametrize("payloads", EVERY_BATCH)
async def test_the_listings_print_it_literally(tmp_path: Path, payloads: Payloads) -> None:
    await fill(data_dir(tmp_path), payloads)
    script = "; ".join(f"echo '@@ {words}'; {shlex.quote(str(PROGRAM))} {words}" for words in EVERY)
    with Terminal("-c", f"{script}; echo '@@ end'", home=tmp_path, cols=200, rows=600, program=["/bin/sh"]) as terminal:
        assert terminal.wait_exit(60) == 0
        sections = dict(section.split("\n", 1) for section in "\n".join(terminal.screen).split("@@ ")[1:])
        assert foreign(terminal.raw, DOCTOR_ASKS) == []
        whole = {
            name: lost(payloads, text.split("\n"))
            for name, text in sections.items()
            if name.startswith(("history", "export"))
        }
        assert whole == {"history": [], "history --format markdown": [], "export": []}
        waiting = dict(islice(payloads.items(), WAITING))
        assert lost(waiting, sections["pending"].split("\n")) == []


def parted(screen: list[str]) -> tuple[list[str], list[str], list[str]]:
    """What the user, the model and the program said; the call stands between the last two."""
    answer = next(row for row, line in enumerate(screen) if not line.strip() and row)
    call = next(row for row, line in enumerate(screen) if line.startswith(" ✓"))
    note = next(row for row, line in enumerate(screen) if line.startswith(" · "))
    return screen[:answer], screen[answer:call], screen[note:]
