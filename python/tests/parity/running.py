"""Starting, stopping and ending a `ConnectorClient`."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

from autoplay_sdk import ActionsPayload, ConnectorClient
from play import AT_ONCE, TOKEN, Attempt, Seen, background, classes, raises, within
from streams import Connection, index, sends, serving, silent


def one_expression() -> Seen:
    got: list[int] = []
    with serving(sends(1)) as server:
        thread = (
            ConnectorClient(url=server.url, token=TOKEN, max_queue_size=10)
            .on_actions(lambda payload: got.append(index(payload)))
            .on_summary(lambda payload: None)
            .on_drop(lambda payload, total: None)
            .run_in_background()
        )
        yield "it came", within(10, lambda: got == [0])
    yield "thread", [type(thread).__name__, type(thread).__module__, thread.name, thread.daemon, thread.is_alive()]


def leaving_with() -> Seen:
    with serving(silent) as server:
        with ConnectorClient(url=server.url, token=TOKEN) as client:
            thread = client.on_actions(print).run_in_background()
            within(10, lambda: server.requests)
            time.sleep(0.1)
        thread.join(2)
        yield "the thread has ended", not thread.is_alive()


def runs_in_the_foreground() -> Seen:
    with serving(sends(2)) as server:
        client = ConnectorClient(server.url)
        client.on_actions(lambda payload: client.stop() if index(payload) == 1 else None)
        yield "after stop() in a callback, run()", Attempt(client.run).ended(2)


def stops_while_nothing_comes() -> Seen:
    with serving(silent) as server:
        client = ConnectorClient(server.url)
        attempt = Attempt(client.run)
        within(10, lambda: server.requests)
        time.sleep(0.2)
        client.stop()
        client.stop()
        yield "run()", attempt.ended(2)


def stops_while_it_waits_to_reconnect() -> Seen:
    with serving(lambda connection: connection.answer(500)) as server:
        client = ConnectorClient(server.url, initial_backoff_s=3.0)
        attempt = Attempt(client.run)
        within(10, lambda: server.requests)
        time.sleep(0.2)
        client.stop()
        yield "run()", attempt.ended(2)


def stops_when_not_running() -> Seen:
    with serving(sends(1)) as server:
        got: list[int] = []
        client = ConnectorClient(server.url).on_actions(lambda payload: got.append(index(payload)))
        client.stop()
        with background(client):
            yield "it runs afterwards", within(5, lambda: got == [0])


def delivers_what_is_queued_at_a_stop() -> Seen:
    got: list[int] = []
    called, go = threading.Event(), threading.Event()

    def callback(payload: ActionsPayload) -> None:
        called.set()
        go.wait()
        got.append(index(payload))

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(1))
        called.wait()
        connection.events(range(1, 5))
        go.wait()
        # Today's client looks whether it is to stop when something comes.
        time.sleep(0.2)
        connection.events(range(5, 6))
        connection.wait_for_end()

    with serving(script) as server:
        client = ConnectorClient(server.url).on_actions(callback)
        attempt = Attempt(client.run)
        within(5, lambda: client.queue_size == 4)
        client.stop()
        go.set()
        yield "run()", attempt.ended(5)
        yield "delivered", got


def runs_twice_at_once() -> Seen:
    with serving(silent) as server:
        client = ConnectorClient(server.url)
        with background(client):
            within(5, lambda: server.requests)
            second = Attempt(client.run)
            yield "the second run()", second.ended(0.5)
            yield "classes", classes(second.error) if second.error else []


def runs_again_after_its_end() -> Seen:
    got: list[int] = []

    def script(connection: Connection) -> None:
        connection.open()
        first = 2 * connection.number
        connection.events(range(first, first + 1))
        time.sleep(0.3)
        connection.events(range(first + 1, first + 2))
        connection.wait_for_end()

    with serving(script) as server:
        client = ConnectorClient(server.url).on_actions(lambda payload: got.append(index(payload)))
        for first in (2, 4):
            attempt = Attempt(client.run)
            within(5, lambda first=first: first in got)  # type: ignore[misc]
            client.stop()
            attempt.ended(5)
        yield "got of both runs", 2 in got and 4 in got
        lines = server.requests[1].lower().split("\r\n")
        yield "last-event-id", [line.partition(": ")[2] for line in lines if line.startswith("last-event-id")]


def made_before_a_fork() -> Seen:
    got: list[int] = []
    with serving(sends(1)) as server:
        client = ConnectorClient(server.url).on_actions(lambda payload: got.append(index(payload)))
        reading, writing = os.pipe()
        if os.fork() == 0:
            raised = raises(client.run_in_background)
            os.write(writing, json.dumps([*raised, within(10, lambda: got or raised) and got]).encode())
            os._exit(0)
        os.close(writing)
        yield "what run_in_background() raises in the child, and what comes", json.loads(os.read(reading, 100))


def ctrl_c() -> Seen:
    with serving(silent) as server:
        client = ConnectorClient(server.url)

        def interrupt() -> None:
            within(5, lambda: server.requests)
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()
        try:
            client.run()
            yield "run()", "returned"
        except KeyboardInterrupt:
            yield "run()", "raised KeyboardInterrupt"


def refused() -> Seen:
    for status in (401, 403, 404):
        with serving(lambda connection, status=status: connection.answer(status)) as server:  # type: ignore[misc]
            connects: list[int] = []
            client = ConnectorClient(
                server.url,
                TOKEN,
                on_connect=lambda connects=connects: connects.append(1),  # type: ignore[misc]
                **AT_ONCE,  # type: ignore[arg-type]
            )
            attempt = Attempt(client.run)
            attempt.until(lambda: len(server.requests) > 1)
            ended = attempt.ended(0.3)
            requests = "one request" if len(server.requests) == 1 else "many requests"
            told = "on_connect was called" if connects else "on_connect was not called"
            yield str(status), [ended, *(classes(attempt.error) if attempt.error else []), requests, told]
            client.stop()


def refused_in_the_background() -> Seen:
    hooked: list[object] = []
    threading.excepthook = lambda arguments: hooked.append(arguments.thread and arguments.thread.name)
    with serving(lambda connection: connection.answer(401)) as server:
        client = ConnectorClient(server.url, TOKEN)
        thread = client.run_in_background()
        thread.join(1)
        yield "the thread has ended", not thread.is_alive()
        yield "threading.excepthook saw", hooked


def retries_are_spent() -> Seen:
    with serving(lambda connection: connection.answer(500)) as server:
        attempt = Attempt(ConnectorClient(server.url, max_retries=2, **AT_ONCE).run)  # type: ignore[arg-type]
        attempt.until(lambda: len(server.requests) > 3)
        yield "run()", attempt.ended(0.3)
        yield "classes", classes(attempt.error) if attempt.error else []
        yield "requests", "three" if len(server.requests) == 3 else "many"


def nobody_listens() -> Seen:
    with serving(silent) as server:
        url = server.url
    attempt = Attempt(ConnectorClient(url, max_retries=2, **AT_ONCE).run)  # type: ignore[arg-type]
    yield "run()", attempt.ended(5)
    yield "classes", classes(attempt.error)
