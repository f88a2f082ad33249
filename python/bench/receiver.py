"""Receives with whichever `autoplay_sdk` its interpreter has, and prints what that took, as JSON.

A program of its own, with nothing imported but what is measured: memory and CPU time are the whole process's.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# No measurement takes longer.
LIMIT_S = 3000.0

# The first events of a stream are slower: caches, connections.
WARM_UP = 200


def main() -> None:
    how, *arguments = sys.argv[1:]
    sample = HOW[how](*arguments)
    print(json.dumps(sample | {"peak_kib": peak_kib()}), flush=True)
    # A callback may be stuck on purpose, and a client of today does not stop before its next event.
    os._exit(0)


def deliver(kind: str, touch: str, address: str, events: str, *settings: str) -> dict[str, Any]:
    """All events of a burst, to the callback."""
    expected, clock = int(events), Clock()
    done = threading.Event()
    came = 0

    def nothing(_: Any) -> None:
        nonlocal came
        came += 1
        if came == expected:
            clock.stop()
            done.set()

    def text(payload: Any) -> None:
        payload.to_text()
        nothing(payload)

    def every_field(payload: Any) -> None:
        fields(payload)
        nothing(payload)

    callbacks = {"nothing": nothing, "text": text, "fields": every_field}
    client = make(kind, address, callbacks[touch], settings)
    dropped = attend(client, done, clock)
    return {"events": came, "dropped": dropped, **clock.sample()}


def attend(client: Any, done: threading.Event, clock: Clock) -> int:
    """Wait until everything has come or was dropped; return how many were."""
    deadline = time.monotonic() + LIMIT_S
    before = -1
    while not done.wait(0.25):
        dropped: int = getattr(client, "dropped_count", 0)
        # A burst that has lost something never comes to its end: it is over when nothing is left and nothing moves.
        still = dropped and dropped == before and getattr(client, "queue_size", 0) == 0
        if still or time.monotonic() > deadline:
            clock.stop()
            break
        before = dropped
    return getattr(client, "dropped_count", 0)


def latency(kind: str, address: str, events: str) -> dict[str, Any]:
    """How long an event is on its way, in microseconds, from the sender's write to the callback."""
    expected, clock = int(events) + WARM_UP, Clock()
    done = threading.Event()
    taken: list[float] = []

    def on_actions(payload: Any) -> None:
        now = time.time()
        taken.append((now - payload.forwarded_at) * 1e6)
        if len(taken) == expected:
            clock.stop()
            done.set()

    make(kind, address, on_actions)
    if not done.wait(LIMIT_S):
        raise TimeoutError("events stopped coming")
    taken[:] = sorted(taken[WARM_UP:expected])
    return {"p50": taken[len(taken) // 2], "p99": taken[len(taken) * 99 // 100], **clock.sample()}


def idle(kind: str, address: str, seconds: str) -> dict[str, Any]:
    """A client with nothing to do but to hear heartbeats."""
    make(kind, address, lambda _: None)
    time.sleep(1.5)
    clock = Clock()
    time.sleep(float(seconds))
    clock.stop()
    return clock.sample()


def full_queue(kind: str, address: str) -> dict[str, Any]:
    """Memory behind a callback that does not return, with the default queue full."""
    client = make(kind, address, lambda _: time.sleep(LIMIT_S))
    deadline = time.monotonic() + 60.0
    while client.queue_size < 500:
        if time.monotonic() > deadline:
            raise TimeoutError("the queue did not fill")
        time.sleep(0.01)
    time.sleep(0.5)
    return {"events": client.queue_size}


def make(kind: str, address: str, on_actions: Callable[[Any], None], settings: tuple[str, ...] = ()) -> Any:
    """Make a client and start it; an async one on a loop in another thread, as nothing else is for that loop to do."""
    url = f"http://{address}/stream/taskboat"
    named: Any = {name: int(value) for name, value in (setting.split("=") for setting in settings)}
    if kind == "sync":
        from autoplay_sdk import ConnectorClient

        client: Any = ConnectorClient(url=url, token="uk_live_bench", **named)
        client.on_actions(on_actions)
        client.run_in_background()
        return client

    import asyncio

    from autoplay_sdk import AsyncConnectorClient

    async def callback(payload: Any) -> None:
        on_actions(payload)

    client = AsyncConnectorClient(url=url, token="uk_live_bench", **named)
    client.on_actions(callback)
    threading.Thread(target=asyncio.run, args=(client.run(),), daemon=True).start()
    return client


def soak(kind: str, address: str, events: str, *_: str) -> dict[str, Any]:
    """Events to the callback, which reads the text of each and every field of some; memory on the way."""
    expected, clock = int(events), Clock()
    step = expected // 10
    done = threading.Event()
    memory: list[int] = []
    came = 0

    def on_actions(payload: Any) -> None:
        nonlocal came
        came += 1
        payload.to_text()
        if came % 10 == 0:
            fields(payload)
        if came % step == 0:
            memory.append(resident_kib())
        if came == expected:
            clock.stop()
            done.set()

    client = make(kind, address, on_actions)
    dropped = attend(client, done, clock)
    return {"events": came, "dropped": dropped, "memory_kib": memory, **clock.sample()}


def json_loop(address: str, events: str) -> dict[str, Any]:
    """The loop that one would write by hand: take the lines of data out of what comes, and read their JSON."""
    left, rest = int(events), b""
    loads = json.loads
    stream = request(address)
    clock = Clock()
    while left > 0:
        *lines, rest = (rest + stream.recv(1 << 16)).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                loads(line[6:])
                left -= 1
    clock.stop()
    return {"events": int(events) - left, **clock.sample()}


def bare(address: str, events: str, size: str) -> dict[str, Any]:
    """Nothing but receiving: the sender's ceiling."""
    left, buffer = int(size), bytearray(1 << 18)
    stream = request(address)
    clock = Clock()
    while left > 0:
        left -= stream.recv_into(buffer) or left
    clock.stop()
    return {"events": int(events), **clock.sample()}


def size(address: str, events: str) -> dict[str, Any]:
    """How many bytes an event takes on the way."""
    stream, came = request(address), 0
    stream.settimeout(1.0)
    try:
        while more := len(stream.recv(1 << 16)):
            came += more
    except TimeoutError:
        pass
    return {"bytes": came / int(events)}


def request(address: str) -> socket.socket:
    host, port = address.rsplit(":", 1)
    stream = socket.create_connection((host, int(port)))
    stream.sendall(f"GET /stream/taskboat HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n".encode())
    return stream


def fields(payload: Any) -> None:
    """Read every field there is."""
    _ = payload.product_id, payload.session_id, payload.user_id, payload.email
    _ = payload.count, payload.forwarded_at, payload.conversation_id
    for action in payload.actions:
        _ = action.title, action.description, action.canonical_url, action.index, action.type, action.timestamp_start
        _ = action.timestamp_end, action.raw_url, action.session_id, action.user_id, action.email
        _ = action.conversation_id


class Clock:
    """Time, and the CPU time of the whole process."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()
        self._taken = (0.0, 0.0)

    def stop(self) -> None:
        self._taken = (time.perf_counter() - self._start[0], time.process_time() - self._start[1])

    def sample(self) -> dict[str, float]:
        seconds, cpu_seconds = self._taken
        return {"seconds": seconds, "cpu_seconds": cpu_seconds}


def peak_kib() -> int:
    """The most memory that this process ever had."""
    return memory_kib("VmHWM:")


def resident_kib() -> int:
    return memory_kib("VmRSS:")


def memory_kib(kind: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(kind))


HOW: dict[str, Callable[..., dict[str, Any]]] = {
    "deliver": deliver,
    "latency": latency,
    "idle": idle,
    "full-queue": full_queue,
    "soak": soak,
    "json": json_loop,
    "bare": bare,
    "size": size,
}

if __name__ == "__main__":
    main()
