"""Senders and receivers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from environments import ROOT

SENDER = ROOT / "target" / "benches" / "release" / "sender"
RECEIVER = Path(__file__).with_name("receiver.py")

# What an import costs, by a program that has imported next to nothing else.
IMPORT = """
from time import perf_counter
start = perf_counter()
{}
taken = perf_counter() - start
with open("/proc/self/status") as status:
    print(taken, *(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""


@contextmanager
def sender(*how: object) -> Iterator[str]:
    """Run a sender and give its address."""
    process = subprocess.Popen(
        [str(SENDER), *map(str, how)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii"
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def start_receiver(python: Path, *how: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, RECEIVER, *map(str, how)],
        stdout=subprocess.PIPE,
        # Warnings of dropped events, thousands of them.
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )


def sample_of(receiver: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = receiver.communicate(timeout=3600)
    if receiver.returncode:
        raise OSError(f"a receiver failed; what it says is seen when it runs by itself: {receiver.args!r}")
    sample: dict[str, Any] = json.loads(said)
    return sample


def receive(python: Path, *how: object) -> dict[str, Any]:
    return sample_of(start_receiver(python, *how))


def import_cost(python: Path, statement: str) -> tuple[float, float]:
    """Milliseconds, and the most MiB that the process had."""
    said = subprocess.run(
        [python, "-I", "-c", IMPORT.format(statement)], stdout=subprocess.PIPE, text=True, encoding="ascii", check=True
    ).stdout
    seconds, kib = said.split()
    return float(seconds) * 1e3, float(kib) / 1024
