"""Libraries that know dataclasses take payloads for ones, of which nothing has been read as well."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pydantic
import pytest

WRITERS: dict[str, Callable[[Any], bytes]] = {
    "msgspec": msgspec.json.encode,
    "orjson": orjson.dumps,
    "pydantic": lambda payload: pydantic.TypeAdapter(type(payload)).dump_json(payload),
}
READERS: dict[str, Callable[[type, bytes], Any]] = {
    "msgspec": lambda cls, data: msgspec.json.decode(data, type=cls),
    "pydantic": lambda cls, data: pydantic.TypeAdapter(cls).validate_json(data),
}


@pytest.mark.parametrize("library", WRITERS)
def test_payloads_are_written_as_dataclasses(library: str, arrive: Callable[[], Any]) -> None:
    assert json.loads(WRITERS[library](arrive())) == dataclasses.asdict(arrive())


@pytest.mark.parametrize("library", READERS)
def test_payloads_are_read_as_dataclasses(library: str, arrive: Callable[[], Any]) -> None:
    expected = arrive()
    payload = READERS[library](type(expected), json.dumps(dataclasses.asdict(expected)).encode())
    assert type(payload) is type(expected)
    assert payload == expected
    assert payload.to_text() == expected.to_text()


def test_pydantic_passes_a_payload_on_as_it_is(arrive: Callable[[], Any]) -> None:
    payload = arrive()
    assert pydantic.TypeAdapter(type(payload)).validate_python(payload) is payload
