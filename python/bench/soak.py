"""Lets ten million events pass through each client, and looks at its memory on the way."""

from __future__ import annotations

import argparse

import environments
import report
from measure import CLIENTS, rate_of
from processes import receive, sender

MARKS = ("<!-- soak of the Python package -->\n", "<!-- end of the soak of the Python package -->")

# What one tenth of the events may have added at the end over what there was after the second.
GROWTH_MIB = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="for each client (10,000,000)")
    events: int = parser.parse_args().events
    python = environments.make()[environments.OURS]
    table = report.Table(
        f"Soak: {events:,} events",
        "1 action, plain. The callback calls to_text(), and of every tenth event reads every field. Memory is what the "
        "process had when so much of the events had come, in MiB.",
        ["client", "10 %", "20 %", "50 %", "80 %", "100 %", "dropped", "events/s"],
        digits=1,
    )
    grown = []
    for kind, client in CLIENTS.items():
        with sender("flood", 1, "plain") as address:
            sample = receive(python, "soak", kind, address, events)
        memory = [kib / 1024 for kib in sample["memory_kib"]]
        grown.append(memory[-1] - memory[1])
        row = [memory[tenth - 1] for tenth in (1, 2, 5, 8, 10)]
        table.rows.append([client, *row, f"{sample['dropped']:,}", f"{rate_of(sample):,.0f}"])
    print(table.markdown())
    report.repeat_in(environments.ROOT / "docs" / "performance.md", MARKS, table.markdown())
    if max(grown) > GROWTH_MIB:
        raise SystemExit(f"memory has grown by {max(grown):.1f} MiB after the first fifth")


if __name__ == "__main__":
    main()
