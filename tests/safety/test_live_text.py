"""What a model, a server, tools and a clipboard say while the chat runs: shown literally, and nothing acts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chat import chatting, composer
from tests.safety.clicks import click
from tests.safety.grammar import foreign
from tests.safety.payloads import ALL, BATCHES, LITERAL, SAMPLE, WRITTEN, lost, run_on, told
from tests.server import Answer, Call, Reply, serving

Payloads = dict[str, str]
EVERY_BATCH = [pytest.param(SAMPLE, id="sample"), *(pytest.param(each, marks=pytest.mark.slow) for each in BATCHES)]
WIDE: dict[str, Any] = {"cols": 150, "rows": 100}
SAYS = """
SAID = {said!r}


def say(what: str) -> str:
    {doc!r}
    print(SAID)
    return SAID


def fail(what: str) -> str:
    raise ValueError(SAID)
"""


def as_markdown(payloads: Payloads) -> str:
    """In every kind of block and span that Markdown has."""
    lines = told(payloads)
    return "\n\n".join(
        [
            "~~~~\n" + "\n".join(line.replace("\r", "") for line in lines) + "\n~~~~",
            "\n".join(f"- {line}" for line in lines),
            "\n".join(f"> {line}" for line in lines),
            "| a | b |\n|---|---|\n" + "\n".join(f"| {line} | `{line}` |" for line in lines),
            "\n".join(f"[{line}](http://{line}) ![{line}]({line})" for line in lines),
            "\n".join(f"# {line}\n\n**{line}** *{line}* ~~{line}~~" for line in lines[:4]),
            "```" + lines[0].replace("`", "") + "\ncode\n```",
            *WRITTEN.values(),
            f'[evil]: http://{run_on(payloads).replace(" ", "")} "{run_on(payloads)}"',
        ]
    )


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_an_answer_that_is_split_everywhere_is_shown_literally(tmp_path: Path, payloads: Payloads) -> None:
    answers = [Reply(as_markdown(payloads), chunk=1), Reply("\n".join(told(payloads)), reasoning=run_on(payloads))]
    fenced = {name: text.replace("\r", "") for name, text in payloads.items()}
    code = Reply("~~~~\n" + "\n".join(told(fenced)) + "\n~~~~\n\nThe end.", chunk=1)
    with serving([*answers, code]) as server, chatting(server, tmp_path, **WIDE) as chat:
        for number in (1, 2, 3):
            chat.say(f"Say {number}.")
            server.request_here(number).answered.wait_here()
            chat.wait_status("idle")
        chat.wait_for("The end.")
        assert lost(fenced, chat.screen) == []
        chat.resize(20, 5)
        chat.resize(90, 40)
        chat.wait_for("The end.")
        chat.quit()
    assert foreign(chat.raw) == []


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_names_arguments_prints_and_results_of_tools_are_shown_literally(tmp_path: Path, payloads: Payloads) -> None:
    said = "\n".join(told(payloads)).replace("\r", "")
    tools = tmp_path / f"to|ols{run_on(SAMPLE)[:100]}.py"
    tools.write_text(SAYS.format(said=said, doc=said.replace("\\", "").replace("\0", "")), errors="surrogatepass")
    calls = [Call("say", {"what": said}), Call("fail", {"what": said}), Call(f"x{run_on(payloads)}", {said: said}),
             Call("say", run_on(payloads)), Call("say", {"what": "short"})]  # fmt: skip
    refused = Answer(json.dumps({"error": {"message": said}}), status=400, content_type="application/json")
    with serving([Reply(calls=calls, chunk=3), Reply("Heard."), refused]) as server:
        with chatting(server, tmp_path, "--tools", tools, **WIDE) as chat:
            chat.say("Say.")
            chat.wait_for("Heard.")
            chat.wait_status("idle")
            click(chat, "✓ say short")
            printed = {name: text.replace("\r", "") for name, text in payloads.items()}
            chat.wait_for(lambda screen: not lost(printed, [line for line in screen if line.startswith("   │")]))
            chat.say("Again.")
            chat.wait_for("HTTP 400")
            chat.quit()
        assert server.refusals == []
    assert foreign(chat.raw) == []


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_what_is_pasted_and_typed_is_shown_literally_and_runs_nothing(tmp_path: Path, payloads: Payloads) -> None:
    texts = {name: text.replace("\r", "") for name, text in payloads.items()}
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path, **WIDE) as chat:
        for name, text in texts.items():
            chat.paste(f"<{name}>{text}</{name}>")
            chat.wait_for(lambda screen, name=name, text=text: not lost({name: text}, [composer(screen)]))  # type: ignore[misc]
            chat.key("ctrl+c")
            chat.wait_empty()
        for command in ("/mode ", "/nothing", "/new "):
            chat.paste(command + run_on(texts))
            chat.key("enter")
            chat.wait_for(lambda screen: "default" not in screen[-1] or "is no" in screen[-2] or "no " in screen[-2])
            chat.key("ctrl+c")
        chat.key("ctrl+q")
        assert chat.wait_exit() == 0
        assert server.requests == []
    assert foreign(chat.raw) == []


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_models_that_a_server_lists_and_what_is_chosen_are_shown_literally(tmp_path: Path, payloads: Payloads) -> None:
    texts = {name: text.replace("\r", "").replace("\n", "") for name, text in payloads.items()}
    with serving([Reply("Heard.")]) as server, chatting(server, tmp_path, **WIDE) as chat:
        names = [f"<{name}>{text}</{name}>" for name, text in texts.items()]
        entries = [{"id": name, "max_model_len": 8192} for name in names]
        server.models = Answer(json.dumps({"data": entries}), content_type="application/json")
        chat.key("f5")
        chat.wait_for("8k tokens")
        for _ in names:
            chat.wait_taken()
            chat.key("down")
        chat.key("enter")
        chat.wait_for("the model is <")
        for command in ("/model ", "/system ", "/parameter user "):
            chat.paste(command + run_on(texts))
            chat.key("enter")
            chat.wait_empty()
        chat.say("/parameter")
        chat.wait_for("user is")
        chat.key("ctrl+c")
        chat.say("Hello")
        chat.wait_for("Heard.")
        chat.wait_status("idle")
        server.models = Answer(
            json.dumps({"error": {"message": run_on(payloads)}}), status=500, content_type="text/json"
        )
        chat.key("f5")
        chat.wait_for("HTTP 500")
        chat.key("escape", "ctrl+q")
        assert chat.wait_exit() == 0
    assert foreign(chat.raw) == []


def test_the_corpus_has_what_it_is_to_have() -> None:
    assert len(ALL) > 70
    assert {text for batch in BATCHES for text in batch.values()} == set(LITERAL.values())
