"""Text from outside is shown literally, wherever it comes from, and cannot act on the terminal."""

from pathlib import Path

import pytest

from tests.e2e.chat import Chat, chatting, listing, program
from tests.e2e.kitchen import Kitchen
from tests.server import Answer, Call, Reply, serving

PAYLOADS = {
    "clipboard": "\x1b]52;c;SEFDS0VE\x07",
    "title": "\x1b]0;HACKED\x1b\\",
    "link": "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "C1": "\u009d52;c;SEFDS0VE\u009c \u009b31mred",
    "bidi": "user\u202egpj.exe \u2066x",
    "clear": "\x1b[2J\x1b[H\x1bc",
    "markup": "[@click=app.quit]quit[/] [/ [/nothing] arr[i] [bold",
}
ALL = " ".join(PAYLOADS.values())
FORBIDDEN = [
    b"\x1b]52", b"\x1b]0;", b"\x1b]8;;http://evil", "\u009d".encode(), "\u009b".encode(), "\u202e".encode(),
    "\u2066".encode(), b"\x1b[2J\x1b[H\x1bc",
]  # fmt: skip


def check(chat: Chat) -> None:
    assert [sequence for sequence in FORBIDDEN if sequence in chat.raw] == []


def test_an_answer_is_shown_literally(tmp_path: Path) -> None:
    told = "".join(f"- {name}: {payload} after {name}.\n" for name, payload in PAYLOADS.items())
    with serving([Reply(told)]) as server, chatting(server, tmp_path, cols=120) as chat:
        chat.say("Say it.")
        for name in PAYLOADS:
            chat.wait_for(f"after {name}.")
        chat.wait_for("clipboard: ␛]52;c;SEFDS0VE␇ after")
        chat.wait_status("idle")
        chat.quit()
        check(chat)


def test_names_arguments_output_and_results_of_tools_are_shown_literally(tmp_path: Path) -> None:
    calls = [Call("execute_task", {"description": ALL}), Call(f"tool{PAYLOADS['clipboard']}", {ALL: ALL})]
    with Kitchen(tmp_path) as kitchen, serving([Reply(calls=calls), Reply("Heard.")]) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.say("Cook.")
            kitchen.order("HACKED").finish()
            chat.wait_for("Heard.")
            chat.wait_for("tool␛]52;c;SEFDS0VE␇")
            chat.quit()
            check(chat)
        assert server.refusals == []


def test_an_error_and_the_names_of_session_and_model_are_shown_literally(tmp_path: Path) -> None:
    session = f"s{PAYLOADS['clipboard']}{PAYLOADS['title']}"
    refused = Answer(
        '{"error": {"message": "no \\u001b]52;c;SEFDS0VE\\u0007 [/ [@click=app.quit]x[/]"}}',
        status=400,
        content_type="application/json",
    )
    with (
        serving([refused]) as server,
        chatting(server, tmp_path, "--session", session, "--model", f"m{ALL}", ready="s␛]52") as chat,
    ):
        chat.say("Work.")
        chat.wait_for("HTTP 400: no ␛]52;c;SEFDS0VE␇ [/ [@click=app.quit]x[/]")
        chat.quit()
        check(chat)
    assert listing(tmp_path, "sessions")[0]["name"] == session
    for command in ("history", "runs", "sessions"):
        printed = program(tmp_path, command)
        assert printed.returncode == 0
        assert not any(sequence in printed.stdout.encode() for sequence in FORBIDDEN)


@pytest.mark.parametrize("escape", ["", "\x1b]52;c;SEFDS0VE\x07 "], ids=["without ESC", "with ESC"])
def test_a_paste_is_shown_literally_and_runs_nothing(tmp_path: Path, escape: str) -> None:
    pasted = "\u202e\u009b31m [/ [@click=app.quit]x[/]"
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.send("typed ")
        chat.paste(escape + pasted)
        chat.wait_for("app.quit]x[/]")
        chat.key("enter")
        chat.wait_for("Heard.")
        chat.key("up")
        chat.wait_for("typed")
        chat.quit()
        check(chat)
    [text] = [entry["text"] for entry in listing(tmp_path, "history") if entry["role"] == "user"]
    assert escape or text == f"typed {pasted}"
