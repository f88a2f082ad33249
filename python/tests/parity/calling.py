"""Callbacks of a `ConnectorClient`, its queue, metrics and logs."""

from __future__ import annotations

import threading
import time
from typing import Any

from autoplay_sdk import ActionsPayload, ConnectorClient, SummaryPayload
from play import AT_ONCE, TOKEN, Attempt, Log, Seen, background, within
from streams import Connection, index, sends, serving, summary


def delivers() -> Seen:
    got: list[Any] = []
    threads: set[tuple[str, bool]] = set()

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(3))
        connection.send(b"event: heartbeat\ndata: {}\n\n: comment\n\n" + summary(3, "Bought a boat."))
        connection.wait_for_end()

    def callback(payload: Any) -> None:
        threads.add((threading.current_thread().name, threading.current_thread().daemon))
        got.append(payload)

    with serving(script) as server:
        client = ConnectorClient(url=server.url, token=TOKEN, max_queue_size=500)
        with background(client.on_actions(callback).on_summary(callback)):
            yield "all came", within(10, lambda: len(got) == 4)
    yield "types", [type(payload).__name__ for payload in got]
    yield "exact types", [type(payload) in (ActionsPayload, SummaryPayload) for payload in got]
    yield "texts", [payload.to_text() for payload in got]
    yield "the thread of callbacks", sorted(threads)


class Stuck:
    """A callback that waits until it is let go, and a stream whose second event comes when it waits."""

    def __init__(self, events: int) -> None:
        self._events = events
        self._called = threading.Event()
        self._released = threading.Event()
        self.got: list[int] = []

    def stream(self, connection: Connection) -> None:
        connection.open()
        if connection.number == 1:
            connection.events(range(1))
            self._called.wait()
            connection.events(range(1, self._events))
        connection.wait_for_end()

    def __call__(self, payload: ActionsPayload) -> None:
        self._called.set()
        self._released.wait()
        self.got.append(index(payload))

    def release(self) -> None:
        self._released.set()


def a_full_queue() -> Seen:
    dropped: list[tuple[int, int]] = []
    threads: set[str] = set()
    stuck = Stuck(10)

    def on_drop(raw: dict[str, Any], total: int) -> None:
        threads.add(threading.current_thread().name)
        dropped.append((raw["actions"][0]["index"], total))

    with serving(stuck.stream) as server:
        client = ConnectorClient(server.url, max_queue_size=2).on_actions(stuck).on_drop(on_drop)
        with background(client):
            within(5, lambda: len(dropped) == 7)
            yield "the action's index and the total that on_drop is told", dropped
            yield "queue_size and dropped_count", [client.queue_size, client.dropped_count]
            stuck.release()
            within(5, lambda: len(stuck.got) == 3)
            yield "delivered", stuck.got
    yield "the thread of on_drop", sorted(threads)


def a_burst_on_a_small_queue() -> Seen:
    got: list[int] = []
    with serving(sends(2000)) as server:
        client = ConnectorClient(server.url, max_queue_size=20).on_actions(lambda payload: got.append(index(payload)))
        with background(client):
            within(1.5, lambda: len(got) == 2000)
            yield "all came", len(got) == 2000
            yield "dropped", client.dropped_count > 0


def events_that_nobody_wants() -> Seen:
    got: list[str] = []
    called = threading.Event()
    release = threading.Event()

    def script(connection: Connection) -> None:
        connection.open()
        connection.send(summary(0, "first"))
        called.wait()
        connection.events(range(1, 6))
        connection.send(summary(6, "second"))
        connection.wait_for_end()

    def callback(payload: SummaryPayload) -> None:
        called.set()
        release.wait(5)
        got.append(payload.summary)

    with serving(script) as server:
        client = ConnectorClient(server.url, max_queue_size=2).on_summary(callback)
        with background(client):
            within(5, called.is_set)
            within(0.5, lambda: False)
            release.set()
            yield "what is wanted comes", within(1, lambda: got == ["first", "second"])


def callbacks_that_raise() -> Seen:
    def odd(error: BaseException) -> Seen:
        got: list[int] = []

        def callback(payload: ActionsPayload) -> None:
            got.append(index(payload))
            if index(payload) == 0:
                raise error

        with serving(sends(3)) as server, background(ConnectorClient(server.url).on_actions(callback)):
            yield f"the next come after {type(error).__name__}", within(1, lambda: got == [0, 1, 2])

    threading.excepthook = lambda _: None
    yield from odd(ValueError("no"))
    yield from odd(SystemExit(3))


def hooks_that_raise() -> Seen:
    got: list[int] = []

    def odd() -> None:
        raise ValueError("no")

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(connection.number, connection.number + 1))
        time.sleep(0.1)

    with serving(script) as server:
        client = ConnectorClient(server.url, on_connect=odd, on_disconnect=odd, **AT_ONCE)  # type: ignore[arg-type]
        with background(client.on_actions(lambda payload: got.append(index(payload)))):
            yield "events come all the same", within(5, lambda: got[:2] == [1, 2])


def callbacks_that_are_coroutines() -> Seen:
    got: list[object] = []

    async def callback(payload: ActionsPayload) -> None:
        got.append([index(payload), threading.current_thread().name])

    async def connected() -> None:
        got.insert(0, "connected")

    with serving(sends(2)) as server:
        import warnings

        warnings.simplefilter("ignore")
        client = ConnectorClient(server.url, on_connect=connected)
        with background(client.on_actions(callback)):
            within(1, lambda: len(got) == 3)
            yield "on_actions", [one for one in got if one != "connected"]
            yield "on_connect", "connected" in got


def callbacks_that_are_replaced() -> Seen:
    got: list[str] = []
    sockets: list[Connection] = []

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(1))
        sockets.append(connection)
        connection.wait_for_end()

    with serving(script) as server:
        client = ConnectorClient(server.url).on_actions(lambda payload: got.append("first"))
        with background(client):
            within(5, lambda: got)
            client.on_actions(lambda payload: got.append("second"))
            sockets[0].events(range(1, 2))
            within(5, lambda: len(got) == 2)
            yield "called", got


def metrics() -> Seen:
    drops: list[dict[str, Any]] = []
    depths: list[int] = []
    stuck = Stuck(6)

    class Metrics:
        def record_event_dropped(self, **figures: Any) -> None:
            drops.append(figures)
            raise ValueError("metrics may fail")

        def record_queue_depth(self, *, depth: int) -> None:
            depths.append(depth)
            raise ValueError("metrics may fail")

    with serving(stuck.stream) as server:
        client = ConnectorClient(server.url, max_queue_size=1, metrics=Metrics())  # type: ignore[arg-type, unused-ignore]
        with background(client.on_actions(stuck)):
            within(5, lambda: len(drops) == 4)
            yield "record_event_dropped", drops
            stuck.release()
            within(5, lambda: len(stuck.got) == 2)
            yield "record_queue_depth", [len(depths), {*map(type, depths)} == {int}]


def metrics_that_are_incomplete() -> Seen:
    got: list[int] = []
    with serving(sends(2)) as server:
        client = ConnectorClient(server.url, metrics=object())  # type: ignore[arg-type, unused-ignore]
        with background(client.on_actions(lambda payload: got.append(index(payload)))):
            yield "events come", within(5, lambda: got == [0, 1])


def logs() -> Seen:
    log = Log()
    stuck = Stuck(10)

    def script(connection: Connection) -> None:
        connection.open()
        connection.send(b'data: {"email": "ada@taskboat.test",\n\n')
        stuck.stream(connection)

    def callback(payload: ActionsPayload) -> None:
        stuck(payload)
        raise ValueError("no")

    with serving(script) as server:
        client = ConnectorClient(server.url, TOKEN, max_queue_size=2).on_actions(callback)
        with background(client):
            within(5, lambda: client.dropped_count == 7)
            stuck.release()
            within(5, lambda: log.about("callback raised") and log.about("drop"))
            yield "connecting", log.about("connecting")
            yield "connected", log.about("connected")
            yield "an event that is no JSON", log.about("pars") or log.about("malformed")
            yield "a drop", log.about("drop")
            yield "a callback that raises", log.about("callback raised")
            yield "an e-mail address", log.shows("ada@taskboat.test")
            yield "the token", log.shows(TOKEN)


def logs_of_failures() -> Seen:
    log = Log()
    with serving(lambda connection: connection.answer(500)) as server:
        Attempt(ConnectorClient(server.url, TOKEN, max_retries=1, **AT_ONCE).run).ended(1)  # type: ignore[arg-type]
        yield "a status of 500", log.about("500")
    log.records.clear()
    attempt = Attempt(ConnectorClient(server.url, TOKEN, max_retries=1, **AT_ONCE).run)  # type: ignore[arg-type]
    attempt.ended(3)
    yield "a connection that is lost", log.about("refused")
    yield "retries that are spent", log.about("max_retries")
    yield "the end", log.about("stopped")
