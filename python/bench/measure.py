"""What is measured: each function takes the interpreters of both environments and gives tables and goals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from environments import OURS, TODAY, wheel
from processes import import_cost, receive, sample_of, sender, start_receiver
from report import Goal, Table, at_least, at_most

Pythons = dict[str, Path]
Measured = tuple[list[Table], list[Goal]]

# Actions per event, framing, and how many events today's SDK gets of them; ours gets ten times as many.
STREAMS = [
    (1, "plain", 30_000),
    (1, "chunked", 20_000),
    (5, "plain", 15_000),
    (5, "chunked", 10_000),
    (50, "plain", 2_000),
    (50, "chunked", 2_000),
]
MORE = 10
TOUCHES = {"nothing": "touches nothing", "text": "to_text()", "fields": "every field"}
CLIENTS = {"sync": "ConnectorClient", "async": "AsyncConnectorClient"}

# At least so many times as fast with `to_text()`, as (actions, framing).
TEXT_GOALS = {
    (1, "plain"): 8.0,
    (1, "chunked"): 12.0,
    (5, "plain"): 8.0,
    (5, "chunked"): 12.0,
    (50, "plain"): 5.0,
    (50, "chunked"): 6.0,
}
NOTHING_GOAL = 12.0

_Cell = tuple[int, str]
_Samples = dict[tuple[str, _Cell], list[dict[str, Any]]]


def throughput(pythons: Pythons, kind: str, rounds: int) -> Measured:
    """One kind of client beside today's, the loop, and the ceiling."""
    samples: _Samples = defaultdict(list)
    for number in range(rounds):
        for actions, framing, events in STREAMS:
            print(f"  {CLIENTS[kind]}, round {number + 1}: {actions} actions, {framing}", flush=True)
            for who, sample in turns(pythons, kind, actions, framing, events):
                samples[who, (actions, framing)].append(sample)
    tables = tables_of(samples, kind)
    ours = [sample for (who, _), several in samples.items() if who.startswith(OURS) for sample in several]
    dropped, came = sum(sample["dropped"] for sample in ours), sum(sample["events"] for sample in ours)
    tables[0].note += f" Of {came + dropped:,} events ours dropped {dropped:,}."
    return tables, goals_of(samples) if kind == "sync" else []


def turns(pythons: Pythons, kind: str, actions: int, framing: str, events: int) -> Iterable[tuple[str, dict[str, Any]]]:
    for touch, name in TOUCHES.items():
        for package, python in pythons.items():
            count, settings = events, []
            if package == OURS:
                count = events * (MORE if kind == "sync" else MORE // 2)
            elif kind == "sync":
                # With its default queue it would be measured at dropping.
                settings = [f"max_queue_size={count + 1}"]
            elif actions == 1:
                # Its tasks come to be many before the first of them runs.
                count //= 2
            with sender("burst", actions, framing, count) as address:
                yield f"{package}, {name}", receive(python, "deliver", kind, touch, address, count, *settings)
    if kind == "sync":
        python = pythons[OURS]
        with sender("burst", actions, framing, events) as address:
            yield "bare loop of json.loads", receive(python, "json", address, events)
        with sender("burst", actions, framing, 1000) as address:
            size = receive(python, "size", address, 1000)["bytes"]
        with sender("flood", actions, framing) as address:
            count = events * MORE
            yield "bare reader", receive(python, "bare", address, count, int(count * size))


def tables_of(samples: _Samples, kind: str) -> list[Table]:
    cells = [(actions, framing) for actions, framing, _ in STREAMS]
    heads = [f"{actions} action{'s' * (actions > 1)}, {framing}" for actions, framing in cells]
    who = list(dict.fromkeys(who for who, _ in samples))
    rate = Table(
        f"{CLIENTS[kind]}: events per second",
        "From a sender in another process to the callback; the median of the rounds, in which all take turns. Today's "
        + (
            "SDK is given a queue that everything fits into: with its default it would be measured at dropping."
            if kind == "sync"
            else "SDK and ours have their default settings; callbacks are coroutines."
        ),
        ["receiver", *heads],
        drawn=True,
    )
    rate.rows = [[name, *(median(map(rate_of, samples[name, cell])) for cell in cells)] for name in who]
    ratio = Table(
        f"{CLIENTS[kind]}: times as fast as today's",
        "The median of what each round says.",
        ["callback", *heads],
        digits=1,
    )
    ratio.rows = [[name, *(ratio_of(samples, name, cell, rate_of) for cell in cells)] for name in TOUCHES.values()]
    cpu = Table(
        f"{CLIENTS[kind]}: CPU seconds per million events",
        "Of the whole process, the kernel's part included.",
        ["receiver", *heads],
        digits=2,
    )
    cpu.rows = [[name, *(median(map(cpu_of, samples[name, cell])) for cell in cells)] for name in who]
    return [rate, ratio, cpu]


def goals_of(samples: _Samples) -> list[Goal]:
    goals = [
        at_least(
            f"to_text(), {actions} action{'s' * (actions > 1)}, {framing}: events/s ÷ today's",
            ratio_of(samples, TOUCHES["text"], (actions, framing), rate_of),
            least,
        )
        for (actions, framing), least in TEXT_GOALS.items()
    ]
    one = (1, "plain")
    goals.append(
        at_least(
            "touches nothing, 1 action, plain: events/s ÷ today's",
            ratio_of(samples, TOUCHES["nothing"], one, rate_of),
            NOTHING_GOAL,
        )
    )
    saved = 1 / ratio_of(samples, TOUCHES["text"], one, cpu_of)
    goals.append(at_least("to_text(), 1 action, plain: today's CPU per event ÷ ours", saved, 7.0))
    return goals


def rate_of(sample: dict[str, Any]) -> float:
    return float(sample["events"] / sample["seconds"])


def cpu_of(sample: dict[str, Any]) -> float:
    return float(sample["cpu_seconds"] / sample["events"] * 1e6)


def ratio_of(samples: _Samples, touch: str, cell: _Cell, figure: Callable[[dict[str, Any]], float]) -> float:
    pairs = zip(samples[f"{OURS}, {touch}", cell], samples[f"{TODAY}, {touch}", cell], strict=True)
    ratio: float = median(figure(ours) / figure(today) for ours, today in pairs)
    return ratio


def burst(pythons: Pythons, rounds: int) -> Measured:
    """What becomes of 100,000 events at once, with the default queue."""
    table = Table(
        "A burst of 100,000 events",
        "1 action, plain; the callback calls to_text(), the queue is the default one. Then memory, in MiB, with the "
        "default queue of 500 full of events of 50 actions (10.5 MiB) behind a callback that does not return.",
        ["client", "delivered", "dropped", "peak memory, MiB", "peak memory, queue full"],
    )
    dropped: dict[str, int] = {}
    for package, python in pythons.items():
        samples, full = [], []
        for _ in range(rounds):
            with sender("burst", 1, "plain", 100_000) as address:
                samples.append(receive(python, "deliver", "sync", "text", address, 100_000))
            with sender("flood", 50, "plain") as address:
                full.append(receive(python, "full-queue", "sync", address))
        middle = sorted(samples, key=lambda sample: sample["dropped"])[len(samples) // 2]
        table.rows.append(
            [package, middle["events"], middle["dropped"], middle["peak_kib"] / 1024, median(peaks(full))]
        )
        dropped[package] = middle["dropped"]
    return [table], [at_most("dropped in a burst of 100,000, default queue", dropped[OURS], 0, "events")]


def peaks(samples: list[dict[str, Any]]) -> list[float]:
    return [sample["peak_kib"] / 1024 for sample in samples]


def latency(pythons: Pythons, rounds: int) -> Measured:
    """How long an event is on its way, while the machine has little else to do."""
    table = Table(
        "Latency",
        "µs from the sender's write to the callback, at 1,000 events of 1 action per second for 5 seconds.",
        ["client", "p50, µs", "p99, µs"],
    )
    samples: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for _ in range(rounds):
        for kind in CLIENTS:
            for package, python in pythons.items():
                with sender("paced", 1000) as address:
                    samples[package, kind].append(receive(python, "latency", kind, address, 5000))
    middle = {
        who: [median(sample[part] for sample in several) for part in ("p50", "p99")] for who, several in samples.items()
    }
    table.rows = [[f"{package}, {CLIENTS[kind]}", *parts] for (package, kind), parts in middle.items()]
    goals = [
        at_most(f"latency, {part}, today's beside it", middle[OURS, "sync"][place], middle[TODAY, "sync"][place], "µs")
        for place, part in enumerate(("p50", "p99"))
    ]
    return [table], goals


def idle(pythons: Pythons, rounds: int) -> Measured:
    """All at the same time: they have nothing to do."""
    table = Table(
        "Idle",
        "ms of CPU time in 10 seconds in which nothing but a heartbeat each second comes.",
        ["client", "CPU, ms"],
        digits=2,
    )
    samples: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(rounds):
        with sender("heartbeats") as address:
            receivers = {
                (package, kind): start_receiver(python, "idle", kind, address, 10)
                for kind in CLIENTS
                for package, python in pythons.items()
            }
            for who, receiver in receivers.items():
                samples[who].append(sample_of(receiver)["cpu_seconds"] * 1e3)
    table.rows = [[f"{package}, {CLIENTS[kind]}", median(taken)] for (package, kind), taken in samples.items()]
    return [table], [at_most("CPU of an idle client in 10 s", median(samples[OURS, "sync"]), 2, "ms")]


def imports(pythons: Pythons, rounds: int) -> Measured:
    """What a program pays before anything has come, and the wheel."""
    table = Table(
        "Import",
        "In an interpreter that has imported nothing else; memory is the peak over that of the bare interpreter.",
        ["statement", f"{OURS}, ms", f"{TODAY}, ms", f"{OURS}, MiB", f"{TODAY}, MiB"],
        digits=1,
    )
    statements = [
        "import autoplay_sdk",
        "from autoplay_sdk import ConnectorClient",
        "from autoplay_sdk import AsyncConnectorClient",
    ]
    costs: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    # Once unmeasured, so that everything is compiled and in the cache.
    for number in range(2 * rounds + 2):
        for statement in ["pass", *statements]:
            for package, python in pythons.items():
                cost = import_cost(python, statement)
                if number:
                    costs[statement, package].append(cost)
    for statement in statements:
        row: list[str | float | None] = [f"`{statement}`"]
        row += [median(ms for ms, _ in costs[statement, package]) for package in (OURS, TODAY)]
        row += [memory(costs, statement, package) for package in (OURS, TODAY)]
        table.rows.append(row)
    size = wheel().stat().st_size / 1e6
    plain = statements[0]
    return [table], [
        at_most(f"`{plain}`", median(ms for ms, _ in costs[plain, OURS]), 25, "ms"),
        at_most(f"`{plain}`, memory", memory(costs, plain, OURS), 6, "MiB"),
        at_most("wheel", size, 3, "MB"),
    ]


def memory(costs: dict[tuple[str, str], list[tuple[float, float]]], statement: str, package: str) -> float:
    """Over the bare interpreter."""
    with_it, bare = ([mib for _, mib in costs[what, package]] for what in (statement, "pass"))
    return median(with_it) - median(bare)
