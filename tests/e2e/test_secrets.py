"""The key appears in the Authorization header and nowhere else."""

from pathlib import Path

from tests.e2e.chat import chatting, program
from tests.e2e.kitchen import Kitchen
from tests.server import Answer, Call, Reply, serving
from tests.wire import Scripted

KEY = "sk-canary-4f9a1c7e2b8d"


def test_a_key_is_in_no_file_on_no_screen_in_no_argument_and_not_in_the_environment_of_tools(tmp_path: Path) -> None:
    environment = {"OPENAI_API_KEY": KEY}
    echo = Answer("wrong key: {key}", status=401, content_type="text/plain")
    script: list[Scripted] = [Reply(calls=[Call("environment")]), Reply("Heard."), echo]
    with Kitchen(tmp_path) as kitchen, serving(script) as server:
        options = ("--tools", kitchen.tools)
        with chatting(server, tmp_path, *options, environment=environment, rows=50) as chat:
            command_line = Path(f"/proc/{chat.process.pid}/cmdline").read_bytes()
            chat.say("What is in the environment?")
            chat.wait_for("Heard.")
            chat.say("Again.")
            chat.wait_for("HTTP 401")
            chat.quit()
        assert {request.key for request in server.requests} == {KEY}
        assert all(KEY not in str(request.body) for request in server.requests)
        assert "HOME=" in str(server.requests[1].body)
    assert KEY.encode() not in command_line
    assert KEY.encode() not in chat.raw
    assert not any(KEY.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    printed = program(tmp_path, "history", "--format", "json", environment=environment)
    assert KEY not in printed.stdout + printed.stderr
