"""The command line of the benchmarks: see the head of the package."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import machine
from tests.benchmarks.bench import Bench
from tests.benchmarks.judging import judged, printed
from tests.benchmarks.measures import MEASURES
from tests.benchmarks.model import modelling
from tests.benchmarks.programs import oterm


def main() -> int:
    arguments = _arguments()
    before = _load()
    if machine.busy(before["others_before"]) and not arguments.even_if_busy:
        print(f"Others work on this machine: {before}. --even-if-busy measures all the same.", file=sys.stderr)
        return 1
    began = machine.Spent.now()
    rows = measured(arguments)
    ended = machine.Spent.now()
    result = {
        "command": " ".join(["python -m tests.benchmarks", *sys.argv[1:]]),
        "machine": machine.described(),
        "load": before | {"others_meanwhile": round(machine.taken_by_others(began, ended), 3)},
        "seconds": round(ended.at - began.at),
        "quick": arguments.quick,
        "terminal": "PTY 120x40",
        "server": "loopback, in a process of its own",
        "oterm": _oterm(rows),
        "rows": rows,
    }
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return 0


def _oterm(rows: list[dict[str, Any]]) -> str:
    if any("oterm" in row["programs"] for row in rows):
        return "measured"
    return "installed, but shows nothing that is typed" if oterm() else "not installed"


def _load() -> dict[str, float]:
    """How busy the machine is with other things: a look at it for two seconds, and the load average of a minute."""
    first = machine.Spent.now()
    time.sleep(2)
    share = machine.taken_by_others(first, machine.Spent.now())
    return {"others_before": round(share, 3), "average_before": round(os.getloadavg()[0], 2)}


def measured(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows as they are in the JSON, printed as they come."""
    with modelling() as model, tempfile.TemporaryDirectory(prefix="benchmarks-") as directory:
        bench = Bench(model, Path(directory), arguments.runs, arguments.quick)
        for name in arguments.only or MEASURES:
            began, known, bench.measure = time.monotonic(), set(bench.samples.by_row), name
            MEASURES[name](bench)
            print(f"-- {name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
            for row in judged(bench.samples):
                if row["name"] not in known:
                    print(printed(row), flush=True)
        return judged(bench.samples)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="How fast is it?")
    parser.add_argument("--only", action="append", choices=MEASURES, help="measure this alone; repeatable")
    parser.add_argument("--runs", type=int, help="how often each thing is measured, instead of what each thinks right")
    parser.add_argument("--output", type=Path, help="file for the JSON")
    parser.add_argument("--quick", action="store_true", help="only see that everything works")
    parser.add_argument("--even-if-busy", action="store_true", help="measure although others work on this machine")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
