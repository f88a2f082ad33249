"""What the client promises on asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop
from autoplay_sdk import (
    ActionsPayload,
    AsyncConnectorClient,
    Gap,
    RawEvent,
    SdkError,
    SdkStatusError,
    SdkUpstreamError,
    SummaryPayload,
)
from streams import PATIENCE, Connection, batch, event, index, sends, serving, silent, summary

Main = Callable[[Awaitable[Any]], Any]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Main]:
    """Run a coroutine on each kind of event loop, and see that nothing is left behind."""
    new_loop = asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop
    loop = new_loop()
    yield lambda awaitable: loop.run_until_complete(asyncio.wait_for(awaitable, PATIENCE * 2))
    assert not asyncio.all_tasks(loop)
    loop.close()


async def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.002)


def test_what_users_write_today_runs_as_it_stands(run: Main) -> None:
    async def main(url: str) -> None:
        seen: list[str] = []

        async def on_actions(payload: ActionsPayload) -> None:
            await asyncio.sleep(0)
            seen.append(payload.to_text())

        async with AsyncConnectorClient(url=url, token="uk_live_x") as client:
            task = client.on_actions(on_actions).run_in_background()
            assert isinstance(task, asyncio.Task)
            assert await client.wait_until_connected(PATIENCE)
            await eventually(lambda: len(seen) == 3)
        await task
        assert seen[0].startswith("Session s — 1 actions\n[0] click")

    with serving(sends(3)) as server:
        run(main(server.url))
    assert "authorization: bearer uk_live_x" in server.requests[0].lower()


def test_the_arguments_of_today_keep_their_places(run: Main) -> None:
    async def main(url: str) -> list[str]:
        calls: list[str] = []

        async def on_connect() -> None:
            calls.append("on")

        client = AsyncConnectorClient(url, "t", 5.0, 2, 0.5, 20.0, 3, on_connect, lambda: calls.append("off"), None)
        task = client.run_in_background()
        await eventually(lambda: calls)
        client.stop()
        await task
        return calls

    with serving(silent) as server:
        assert run(main(server.url)) == ["on", "off"]


def test_each_type_of_event_reaches_its_callback_be_it_a_coroutine_or_not(run: Main) -> None:
    def script(connection: Connection) -> None:
        connection.open()
        connection.send(batch(1) + summary(2, "They came.") + event({"type": "usertour_trigger"}, 3))
        connection.send(event({"type": "gap", "reason": "retention"}, 4, "gap"))
        connection.wait_for_end()

    async def main(url: str) -> set[type]:
        seen: list[Any] = []

        async def coroutine(event: Any) -> None:
            seen.append(event)

        client = AsyncConnectorClient(url).on_actions(seen.append).on_summary(coroutine)
        client.on_event(coroutine).on_gap(seen.append)
        task = client.run_in_background()
        await eventually(lambda: len(seen) == 4)
        client.stop()
        await task
        return {type(event) for event in seen}

    with serving(script) as server:
        assert run(main(server.url)) == {ActionsPayload, SummaryPayload, RawEvent, Gap}


@pytest.mark.parametrize("concurrency", [1, 3])
def test_callbacks_of_one_session_start_in_order_and_so_many_at_a_time(run: Main, concurrency: int) -> None:
    async def main(url: str) -> None:
        started: list[int] = []
        at_work = most = ended = 0

        async def on_actions(payload: ActionsPayload) -> None:
            nonlocal at_work, most, ended
            started.append(index(payload))
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.001)
            at_work -= 1
            ended += 1

        client = AsyncConnectorClient(url, session_concurrency=concurrency).on_actions(on_actions)
        task = client.run_in_background()
        await eventually(lambda: ended == 60)
        client.stop()
        await task
        assert started == list(range(60))
        assert most == concurrency
        assert client.stats().delivered == 60

    with serving(sends(60)) as server:
        run(main(server.url))


def test_a_session_that_is_stuck_delays_no_other(run: Main) -> None:
    def script(connection: Connection) -> None:
        connection.open()
        for number in range(100):
            connection.events(range(number, number + 1), session_id="stuck" if number < 8 else "other")
        connection.wait_for_end()

    async def main(url: str) -> None:
        held = asyncio.Event()
        seen: list[int] = []

        async def on_actions(payload: ActionsPayload) -> None:
            if payload.session_id == "stuck":
                await held.wait()
            seen.append(index(payload))

        client = AsyncConnectorClient(url).on_actions(on_actions)
        task = client.run_in_background()
        await eventually(lambda: len(seen) == 92)
        assert client.queue_size == 8
        held.set()
        client.stop()
        await task
        assert len(seen) == 100

    with serving(script) as server:
        run(main(server.url))


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), asyncio.CancelledError()])
@pytest.mark.parametrize("plain", [True, False])
def test_a_callback_that_raises_is_counted_and_the_stream_goes_on(run: Main, error: BaseException, plain: bool) -> None:
    async def main(url: str) -> None:
        def function(payload: ActionsPayload) -> None:
            if index(payload) == 1:
                raise error

        async def coroutine(payload: ActionsPayload) -> None:
            await asyncio.sleep(0)
            function(payload)

        client = AsyncConnectorClient(url).on_actions(function if plain else coroutine)
        task = client.run_in_background()
        await eventually(lambda: client.stats().delivered == 5)
        client.stop()
        await task
        assert client.stats().callback_errors == 1

    with serving(sends(5)) as server:
        run(main(server.url))


def test_on_connect_ends_before_the_first_event(run: Main) -> None:
    async def main(url: str) -> list[object]:
        seen: list[object] = []

        async def on_connect() -> None:
            await asyncio.sleep(0.05)
            seen.append("connected")

        client = AsyncConnectorClient(url, on_connect=on_connect)
        task = client.on_actions(lambda payload: seen.append(index(payload))).run_in_background()
        await eventually(lambda: len(seen) == 3)
        client.stop()
        await task
        return seen

    with serving(sends(2)) as server:
        assert run(main(server.url)) == ["connected", 0, 1]


def test_drops_are_told_while_callbacks_are_stuck(run: Main) -> None:
    class Metrics:
        def __init__(self) -> None:
            self.dropped: list[object] = []
            self.depths: list[int] = []

        def record_event_dropped(self, *, reason: str, event_type: str, session_id: str, product_id: str) -> None:
            self.dropped.append((reason, event_type, session_id, product_id))

        def record_queue_depth(self, *, depth: int) -> None:
            self.depths.append(depth)

    async def main(url: str) -> None:
        drops: list[tuple[dict[str, Any], int]] = []
        held = asyncio.Event()
        metrics = Metrics()

        async def on_actions(_: ActionsPayload) -> None:
            await held.wait()

        async def on_drop(raw: dict[str, Any], total: int) -> None:
            await asyncio.sleep(0)
            drops.append((raw, total))

        client = AsyncConnectorClient(url, max_queue_size=2, max_lag_s=0, metrics=metrics)
        task = client.on_actions(on_actions).on_drop(on_drop).run_in_background()
        await eventually(lambda: len(drops) == 8)
        assert (client.dropped_count, client.queue_size) == (8, 2)
        assert [total for _, total in drops] == list(range(1, 9))
        assert drops[0][0]["session_id"] == "s"
        assert metrics.dropped == [("queue_full", "actions", "s", "p")] * 8
        assert metrics.depths
        held.set()
        client.stop()
        await task

    with serving(sends(10)) as server:
        run(main(server.url))


def test_cancelling_the_task_stops_at_once_and_what_was_in_hand_comes_again(run: Main) -> None:
    async def main(url: str) -> None:
        seen: list[int] = []
        cancelled: list[int] = []

        async def on_actions(payload: ActionsPayload) -> None:
            seen.append(index(payload))
            if index(payload) == 1 and not cancelled:
                try:
                    await asyncio.sleep(600)
                except asyncio.CancelledError:
                    cancelled.append(index(payload))
                    raise

        client = AsyncConnectorClient(url, session_concurrency=1).on_actions(on_actions)
        task = client.run_in_background()
        await eventually(lambda: seen == [0, 1])
        start = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - start < 5
        await eventually(lambda: cancelled == [1])
        assert client.stats().last_event_id == "0"
        task = client.run_in_background()
        await eventually(lambda: len(seen) > 2)
        client.stop()
        await task

    with serving(sends(2)) as server:
        run(main(server.url))
    assert "last-event-id: 0" in server.requests[1].lower()


def test_a_task_cancelled_before_its_first_step_ends_the_run(run: Main) -> None:
    async def main(url: str) -> None:
        client = AsyncConnectorClient(url)
        client.run_in_background().cancel()
        await eventually(lambda: "running=False" in repr(client))

    with serving(silent) as server:
        run(main(server.url))


def test_a_stop_drains_for_drain_timeout_and_cancels_what_then_still_runs(run: Main) -> None:
    async def main(url: str) -> None:
        ended: list[str] = []

        async def on_actions(payload: ActionsPayload) -> None:
            try:
                await asyncio.sleep(0.05 if index(payload) == 0 else 600)
                ended.append("in time")
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        client = AsyncConnectorClient(url, drain_timeout=0.5).on_actions(on_actions)
        task = client.run_in_background()
        await eventually(lambda: client.stats().received == 2)
        client.stop()
        await task
        assert ended == ["in time", "cancelled"]

    with serving(sends(2)) as server:
        run(main(server.url))


def test_errors_are_raised_by_run_and_by_the_task(run: Main) -> None:
    async def main(url: str) -> None:
        client = AsyncConnectorClient(url)
        with pytest.raises(SdkStatusError) as caught:
            await client.run()
        assert (caught.value.status_code, caught.value.url) == (403, url)
        with pytest.raises(SdkUpstreamError):
            await client.run_in_background()
        with pytest.raises(SdkStatusError):
            await anext(client.events())

    with serving(lambda connection: connection.answer(403)) as server:
        run(main(server.url))


def test_waiting_for_the_connection_with_a_wrong_timeout_raises_and_does_not_hang(run: Main) -> None:
    async def main() -> None:
        wrong: Any = "soon"
        with pytest.raises(TypeError):
            await AsyncConnectorClient("http://127.0.0.1:9/stream/p").wait_until_connected(wrong)

    run(main())


def test_a_second_run_at_the_same_time_is_an_error(run: Main) -> None:
    async def main(url: str) -> None:
        client = AsyncConnectorClient(url)
        task = client.run_in_background()
        with pytest.raises(SdkError, match="running already"):
            client.run_in_background()
        with pytest.raises(SdkError, match="running already"):
            await client.run()
        client.stop()
        await task

    with serving(silent) as server:
        run(main(server.url))


def test_events_come_one_by_one_and_are_settled_when_the_next_is_asked_for(run: Main) -> None:
    async def main(url: str) -> None:
        client = AsyncConnectorClient(url, max_queue_size=3)
        seen: list[int] = []
        async with contextlib.aclosing(client.events()) as events:
            async for payload in events:
                assert isinstance(payload, ActionsPayload)
                seen.append(index(payload))
                if len(seen) == 50:
                    break
        assert seen == list(range(50))
        assert client.stats().delivered == 49
        assert (client.stats().last_event_id, client.dropped_count) == ("48", 0)
        await eventually(lambda: "running=False" in repr(client))

    with serving(sends(100)) as server:
        run(main(server.url))


def test_events_end_after_a_stop_and_with_the_iterator(run: Main) -> None:
    async def main(url: str) -> None:
        client = AsyncConnectorClient(url)
        asyncio.get_running_loop().call_later(0.1, client.stop)
        assert [index(payload) async for payload in client.events()] == [0, 1, 2]
        async for _ in client.events():
            break
        await eventually(lambda: "running=False" in repr(client))

    with serving(sends(3)) as server:
        run(main(server.url))


def test_waiting_for_the_next_event_can_be_given_up_without_losing_one(run: Main) -> None:
    go_on = threading.Event()

    def script(connection: Connection) -> None:
        connection.open()
        go_on.wait(PATIENCE)
        connection.events(range(2))
        connection.wait_for_end()

    async def main(url: str) -> None:
        events = AsyncConnectorClient(url).events()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(events), 0.1)
        go_on.set()
        assert [index(await anext(events)), index(await anext(events))] == [0, 1]
        await events.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    with serving(script) as server:
        run(main(server.url))


def test_a_loop_that_is_closed_while_the_client_runs_ends_the_run() -> None:
    seen: list[int] = []

    def script(connection: Connection) -> None:
        connection.open()
        connection.events(range(1))
        while True:
            connection.events(range(1, 2))
            time.sleep(0.01)

    with serving(script) as server:
        loop = asyncio.new_event_loop()
        client = AsyncConnectorClient(server.url).on_actions(lambda payload: seen.append(index(payload)))

        async def main() -> None:
            client.run_in_background()
            await eventually(lambda: seen)

        loop.run_until_complete(main())
        task = next(iter(asyncio.all_tasks(loop)))
        loop.close()
        deadline = time.monotonic() + PATIENCE
        while "running=True" in repr(client):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        # Nobody is to be told of it.
        task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_a_checkpoint_makes_the_place_last_over_restarts(run: Main, tmp_path: Path) -> None:
    async def main(url: str) -> None:
        for _ in range(2):
            client = AsyncConnectorClient(url, checkpoint=tmp_path / "place")

            async def on_actions(payload: ActionsPayload, client: AsyncConnectorClient = client) -> None:
                if index(payload) == 2:
                    client.stop()

            await client.on_actions(on_actions).run()

    with serving(sends(3)) as server:
        run(main(server.url))
    assert "last-event-id: 2" in server.requests[1].lower()
