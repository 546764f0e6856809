"""The benchmarks measure: not how long, which is theirs alone to say, but that they do."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.benchmarks import interrupting, processes, streaming
from tests.benchmarks.bench import Bench, Measure
from tests.benchmarks.figures import Samples
from tests.benchmarks.machine import Spent, busy, taken_by_others
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.model import modelling
from tests.benchmarks.rows import ROWS


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with modelling() as model:
        yield Bench(model, tmp_path_factory.mktemp("bench"), runs=1, quick=True)


@pytest.mark.parametrize(
    ("measure", "rows"),
    [(streaming.at_full_speed, {"stream-full-lag", "stream-full-cpu"}), (interrupting.prompts, {"prompt"})],
)
def test_ours_and_the_floor_are_measured_equally_often(bench: Bench, measure: Measure, rows: set[str]) -> None:
    bench.samples = Samples()
    measure(bench)
    assert set(bench.samples.by_row) == rows
    for programs in bench.samples.by_row.values():
        assert len(programs["ours"]) == len(programs["floor"]) > 0
        assert min(*programs["ours"], *programs["floor"]) > 0


@pytest.mark.slow
def test_every_row_is_measured(bench: Bench) -> None:
    bench.samples = Samples()
    for measure in MEASURES.values():
        measure(bench)
    assert set(bench.samples.by_row) == {row.name for row in ROWS}


def test_the_cpu_time_of_a_process_is_what_it_says_itself() -> None:
    before = time.process_time()
    assert before <= processes.cpu(os.getpid()) <= time.process_time()


def test_memory_is_that_of_the_descendants_too() -> None:
    alone = processes.pss(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input(len(b'x' * 50_000_000))"], stdin=-1, stdout=-1) as child:
        assert child.stdin
        assert child.stdout
        child.stdout.read(1)
        assert child.pid in processes.tree(os.getpid())
        assert processes.pss(os.getpid()) > alone + 2
        child.stdin.close()


def test_what_children_do_is_not_taken_by_others() -> None:
    first = Spent(at=0.0, worked=100.0, ours=10.0)
    cores = os.cpu_count() or 1
    assert taken_by_others(first, Spent(at=10.0, worked=105.0, ours=15.0)) == 0
    share = taken_by_others(first, Spent(at=10.0, worked=100.0 + 5.0 * cores, ours=10.0))
    assert share == pytest.approx(0.5)
    assert busy(share)
