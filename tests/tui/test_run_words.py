"""Runs in words: bars that tell when, rows that fit, and all that is known of one run, whatever its names are."""

import json

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from interruptible_tui.archive import ListedRun, RunDetails
from interruptible_tui.conversation import (
    CallStatus,
    Compensation,
    CompensationStatus,
    IncorporateAt,
    Message,
    Mode,
    OnInterrupt,
    Role,
    RunStatus,
    ToolCall,
    Trigger,
    Usage,
)
from interruptible_tui.retracing import Turn
from interruptible_tui.store import RunRecord, Session
from interruptible_tui.store.runs import CallRecord
from interruptible_tui.tui.request_text import pieces, pretty
from interruptible_tui.tui.run_rows import columns, heading, row
from interruptible_tui.tui.run_story import story
from interruptible_tui.tui.timeline import Span, bar
from tests.e2e.test_hostile_text import ALL

SESSION = Session(1, "default", Mode.INCORPORATE, "m", OnInterrupt.KEEP, IncorporateAt.BOUNDARY, 0.0)
RECORD = RunRecord(7, RunStatus.COMPLETED, Trigger.QUEUE, 2, "", Usage(1200, 34), 100.0, 110.0, ("p",))
LISTED = ListedRun(SESSION, RECORD, "Prepare a burger\nand a salad", owned=True)
WIDTHS = (1, 7, 20, 40, 76, 120, 300)


def details(listed: ListedRun = LISTED, name: str = "execute_task", said: str = "Here is my plan.") -> RunDetails:
    calls = (
        ToolCall("a", name, json.dumps({"description": said}), CallStatus.DONE),
        ToolCall("b", name, "{}", CallStatus.INTERRUPTED),
        ToolCall("c", name, "", CallStatus.NOT_STARTED),
    )
    reply = Message(role=Role.ASSISTANT, text=said, run=7, turn=1, tool_calls=calls)
    prompt = Message(role=Role.USER, text=said, run=7, turn=1, receipt=f"started run 7 {said}")
    times = ((100.0, 105.0), (105.0, 110.0), (None, None))
    records = [CallRecord(1, call, *time) for call, time in zip(calls, times, strict=True)]
    undone = Compensation(7, 1, calls[0], None, CompensationStatus.FAILED, said)
    return RunDetails(listed, (prompt,), (Turn(1, True, reply), Turn(2, True, None)), {1: records}, 3, (undone,))


def told(run: RunDetails, width: int = 76, now: float = 200.0) -> list[str]:
    return [line.text for line in story(run, width, now)]


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (Span(0, 10), "━━━━━━━━━━"),
        (Span(0, 5), "━━━━━·····"),
        (Span(5, 10), "·····━━━━━"),
        (Span(3.3, 3.31), "···━······"),
        (Span(10, 10), "·········━"),
        (Span(-9, 99), "━━━━━━━━━━"),
        (Span(7, 2), "·······━··"),
    ],
)
def test_a_bar_tells_when_something_happened_within_the_whole(part: Span, shown: str) -> None:
    assert bar(part, Span(0, 10), 10) == shown


def test_a_bar_of_what_goes_on_has_an_open_end() -> None:
    assert bar(Span(5, 8), Span(0, 10), 10, unfinished=True) == "·····━━╸··"


def test_a_bar_always_has_its_width_also_of_a_run_that_took_no_time() -> None:
    assert [len(bar(Span(0, 1), Span(4, 4), width)) for width in (0, 1, 9)] == [0, 1, 9]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("all_sessions", [True, False])
def test_a_row_has_no_more_cells_than_there_are_for_the_columns_that_stay(width: int, all_sessions: bool) -> None:
    shown = columns(width, all_sessions=all_sessions)
    line = "".join(piece.text for piece in row(LISTED, shown, width, 0.0))
    assert cell_len(line) <= max(width, sum(column.width + 2 for column in shown))
    assert cell_len(heading(shown, width)) <= max(width, 1)
    assert {column.name for column in shown} >= {"run", "state"}


def test_a_row_tells_number_state_trigger_turns_time_tokens_and_the_first_prompt() -> None:
    line = "".join(piece.text for piece in row(LISTED, columns(120, all_sessions=True), 120, 0.0))
    assert " ".join(line.split()) == "7 default completed queue 2 10 s 1.2k Prepare a burger and a salad"


def test_a_run_that_nobody_runs_has_crashed_and_does_not_go_on() -> None:
    orphaned = replace(LISTED, record=replace(RECORD, status=RunStatus.RUNNING, ended_at=None), owned=False)
    line = "".join(piece.text for piece in row(orphaned, columns(120, all_sessions=False), 120, 5_000.0))
    assert "crashed" in line and "?" in line
    assert any("Run 7 crashed" in said for said in told(details(orphaned)))


def test_a_story_tells_when_each_tool_worked_on_the_scale_of_the_run() -> None:
    lines = told(details())
    assert any("✓ execute_task     ━━━━━━━━━━━━━━━···············  5 s done" in line for line in lines)
    assert any("■ execute_task     ···············━━━━━━━━━━━━━━━  5 s interrupted" in line for line in lines)
    assert any("○ execute_task" in line and line.rstrip().endswith("not started") for line in lines)


def test_a_story_tells_of_a_rollback_and_of_what_could_not_be_undone() -> None:
    lines = told(details())
    assert "rolled back in part by rollback 3: the model does not see it" in lines
    assert any("✗ execute_task" in line and line.endswith("failed") for line in lines)


def test_the_turns_that_asked_the_model_can_be_chosen() -> None:
    assert [line.chosen_as for line in story(details(), 76, 0.0) if line.chosen_as is not None] == [1, 2]
    repeated = replace(details(), turns=(Turn(1, False, None), Turn(2, True, None)))
    assert [line.chosen_as for line in story(repeated, 76, 0.0) if line.chosen_as is not None] == [2]


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_is_harmless_on_one_line_and_of_the_width_that_there_is(width: int) -> None:
    reason = replace(RECORD, status=RunStatus.FAILED, reason=f"{ALL}\nand more")
    listed = ListedRun(replace(SESSION, name=ALL), reason, ALL, owned=True)
    lines = told(details(listed, ALL, f"{ALL}\n\t漢字"), width)
    lines.append("".join(piece.text for piece in row(listed, columns(width, all_sessions=True), width, 0.0)))
    assert not any(char < " " or char in "\x7f\x9b\x9d\u202e\u2066" for line in lines for char in line)
    if width >= 76:
        assert max(map(cell_len, lines)) <= width


# -- requests ---------------------------------------------------------------------------------------------------------


def test_a_request_is_shown_as_json_that_is_exact_and_harmless() -> None:
    body = {"model": "m", ALL: [ALL, "plain ü漢😀", "tag \U000e0041", {"deep": ["\ud800"]}]}
    text = pretty(body)
    assert json.loads(text) == body
    assert not any(char in text for char in "\x1b\x7f\x9b\x9d\u202e\u2066\U000e0041\ud800")
    assert "plain ü漢😀" in text


@pytest.mark.parametrize("text", ["", "a\n" * 5_000, "x" * 20_000, "\n\n\n", "short\n" + "y" * 9_000 + "\nend"])
def test_the_pieces_of_a_request_are_small_and_say_all_of_it(text: str) -> None:
    cut = list(pieces(text))
    assert all(len(piece) <= 4_096 for piece in cut)
    assert "".join(cut).replace("\n", "") == text.replace("\n", "")
