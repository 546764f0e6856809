"""Names and errors on a real terminal: arguments, files, settings, reports of crashes; and all of it within tmux."""

import json
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from interruptible_tui.crash import summary, write_report
from tests.commands.program import model
from tests.e2e.terminal import Terminal
from tests.safety.grammar import foreign
from tests.safety.payloads import ALL, BATCHES, LITERAL, SAMPLE, lost, run_on, told
from tests.safety.tmux import within_tmux
from tests.server import Answer, Call, Reply, serving

Payloads = dict[str, str]
EVERY_BATCH = [pytest.param(SAMPLE, id="sample"), *(pytest.param(each, marks=pytest.mark.slow) for each in BATCHES)]
ROOM: dict[str, Any] = {"cols": 240, "rows": 60}


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_wrong_usage_names_what_is_wrong_literally(tmp_path: Path, payloads: Payloads) -> None:
    name = run_on(payloads)
    file = tmp_path / name[:80]
    file.write_text("this = is not [ TOML nor Python", encoding="utf-8")
    wrong: list[tuple[str, ...]] = [
        (name,),
        (f"--{name}",),
        ("--mode", name),
        ("--max-turns", name),
        ("--endpoint", name, "run", "x"),
        ("--base-url", name, "run", "x"),
        ("--tools", str(file), "run", "--demo", "x"),
        ("--tools", f"{file}.py", "run", "--demo", "x"),
        ("--config", str(file), "run", "--demo", "x"),
        ("--system", f"@{file}2", "run", "--demo", "x"),
        ("--data-dir", f"{file}/no", "run", "--demo", "x"),
        ("--session", name, "history"),
        ("send", "--session", name, "x", "--data-dir", str(file)),
    ]
    for arguments in wrong:
        with Terminal(*arguments, home=tmp_path, **ROOM) as terminal:
            assert terminal.wait_exit(30) in {2, 4}, arguments
            assert terminal.raw.count(b"\n") == 1, arguments
            assert foreign(terminal.raw) == []


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_what_of_the_config_file_is_not_heeded_is_told_literally(tmp_path: Path, payloads: Payloads) -> None:
    said = "".join(f"\\U{ord(letter):08X}" for letter in run_on(payloads) if not 0xD800 <= ord(letter) <= 0xDFFF)
    config = tmp_path / "config.toml"
    config.write_text(f'theme = "{said}"\n[keys]\n"{said}" = "{said}"\n"chat.stop" = "{said}"\n')
    with serving([]) as server:
        with Terminal(*model(server), "--config", str(config), home=tmp_path, **ROOM) as terminal:
            terminal.wait_for("there is no key")
            terminal.key("ctrl+q")
            assert terminal.wait_exit() == 0
        assert foreign(terminal.raw) == []


@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_run_prints_an_answer_and_its_progress_literally(tmp_path: Path, payloads: Payloads) -> None:
    text = "\n".join(told(payloads))
    calls = [Call(f"x{run_on(payloads)}", {text: text})]
    refused = Answer(json.dumps({"error": {"message": text}}), status=400, content_type="application/json")
    with serving([Reply(text, calls=calls, chunk=1), Reply(text, chunk=2), refused]) as server:
        for form in ("text", "json"):
            with Terminal(
                "run", *model(server), "--format", form, text.replace("\0", ""), home=tmp_path, **ROOM
            ) as terminal:
                assert terminal.wait_exit(30) == (0 if form == "text" else 1)
                assert foreign(terminal.raw) == []
                assert form == "json" or lost(payloads, terminal.screen) == []
    assert server.refusals == []


def test_the_report_of_a_crash_and_its_summary_are_harmless(tmp_path: Path) -> None:
    error = RuntimeError("\n".join(told(ALL)))
    error.add_note(run_on(ALL))
    report = write_report(error, tmp_path / run_on(SAMPLE)[:80], "interruptible-chat", [])
    assert foreign(report.read_bytes()) == foreign(summary(error, []).encode()) == []
    assert lost(LITERAL, [report.read_text()]) == []


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
@pytest.mark.parametrize("payloads", EVERY_BATCH)
def test_nothing_reaches_the_paste_buffer_or_the_title_of_tmux(tmp_path: Path, payloads: Payloads) -> None:
    text = "\n".join(told(payloads))
    answer = Reply(text, calls=[Call(f"x{run_on(payloads)}", {text: text})], chunk=1)
    with (
        serving([answer, Reply(text + "\n\nThe end.", chunk=3)]) as server,
        within_tmux(tmp_path, "--base-url", server.base_url, "--model", f"m{run_on(payloads)}", **ROOM) as (tmux, chat),
    ):
        title = tmux.ask("display", "-p", "#{pane_title}")
        chat.say("Say it.")
        chat.wait_for("The end.")
        chat.wait_status("idle")
        assert tmux.ask("show-buffer") == "no buffers"
        assert tmux.ask("display", "-p", "#{pane_title} #{window_name} #{alternate_on}") == f"{title} ours 1"
        shown = tmux.ask("capture-pane", "-p")
        last = dict(islice(reversed(payloads.items()), 3))
        assert {name for name in last if f"</{name}>" in shown} == set(last)
        chat.key("ctrl+q")
        assert chat.wait_exit() == 0
