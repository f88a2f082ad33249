"""What a program finds in its log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from autoplay_sdk import ActionsPayload, AsyncConnectorClient, ConnectorClient, SdkStatusError
from streams import Connection, event, eventually, sends, serving

PRIVATE = ("secret", "jo@example.com", "clicked")


def ours(caplog: pytest.LogCaptureFixture, name: str = "autoplay_sdk.client") -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == name]


def check(caplog: pytest.LogCaptureFixture, url: str) -> None:
    """Nothing private is in any record, all of them tell the URL, and their messages are made when they are shown."""
    for record in caplog.records:
        if record.name.startswith("autoplay_sdk"):
            assert record.getMessage().startswith("autoplay_sdk: ")
            assert getattr(record, "url") == url  # noqa: B009
            shown = f"{record.getMessage()} {vars(record)}"
            assert not [word for word in PRIVATE if word in shown], shown


def test_connecting_connected_and_stopped_are_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(sends(1, email="jo@example.com")) as server:
        client = ConnectorClient(server.url, "secret")
        client.on_actions(lambda _: client.stop()).run()
        check(caplog, server.url)
        said = [(record.levelname, record.getMessage()) for record in ours(caplog)]
    assert said == [
        ("INFO", f"autoplay_sdk: connecting to {server.url}"),
        ("INFO", "autoplay_sdk: connected"),
        ("INFO", "autoplay_sdk: stopped"),
    ]
    assert not logging.getLogger("autoplay_sdk").handlers
    assert not logging.getLogger("autoplay_sdk.client").handlers


def test_a_callback_that_raises_is_an_error_with_its_traceback_and_extras(caplog: pytest.LogCaptureFixture) -> None:
    def callback(_: ActionsPayload) -> None:
        client.stop()
        raise ValueError("of the callback's own")

    with serving(sends(1)) as server:
        client = ConnectorClient(server.url)
        client.on_actions(callback).run()
        check(caplog, server.url)
    (record,) = [record for record in ours(caplog) if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError
    extras: Any = record
    assert (extras.event_type, extras.session_id, extras.product_id) == ("actions", "s", "p")


def test_a_lost_connection_and_a_malformed_event_are_warnings(caplog: pytest.LogCaptureFixture) -> None:
    def script(connection: Connection) -> None:
        if connection.number == 1:
            connection.answer(503)
            return
        connection.open()
        connection.send(b"data: {broken secret jo@example.com\n\n" + event({"type": "actions", "actions": "secret"}))
        connection.wait_for_end()

    with serving(script) as server:
        client = ConnectorClient(server.url, initial_backoff_s=0.01).on_actions(print)
        thread = client.run_in_background()
        eventually(lambda: client.stats().malformed == 2)
        client.stop()
        thread.join(10)
        check(caplog, server.url)
    warned = [record.getMessage() for record in ours(caplog) if record.levelno == logging.WARNING]
    assert len(warned) == 3
    assert "503" in warned[0]
    assert "malformed" in warned[1]


def test_drops_are_warned_of_with_extras_and_not_each(caplog: pytest.LogCaptureFixture) -> None:
    import threading

    stuck = threading.Event()
    with serving(sends(100, email="jo@example.com")) as server:
        client = ConnectorClient(server.url, max_queue_size=1, max_lag_s=0).on_actions(lambda _: stuck.wait(20))
        thread = client.run_in_background()
        eventually(lambda: client.stats().received == 100)
        stuck.set()
        client.stop()
        thread.join(10)
        check(caplog, server.url)
    warned: list[Any] = [record for record in ours(caplog) if "dropped" in record.getMessage()]
    assert 1 <= len(warned) <= 30
    assert (warned[0].event_type, warned[0].session_id, warned[0].product_id) == ("actions", "s", "p")


@pytest.mark.parametrize("status", [401, 404])
def test_a_final_status_is_an_error(caplog: pytest.LogCaptureFixture, status: int) -> None:
    with serving(lambda connection: connection.answer(status)) as server:
        with pytest.raises(SdkStatusError):
            ConnectorClient(server.url, "secret").run()
        check(caplog, server.url)
    (record,) = [record for record in ours(caplog) if record.levelno == logging.ERROR]
    assert f"HTTP {status}" in record.getMessage()
    assert getattr(record, "http_status") == status  # noqa: B009


def test_the_async_client_has_a_logger_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def main(url: str) -> None:
        client = AsyncConnectorClient(url, "secret")

        async def callback(_: ActionsPayload) -> None:
            client.stop()
            raise ValueError("of the callback's own")

        await client.on_actions(callback).run()

    with serving(sends(1)) as server:
        asyncio.run(main(server.url))
        check(caplog, server.url)
    said = [record.levelname for record in ours(caplog, "autoplay_sdk.async_client")]
    assert said == ["INFO", "INFO", "ERROR", "INFO"]
    assert not ours(caplog)


def test_a_filter_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: logging.LogRecord) -> bool:
        raise RuntimeError("a broken filter")

    logger = logging.getLogger("autoplay_sdk.client")
    logger.addFilter(broken)
    try:
        with serving(sends(2)) as server:
            client = ConnectorClient(server.url)
            seen: list[object] = []

            def callback(payload: ActionsPayload) -> None:
                seen.append(payload)
                if len(seen) == 2:
                    client.stop()
                raise ValueError

            client.on_actions(callback).run()
    finally:
        logger.removeFilter(broken)
    assert client.stats().callback_errors == 2
