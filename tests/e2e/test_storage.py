"""A disk that refuses: the text stays in the composer, the error is shown, and nothing is corrupted."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.asked import users
from tests.e2e.chat import Chat, chatting, composer, data_dir, is_pending, listing
from tests.e2e.terminal import PROGRAM
from tests.engine.driver import failing
from tests.server import Gate, Reply, serving


def test_a_prompt_that_cannot_be_stored_stays_in_the_composer_with_the_error_and_can_be_sent_later(
    tmp_path: Path,
) -> None:
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        with failing(data_dir(tmp_path), "prompts"):
            chat.say("Do not lose me")
            chat.wait_for("disk on fire")
            chat.wait_for(lambda screen: composer(screen) == "Do not lose me")
            chat.wait_status("idle")
            assert server.requests == []
        chat.key("enter")
        chat.wait_for("Heard.")
        assert users(server.requests[0].body) == ["Do not lose me"]
        chat.quit()
    assert [entry["text"] for entry in listing(tmp_path, "history")] == ["Do not lose me", "Heard."]


def test_a_prompt_that_cannot_be_stored_while_a_run_is_active_leaves_the_run_and_what_is_pending_alone(
    tmp_path: Path,
) -> None:
    gate = Gate()
    script = [Reply("Working on it, and done.", chunk=13, gate=gate, gate_at=2), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path, "--mode", "queue") as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.say("Queued")
        chat.wait_for(is_pending("1 queue Queued"))
        with failing(data_dir(tmp_path), "prompts"):
            chat.say("Do not lose me")
            chat.wait_for("disk on fire")
            chat.wait_for(lambda screen: composer(screen) == "Do not lose me")
            chat.wait_for(is_pending("1 queue Queued"))
        gate.open()
        chat.wait_for("Heard.")
        chat.wait_for(lambda screen: composer(screen) == "Do not lose me")
        chat.quit()


def test_when_a_step_of_a_run_cannot_be_stored_the_run_is_stopped_and_everything_held(tmp_path: Path) -> None:
    gate = Gate()
    script = [Reply("Working on it, and done.", chunk=13, gate=gate), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Work.")
        chat.wait_for("Working on it")
        chat.say("Steered")
        chat.wait_for(is_pending("1 incorporate Steered"))
        with failing(data_dir(tmp_path), "messages"):
            gate.open()
            chat.wait_for("disk on fire")
            chat.wait_status("held", "storage")
            chat.wait_for(is_pending("1 incorporate Steered held: storage"))
        chat.key("enter")
        chat.wait_for("Heard.")
        assert server.refusals == []
        chat.quit()


def test_a_prompt_too_large_for_a_full_disk_stays_in_the_composer_and_the_database_is_sound(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: writes beyond it fail with EFBIG."""
    limited = ["/bin/sh", "-c", f'ulimit -f 800; exec {PROGRAM} "$@"', "chat"]
    with (
        serving([Reply("Heard.")]) as server,
        Chat("--base-url", server.base_url, home=tmp_path, program=limited) as chat,
    ):
        chat.wait_status("default")
        chat.paste("A line of a long story.\n" * 30_000)
        chat.wait_for("[pasted 30,000 lines")
        chat.key("enter")
        chat.wait_for("Not sent")
        chat.wait_for(lambda screen: "[pasted 30,000 lines" in composer(screen))
        assert server.requests == []
        chat.key("ctrl+c")
        chat.wait_gone("[pasted 30,000 lines")
        chat.say("Short")
        chat.wait_for("Heard.")
        chat.quit()
    with closing(sqlite3.connect(data_dir(tmp_path) / "chat.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
