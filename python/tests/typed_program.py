"""A program of a user whose types are checked strictly: nobody runs it. What is ignored must be an error."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any

from autoplay_sdk import (
    ActionsPayload,
    AnyPayload,
    AsyncConnectorClient,
    ConnectorClient,
    Gap,
    RawEvent,
    SlimAction,
    Stats,
    SummaryPayload,
)
from autoplay_sdk.async_client import ActionCallback, LifecycleCallback, SummaryCallback
from typing_extensions import assert_type


class Store:
    def add(self, payload: ActionsPayload) -> None: ...
    async def add_later(self, payload: ActionsPayload) -> None: ...
    def of_any_kind(self, payload: AnyPayload) -> int:
        return len(payload.to_text())


class Metrics:
    def record_queue_depth(self, *, depth: int) -> None: ...


class Mine(ConnectorClient):
    def run(self) -> None:
        super().run()


def on_event(event: RawEvent) -> None:
    assert_type((event.event, event.data, event.id), tuple[str, str, str])


def on_gap(gap: Gap) -> None:
    assert_type((gap.reason, gap.requested_id), tuple[str, str | None])


def on_drop(raw: dict[str, Any], total: int) -> None: ...


def registers(url: str, store: Store) -> None:
    client = ConnectorClient(url, "uk_live_…", 500, metrics=Metrics())
    client.on_actions(store.add).on_actions(store.add_later).on_actions(store.of_any_kind)
    client.on_actions(lambda batch: batch.actions[0].title).on_actions(partial(store.add))
    client.on_summary(store.of_any_kind).on_event(on_event).on_gap(on_gap).on_drop(on_drop)
    client.on_summary(store.add)  # type: ignore[arg-type]
    client.on_actions(lambda batch: batch.action)  # type: ignore[attr-defined]
    client.on_actions("print")  # type: ignore[arg-type]
    ConnectorClient(url, max_queue=5)  # type: ignore[call-arg]
    assert_type(client.run_in_background(), threading.Thread)
    assert_type(client.stats(), Stats)
    assert_type(client.dropped_count, int)
    assert_type(Mine(url).on_actions(store.add), Mine)
    assert_type(Mine.from_env(), Mine)
    with Mine(url) as mine:
        assert_type(mine, Mine)


def reads(batch: ActionsPayload) -> str | None:
    assert_type(ActionsPayload.merge([batch, batch]), ActionsPayload)
    assert_type(SlimAction("title", "description", "url", email=None).email, str | None)
    match batch:
        case ActionsPayload(session_id=None, actions=[SlimAction(title=title), *_]):
            return title
        case _:
            return batch.session_id


async def awaits(url: str, actions: ActionCallback, summary: SummaryCallback, connected: LifecycleCallback) -> None:
    async with AsyncConnectorClient(url, on_connect=connected) as client:
        task = client.on_actions(actions).on_summary(summary).run_in_background()
        assert_type(task, asyncio.Task[None])
        assert_type(await client.wait_until_connected(3), bool)
        await task
    async for event in client.events():
        if isinstance(event, ActionsPayload | SummaryPayload):
            print(event.to_text())
        else:
            assert_type(event, Gap | RawEvent)
