"""The screen of runs: what each has done, live; the requests it has sent; and what can be asked of it."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from tests.e2e.chat import Chat, chatting, composer, program
from tests.e2e.kitchen import Kitchen
from tests.e2e.test_hostile_text import ALL, PAYLOADS, check
from tests.server import Answer, Call, Gate, Reply, serving

TITLE = "Runs of default"


def cooks(*dishes: str, text: str = "") -> Reply:
    return Reply(text, calls=[Call("execute_task", {"description": dish}) for dish in dishes])


def open_runs(chat: Chat) -> None:
    chat.key("f2")
    chat.wait_for("uns of default")


def row(screen: list[str], number: int) -> str:
    """The row of a run in the list; empty if it is not there."""
    rows = (" ".join(line.strip("❯› ").split()) for line in screen[2:])
    return next((line for line in rows if re.match(rf"{number} [a-z]", line)), "")


def wait_row(chat: Chat, number: int, *words: str) -> None:
    chat.wait_for(lambda screen: all(word in row(screen, number) for word in words))


def hint(screen: list[str]) -> str:
    return screen[-1]


def wait_hint(chat: Chat, *words: str) -> None:
    chat.wait_for(lambda screen: all(word in hint(screen) for word in words))


def wait_request(chat: Chat, body: Any) -> None:
    """Until the screen shows `body`, in a terminal that is large enough for all of it."""
    chat.resize(1000, 120)
    chat.wait_for(lambda screen: _json(screen) == body)


def _json(screen: list[str]) -> Any:
    try:
        return json.loads("\n".join(screen[1:-1]))
    except ValueError:
        return None


def test_a_run_is_shown_while_it_works_and_the_chat_goes_on_meanwhile(tmp_path: Path) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("burger", "salad"), Reply("Enjoy it.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        open_runs(chat)
        chat.wait_for("There are no runs of default yet")
        chat.key("escape")
        chat.wait_gone("There are no runs of default yet")
        chat.wait_status("idle")
        chat.say("Burger and salad.")
        burger, salad = kitchen.order("burger"), kitchen.order("salad")
        open_runs(chat)
        wait_row(chat, 1, "running prompt 1")
        chat.wait_for(lambda screen: sum("● execute_task" in line and "running" in line for line in screen) == 2)
        chat.wait_for("❯ Burger and salad.  started run 1")
        salad.finish()
        chat.wait_for(lambda screen: any("✓ execute_task" in line and "done  salad" in line for line in screen))
        burger.finish()
        wait_row(chat, 1, "completed prompt 2")
        chat.wait_for("Enjoy it.")
        chat.key("q")
        chat.wait_for("Enjoy it.")
        chat.wait_status("idle")
        chat.quit()


def test_the_request_of_each_turn_is_shown_as_the_server_has_received_it(tmp_path: Path) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("soup", text="ü漢 \x9b31m"), Reply("Enjoy.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say('Soup, and "quotes".')
        kitchen.order("soup").finish()
        chat.wait_for("Enjoy.")
        chat.wait_status("idle")
        open_runs(chat)
        chat.wait_for("Enjoy.")
        chat.key("r")
        chat.wait_for("Request of run 1, turn 2 · POST /chat/completions")
        wait_request(chat, server.requests[1].body)
        chat.key("left")
        chat.wait_for("Request of run 1, turn 1")
        wait_request(chat, server.requests[0].body)
        check(chat)
        chat.key("y")
        chat.wait_for("characters copied")
        [copied] = re.findall(rb"\x1b\]52;c;([^\x07\x1b]+)", chat.raw)
        assert json.loads(base64.b64decode(copied)) == server.requests[0].body
        chat.key("escape")
        chat.wait_for(TITLE)


def test_a_turn_is_chosen_and_its_request_opened_with_enter(tmp_path: Path) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("soup"), Reply("Enjoy.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Soup.")
        kitchen.order("soup").finish()
        chat.wait_for("Enjoy.")
        chat.wait_status("idle")
        open_runs(chat)
        chat.wait_for("Enjoy.")
        chat.wait_for("›  2  Enjoy.")
        chat.key("enter")
        chat.wait_for("❯  2  Enjoy.")
        chat.key("up")
        chat.wait_for("❯  1  calls tools")
        chat.key("enter")
        chat.wait_for("Request of run 1, turn 1")
        chat.key("q")
        chat.wait_for(TITLE)
        chat.key("q")
        chat.wait_status("idle")


def test_a_long_request_is_scrolled(tmp_path: Path) -> None:
    told = "\n".join(f"line {number}" for number in range(30_000))
    with serving([Reply("Read."), Reply("Done.")]) as server, chatting(server, tmp_path) as chat:
        chat.paste(told)
        chat.key("enter")
        chat.wait_for("Read.", timeout=30)
        chat.wait_status("idle")
        open_runs(chat)
        chat.wait_for("Read.")
        chat.key("r")
        chat.wait_for('"model": "scripted"')
        chat.wait_for("line 40\\nline 41")
        chat.key("end")
        chat.wait_for("line 29999")
        chat.key("home")
        chat.wait_for('"model": "scripted"')


def test_the_active_run_is_cancelled_and_then_continued_and_the_last_answer_repeated(tmp_path: Path) -> None:
    script = [cooks("soup"), Reply("Went on."), Reply("Said again.")]
    with (
        Kitchen(tmp_path) as kitchen,
        serving(script) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Soup.")
        order = kitchen.order("soup")
        open_runs(chat)
        wait_hint(chat, "c: cancel", "b: roll back")
        assert "n: continue" not in hint(chat.screen)
        chat.key("n")
        wait_hint(chat, "continue: a run is active")
        chat.key("c")
        order.wait_gone()
        wait_row(chat, 1, "cancelled")
        chat.wait_for("cancelled: stopped")
        wait_hint(chat, "n: continue")
        chat.key("n")
        wait_row(chat, 2, "completed continue")
        chat.wait_for("Run 2 completed")
        chat.key("up")
        chat.wait_for("Run 1 cancelled")
        chat.key("t")
        wait_hint(chat, "retry: only the newest run can be gone on with")
        chat.key("down")
        wait_hint(chat, "t: retry")
        chat.key("t")
        wait_row(chat, 3, "completed continue")
        wait_row(chat, 2, "rolled back")
        chat.wait_for("Run 3 completed")
        chat.key("escape")
        chat.wait_for("Said again.")
        chat.quit()
    assert server.refusals == []


def test_a_run_is_rolled_back_undone_and_brought_back(tmp_path: Path) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("soup"), Reply("Enjoy."), Reply("Known.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Soup.")
        kitchen.order("soup").finish()
        chat.wait_for("Enjoy.")
        chat.wait_status("idle")
        open_runs(chat)
        wait_hint(chat, "b: roll back")
        chat.key("b")
        wait_row(chat, 1, "rolled back")
        chat.wait_for("Undoing, the newest call first")
        kitchen.order("soup").finish()
        chat.wait_for(lambda screen: any("✓ execute_task soup  done" in line for line in screen))
        wait_hint(chat, "u: bring back")
        assert "b: roll back" not in hint(chat.screen)
        chat.key("b")
        wait_hint(chat, "roll back: it is rolled back")
        chat.key("u")
        wait_row(chat, 1, "completed")
        wait_hint(chat, "b: roll back")
        chat.key("escape")
        chat.wait_status("idle")
        chat.say("And now?")
        chat.wait_for("Known.")
        assert "Enjoy." in json.dumps(server.requests[2].body)
        chat.quit()


_OVEN = '''
from pathlib import Path

from interruptible_tui import tool


def take_out(dish: str) -> str:
    if not Path("{gloves}").exists():
        raise OSError("it is too hot")
    return "taken out"


@tool(compensate=take_out)
def bake(dish: str) -> str:
    """Bake something."""
    return "baked"
'''


def test_what_could_not_be_undone_is_shown_and_undone_again_on_request(tmp_path: Path) -> None:
    gloves, tools = tmp_path / "gloves", tmp_path / "oven.py"
    tools.write_text(_OVEN.format(gloves=gloves))
    script = [Reply(calls=[Call("bake", {"dish": "pie"})]), Reply("Enjoy.")]
    with serving(script) as server, chatting(server, tmp_path, "--tools", tools) as chat:
        chat.say("Pie.")
        chat.wait_for("Enjoy.")
        chat.wait_status("idle")
        open_runs(chat)
        wait_hint(chat, "b: roll back")
        chat.key("b")
        chat.wait_for("✗ bake pie  failed")
        chat.wait_for("it is too hot")
        wait_hint(chat, "u: bring back", "k: undo again")
        chat.key("escape")
        chat.wait_for("/compensate tries again")
        chat.say("/compensate")
        chat.wait_for(lambda screen: "\n".join(screen).count("/compensate tries again") == 2)
        open_runs(chat)
        chat.wait_for("✗ bake pie  failed")
        gloves.touch()
        chat.key("k")
        chat.wait_for("✓ bake pie  done")
        chat.wait_for("taken out")
        chat.wait_for(lambda screen: "bring back" in hint(screen) and "undo again" not in hint(screen))


def test_what_is_asked_is_asked_of_the_run_that_is_chosen_when_the_key_is_pressed(tmp_path: Path) -> None:
    with serving([Reply("One."), Reply("Two.")]) as server, chatting(server, tmp_path) as chat:
        for prompt, answer in (("First.", "One."), ("Second.", "Two.")):
            chat.say(prompt)
            chat.wait_for(answer)
            chat.wait_status("idle")
        open_runs(chat)
        wait_hint(chat, "b: roll back")
        chat.send(b"\x1b[Ab")
        wait_row(chat, 1, "rolled back")
        assert "completed" in row(chat.screen, 2)


def test_keys_right_after_the_one_that_opens_the_runs_are_theirs(tmp_path: Path) -> None:
    with serving([Reply("One."), Reply("Two.")]) as server, chatting(server, tmp_path) as chat:
        chat.send(b"\x1bOQ")
        chat.wait_for("There are no runs of default yet")
        chat.key("b")
        wait_hint(chat, "there is no run yet")
        chat.key("q")
        chat.wait_status("idle")
        for prompt, answer in (("First.", "One."), ("Second.", "Two.")):
            chat.say(prompt)
            chat.wait_for(answer)
            chat.wait_status("idle")
        chat.send(b"draft\x1bOQ\x1b[Ab")
        wait_row(chat, 1, "rolled back")
        assert "completed" in row(chat.screen, 2)
        chat.key("escape")
        chat.wait_for(lambda screen: composer(screen) == "draft")
        chat.key("ctrl+c")
        chat.quit()


def test_runs_of_all_sessions_are_listed_and_those_of_others_can_only_be_looked_at(tmp_path: Path) -> None:
    gate = Gate()
    with (
        serving([Reply("One."), Reply("Two.", gate=gate), Reply("Three.")]) as server,
        chatting(server, tmp_path, "--session", "other", ready="other") as chat,
    ):
        chat.say("In the other one.")
        chat.wait_for("One.")
        chat.wait_status("idle")
        chat.quit()
        with (
            chatting(server, tmp_path, "--session", "default") as chat,
            chatting(server, tmp_path, "--session", "third", ready="third") as third,
        ):
            open_runs(chat)
            chat.wait_for("There are no runs")
            third.say("In a third one.")
            gate.reached.wait_here()
            chat.key("a")
            chat.wait_for("Runs of all sessions")
            chat.wait_for(lambda screen: "third running" in row(screen, 1) or "other completed" in row(screen, 1))
            chat.wait_for(lambda screen: any("third" in line and "running" in line for line in screen))
            chat.wait_for(lambda screen: any("other" in line and "completed" in line for line in screen))
            gate.open()
            chat.wait_for(lambda screen: any("third" in line and "completed" in line for line in screen))
            chat.key("b")
            wait_hint(chat, "it is of another session")
            chat.key("r")
            chat.wait_for("Request of run 1, turn 1")
            wait_request(chat, server.requests[1].body)
            chat.quit()
            third.wait_status("idle")


def test_what_begins_and_is_rolled_back_in_another_session_is_seen_while_all_are_shown(tmp_path: Path) -> None:
    with (
        serving([Reply("One."), Reply("Two.")]) as server,
        chatting(server, tmp_path) as chat,
        chatting(server, tmp_path, "--session", "third", ready="third") as third,
    ):
        chat.say("In this one.")
        chat.wait_for("One.")
        chat.wait_status("idle")
        open_runs(chat)
        chat.key("a")
        chat.wait_for("Runs of all sessions")
        third.say("In a third one.")
        third.wait_for("Two.")
        third.wait_status("idle")
        chat.wait_for(lambda screen: any("third" in line and "completed" in line for line in screen))
        third.say("/rollback")
        third.wait_for("rolled back")
        chat.wait_for(lambda screen: any("third" in line and "rolled back" in line for line in screen))


def test_a_session_that_another_process_runs_is_looked_at_and_nothing_is_asked_of_it(tmp_path: Path) -> None:
    with Kitchen(tmp_path) as kitchen, serving([cooks("soup"), Reply("Enjoy.")]) as server:
        options = ("--session", "default", "--tools", kitchen.tools)
        with chatting(server, tmp_path, *options) as chat, chatting(server, tmp_path, *options) as second:
            second.wait_for("read-only")
            chat.say("Soup.")
            order = kitchen.order("soup")
            open_runs(second)
            wait_row(second, 1, "running")
            assert "cancel" not in hint(second.screen)
            second.key("c")
            wait_hint(second, "read-only")
            order.finish()
            wait_row(second, 1, "completed prompt 2")


def test_the_screen_of_runs_is_usable_in_a_narrow_terminal_and_without_colours(tmp_path: Path) -> None:
    with Kitchen(tmp_path) as kitchen, serving([cooks("soup"), Reply("Enjoy.")]) as server:
        options = {"cols": 40, "rows": 14, "environment": {"NO_COLOR": "1"}}
        with chatting(server, tmp_path, "--tools", kitchen.tools, ready="idle", **options) as chat:
            chat.say("Soup.")
            kitchen.order("soup").finish()
            chat.wait_for("Enjoy.")
            chat.wait_status("idle")
            open_runs(chat)
            wait_row(chat, 1, "completed", "Soup.")
            chat.wait_for("Run 1 completed")
            wait_hint(chat, "t: retry")
            for size in ((10, 5), (1, 1), (80, 24)):
                chat.resize(*size)
            wait_row(chat, 1, "completed prompt 2", "Soup.")
            chat.key("escape")
            chat.wait_status("idle")
            chat.quit()


def test_the_screen_of_runs_is_opened_by_command_too(tmp_path: Path) -> None:
    with serving([Reply("Hello.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("/runs")
        chat.wait_for("There are no runs of default yet")
        chat.key("f2")
        chat.wait_status("idle")


def test_hostile_text_in_the_screen_of_runs_is_shown_literally(tmp_path: Path) -> None:
    failed = Answer(json.dumps({"error": {"message": f"no {ALL}"}}), status=400, content_type="application/json")
    called = Reply(ALL, calls=[Call(f"tool{ALL}", {ALL: ALL})])
    session = f"s{ALL}"
    with (
        serving([called, failed]) as server,
        chatting(server, tmp_path, "--session", session, "--model", f"m{ALL}", ready="s␛]52", cols=200) as chat,
    ):
        chat.say(f"Work [/ {PAYLOADS['markup']}")
        chat.wait_for("HTTP 400")
        chat.key("f2")
        chat.wait_for("Runs of s␛]52")
        chat.wait_for("failed: HTTP 400")
        chat.wait_for("tool␛]52")
        chat.key("a")
        chat.wait_for("Runs of all sessions")
        chat.key("r")
        chat.wait_for("Request of run 1")
        wait_request(chat, server.requests[1].body)
        chat.key("escape", "escape")
        chat.quit()
        check(chat)
    assert program(tmp_path, "runs").returncode == 0
