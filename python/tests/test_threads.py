"""Threads may share a payload of which nothing has been read."""

from __future__ import annotations

import gc
import json
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from autoplay_sdk import _native
from samples import ACTION


@pytest.fixture
def eager_switching() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_switching")
def test_all_see_the_same_fields_however_they_meet() -> None:
    document = json.dumps({"type": "actions", "count": 50, "actions": [ACTION] * 50, "more": {"a": [1] * 50}})
    readers: list[Callable[[Any], Any]] = [
        lambda p: p.actions,
        lambda p: vars(p)["actions"],
        lambda p: next(value for name, value in p.__dict__.items() if name == "actions"),
        lambda p: (p.to_text(), p.actions)[1],
    ]
    for _ in range(200):
        payload = _native.read_payload(document)
        barrier = threading.Barrier(len(readers))
        seen: list[Any] = []

        def race(
            reader: Callable[[Any], Any], payload: Any = payload, barrier: Any = barrier, seen: Any = seen
        ) -> None:
            barrier.wait(30)
            seen.append(reader(payload))

        threads = [threading.Thread(target=race, args=(reader,)) for reader in readers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(seen) == len(readers)
        assert all(actions is payload.actions for actions in seen)


@pytest.mark.usefixtures("eager_switching")
def test_an_assignment_is_never_lost_to_a_first_read_beside_it() -> None:
    document = json.dumps({"type": "actions", "session_id": "wire", "count": 9, "actions": [ACTION] * 9})
    for _ in range(300):
        payload = _native.read_payload(document)
        barrier = threading.Barrier(2)

        def assign(payload: Any = payload, barrier: Any = barrier) -> None:
            barrier.wait(30)
            payload.session_id = "mine"

        thread = threading.Thread(target=assign)
        thread.start()
        barrier.wait(30)
        assert payload.count == 9
        thread.join(30)
        assert payload.session_id == "mine"


def test_a_collection_in_the_middle_of_the_first_read_may_read_the_same_payload() -> None:
    payload = _native.read_payload(json.dumps({"type": "actions", "count": 200, "actions": [ACTION] * 200}))
    seen = []

    class Finalised:
        def __init__(self) -> None:
            self.cycle = self

        def __del__(self) -> None:
            seen.append(payload.count)

    threshold = gc.get_threshold()
    try:
        Finalised()
        gc.set_threshold(1)
        actions = payload.actions
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert seen == [200]
    assert payload.actions is not None
    assert len(actions) == 200


def echo(payload: Any) -> Any:
    return type(payload).__name__, payload.to_text(), payload


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_payloads_cross_processes_unread(method: str) -> None:
    payload = _native.read_payload(json.dumps({"type": "actions", "count": 1, "actions": [ACTION]}))
    with multiprocessing.get_context(method).Pool(1) as pool:
        name, text, back = pool.apply_async(echo, (payload,)).get(60)
    assert (name, text) == ("ActionsPayload", payload.to_text())
    assert back == payload
