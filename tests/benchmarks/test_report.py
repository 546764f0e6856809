"""What the README says of speed is what was measured; and how that is judged."""

import json

import pytest

from tests.benchmarks.answers import ANSWERS, TOKEN
from tests.benchmarks.figures import Samples, percentile
from tests.benchmarks.judging import judged
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.model import answer, closing, opening
from tests.benchmarks.plot import plot
from tests.benchmarks.report import PLOT, README, RESULTS, UNEXPLAINED, section
from tests.benchmarks.rows import ROWS


def test_the_readme_and_its_plot_show_the_result_that_is_kept() -> None:
    """Written anew by `python -m tests.benchmarks.report`."""
    result = json.loads(RESULTS.read_text())
    assert section(result) in README.read_text()
    assert plot(result) == PLOT.read_text()


def test_the_result_that_is_kept_has_every_row() -> None:
    result = json.loads(RESULTS.read_text())
    assert [row["name"] for row in result["rows"]] == [row.name for row in ROWS]


def test_a_goal_that_was_missed_since_is_not_kept_as_met() -> None:
    """The goals are data of today, the figures of the day they were measured."""
    result = json.loads(RESULTS.read_text())
    kept = [[(goal["of"], goal["limit"], goal["to"]) for goal in row["goals"]] for row in result["rows"]]
    assert kept == [[(goal.of, goal.limit, goal.to) for goal in row.goals] for row in ROWS]


def test_a_goal_that_is_missed_is_explained() -> None:
    """In `explanations.toml`, from a profile; for figures that mean something."""
    assert UNEXPLAINED not in section(json.loads(RESULTS.read_text()))


@pytest.mark.parametrize(("ours", "met"), [(1.1, True), (1.3, False)])
def test_a_goal_relative_to_the_floor_is_a_ratio_of_medians(ours: float, met: bool) -> None:
    samples = Samples()
    for floor in (90.0, 100.0, 300.0):
        samples.add("start-echo", "floor", floor)
        samples.add("start-echo", "ours", 100 * ours)
    (row,) = judged(samples)
    (goal,) = row["goals"]
    assert (goal["allowed"], goal["ratio"], goal["met"]) == (120.0, ours, met)


def test_growth_is_judged_by_the_largest_and_the_smallest() -> None:
    samples = Samples()
    for size, taken in (("10", 2.0), ("1000", 1.0), ("10000", 1.5)):
        samples.add("growth-typing", size, taken)
    (row,) = judged(samples)
    assert (row["goals"][0]["measured"], row["goals"][0]["met"]) == (2.0, False)


def test_a_goal_whose_reference_was_not_measured_is_left_out() -> None:
    samples = Samples()
    samples.add("start-echo", "ours", 1.0)
    assert judged(samples)[0]["goals"] == []


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (100, 100), (0, 1)])
def test_a_percentile_is_one_of_the_values(percent: float, value: int) -> None:
    assert percentile(range(1, 101), percent) == value


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("tokens_in_an_event", [1, 10])
def test_the_marks_of_an_answer_are_whole_in_its_first_and_last_event(kind: str, tokens_in_an_event: int) -> None:
    reply = answer(f"{kind} 500 0 {tokens_in_an_event} б", 40)
    events = [reply.text[at : at + reply.chunk] for at in range(0, len(reply.text), reply.chunk)]
    assert events[0].startswith(opening(40))
    assert events[-1] == closing(40)
    assert 500 * TOKEN <= len(reply.text) <= 500 * TOKEN + 200


def test_every_measure_has_a_name_of_its_own() -> None:
    assert len(set(MEASURES.values())) == len(MEASURES)
    assert len({row.name for row in ROWS}) == len(ROWS)
