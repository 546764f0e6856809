"""What comes from the keyboard's side: pastes are text however they arrive, and no byte ends the chat."""

from pathlib import Path

import pytest

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, is_pending, listing
from tests.server import Gate, Reply, Server, serving

BEGIN, END = "\x1b[200~", "\x1b[201~"
HOSTILE = (
    "a\x1b[31m\r\x1b]52;c;SEFDS0VE\x07b\r\nc\x1b\x1b[13u\x1b[27;5;13~\x03\x11\x1a\u009b31m\u202ed ü🍔"
    "\x1b[201\x1b[20\x1b[200\x1b[A\x1b[<0;1;1M end"
)
SENT = HOSTILE.replace("\r\n", "\n").replace("\r", "\n")
FORBIDDEN = [b"\x1b]52", "\u009b".encode(), "\u202e".encode(), b"SEFDS0VE\x07"]
PLACES = {
    "between begin and text": len(BEGIN.encode()),
    "in a colour": 9,
    "in an OSC": 18,
    "between CR and LF": (BEGIN + HOSTILE).encode().index(b"\r\n") + 1,
    "behind ESC": (BEGIN + HOSTILE).encode().index(b"\x1b\x1b") + 1,
    "in a key": (BEGIN + HOSTILE).encode().index(b"[27;5") + 3,
    "in a character": (BEGIN + HOSTILE).encode().index("🍔".encode()) + 2,
    "in what is like an end": (BEGIN + HOSTILE).encode().index(b"\x1b[201") + 3,
    **{f"{at} bytes into the begin": at for at in range(1, len(BEGIN))},
    **{f"{at} bytes into the end": len((BEGIN + HOSTILE).encode()) + at for at in range(len(END))},
}
"""Where a paste is cut in two, in bytes."""


def users_of(server: Server) -> list[str]:
    """The prompt that opened each request."""
    return [users(request.body)[-1] for request in server.requests]


def send_the_paste(chat: Chat, server: Server, number: int) -> None:
    """Send what is pasted and in the composer, as prompt `number`; nothing has been sent by the paste itself."""
    chat.wait_for(lambda screen: composer(screen).endswith(" end"))
    chat.wait_status("idle")
    assert len(server.requests) == number - 1
    chat.key("enter")
    chat.wait_for(f"Heard {number}.")
    chat.wait_empty()
    assert users_of(server) == [SENT] * number


PATIENT = {"INTERRUPTIBLE_CHAT_ESCAPE_DELAY": "3000"}
"""What is cut behind an ESC goes on in time, however busy the machine is."""


def test_a_hostile_paste_is_sent_exactly_by_enter_and_by_nothing_else_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = f"{BEGIN}{HOSTILE}{END}".encode()
    with (
        serving([Reply(f"Heard {number}.") for number in range(1, 100)]) as server,
        chatting(server, tmp_path, environment=PATIENT) as chat,
    ):
        for number, (place, cut) in enumerate(PLACES.items(), 1):
            print(place)
            chat.send(whole[:cut])
            chat.wait_taken()
            chat.send(whole[cut:])
            send_the_paste(chat, server, number)
        chat.quit()
        assert [sequence for sequence in FORBIDDEN if sequence in chat.raw] == []


def test_a_hostile_paste_that_comes_byte_by_byte_is_sent_exactly(tmp_path: Path) -> None:
    with serving([Reply("Heard 1.")]) as server, chatting(server, tmp_path, environment=PATIENT) as chat:
        for byte in f"{BEGIN}{HOSTILE}{END}".encode():
            chat.send(bytes([byte]))
            chat.wait_taken()
        send_the_paste(chat, server, 1)
        chat.quit()


LONG = {
    "many lines": "A line of a long story.\n" * 43_690,
    "one line": "x" * (1 << 20),
    "line ends, tabs and escapes": "a\r\n\tb\x1b[31m\x85\u2028\u202e ü🍔 \x1b]52;c;eA==\x07\r" * 2_000 + "\n",
}


def is_chip(screen: list[str]) -> bool:
    return composer(screen).startswith("[pasted ")


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_paste_is_a_chip_and_is_stored_and_sent_exactly(tmp_path: Path, text: str) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(f"{BEGIN}{text}{END}", timeout=30)
        chat.wait_for(is_chip)
        chat.key("enter")
        server.request_here(1, timeout=30)
        chat.wait_for("Heard.")
        chat.wait_for(" in all")
        assert users_of(server) == [text]
        assert listing(tmp_path, "history")[0]["text"] == text
        chat.wait_empty()
        chat.quit()
        assert [sequence for sequence in FORBIDDEN if sequence in chat.raw] == []


def test_chips_stand_beside_what_is_typed_and_each_can_be_taken_away_or_written_out(tmp_path: Path) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("Compare ")
        chat.paste("a\n" * 40)
        chat.send(" and ")
        chat.paste("b\n" * 50)
        chat.wait_for("Compare [pasted 40 lines, 80 bytes] and [pasted 50 lines, 100 bytes]")
        chat.wait_for("Ctrl+O: write out")
        chat.key("backspace")
        chat.wait_gone("50 lines")
        chat.send("this")
        chat.key("ctrl+o")
        chat.wait_gone("[pasted")
        chat.key("enter")
        chat.wait_for("Heard.")
        assert users_of(server) == ["Compare " + "a\n" * 40 + " and this"]
        chat.quit()


def test_a_command_sends_a_long_paste_exactly_too(tmp_path: Path) -> None:
    text = "  \n" + "a\n" * 40 + " \n"
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("/steer See ")
        chat.paste(text)
        chat.wait_for("/steer See [pasted 42 lines")
        chat.key("enter")
        chat.wait_for("Heard.")
        assert users_of(server) == [f"See {text}"]
        chat.quit()


def test_what_is_too_long_to_be_edited_is_not_written_out_and_that_is_said(tmp_path: Path) -> None:
    with serving([]) as server, chatting(server, tmp_path) as chat:
        chat.paste("x" * 100_000)
        chat.wait_for(is_chip)
        chat.key("ctrl+o")
        chat.wait_for("too long to be edited here")
        assert is_chip(chat.screen)
        chat.quit()


def test_a_pending_prompt_with_a_long_paste_is_one_row_and_is_edited_with_its_chip(tmp_path: Path) -> None:
    gate = Gate()
    text = "x" * 100_000 + "\r\nend\n"
    with serving([Reply("Heard.", gate=gate), Reply("Again.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        gate.reached.wait_here()
        chat.send("See ")
        chat.paste(text)
        chat.wait_for("See [pasted")
        chat.key("tab")
        chat.wait_for(is_pending("1 queue See xxx"))
        chat.key("up")
        chat.wait_for("editing #1")
        chat.wait_for("See [pasted 2 lines, 100 kB]")
        chat.send("!")
        chat.key("enter")
        chat.wait_empty()
        gate.open()
        chat.wait_for("Again.")
        assert users_of(server)[-1] == f"See {text}!"
        chat.quit()


def test_bytes_that_are_not_utf_8_do_not_end_the_chat_and_the_draft_stays(tmp_path: Path) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("draft ")
        chat.wait_for(lambda screen: composer(screen) == "draft")
        for found in (b"x \x9b y", "für élan".encode("latin-1"), b"\xff", b"\xc3(", b"\xed\xa0\x80"):
            chat.send(found)
            chat.wait_taken()
        chat.send(" more")
        chat.wait_for(lambda screen: composer(screen).startswith("draft ") and composer(screen).endswith(" more"))
        chat.key("enter")
        chat.wait_for("Heard.")
        assert users_of(server) == ["draft x � y" + "f�r �lan" + "�" + "�(" + "���" + " more"]
        chat.quit()


def test_bytes_that_are_not_utf_8_in_a_paste_leave_the_rest_of_it(tmp_path: Path) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(BEGIN.encode() + b"x \x9b y \xff\r" + "für élan".encode("latin-1") + END.encode())
        chat.wait_for(lambda screen: composer(screen).endswith("lan"))
        chat.key("enter")
        chat.wait_for("Heard.")
        assert users_of(server) == ["x � y �\nf�r �lan"]
        chat.quit()


def test_alt_s_is_a_key_however_fast_another_one_follows(tmp_path: Path) -> None:
    gate = Gate()
    with serving([Reply("Heard.", gate=gate), Reply("Both.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        gate.reached.wait_here()
        chat.send("One\x1bs\x1bs\x1b[200~Two\x1b[201~\x1bs\x1b[Z")
        chat.wait_for(is_pending("1 incorporate One", "2 incorporate Two"))
        chat.wait_status("QUEUE")
        chat.wait_empty()
        gate.open()
        chat.wait_for("Both.")
        chat.quit()


def test_tab_on_the_empty_line_sends_nothing_of_what_is_typed_after_it(tmp_path: Path) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("\t\txxxxx")
        chat.wait_for(lambda screen: composer(screen) == "xxxxx")
        chat.wait_status("idle")
        chat.key("enter")
        chat.wait_for("Heard.")
        assert users_of(server) == ["xxxxx"]
        chat.quit()
