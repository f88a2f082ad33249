"""Any well-typed JSON gives the same payload, text and dictionary as the SDK that users have today."""

from __future__ import annotations

import dataclasses
import json
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from autoplay_sdk import ActionsPayload, SummaryPayload, _native
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[3]

# A lone surrogate is read as U+FFFD here; today's SDK keeps it, and then fails where the text is encoded.
texts = st.text(st.characters(exclude_categories=["Cs"]))
identities = st.none() | texts
integers = st.integers(-(2**63), 2**63 - 1)
# Today's SDK reads -0.0 as 0.0, which is equal.
floats = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number or 0.0)


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Generate objects that have some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


actions = some(
    {
        "index": integers,
        "type": texts,
        "title": texts,
        "description": texts,
        "timestamp_start": floats,
        "timestamp_end": floats,
        "raw_url": texts,
        "canonical_url": texts,
        "session_id": identities,
        "user_id": identities,
        "email": identities,
        "conversation_id": identities,
    }
)
batches = some(
    {
        "product_id": texts,
        "session_id": identities,
        "user_id": identities,
        "email": identities,
        "conversation_id": identities,
        "count": integers,
        "forwarded_at": floats,
        "actions": st.none() | st.lists(actions, max_size=4),
    }
).map(lambda fields: {"type": "actions", **fields})
summaries = some(
    {"product_id": texts, "session_id": identities, "summary": texts, "replaces": integers, "forwarded_at": floats}
).map(lambda fields: {"type": "summary", **fields})


class Today:
    """Today's SDK, in a process of its own that answers all questions."""

    def __init__(self) -> None:
        python = ROOT / ".venv-today" / "bin" / "python"
        if not python.exists():
            pytest.fail("today's SDK is not there: run scripts/install-today")
        script = Path(__file__).with_name("today.py")
        self.process = subprocess.Popen(
            [python, "-I", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def makes_of(self, data: object) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(data) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def today() -> Iterator[Today]:
    today = Today()
    yield today
    today.process.kill()
    today.process.communicate()


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Counts are wrong more often than not here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def without_extra(fields: dict[str, Any]) -> list[list[Any]]:
    """Leave out the one field that today's SDK does not have."""
    plain = {name: value for name, value in fields.items() if name != "extra"}
    if "actions" in plain:
        plain["actions"] = [dict(without_extra(action)) for action in plain["actions"]]
    return [[name, value] for name, value in plain.items()]


def assert_same(payload: Any, expected: dict[str, Any], *, shown: bool = True) -> None:
    assert without_extra(dataclasses.asdict(payload)) == expected["fields"]
    assert payload.to_text() == expected["text"]
    assert [field.name for field in dataclasses.fields(payload)] == [*expected["match_args"], "extra"]
    if shown:
        assert repr(payload).replace(", extra={}", "") == expected["repr"]


several = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(data=batches | summaries)
@several
def test_a_payload_is_the_same_from_the_wire(today: Today, data: dict[str, Any]) -> None:
    expected = today.makes_of(data)
    text = json.dumps(data)
    assert _native.read_payload(text).to_text() == expected["text"]
    payload = _native.read_payload(text)
    assert_same(payload, expected)
    assert payload.extra == {}


@given(data=batches | summaries)
@several
def test_a_payload_is_the_same_from_a_dictionary(today: Today, data: dict[str, Any]) -> None:
    cls: Any = {"actions": ActionsPayload, "summary": SummaryPayload}[data["type"]]
    payload = cls.from_dict(data)
    assert_same(payload, today.makes_of(data))
    assert payload == _native.read_payload(json.dumps(data))


@given(data=st.lists(batches, min_size=1, max_size=4))
@several
def test_a_merged_batch_is_the_same(today: Today, data: list[dict[str, Any]]) -> None:
    # The session is the first batch's there, and the first that is known here.
    session = next((batch["session_id"] for batch in data if batch.get("session_id")), None)
    data[0]["session_id"] = session
    merged = ActionsPayload.merge([_native.read_payload(json.dumps(batch)) for batch in data])
    assert_same(merged, today.makes_of(data))
