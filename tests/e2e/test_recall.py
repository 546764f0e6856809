"""Up on the empty line and Alt+Up bring the last pending prompt back to the composer, and never overwrite a draft."""

from pathlib import Path

from tests.e2e.chat import chatting, composer, is_pending
from tests.e2e.test_editing import is_written, working
from tests.e2e.test_input import users_of
from tests.server import Gate, Reply, serving


def test_up_on_the_empty_line_edits_the_last_pending_prompt_and_once_more_the_one_before(tmp_path: Path) -> None:
    with working(tmp_path, Gate()) as (chat, _):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        chat.key("up")
        chat.wait_for("editing #2")
        is_written("Two", chat)
        chat.key("up")
        chat.wait_for("editing #1")
        chat.say(" anew")
        chat.wait_for(is_pending("1 queue One anew next run", "2 queue Two after #1"))
        chat.wait_empty()


def test_alt_up_stashes_the_draft_and_leaving_the_edit_brings_it_back(tmp_path: Path) -> None:
    with working(tmp_path, Gate()) as (chat, _):
        chat.wait_for(is_pending("1 queue One", "2 queue Two"))
        chat.send("half a thought")
        is_written("half a thought", chat)
        chat.key("up")
        is_written("Work.", chat)
        chat.key("down")
        is_written("half a thought", chat)
        chat.key("alt+up")
        chat.wait_for("editing #2")
        is_written("Two", chat)
        chat.key("escape")
        is_written("half a thought", chat)
        chat.wait_for(is_pending("1 queue One next run", "2 queue Two after #1"))
        chat.key("ctrl+c")


def test_with_nothing_pending_up_and_alt_up_go_back_through_earlier_prompts(tmp_path: Path) -> None:
    with serving([Reply("Heard one."), Reply("Heard two.")]) as server, chatting(server, tmp_path) as chat:
        for text in ("one", "two"):
            chat.say(f"Say {text}")
            chat.wait_for(f"Heard {text}.")
            chat.wait_status("idle")
        chat.key("alt+up")
        is_written("Say two", chat)
        chat.key("up")
        is_written("Say one", chat)
        assert "editing" not in chat.text
        assert composer(chat.screen) == "Say one"
        chat.key("ctrl+c")
        chat.quit()


def test_what_is_typed_in_one_go_with_a_search_in_earlier_prompts_is_sent_exactly(tmp_path: Path) -> None:
    with serving([Reply(f"Heard {number}.") for number in range(4)]) as server, chatting(server, tmp_path) as chat:
        for number, text in enumerate(("make soup", "make salad")):
            chat.say(text)
            chat.wait_for(f"Heard {number}.")
            chat.wait_status("idle")
        chat.send("draft\x12soup\r, please\r")
        chat.wait_for("Heard 2.")
        is_written("draft", chat)
        chat.wait_status("idle")
        chat.send("\x12soup\x03 sent\r")
        chat.wait_for("Heard 3.")
        assert users_of(server) == ["make soup", "make salad", "make soup, please", "draft sent"]
        chat.quit()
