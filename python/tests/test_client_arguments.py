"""Bad arguments are refused at construction, with the name of the argument and without secrets."""

from __future__ import annotations

import decimal
import math
import pickle
from pathlib import Path
from typing import Any

import pytest
from autoplay_sdk import AsyncConnectorClient, ConnectorClient, SdkConfigError, SdkError

URL = "http://127.0.0.1:9/stream/p"

BOTH = [ConnectorClient, AsyncConnectorClient]

WRONG: dict[str, list[Any]] = {
    "url": [
        "",
        "/stream/p",
        "ftp://a.example/",
        "http://a.example/#part",
        "http://u:pw@a.example/",
        None,
        3,
        b"http://a",
    ],
    "token": ["uk\nsecret", "uk\x00secret", 3, b"secret", "\ud800secret"],
    "max_queue_size": [0, -1, True, None, "5", 1.5, math.nan],
    "max_queue_bytes": [0, -1, True, None, "5", 1.5],
    "max_event_bytes": [1023, 0, -1, None, math.nan],
    "connect_timeout": [0, -1, -0.5, math.nan, True, None, "1", -(10**400), []],
    "initial_backoff_s": [0, -1, -0.5, math.nan, True, None, "1", []],
    "read_timeout_s": [0, -1, math.nan, False, "1"],
    "max_backoff_s": [0.5, None, math.nan],
    "max_lag_s": [-1, math.nan, -math.inf, True, None, "1"],
    "drain_timeout": [-1, math.nan, -math.inf, True, None, "1"],
    "max_retries": [-1, 1.5, True, "3", math.inf],
    "overflow": ["", "Drop", "wait", 3, True],
    "checkpoint": [3, b"x", ""],
    "ca_file": [3, "/nowhere/to/be/found.pem"],
    "proxy": [3, "ftp://a.example:1", ""],
}


@pytest.mark.parametrize("client", BOTH)
@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_a_wrong_argument_is_named(client: Any, name: str, value: object) -> None:
    arguments: dict[str, Any] = {"url": URL, name: value}
    with pytest.raises(SdkConfigError, match=rf"^{name}: ") as caught:
        client(**arguments)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, SdkError)
    assert "secret" not in str(caught.value)
    assert "pw" not in str(caught.value)


def test_arguments_of_one_client_are_named_too() -> None:
    for wrong in (0, -1, 1025, True, "2", None, 10**30):
        with pytest.raises(SdkConfigError, match=r"^workers: "):
            ConnectorClient(URL, workers=wrong)  # type: ignore[arg-type]
    for wrong in (0, -1, True, "2", None):
        with pytest.raises(SdkConfigError, match=r"^session_concurrency: "):
            AsyncConnectorClient(URL, session_concurrency=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("client", BOTH)
def test_dropping_with_a_checkpoint_is_refused(client: Any, tmp_path: Path) -> None:
    with pytest.raises(SdkConfigError, match=r"^overflow: "):
        client(URL, overflow="drop", checkpoint=tmp_path / "place")


@pytest.mark.parametrize("client", BOTH)
def test_what_is_as_good_as_a_number_is_taken(client: Any) -> None:
    client(
        URL,
        None,
        connect_timeout=decimal.Decimal("2.5"),
        max_queue_size=500.0,
        max_queue_bytes=10**30,
        read_timeout_s=math.inf,
        max_backoff_s=10**400,
        max_retries=10**30,
        max_lag_s=0,
        drain_timeout=math.inf,
    )


@pytest.mark.parametrize("client", BOTH)
@pytest.mark.parametrize("name", ["on_connect", "on_disconnect"])
def test_what_can_not_be_called_is_a_type_error(client: Any, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        client(URL, **{name: 3})


@pytest.mark.parametrize("client", BOTH)
def test_new_arguments_are_keyword_only(client: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        client(*[URL] * 12)
    with pytest.raises(TypeError, match="unexpected"):
        client(URL, no_such_argument=1)


@pytest.mark.parametrize("client", BOTH)
def test_from_env_takes_url_and_token_from_the_environment(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTOPLAY_STREAM_URL", raising=False)
    with pytest.raises(SdkConfigError, match=r"^url: .*AUTOPLAY_STREAM_URL"):
        client.from_env()
    monkeypatch.setenv("AUTOPLAY_STREAM_URL", URL)
    assert URL in repr(client.from_env(max_retries=3))
    assert "other" in repr(client.from_env("http://127.0.0.1:9/other"))
    monkeypatch.setenv("AUTOPLAY_APP_UNKEY_TOKEN", "uk\nsecret")
    with pytest.raises(SdkConfigError, match=r"^token: .*AUTOPLAY_APP_UNKEY_TOKEN"):
        client.from_env()
    client.from_env(token="uk_live_x")


@pytest.mark.parametrize("client", BOTH)
def test_no_secret_is_shown(client: Any) -> None:
    made = client("http://127.0.0.1:9/stream/p?api_key=secret", "uk_live_secret", proxy="http://u:secret@127.0.0.1:8/")
    assert "secret" not in repr(made)
    assert "secret" not in repr(made.stats())
    assert "running=False" in repr(made)


@pytest.mark.parametrize("client", BOTH)
def test_a_client_can_not_be_pickled(client: Any) -> None:
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(client(URL))
