"""What the client promises about callbacks, on threads."""

from __future__ import annotations

import functools
import gc
import threading
import time
import weakref
from typing import Any

import pytest
from autoplay_sdk import ActionsPayload, ConnectorClient, Gap, RawEvent, SummaryPayload
from streams import Connection, batch, event, eventually, index, sends, serving, silent, summary


def test_what_users_write_today_runs_as_it_stands() -> None:
    seen: list[str] = []
    with serving(sends(3)) as server, ConnectorClient(url=server.url, token="uk_live_x") as client:
        thread = client.on_actions(lambda payload: seen.append(payload.to_text())).run_in_background()
        assert isinstance(thread, threading.Thread)
        assert thread.daemon
        assert thread.name == "autoplay-sdk-main"
        eventually(lambda: len(seen) == 3)
        assert (client.dropped_count, client.queue_size) == (0, 0)
    thread.join(10)
    assert not thread.is_alive()
    assert seen[0] == "Session s — 1 actions\n[0] click: clicked — https://a.example/b"
    assert "authorization: bearer uk_live_x" in server.requests[0].lower()


def test_the_arguments_of_today_keep_their_places() -> None:
    calls: list[str] = []
    with serving(silent) as server:
        client = ConnectorClient(
            server.url, "t", 7, 5.0, 65.0, 0.5, 20.0, 3, lambda: calls.append("on"), lambda: calls.append("off"), None
        )
        thread = client.run_in_background()
        eventually(lambda: calls == ["on"])
        assert client.stats().queue_capacity == 7
        client.stop()
        thread.join(10)
    assert calls == ["on", "off"]


def test_each_type_of_event_reaches_its_callback() -> None:
    def script(connection: Connection) -> None:
        connection.open()
        connection.send(batch(1) + summary(2, "They came, and left.") + event({"type": "usertour_trigger"}, 3))
        connection.send(event({"type": "gap", "reason": "retention", "oldest_id": "9"}, 4, "gap"))
        connection.wait_for_end()

    seen: list[Any] = []
    with serving(script) as server, ConnectorClient(server.url) as client:
        client.on_actions(seen.append).on_summary(seen.append).on_event(seen.append).on_gap(seen.append)
        thread = client.run_in_background()
        eventually(lambda: len(seen) == 4)
        client.stop()
        thread.join(10)
    actions, said, raw, gap = seen
    assert type(actions) is ActionsPayload
    assert type(said) is SummaryPayload
    assert said.to_text() == "They came, and left."
    assert isinstance(raw, RawEvent)
    assert (raw.event, raw.data, raw.id) == ("message", '{"type": "usertour_trigger"}', "3")
    assert isinstance(gap, Gap)
    assert (gap.reason, gap.requested_id, gap.oldest_id) == ("retention", None, "9")


class Handler:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def method(self, payload: ActionsPayload) -> None:
        self.seen.append(index(payload))

    def __call__(self, payload: ActionsPayload) -> None:
        self.seen.append(index(payload))

    def with_name(self, name: str, payload: ActionsPayload) -> None:
        assert name == "n"
        self.seen.append(index(payload))

    async def coroutine(self, payload: ActionsPayload) -> None:
        import asyncio

        await asyncio.sleep(0)
        self.seen.append(index(payload))


@pytest.mark.parametrize("kind", ["method", "callable", "partial", "lambda", "coroutine"])
def test_whatever_can_be_called_is_a_callback(kind: str) -> None:
    handler = Handler()
    callback: Any = {
        "method": handler.method,
        "callable": handler,
        "partial": functools.partial(handler.with_name, "n"),
        "lambda": lambda payload: handler.seen.append(index(payload)),
        "coroutine": handler.coroutine,
    }[kind]
    with serving(sends(20)) as server, ConnectorClient(server.url) as client:
        thread = client.on_actions(callback).run_in_background()
        eventually(lambda: len(handler.seen) == 20)
        client.stop()
        thread.join(10)
    assert handler.seen == list(range(20))


@pytest.mark.parametrize("name", ["on_actions", "on_summary", "on_event", "on_gap", "on_drop"])
@pytest.mark.parametrize("wrong", [None, 3, "print"])
def test_what_can_not_be_called_is_refused_at_registration(name: str, wrong: object) -> None:
    client = ConnectorClient("http://127.0.0.1:9/stream/p")
    with pytest.raises(TypeError, match=name):
        getattr(client, name)(wrong)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_a_callback_that_raises_is_counted_and_the_stream_goes_on(error: BaseException) -> None:
    seen: list[int] = []

    def callback(payload: ActionsPayload) -> None:
        seen.append(index(payload))
        if index(payload) == 1:
            raise error

    with serving(sends(5)) as server, ConnectorClient(server.url) as client:
        thread = client.on_actions(callback).run_in_background()
        eventually(lambda: client.stats().delivered == 5)
        client.stop()
        thread.join(10)
    assert seen == list(range(5))
    assert client.stats().callback_errors == 1


def test_a_callback_can_be_replaced_while_the_client_runs() -> None:
    first, second = [], []
    go_on = threading.Event()

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(3))
        go_on.wait(20)
        connection.events(range(3, 6))
        connection.wait_for_end()

    with serving(script) as server, ConnectorClient(server.url) as client:
        thread = client.on_actions(lambda payload: first.append(index(payload))).run_in_background()
        eventually(lambda: len(first) == 3)
        client.on_actions(lambda payload: second.append(index(payload)))
        go_on.set()
        eventually(lambda: len(second) == 3)
        client.stop()
        thread.join(10)
    assert (first, second) == ([0, 1, 2], [3, 4, 5])


def test_on_connect_ends_before_the_first_event() -> None:
    seen: list[object] = []

    def on_connect() -> None:
        time.sleep(0.1)
        seen.append("connected")

    with serving(sends(2)) as server:
        client = ConnectorClient(server.url, on_connect=on_connect)
        thread = client.on_actions(lambda payload: seen.append(index(payload))).run_in_background()
        eventually(lambda: len(seen) == 3)
        client.stop()
        thread.join(10)
    assert seen == ["connected", 0, 1]


class Metrics:
    def __init__(self) -> None:
        self.dropped: list[dict[str, object]] = []
        self.depths: list[int] = []

    def record_event_dropped(self, **figures: object) -> None:
        self.dropped.append(figures)
        raise RuntimeError("a broken metrics system harms nobody")

    def record_queue_depth(self, *, depth: int) -> None:
        self.depths.append(depth)


def test_drops_are_told_promptly_with_their_data_while_a_callback_is_stuck() -> None:
    stuck = threading.Event()
    drops: list[tuple[dict[str, Any], int]] = []
    metrics = Metrics()
    with serving(sends(10)) as server:
        client = ConnectorClient(server.url, "", 2, metrics=metrics, max_lag_s=0)
        client.on_actions(lambda _: stuck.wait(20)).on_drop(lambda raw, total: drops.append((raw, total)))
        thread = client.run_in_background()
        eventually(lambda: len(drops) >= 7)
        stats = client.stats()
        assert stats.dropped == client.dropped_count == len(drops)
        assert client.queue_size == 2
        stuck.set()
        client.stop()
        thread.join(10)
    raw, total = drops[0]
    assert (raw["type"], raw["session_id"], total) == ("actions", "s", 1)
    assert [total for _, total in drops] == list(range(1, len(drops) + 1))
    expected = {"reason": "queue_full", "event_type": "actions", "session_id": "s", "product_id": "p"}
    assert metrics.dropped == [expected] * len(drops)
    assert metrics.depths
    assert max(metrics.depths) <= 3


def test_metrics_need_only_the_methods_that_they_want_called() -> None:
    class Depth:
        depths: list[int] = []  # noqa: RUF012

        def record_queue_depth(self, *, depth: int) -> None:
            self.depths.append(depth)

    seen: list[int] = []
    with serving(sends(3)) as server, ConnectorClient(server.url, metrics=Depth()) as client:
        thread = client.on_actions(lambda payload: seen.append(index(payload))).run_in_background()
        eventually(lambda: len(seen) == 3)
        client.stop()
        thread.join(10)
    assert len(Depth.depths) == 3


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
def test_metrics_that_raise_cost_no_event(error: BaseException) -> None:
    class Depth:
        def record_queue_depth(self, *, depth: int) -> None:
            raise error

    seen: list[int] = []
    with serving(sends(3)) as server, ConnectorClient(server.url, metrics=Depth()) as client:
        thread = client.on_actions(lambda payload: seen.append(index(payload))).run_in_background()
        eventually(lambda: len(seen) == 3)
        client.stop()
        thread.join(10)
    assert client.stats().callback_errors == 0


def test_sessions_stay_in_order_with_several_workers() -> None:
    seen: dict[str, list[int]] = {}
    threads: set[str] = set()

    def script(connection: Connection) -> None:
        connection.open()
        for number in range(200):
            connection.events(range(number, number + 1), session_id=f"s{number % 10}")
        connection.wait_for_end()

    def callback(payload: ActionsPayload) -> None:
        threads.add(threading.current_thread().name)
        seen.setdefault(payload.session_id or "", []).append(index(payload))

    with serving(script) as server, ConnectorClient(server.url, workers=4) as client:
        thread = client.on_actions(callback).run_in_background()
        eventually(lambda: client.stats().delivered == 200)
        client.stop()
        thread.join(10)
    assert len(threads) > 1
    assert all(numbers == sorted(numbers) for numbers in seen.values())


def test_a_client_in_a_cycle_with_its_callback_is_collected() -> None:
    client = ConnectorClient("http://127.0.0.1:9/stream/p")
    client.on_actions(lambda _, client=client: client.stop())  # type: ignore[misc]
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None


def test_a_client_that_nobody_keeps_goes_on_in_the_background() -> None:
    seen: list[int] = []
    with serving(sends(3)) as server:
        ConnectorClient(server.url).on_actions(lambda payload: seen.append(index(payload))).run_in_background()
        gc.collect()
        eventually(lambda: len(seen) == 3)


def test_it_goes_on_after_the_last_event_when_the_stream_is_lost() -> None:
    def script(connection: Connection) -> None:
        connection.open()
        if connection.number == 1:
            connection.events(range(3))
        else:
            connection.events(range(3, 5))
            connection.wait_for_end()

    seen: list[int] = []
    with serving(script) as server, ConnectorClient(server.url, initial_backoff_s=0.01) as client:
        thread = client.on_actions(lambda payload: seen.append(index(payload))).run_in_background()
        eventually(lambda: len(seen) == 5)
        client.stop()
        thread.join(10)
    assert seen == list(range(5))
    assert "last-event-id: 2" in server.requests[1].lower()
    assert client.stats().reconnects == 1
