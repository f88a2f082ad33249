"""What users of an `AsyncConnectorClient` do."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from autoplay_sdk import ActionsPayload, AsyncConnectorClient
from play import AT_ONCE, TOKEN, Log, Seen, classes, raises
from streams import Connection, batch, index, sends, serving, silent, summary

Observing = AsyncIterator[tuple[str, object]]


def on_asyncio(scenario: Callable[[], Observing]) -> Callable[[], Seen]:
    """Play a scenario that is a coroutine; what it leaves behind is not waited for."""

    def play() -> Seen:
        async def see() -> list[tuple[str, object]]:
            return [seen async for seen in scenario()]

        loop = asyncio.new_event_loop()
        yield from loop.run_until_complete(see())

    return play


async def within(seconds: float, condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


async def ended(task: asyncio.Task[Any], seconds: float = 3.0) -> str:
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        return "went on"
    if task.cancelled():
        return "was cancelled"
    error = task.exception()
    return "returned" if error is None else f"raised {type(error).__name__}"


@contextlib.asynccontextmanager
async def background(client: AsyncConnectorClient) -> AsyncIterator[asyncio.Task[None]]:
    task = client.run_in_background()
    try:
        yield task
    finally:
        client.stop()


def async_signature() -> Seen:
    for name, parameter in inspect.signature(AsyncConnectorClient).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            yield (
                f"argument {name}",
                repr(parameter.default) if parameter.default is not parameter.empty else "required",
            )
    for name in ("on_actions", "on_summary", "run", "run_in_background", "stop"):
        yield name, [*inspect.signature(getattr(AsyncConnectorClient, name)).parameters]
    yield "run is a coroutine function", inspect.iscoroutinefunction(AsyncConnectorClient.run)


def async_methods_that_are_new() -> Seen:
    for name in dir(AsyncConnectorClient):
        if not name.startswith("_"):
            yield name, "is there"


def async_arguments_that_are_wrong() -> Seen:
    url = "http://127.0.0.1:1/stream/p"
    for name, value in [
        ("session_concurrency", 0),
        ("connect_timeout", 0),
        ("max_retries", -1),
        ("initial_backoff_s", 0),
    ]:
        yield f"{name}={value!r}", raises(lambda name=name, value=value: AsyncConnectorClient(url, **{name: value}))  # type: ignore[misc]
    yield "url=''", raises(lambda: AsyncConnectorClient(""))
    yield "a callback that can't be called", raises(lambda: AsyncConnectorClient(url).on_summary(7))  # type: ignore[arg-type]
    yield "run_in_background() without a loop", raises(lambda: AsyncConnectorClient(url).run_in_background())


@on_asyncio
async def async_delivers() -> Observing:
    got: list[Any] = []
    threads: set[int] = set()

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(3))
        connection.send(b"event: heartbeat\ndata: {}\n\n" + summary(3, "Bought a boat."))
        connection.wait_for_end()

    async def callback(payload: Any) -> None:
        await asyncio.sleep(0)
        threads.add(threading.get_ident())
        got.append(payload)

    with serving(script) as server:
        client = AsyncConnectorClient(url=server.url, token=TOKEN)
        async with background(client.on_actions(callback).on_summary(callback)) as task:
            yield "all came", await within(5, lambda: len(got) == 4)
            yield "task", [type(task).__name__, task.done()]
    yield "texts", sorted(payload.to_text() for payload in got)
    yield "callbacks ran on the loop's thread", threads == {threading.get_ident()}


@on_asyncio
async def async_with() -> Observing:
    with serving(silent) as server:
        async with AsyncConnectorClient(url=server.url) as client:
            task = client.run_in_background()
            await within(5, lambda: server.requests)
            await asyncio.sleep(0.1)
        yield "the task", await ended(task, 1)


@on_asyncio
async def async_stop_in_a_callback() -> Observing:
    with serving(sends(2)) as server:
        client = AsyncConnectorClient(server.url)
        task = client.on_actions(lambda payload: client.stop()).run_in_background()
        yield "the task", await ended(task, 1)


@on_asyncio
async def async_stops_while_it_waits_to_reconnect() -> Observing:
    with serving(lambda connection: connection.answer(500)) as server:
        client = AsyncConnectorClient(server.url, initial_backoff_s=2.0)
        task = client.run_in_background()
        await within(5, lambda: server.requests)
        await asyncio.sleep(0.2)
        client.stop()
        yield "the task", await ended(task, 1)


@on_asyncio
async def async_is_cancelled() -> Observing:
    with serving(silent) as server:
        task = AsyncConnectorClient(server.url).run_in_background()
        await within(5, lambda: server.requests)
        await asyncio.sleep(0.1)
        task.cancel()
        yield "the task", await ended(task, 2)
        try:
            await asyncio.wait_for(AsyncConnectorClient(server.url).run(), 0.3)
            yield "asyncio.wait_for(client.run(), 0.3)", "returned"
        except asyncio.TimeoutError:
            yield "asyncio.wait_for(client.run(), 0.3)", "raised TimeoutError"


@on_asyncio
async def async_refused() -> Observing:
    for status in (401, 403, 404):
        with serving(lambda connection, status=status: connection.answer(status)) as server:  # type: ignore[misc]
            client = AsyncConnectorClient(server.url, **AT_ONCE)  # type: ignore[arg-type]
            task = client.run_in_background()
            await within(10, lambda task=task: len(server.requests) > 1 or task.done())  # type: ignore[misc]
            yield str(status), [await ended(task, 0.3), *(classes(task.exception()) if task.done() else [])]
            client.stop()


@on_asyncio
async def async_retries_are_spent() -> Observing:
    with serving(lambda connection: connection.answer(500)) as server:
        task = AsyncConnectorClient(server.url, max_retries=2, **AT_ONCE).run_in_background()  # type: ignore[arg-type]
        await within(10, lambda: len(server.requests) > 3 or task.done())
        yield "the task", await ended(task, 0.3)
    with serving(silent) as server:
        url = server.url
    task = AsyncConnectorClient(url, max_retries=2, **AT_ONCE).run_in_background()  # type: ignore[arg-type]
    yield "nobody listens", [await ended(task, 3), *classes(task.exception())]


@on_asyncio
async def async_sessions_do_not_wait_for_each_other() -> Observing:
    got: list[str] = []
    release = asyncio.Event()

    def script(connection: Connection) -> None:
        connection.open()
        connection.send(batch(0, session_id="slow") + batch(1, session_id="fast"))
        connection.wait_for_end()

    async def callback(payload: ActionsPayload) -> None:
        if payload.session_id == "slow":
            await release.wait()
        got.append(payload.session_id or "")

    with serving(script) as server:
        async with background(AsyncConnectorClient(server.url).on_actions(callback)):
            await within(1, lambda: got)
            yield "while the slow one waits", list(got)
            release.set()
            await within(1, lambda: len(got) == 2)
            yield "in the end", sorted(got)


@on_asyncio
async def async_session_concurrency() -> Observing:
    now, most, done = 0, 0, 0

    async def callback(payload: ActionsPayload) -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.1)
        now -= 1
        done += 1

    with serving(sends(6)) as server:
        client = AsyncConnectorClient(server.url, session_concurrency=3)
        async with background(client.on_actions(callback)):
            await within(5, lambda: done == 6)
    yield "callbacks of one session at a time", most
    yield "all came", done == 6


@on_asyncio
async def async_callbacks_that_raise() -> Observing:
    got: list[int] = []

    async def callback(payload: ActionsPayload) -> None:
        got.append(index(payload))
        if index(payload) == 0:
            raise ValueError("no")

    async def odd() -> None:
        raise ValueError("no")

    with serving(sends(3)) as server:
        client = AsyncConnectorClient(server.url, on_connect=odd, on_disconnect=odd).on_actions(callback)
        async with background(client):
            await within(5, lambda: len(got) == 3)
            yield "got", sorted(got)


@on_asyncio
async def async_plain_functions() -> Observing:
    got: list[object] = []
    with serving(sends(2)) as server:
        client = AsyncConnectorClient(server.url, on_connect=lambda: got.append("on_connect"))
        async with background(client.on_actions(lambda payload: got.append(index(payload)))):
            await within(5, lambda: len(got) == 3)
            yield "got", got


@on_asyncio
async def async_fails_and_recovers() -> Observing:
    told: list[str] = []

    def script(connection: Connection) -> None:
        connection.open()
        if connection.number == 1:
            connection.events(range(1))
            time.sleep(0.1)
        else:
            connection.events(range(1, 2))
            connection.wait_for_end()

    def teller(name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def tell(*_: object) -> None:
            told.append(name)

        return tell

    with serving(script) as server:
        client = AsyncConnectorClient(
            server.url,
            on_connect=teller("on_connect"),
            on_disconnect=teller("on_disconnect"),
            **AT_ONCE,  # type: ignore[arg-type]
        )
        async with background(client.on_actions(teller("on_actions"))):
            yield "all came", await within(5, lambda: told.count("on_actions") == 2)
            yield "told", list(told)
            yield "last-event-id", "last-event-id: 0" in server.requests[1].lower()


@on_asyncio
async def async_odd_events() -> Observing:
    for name, data in {
        "no JSON": b"data: {\n\n",
        "a list": b"data: []\n\n",
        "actions that are no list": b'data: {"type":"actions","actions":7}\n\n',
        "an action that is no object": b'data: {"type":"actions","actions":[7]}\n\n',
    }.items():
        got: list[str] = []

        def script(connection: Connection, data: bytes = data) -> None:
            connection.open()
            connection.send((data if connection.number == 1 else b"") + summary(1, "the next"))
            connection.wait_for_end()

        with serving(script) as server:
            client = AsyncConnectorClient(server.url, **AT_ONCE)  # type: ignore[arg-type]
            client.on_summary(lambda payload, got=got: got.append(payload.to_text()))  # type: ignore[misc]
            async with background(client.on_actions(lambda payload, got=got: got.append(payload.to_text()))):  # type: ignore[misc]
                await within(5, lambda got=got: "the next" in got)  # type: ignore[misc]
                yield name, [*got, *(["after a reconnect"] if len(server.requests) > 1 else [])]


@on_asyncio
async def async_metrics() -> Observing:
    depths: list[int] = []
    got: list[int] = []

    class Metrics:
        def record_queue_depth(self, *, depth: int) -> None:
            depths.append(depth)

    with serving(sends(2)) as server:
        client = AsyncConnectorClient(server.url, metrics=Metrics())  # type: ignore[arg-type, unused-ignore]
        async with background(client.on_actions(lambda payload: got.append(index(payload)))):
            await within(5, lambda: len(got) == 2)
            yield (
                "record_queue_depth",
                all(isinstance(depth, int) and depth > 0 for depth in depths) and len(depths) == 2,
            )


@on_asyncio
async def async_logs() -> Observing:
    log = Log()

    async def callback(payload: ActionsPayload) -> None:
        raise ValueError("no")

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(1), email="ada@taskboat.test")
        connection.send(
            b"data: " + json.dumps({"email": "ada@taskboat.test"}).encode()[:-1] + b"\n\n" + summary(1, "end")
        )
        connection.wait_for_end()

    got: list[object] = []
    with serving(script) as server:
        client = AsyncConnectorClient(server.url, TOKEN).on_actions(callback).on_summary(got.append)
        async with background(client):
            await within(5, lambda: got)
            await asyncio.sleep(0.1)
            yield "connecting", log.about("connecting")
            yield "connected", log.about("connected")
            yield "a callback that raises", log.about("callback raised")
            yield "an e-mail address", log.shows("ada@taskboat.test")
            yield "the token", log.shows(TOKEN)


@on_asyncio
async def async_overriding() -> Observing:
    told: list[str] = []

    class Mine(AsyncConnectorClient):
        async def run(self) -> None:
            told.append("run")
            await super().run()

        def stop(self) -> None:
            told.append("stop")
            super().stop()

    with serving(sends(1)) as server:
        async with Mine(server.url) as client:
            got: list[int] = []
            task = client.on_actions(lambda payload: got.append(index(payload))).run_in_background()
            yield "it came", await within(5, lambda: got)
        task.cancel()
        yield "told", told
        yield "it is one", isinstance(client, AsyncConnectorClient)
