"""The panel of what waits, by key, mouse and slash command: each change is shown, durable, and can be taken back."""

import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asked import users
from tests.e2e.chat import MARK, Chat, chatting, composer, data_dir, is_pending, listing, pending_rows
from tests.engine.driver import write_lock
from tests.server import Gate, Reply, Server, serving


@contextmanager
def waiting(home: Path, *texts: str, cols: int = 100, rows: int = 24) -> Iterator[tuple[Chat, Server]]:
    """A run that does not end by itself, and these prompts in the queue."""
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server, chatting(server, home, cols=cols, rows=rows) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.send("".join(f"{text}\t" for text in texts))
        chat.wait_for(lambda screen: len(listing(home, "pending")) == len(texts))
        chat.wait_for(f"+{len(texts) - 6} more" if len(texts) > 7 else is_pending(*_queued(texts)))
        chat.wait_empty()
        yield chat, server
        chat.quit()
        assert server.refusals == []


def _queued(texts: Sequence[str]) -> list[str]:
    return [f"{number} queue {text}" for number, text in enumerate(texts, 1)]


def _words(screen: list[str]) -> list[str]:
    return [" ".join(row.split()) for row in pending_rows(screen)]


def selected(text: str) -> Callable[[list[str]], bool]:
    """Whether the row of `text`, and no other, is the selected one."""

    def holds(screen: list[str]) -> bool:
        marked = [row for row in pending_rows(screen) if row.startswith(MARK)]
        return len(marked) == 1 and text in marked[0]

    return holds


def order(home: Path) -> list[str]:
    return [f"{prompt['mode']} {prompt['text']}" for prompt in listing(home, "pending")]


def enter_panel(chat: Chat) -> None:
    chat.key("alt+p")
    chat.wait_for("Del: withdraw")


def test_a_selected_prompt_is_moved_given_another_mode_withdrawn_and_brought_back_by_key(tmp_path: Path) -> None:
    with waiting(tmp_path, "One", "Two", "Three") as (chat, _):
        enter_panel(chat)
        chat.wait_for(selected("Three"))
        chat.key("K")
        chat.wait_for(is_pending("1 queue One", f"{MARK}2 queue Three", "3 queue Two"))
        chat.key("alt+down")
        chat.wait_for(is_pending("1 queue One", "2 queue Two", f"{MARK}3 queue Three"))
        chat.key("m")
        chat.wait_for(is_pending(f"{MARK}1 incorporate Three", "2 queue One", "3 queue Two"))
        chat.key("u")
        chat.wait_for(is_pending("1 queue One", "2 queue Two", f"{MARK}3 queue Three"))
        chat.key("up", "delete")
        chat.wait_for(is_pending("1 queue One", f"{MARK}2 queue Three"))
        chat.wait_for("withdrawn")
        chat.key("u")
        chat.wait_for(is_pending("1 queue One", "2 queue Two", f"{MARK}3 queue Three"))
        chat.key("escape")
        chat.wait_gone("Del: withdraw")
        chat.send("typed")
        chat.wait_for(lambda screen: composer(screen) == "typed")
        assert order(tmp_path) == ["queue One", "queue Two", "queue Three"]
        chat.key("ctrl+c")


def test_send_now_stops_the_run_and_starts_anew_with_the_selected_prompt(tmp_path: Path) -> None:
    with waiting(tmp_path, "One", "Two") as (chat, server):
        enter_panel(chat)
        chat.key("s")
        server.request_here(1).closed.wait_here()
        assert users(server.request_here(2).body)[-1] == "Two"
        chat.wait_for("interrupted run 1 after")


def test_what_is_selected_stays_so_when_others_land_and_nothing_is_when_it_has_landed_itself(tmp_path: Path) -> None:
    first, second = Gate(), Gate()
    script = [
        Reply("Working on it, and done.", chunk=13, gate=first, gate_at=2),
        Reply("One.", head_gate=second),
        Reply("Two.", head_gate=Gate()),
    ]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.send("One\tTwo\tThree\t")
        chat.wait_for(is_pending("1 queue One", "2 queue Two", "3 queue Three"))
        enter_panel(chat)
        chat.key("up")
        chat.wait_for(selected("Two"))
        first.open()
        chat.wait_for(is_pending(f"{MARK}1 queue Two", "2 queue Three"))
        second.open()
        chat.wait_for(is_pending("1 queue Three"))
        chat.key("delete")
        chat.wait_for("no prompt is selected: Up and Down select one")
        chat.send("typed")
        chat.wait_for(lambda screen: composer(screen) == "typed")
        assert order(tmp_path) == ["queue Three"]


def test_a_key_that_repeats_withdraws_one_prompt_each_time(tmp_path: Path) -> None:
    texts = [f"Prompt-{number}" for number in range(1, 7)]
    with waiting(tmp_path, *texts) as (chat, _):
        enter_panel(chat)
        with write_lock(data_dir(tmp_path)):
            chat.send("dddd")
            chat.wait_for(selected("Prompt-2"))
        chat.wait_for(is_pending("1 queue Prompt-1", f"{MARK}2 queue Prompt-2"))
        assert "Nothing is changed" not in chat.text
        chat.send("du")
        chat.wait_for("It waits again: Prompt-2")
        chat.wait_for(is_pending(f"{MARK}1 queue Prompt-1", "2 queue Prompt-2"))
        chat.key("end")
        chat.wait_for(selected("Prompt-2"))
        chat.key("home")
        chat.wait_for(selected("Prompt-1"))
        chat.send("dd")
        chat.wait_for(lambda _: listing(tmp_path, "pending") == [])
        assert "Nothing is changed" not in chat.text


def test_a_withdrawal_that_the_disk_refuses_leaves_a_prompt_that_can_be_selected(tmp_path: Path) -> None:
    with waiting(tmp_path, "One", "Two") as (chat, _):
        enter_panel(chat)
        other = sqlite3.connect(data_dir(tmp_path) / "chat.db", isolation_level=None)
        other.executescript("CREATE TRIGGER full BEFORE DELETE ON prompts BEGIN SELECT raise(ABORT, 'disk full'); END")
        chat.key("delete")
        chat.wait_for("Nothing is changed")
        chat.wait_for(selected("One"))
        chat.key("end")
        chat.wait_for(selected("Two"))
        other.execute("DROP TRIGGER full")
        other.close()


def test_the_panel_scrolls_to_what_is_selected(tmp_path: Path) -> None:
    texts = [f"Prompt-{number}" for number in range(1, 10)]
    with waiting(tmp_path, *texts) as (chat, _):
        chat.wait_for("+3 more")
        enter_panel(chat)
        chat.wait_for(selected("Prompt-9"))
        chat.wait_for("+3 more (3 above)")
        chat.key(*["up"] * 8)
        chat.wait_for(selected("Prompt-1"))
        assert not any("Prompt-9" in row for row in pending_rows(chat.screen))


def test_a_click_selects_and_a_double_click_edits_and_the_hints_can_be_clicked(tmp_path: Path) -> None:
    with waiting(tmp_path, "One", "Two") as (chat, _):
        row = next(row for row, line in enumerate(chat.screen) if "1 queue" in " ".join(line.split()))
        click(chat, 10, row)
        chat.wait_for(selected("One"))
        chat.wait_for("Del: withdraw")
        hints = next(row for row, line in enumerate(chat.screen) if "Del: withdraw" in line)
        click(chat, chat.screen[hints].index("J: down"), hints)
        chat.wait_for(is_pending("1 queue Two", f"{MARK}2 queue One"))
        click(chat, 10, row)
        click(chat, 10, row)
        chat.wait_for("editing #1")
        chat.wait_for(lambda screen: composer(screen) == "Two")
        chat.key("escape")


def click(chat: Chat, column: int, row: int) -> None:
    """As xterm's SGR mouse mode sends it."""
    chat.send(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("/up", ["1 queue One", "2 queue Three", "3 queue Two"]),
        ("/up 2", ["1 queue Two", "2 queue One", "3 queue Three"]),
        ("/down 1", ["1 queue Two", "2 queue One", "3 queue Three"]),
        ("/set 2 incorporate", ["1 incorporate Two", "2 queue One", "3 queue Three"]),
        ("/withdraw 1", ["1 queue Two", "2 queue Three"]),
        ("/withdraw", ["1 queue One", "2 queue Two"]),
    ],
)
def test_each_change_has_a_command_and_undo_takes_it_back(tmp_path: Path, command: str, after: list[str]) -> None:
    with waiting(tmp_path, "One", "Two", "Three") as (chat, _):
        chat.say(command)
        chat.wait_for(is_pending(*after))
        chat.say("/undo")
        chat.wait_for(is_pending("1 queue One", "2 queue Two", "3 queue Three"))
        chat.wait_empty()


def test_a_prompt_is_sent_now_by_command_and_what_is_not_there_is_named(tmp_path: Path) -> None:
    with waiting(tmp_path, "One", "Two") as (chat, server):
        chat.say("/withdraw 7")
        chat.wait_for("there is no #7: 2 are pending")
        assert composer(chat.screen) == "/withdraw 7"
        chat.key("ctrl+c")
        chat.wait_empty()
        chat.say("/sendnow 1")
        assert users(server.request_here(2).body)[-1] == "One"
        assert users(server.request_here(3).body)[-1] == "Two"


def test_killed_after_changes_their_outcome_is_what_is_found(tmp_path: Path) -> None:
    script = [Reply("Working on it, and done.", chunk=13, gate=Gate(), gate_at=2)]
    with serving(script) as server:
        with chatting(server, tmp_path) as chat:
            chat.say("Work.")
            chat.wait_for("Working on it")
            chat.send("One\tTwo\tThree\tFour\t")
            chat.wait_for(is_pending("1 queue One", "2 queue Two", "3 queue Three", "4 queue Four"))
            for command, first in (("/up 2", "queue Two"), ("/set 4 incorporate", "incorporate Four")):
                chat.say(command)
                chat.wait_for(lambda screen, row=f"1 {first}": row in " ".join(_words(screen)[:1]))  # type: ignore[misc]
            chat.say("/withdraw")
            chat.wait_for(is_pending("1 incorporate Four", "2 queue Two", "3 queue One"))
            chat.kill(signal.SIGKILL)
            chat.process.wait()
        assert order(tmp_path) == ["incorporate Four", "queue Two", "queue One"]
        with chatting(server, tmp_path) as chat:
            chat.wait_for(is_pending("1 incorporate Four held: restart", "2 queue Two held", "3 queue One held"))
            chat.key("ctrl+u")  # a command of the last second may stand in the composer again
            chat.say("/undo")
            chat.wait_for(lambda screen: any("queue Three" in row for row in _words(screen)))
            chat.quit()
