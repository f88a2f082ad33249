"""Measures the SDK that users have today beside this one, by turns, and writes down what came of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import environments
import measure
import report

RESULTS = environments.ROOT / "benches" / "results"
PAGE = environments.ROOT / "docs" / "performance.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of which the medians are taken (5)")
    parser.add_argument("--print", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    rounds: int = arguments.rounds
    pythons = environments.make()
    begun = report.load()
    parts: dict[str, Callable[[], measure.Measured]] = {
        "import": lambda: measure.imports(pythons, rounds),
        "latency": lambda: measure.latency(pythons, rounds),
        "idle": lambda: measure.idle(pythons, min(rounds, 3)),
        "throughput": lambda: measure.throughput(pythons, "sync", rounds),
        "throughput, async": lambda: measure.throughput(pythons, "async", rounds),
        "burst": lambda: measure.burst(pythons, min(rounds, 3)),
    }
    tables: list[report.Table] = []
    goals: list[report.Goal] = []
    for what, part in parts.items():
        print(f"{what} …", flush=True)
        more_tables, more_goals = part()
        tables += more_tables
        goals += more_goals
    result = report.Report(report.machine(f"{begun}, {report.load()}"), goals, tables)
    print(result.markdown())
    if not arguments.print:
        result.write(RESULTS, "python")
        result.repeat_in(PAGE)


if __name__ == "__main__":
    main()
