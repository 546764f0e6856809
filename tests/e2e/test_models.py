"""Another model and another endpoint, chosen on a terminal, are there after a restart; each server gets its own key."""

import json
from pathlib import Path

from tests.commands.test_endpoints import KEYS, cloud, configure, local
from tests.e2e.chat import Chat, chatting
from tests.server import Answer, Reply, serving

LISTED = {"data": [{"id": "qwen3", "max_model_len": 32768}, {"id": "gemma", "max_model_len": 8192}]}


def test_a_picked_model_and_a_chosen_endpoint_are_there_after_a_restart(tmp_path: Path) -> None:
    with serving() as here, serving([Reply("From afar.", usage=(1000, 234))]) as there:
        here.models = Answer(json.dumps(LISTED), content_type="application/json")
        configure(tmp_path, local(here), cloud(there) + "\nmax_tokens = 100", endpoint="local")
        with Chat(home=tmp_path, environment=KEYS) as chat:
            chat.wait_status("default", "qwen3")
            chat.key("f5")
            chat.wait_for("gemma     8k tokens")
            chat.send("gem")
            chat.wait_for("filter: gem")
            chat.key("enter")
            chat.wait_for("the model is gemma.")
            chat.wait_status("gemma")
            chat.say("Hi")
            chat.wait_for("Done.")
            chat.wait_status("idle", "15/8k")
            chat.quit()
        with Chat(home=tmp_path, environment=KEYS) as chat:
            chat.wait_status("default", "gemma")
            chat.say("/endpoint cloud")
            chat.wait_for("the endpoint is cloud, the model big.")
            chat.say("And you?")
            chat.wait_for("From afar.")
            chat.quit()
        with Chat(home=tmp_path, environment=KEYS) as chat:
            chat.wait_status("default", "big")
            chat.quit()
        assert [(request.key, request.body["model"]) for request in here.requests] == [("", "gemma")]
        assert [(request.key, request.body["model"]) for request in there.requests] == [(KEYS["CLOUD_KEY"], "big")]
        assert there.requests[0].body["max_output_tokens"] == 100
        assert here.asked_for_models == 1 and there.asked_for_models == 0
        assert here.refusals == there.refusals == []
    assert not any(key.encode() in chat.raw for key in KEYS.values())
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(key.encode() in file.read_bytes() for file in files for key in KEYS.values())


def test_a_session_whose_endpoint_is_gone_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with serving() as here, serving() as there:
        configure(tmp_path, local(here), endpoint="local")
        with Chat(home=tmp_path) as chat:
            chat.wait_status("default", "qwen3")
            chat.say("Hi")
            chat.wait_for("Done.")
            chat.quit()
        configure(tmp_path, cloud(there), endpoint="cloud")
        with Chat(home=tmp_path, environment=KEYS) as chat:
            chat.wait_for("The endpoint local of this session is not in the config file any more")
            chat.wait_status("default", "big")
            chat.say("Still there?")
            there.request_here(1).answered.wait_here()
            chat.quit()
        assert len(there.requests[0].body["input"]) == 3
        with chatting(here, tmp_path, environment=KEYS) as chat:  # a flag beats the endpoint of the session
            chat.say("And here?")
            here.request_here(2).answered.wait_here()
            chat.quit()
        assert here.requests[1].key == KEYS["OPENAI_API_KEY"]
